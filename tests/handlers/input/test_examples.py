"""How texts are read by the example that is most like them."""

from __future__ import annotations

import pytest

from handlers.input.examples import LEAST_LIKENESS, load_examples, read_by_example
from handlers.input.meanings import MeaningKind
from handlers.input.written_forms import whole_form
from tests.handlers.utterances.judge import CONTEXT
from tests.handlers.utterances.write_examples import TARGET, examples


def test_the_file_of_examples_is_up_to_date() -> None:
    assert TARGET.read_text(encoding="utf-8") == examples()


def test_a_text_is_entirely_like_itself() -> None:
    nearest = load_examples().nearest(whole_form("why haven't i got anything today"), most=2)
    assert nearest[0].share == pytest.approx(1, abs=1e-3)
    assert nearest[1].share < nearest[0].share


def test_no_example_leaves_or_erases() -> None:
    never = {MeaningKind.UNSUBSCRIBE, MeaningKind.ERASE_DATA}
    assert never.isdisjoint(example.kind for example in load_examples().all)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("why haven't we got anything today", MeaningKind.STATUS),
        ("why have we got anything today", None),  # a denial alone is the difference
        ("the quick brown fox", None),
        ("1234", None),
        ("他问为什么今天还没收到", None),
    ],
)
def test_only_what_is_alike_and_as_much_denied_is_read(text: str, kind: MeaningKind | None) -> None:
    form = whole_form(text)
    meaning = read_by_example(form, [form], CONTEXT)
    assert (None if meaning is None else meaning.kind) == kind
    assert 0 < LEAST_LIKENESS < 1
