"""The headlines layout: one phone screen, every item behind its number, nothing wider than it may be."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Digest, Item
from digest.rendering.pagination.message_size import text_json_bytes
from digest.rendering.pagination.paginate import paginate
from domain.chat import limits
from domain.chat.callback_data import parse_callback_data
from domain.chat.commands import CommandName
from domain.chat.i18n import Translations
from domain.chat.message import Message
from domain.chat.text import Style, Text, display_width
from tests.digest.editions import COMMENTARY, INTRO, URL, digest, digests, edition, item
from views.digest_messages import headlines_messages
from views.digest_passages import filter_items
from views.headlines import LINE_WIDTH, headlines_passages, item_headline
from views.shortening import count_lines, cut_to_width, ellipsed, leading_sentences

ZH, EN = Translations.load().translator("zh"), Translations.load().translator("en")
LONG = "两家公司签下为期五年的合同，总价三千亿美元，规模是历史上最大的，没有之一，从明年起生效"
SCREEN_LINES = 21


def shown(of: Digest, items: tuple[Item, ...] | None = None) -> Text:
    (message,) = paginate(headlines_passages(of, of.items if items is None else items, ZH))
    return message.text


def spans_of(text: Text, style: Style) -> list[str]:
    return [text.plain[span.start : span.end] for span in text.spans if span.style is style]


def lines_of(text: Text) -> int:
    """Lines on a phone, of a folded quote at most three."""
    quotes = [span for span in text.spans if span.style is Style.EXPANDABLE_BLOCKQUOTE]
    folded = sum(min(3, count_lines(text.plain[span.start : span.end], LINE_WIDTH)) for span in quotes)
    outside = text.plain
    for span in reversed(quotes):
        outside = outside[: span.start] + outside[span.end + 1 :]
    return folded + count_lines(outside.strip("\n"), LINE_WIDTH)


def test_headlines_stand_close_between_two_folded_quotes() -> None:
    text = shown(replace(edition(), title="九月十二早报"))
    assert text.plain == "\n".join(
        [
            "九月十二早报 · 2025年9月12日 周五",
            INTRO.plain,
            "◆ 产业",
            "1. 第1件事的标题",
            "2. 第2件事的标题",
            "◆ 技术",
            "3. 第3件事的标题",
            "4. 第4件事的标题",
            "5. 第5件事的标题",
            f"💬 点评 {COMMENTARY}",
        ]
    )
    assert spans_of(text, Style.EXPANDABLE_BLOCKQUOTE) == [INTRO.plain, f"💬 点评 {COMMENTARY}"]
    assert spans_of(text, Style.LINK) == [f"第{number}件事的标题" for number in range(1, 6)]


def test_long_title_has_the_day_below() -> None:
    assert shown(digest(item(1), title="每日人工智能与数据中心产业新闻")).plain.split("\n")[:2] == [
        "每日人工智能与数据中心产业新闻",
        "2025年9月12日 周五",
    ]


def test_headline_takes_two_lines_at_most_and_keeps_its_link() -> None:
    text = shown(digest(item(1, headline=LONG)))
    (headline,) = spans_of(text, Style.LINK)
    assert headline == "两家公司签下为期五年的合同，总价三千亿美元，规模是历史上最大…"
    assert [span.value for span in text.spans if span.style is Style.LINK] == [URL.format(1)]


def test_twelve_long_headlines_fit_the_screen() -> None:
    items = [item(number, headline=LONG) for number in range(1, 13)]
    text = shown(digest(*items, title="早报", intro=INTRO, commentary=Text("评。" * 300)))
    assert lines_of(text) == SCREEN_LINES
    lines = [line for line in text.plain.split("\n") if line[:1].isdigit()]
    assert len(lines) == 12
    assert sum(count_lines(line, LINE_WIDTH) for line in lines) == SCREEN_LINES - 1 - 3 - 3


def test_longest_headlines_keep_their_second_line() -> None:
    items = [item(number, headline="长" * (16 + number)) for number in range(1, 15)]
    text = shown(digest(*items, title="早报", intro=INTRO, commentary=Text("评。" * 300)))
    whole = [line for line in text.plain.split("\n") if line.endswith("长")]
    assert [int(line.split(".")[0]) for line in whole] == []
    fewer = shown(digest(*items[:10], title="早报", intro=INTRO, commentary=Text("评。" * 300)))
    whole = [line for line in fewer.plain.split("\n") if line.endswith("长")]
    assert [int(line.split(".")[0]) for line in whole] == [7, 8, 9, 10]


def test_filtered_headlines_tell_what_was_left_out() -> None:
    day = edition()
    text = shown(day, filter_items(day.items, frozenset({"产业"})))
    assert text.plain.split("\n")[2] == "共 5 条，送你 2 条。没送的：技术 3。点 📑 看全部。"
    assert "3. 第3件" not in text.plain
    assert max(map(display_width, spans_of(text, Style.EXPANDABLE_BLOCKQUOTE))) <= 140


def test_many_categories_left_out_are_not_all_named() -> None:
    items = [item(number, categories=(f"第{number}类",) if number < 6 else ()) for number in range(1, 8)]
    text = shown(digest(*items, date=None), tuple(items[:1]))
    assert "没送的：未分类 2、第2类 1、第3类 1，还有 2 个分类。\n" in text.plain


def test_item_without_headline_shows_its_text() -> None:
    assert item_headline(item(1, "正文。\n第二行", headline="")) == "正文。 第二行"


def test_no_comma_stands_before_an_ellipsis() -> None:
    assert ellipsed("没有写算力峰值，") == "没有写算力峰值…"
    assert ellipsed("It names no peak, ") == "It names no peak…"


def test_sentences_at_the_beginning() -> None:
    assert leading_sentences(Text("一。二。"), 8).plain == "一。二。"
    assert leading_sentences(Text("一二三。四五六。七八九。"), 20).plain == "一二三。四五六。…"
    assert leading_sentences(Text("One is short. Two is a good deal longer."), 20).plain == "One is short. …"
    assert leading_sentences(Text("没有句号" * 20), 21).plain == "没有句号没有句号没…"


@given(st.text(max_size=60), st.integers(8, 70))
def test_cut_is_within_its_width(plain: str, most: int) -> None:
    cut = cut_to_width(plain, most)
    assert cut == plain if display_width(plain) <= most else display_width(cut) <= most or len(plain) < 3


def numbers_of(message: Message) -> list[int]:
    data = [parse_callback_data(button.callback_data) for row in message.keyboard for button in row]
    return [int(each.arguments.split()[1]) for each in data if each and each.command is CommandName.ITEM]


@settings(max_examples=25)
@given(digests(), st.booleans())
def test_any_digest_has_a_number_for_each_headline(of: Digest, english: bool) -> None:
    messages = headlines_messages(of, of.items, EN if english else ZH)
    assert [number for message in messages for number in numbers_of(message)] == [each.position for each in of.items]
    for message in messages:
        assert 0 < message.text.utf16_length <= limits.MESSAGE_UTF16_UNITS
        assert len(message.text.entities()) <= limits.MESSAGE_ENTITIES
        assert text_json_bytes(message.text) <= limits.MESSAGE_BYTES
        assert message.text.sanitized() == message.text
        assert all(f"\n{number}. " in f"\n{message.text.plain}" for number in numbers_of(message))
