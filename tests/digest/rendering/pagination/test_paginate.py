"""Pagination: nothing lost, no limit exceeded, nothing cut that fits, no message too many."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Digest
from digest.rendering.pagination.message_size import text_json_bytes
from digest.rendering.pagination.paginate import arrange_in_rows, paginate
from digest.rendering.pagination.passage import Passage
from domain.chat import limits
from domain.chat.i18n import Translations
from domain.chat.message import Button, Message
from domain.chat.text import Style, Text, bold, concat, link, utf16_length
from tests.digest.editions import COMMENTARY, INTRO, URL, digest, digests, edition, item
from views.digest_passages import digest_passages

SAY = Translations.load().translator("zh")


def messages_of(shown: Digest, *, folded: bool = False) -> tuple[Message, ...]:
    passages = digest_passages(shown, shown.items, SAY)
    return paginate([replace(passage, folded=folded) for passage in passages])


def visible(text: str) -> str:
    return "".join(text.split())


def holds(whole: str, part: str) -> bool:
    """Whether all characters of the part occur in the whole, in order."""
    rest = iter(whole)
    return all(character in rest for character in part)


def in_reading_order(shown: Digest) -> str:
    texts = [shown.title, shown.intro.plain]
    for each in shown.items:
        texts += [each.headline, each.body.plain]
    return visible("".join([*texts, shown.commentary.plain]))


# -- Nothing lost, no limit broken --------------------------------------------------------------------------------


@settings(max_examples=75)
@given(digests(), st.booleans())
def test_any_digest_is_complete_and_within_the_limits(shown: Digest, folded: bool) -> None:
    messages = messages_of(shown, folded=folded)
    assert holds(visible("".join(message.text.plain for message in messages)), in_reading_order(shown))
    for message in messages:
        assert 0 < message.text.utf16_length <= limits.MESSAGE_UTF16_UNITS
        assert len(message.text.entities()) <= limits.MESSAGE_ENTITIES
        assert text_json_bytes(message.text) <= limits.MESSAGE_BYTES
        assert message.text.sanitized() == message.text
        quotes = [span for span in message.text.spans if span.style in (Style.BLOCKQUOTE, Style.EXPANDABLE_BLOCKQUOTE)]
        for before, after in pairwise(quotes):
            assert before.end <= after.start, "a quote within a quote"
    assert linkable_addresses(shown) <= {span.value for message in messages for span in message.text.spans}


def linkable_addresses(shown: Digest) -> set[str]:
    """Return the addresses that Telegram keeps: those of visible text."""
    bodies = {
        span.value
        for each in shown.items
        for span in each.body.spans
        if span.style is Style.LINK and span.value.startswith("https") and each.body[span.start : span.end].strip()
    }
    return bodies | {each.url for each in shown.items if each.url.startswith("https")}


# -- The fewest ---------------------------------------------------------------------------------------------------


def shown_alone(passages: list[Passage]) -> str:
    """Build the text of a message of whole passages in the simplest way."""
    plain = ""
    for passage in passages:
        lead = passage.lead.plain + (passage.separator if passage.body else "") + passage.body.plain
        heading = f"{passage.heading.plain}\n\n" if passage.heading else ""
        plain += (passage.gap if plain else "") + heading + lead
    return plain


def fewest(passages: list[Passage]) -> int:
    """Try every division of the passages into messages, the fewest first."""
    for cuts in range(len(passages)):
        for edges in combinations(range(1, len(passages)), cuts):
            parts = [passages[a:b] for a, b in zip((0, *edges), (*edges, len(passages)), strict=True)]
            if all(
                utf16_length(shown_alone(part)) <= 4096 and sum(bool(p.lead.spans) for p in part) <= 100
                for part in parts
            ):
                return len(parts)
    raise AssertionError("each passage fits into a message")


@settings(max_examples=200)
@given(st.lists(st.integers(1, 4096 - 40) | st.sampled_from([1010, 1345, 2030, 4050]), min_size=1, max_size=8))
def test_messages_are_fewest_with_whole_items(lengths: list[int]) -> None:
    items = [item(n, "云" * length) for n, length in enumerate(lengths, 1)]
    passages = list(digest_passages(digest(*items), tuple(items), SAY))
    messages = paginate(passages)
    assert len(messages) == fewest(passages)
    for passage in passages:
        assert sum(shown_alone([passage]) in message.text.plain for message in messages) == 1


def test_items_are_whole_and_their_messages_even() -> None:
    messages = messages_of(digest(*(item(number, "云" * 700) for number in range(1, 9)), title=""))
    assert [message.text.plain.count("的标题") for message in messages] == [4, 4]


def test_an_item_that_just_fits_is_not_cut_for_a_number() -> None:
    """Part numbers are left out if they would need another message."""
    lead = len("1. 第1件事的标题\n")
    messages = messages_of(digest(item(1, "云" * (4096 - lead)), item(2, "云" * (4096 - lead)), title="", date=None))
    assert [message.text.utf16_length for message in messages][-2:] == [4096, 4096]
    assert "/" not in messages[-1].text.plain


@pytest.mark.parametrize("folded", [False, True])
def test_an_ordinary_day_is_one_message(folded: bool) -> None:
    """Eleven items of some 200 characters, an introduction and a commentary."""
    body = concat(["云" * 100, bold("粗体"), "雨" * 80, "。"])
    day = digest(*(item(number, body) for number in range(1, 12)), intro=INTRO, commentary=Text("评。" * 300))
    (message,) = messages_of(day, folded=folded)
    assert message.text.utf16_length > 2500
    assert len([span for span in message.text.spans if span.style is Style.BOLD and span.end - span.start == 2]) >= 11


# -- Numbers ------------------------------------------------------------------------------------------------------


def test_parts_are_numbered_when_there_are_several() -> None:
    messages = messages_of(digest(*(item(number, "云" * 1500) for number in range(1, 6))))
    assert [message.text.plain.rsplit("\n", 1)[-1] for message in messages] == ["1/3", "2/3", "3/3"]


def test_a_single_message_has_no_number() -> None:
    (message,) = messages_of(edition())
    assert "1/1" not in message.text.plain


# -- What belongs together ----------------------------------------------------------------------------------------


def test_a_sections_heading_is_never_last_in_a_part() -> None:
    items = [item(number, "云" * 900, section=f"第{number}栏") for number in range(1, 13)]
    messages = messages_of(digest(*items))
    assert len(messages) > 2
    for message in messages:
        for number in range(1, 13):
            assert (f"第{number}栏" in message.text.plain) == (f"第{number}件事" in message.text.plain)


def test_message_within_a_section_repeats_its_name() -> None:
    messages = messages_of(digest(*(item(number, "云" * 900, section="前沿") for number in range(1, 7)), title=""))
    assert [message.text.plain.partition("\n")[0] for message in messages][1:] == ["◆ 前沿（续）"] * (len(messages) - 1)
    (first, second) = messages_of(digest(item(1, "云。" * 2200, section="前沿"), title=""))
    assert first.text.plain.count("前沿") == 1
    assert second.text.plain.startswith("◆ 前沿（续）\n\n1. 第1件事的标题（续）\n")


def test_section_name_is_not_repeated_without_room() -> None:
    lead = len("1. 第1件事的标题\n")
    filled = [item(number, "云" * (4096 - lead - 8 * (number == 1)), section="前沿") for number in (1, 2)]
    messages = messages_of(digest(*filled, title="", date=None))
    assert messages[-1].text.utf16_length == 4096
    assert messages[-1].text.plain.startswith("2. 第2件事的标题")


def test_introduction_stays_with_header_and_commentary_whole() -> None:
    items = [item(number, "云" * 1100) for number in range(1, 8)]
    messages = messages_of(digest(*items, intro=INTRO, commentary=Text("评论。" * 300)))
    assert INTRO.plain in messages[0].text.plain
    assert "评论。" * 300 in messages[-1].text.plain


def test_a_long_item_goes_on_under_its_headline() -> None:
    sentence = "这是一个不长不短的句子。"
    messages = messages_of(digest(item(1, sentence * 900)))
    assert len(messages) == 3
    assert all("第1件事的标题" in message.text.plain for message in messages)
    assert [message.text.plain.startswith("1. 第1件事的标题（续）\n") for message in messages[1:]] == [True, True]
    assert all(message.text.plain.rsplit("\n\n", 1)[0].endswith("句子。") for message in messages)
    assert [span.value for message in messages for span in message.text.spans if span.style is Style.LINK] == [
        URL.format(1)
    ] * 3


def test_a_long_item_is_cut_between_paragraphs_first() -> None:
    paragraphs = ["甲" * 1500, "乙" * 1500, "丙" * 1500]
    messages = messages_of(digest(item(1, "\n\n".join(paragraphs))))
    assert len(messages) == 2
    for paragraph in paragraphs:
        assert sum(paragraph in message.text.plain for message in messages) == 1


def test_folded_item_stays_folded_when_continued() -> None:
    messages = messages_of(digest(item(1, "云。" * 4000)), folded=True)
    assert len(messages) == 2
    assert all(any(span.style is Style.EXPANDABLE_BLOCKQUOTE for span in message.text.spans) for message in messages)


def test_headline_stays_with_the_start_of_its_body() -> None:
    filler = item(1, "云" * 3900)
    messages = messages_of(digest(filler, item(2, "雨" * 5000)))
    first = next(message.text.plain for message in messages if "2. 第2件事的标题\n" in message.text.plain)
    assert "2. 第2件事的标题\n雨" in first


def test_a_headline_far_too_long_is_cut_like_a_body() -> None:
    headline = "长" * 9000
    messages = messages_of(digest(item(1, "正文。", headline=headline)))
    assert sum(message.text.plain.count("长") for message in messages) >= 9000
    assert all(message.text.utf16_length <= 4096 for message in messages)


def test_a_sections_heading_far_too_long_is_cut_too() -> None:
    messages = messages_of(digest(item(1, "正文。", section="栏" * 5000)))
    assert sum(message.text.plain.count("栏") for message in messages) == 5000
    assert "正文。" in messages[-1].text.plain


def test_long_commentary_and_introduction_repeat_their_names() -> None:
    messages = messages_of(digest(item(1), intro=Text("引。" * 3000), commentary=Text("评。" * 3000)))
    plain = [message.text.plain for message in messages]
    assert any(text.startswith("九月十二日早报（续）") for text in plain)
    assert any(text.startswith("💬 点评（续）") for text in plain)


# -- Entities -----------------------------------------------------------------------------------------------------


def test_bold_in_bodies_is_dropped_before_adding_a_message() -> None:
    body = concat(["云", bold("粗"), "雨", bold("体"), "。"])
    (message,) = messages_of(digest(*(item(number, body) for number in range(1, 41))))
    headlines = [span for span in message.text.spans if span.style is Style.BOLD]
    assert len([span for span in message.text.spans if span.style is Style.LINK]) == 40
    assert len(headlines) == 41


def test_more_links_than_a_message_keeps_make_another_message() -> None:
    messages = messages_of(digest(*(item(number, "") for number in range(1, 151))))
    links = [sum(span.style is Style.LINK for span in message.text.spans) for message in messages]
    assert len(links) == 2
    assert sum(links) == 150
    assert max(len(message.text.spans) for message in messages) <= 100


def test_only_necessary_quotes_are_dropped_shortest_first() -> None:
    items = [item(number, "云" * (10 + number), headline="题") for number in range(1, 61)]
    (message,) = messages_of(digest(*items, title=""), folded=True)
    quotes = [span.end - span.start for span in message.text.spans if span.style is Style.EXPANDABLE_BLOCKQUOTE]
    assert len(message.text.spans) == 100
    assert quotes == list(range(31, 71))


def test_long_addresses_count_as_bytes() -> None:
    body = concat([link("甲", "https://example.org/" + "p" * 2000), "。"])
    messages = messages_of(digest(*(item(number, body) for number in range(1, 31))))
    assert len(messages) == 3
    assert all(text_json_bytes(message.text) <= limits.MESSAGE_BYTES for message in messages)


# -- Buttons ------------------------------------------------------------------------------------------------------


def test_rows_stand_under_the_last_message_only() -> None:
    rows = ((Button("x", callback_data="items 2025-09-12"),),)
    items = [item(number, "云" * 1500) for number in range(1, 6)]
    passages = digest_passages(digest(*items), tuple(items), SAY)
    assert [message.keyboard for message in paginate(passages, rows=rows)] == [(), (), rows]


def test_a_passages_button_stands_under_its_message() -> None:
    passages = [
        Passage(lead=Text(f"{n}" * 2000), button=Button(str(n), callback_data=f"item {n}")) for n in range(1, 6)
    ]
    messages = paginate(passages)
    assert [[button.text for row in message.keyboard for button in row] for message in messages] == [
        ["1", "2"],
        ["3"],
        ["4", "5"],
    ]


def test_buttons_beside_share_the_last_rows() -> None:
    passages = [Passage(lead=Text("."), gap="\n", button=Button(str(n), callback_data=f"{n}")) for n in range(1, 12)]
    beside, below = Button("⚙️", callback_data="settings"), ((Button("x", callback_data="y"),),)
    (message,) = paginate(passages, rows=below, beside=[beside])
    assert [[button.text for button in row] for row in message.keyboard] == [
        ["1", "2", "3", "4", "5", "6"],
        ["7", "8", "9", "10", "11", "⚙️"],
        ["x"],
    ]


def test_no_more_buttons_than_a_message_keeps() -> None:
    messages = paginate(
        [Passage(lead=Text("."), gap="\n", button=Button(str(n), callback_data=f"{n}")) for n in range(150)]
    )
    assert [sum(map(len, message.keyboard)) for message in messages] == [75, 75]


@pytest.mark.parametrize(("count", "lengths"), [(0, []), (1, [1]), (8, [8]), (9, [5, 4]), (17, [6, 6, 5])])
def test_rows_are_even(count: int, lengths: list[int]) -> None:
    assert [len(row) for row in arrange_in_rows([Button("x", callback_data="y")] * count, 8)] == lengths


def test_nothing_makes_no_message() -> None:
    assert paginate([]) == ()
    assert paginate([Passage()]) == ()


def test_a_commentary_is_there_once() -> None:
    (message,) = messages_of(edition(), folded=True)
    assert message.text.plain.count(COMMENTARY.plain) == 1
