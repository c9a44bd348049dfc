"""The choice of contents: exact up to the limit, and beyond it nothing that somebody muted is shown to them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from delivery.content_choice import choose_contents
from domain.subscription.preferences import ReaderButtons
from storage.payloads import Content

contents = st.builds(
    Content,
    st.sampled_from(("headlines", "full")),
    st.sampled_from(("zh", "en")),
    st.sets(st.integers(1, 8)).map(lambda positions: tuple(sorted(positions))),
    st.just(ReaderButtons.ANSWER),
)
wishes = st.dictionaries(st.integers(1, 200), contents, max_size=60)
LOOKS = 4


@given(wishes, st.frozensets(contents, max_size=12), st.integers(0, 20))
def test_no_choice_shows_what_was_muted(wanted: dict[int, Content], stored: frozenset[Content], limit: int) -> None:
    chosen = choose_contents(wanted, stored, limit=limit)
    assert chosen.keys() == wanted.keys()
    for key, content in chosen.items():
        assert set(content.item_positions) <= set(wanted[key].item_positions)
        assert (content.layout, content.language, content.buttons) == (
            wanted[key].layout,
            wanted[key].language,
            wanted[key].buttons,
        )


@given(wishes, st.frozensets(contents, max_size=12), st.integers(0, 20))
def test_contents_are_bounded_whatever_is_muted(
    wanted: dict[int, Content], stored: frozenset[Content], limit: int
) -> None:
    new = set(choose_contents(wanted, stored, limit=limit).values()) - stored
    assert len(new) <= max(0, limit - len(stored)) + 2 * LOOKS


@given(wishes)
def test_everybody_gets_exactly_their_wish_within_the_limit(wanted: dict[int, Content]) -> None:
    assert choose_contents(wanted, limit=len(set(wanted.values()))) == wanted


def test_what_many_want_stays_exact() -> None:
    many = {key: Content("full", "en", (1, 2, 3)) for key in range(10)}
    few = {100 + key: Content("full", "en", tuple({1, 2, 3, 4, 5} - {key})) for key in (1, 2, 4, 5)}
    chosen = choose_contents(many | few, limit=4)
    assert {chosen[key] for key in many} == {Content("full", "en", (1, 2, 3))}
    assert set(few) == {101, 102, 104, 105}
    assert all(chosen[key].item_positions for key in few), "they share what they have in common"
