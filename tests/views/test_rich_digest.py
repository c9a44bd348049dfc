"""The rich layout: nothing of the digest is lost, every part keeps Telegram's limits, and it reads well on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from aiogram.methods import SendRichMessage
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from digest.model import Digest, Picture, Table
from digest.reader import read_digests
from digest.rendering.links import is_linkable
from digest.rendering.pagination.graphemes import is_grapheme_boundary
from domain.chat import limits
from domain.chat.callback_data import parse_callback_data
from domain.chat.i18n import Translations
from domain.chat.rich_message import (
    ButtonRow,
    ContentsList,
    Details,
    Footer,
    Heading,
    Paragraph,
    Photo,
    Preformatted,
    Quote,
    RichBlock,
    RichMessage,
    TableBlock,
    block_texts,
)
from domain.chat.text import Style, Text, bold, concat, join, link, styled, utf16_length
from domain.subscription.preferences import ContentPreferences, Layout
from tests.digest import editions
from tests.digest.editions import edition, item
from tests.digest.test_nothing_lost import CORPUS
from views.digest_messages import digest_messages, rich_part_start

TEXTS = Translations.load()
EXAMPLES = Path(__file__).parents[2] / "examples" / "digests"
KEEP_GOING = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def messages_of(digest: Digest, language: str = "zh", categories: frozenset[str] | None = None) -> list[RichMessage]:
    preferences = ContentPreferences(Layout.RICH, language, categories)
    messages = digest_messages(digest, preferences, TEXTS.translator(language))
    rich = [message for message in messages if isinstance(message, RichMessage)]
    assert len(rich) == len(messages)
    return rich


def every_block(blocks: tuple[RichBlock, ...], depth: int = 1) -> Iterator[tuple[RichBlock, int]]:
    for block in blocks:
        yield block, depth
        if isinstance(block, Details):
            yield from every_block(block.blocks, depth + 1)


def without_space(plain: str) -> str:
    return "".join(plain.split())


def shown(messages: list[RichMessage]) -> str:
    """Return all text of the digest in order of reading, without white space and what only parts add to it."""
    blocks = [block for message in messages for block in message.blocks]
    texts = [
        text
        for block in blocks
        if not isinstance(block, Footer) and not is_contents(block)
        for text in list(block_texts(block))[is_continued(block) :]
    ]
    return without_space("".join(text.plain for text in texts))


def is_continued(block: RichBlock) -> bool:
    return isinstance(block, Details) and any(mark in block.summary.plain for mark in ("（续）", "(continued)"))


def is_contents(block: RichBlock) -> bool:
    return isinstance(block, Details) and any(isinstance(inner, ContentsList) for inner in block.blocks)


def as_shown(text: Text) -> list[str]:
    """Return the pieces of a text between those that tables or cuts may part: its lines and cells."""
    return [without_space(cell) for line in text.sanitized().plain.split("\n") for cell in line.split(" | ")]


def assert_nothing_lost(digest: Digest, messages: list[RichMessage]) -> None:
    """Require every text of the full layout, in order."""
    remaining = shown(messages)
    pieces = [[without_space(Text(digest.title).sanitized().plain)], as_shown(digest.intro)]
    section = ""
    for one in digest.items:
        new_section = one.section if one.section != section else ""
        section = one.section
        pieces += [[without_space(new_section)], [without_space(Text(one.headline).sanitized().plain)]]
        pieces += [as_shown(one.body), [without_space(name) for name in one.categories]]
    pieces += [as_shown(digest.commentary)]
    for piece in (piece for group in pieces for piece in group if piece):
        assert piece in remaining, f"{piece[:60]!r} is not shown"
        remaining = remaining[remaining.index(piece) + len(piece) :]


def units(message: RichMessage) -> int:
    """Count what is shown independently of the code under test."""
    return sum(utf16_length(text.plain) for block in message.blocks for text in block_texts(block))


def json_blocks(value: Any) -> int:
    """Count blocks, list items and table rows of the JSON."""
    if isinstance(value, list):
        return sum(map(json_blocks, value))
    if not isinstance(value, dict):
        return 0
    inner = sum(json_blocks(value.get(name, [])) for name in ("blocks", "items"))
    return inner + 1 + (len(value["cells"]) if "cells" in value else 0)


def assert_accepted(messages: list[RichMessage]) -> None:
    """Require of each part what Telegram requires, and that its contents list leads only to its own anchors."""
    assert messages
    for message in messages:
        body: Any = message.to_bot_api()
        SendRichMessage.model_validate(body | {"chat_id": 1})
        blocks = list(every_block(message.blocks))
        assert 0 < units(message) <= limits.RICH_PART_UTF16_UNITS
        assert json_blocks(body["rich_message"]["blocks"]) <= limits.RICH_BLOCKS
        assert max(depth for _, depth in blocks) + 2 <= limits.RICH_DEPTH
        assert sum(isinstance(block, Photo) for block, _ in blocks) <= limits.RICH_MEDIA
        links = [text for block, _ in blocks for text in block_texts(block)]
        addresses = [span.value for text in links for span in text.spans if span.style is Style.LINK]
        assert all(map(is_linkable, addresses))
        rows = [block for block, _ in blocks if isinstance(block, TableBlock)]
        assert max((len(row) for table in rows for row in table.rows), default=0) <= limits.RICH_TABLE_COLUMNS
        buttons = [button for block, _ in blocks if isinstance(block, ButtonRow) for button in block.buttons]
        buttons += [button for row in message.keyboard for button in row]
        assert len(buttons) <= limits.KEYBOARD_BUTTONS
        assert all(parse_callback_data(button.callback_data) for button in buttons)
        anchors = {block.anchor for block, _ in blocks if isinstance(block, Details | Heading | Paragraph)}
        targets = [entry.anchor for block, _ in blocks if isinstance(block, ContentsList) for entry in block.links]
        assert set(targets) <= anchors


def same_language(digest: Digest) -> None:
    for language in ("zh", "en"):
        messages = messages_of(digest, language)
        assert_accepted(messages)
        assert_nothing_lost(digest, messages)


@KEEP_GOING
@given(editions.digests())
def test_generated_digests_keep_limits_and_texts(digest: Digest) -> None:
    messages = messages_of(digest) if digest.title or digest.items or digest.commentary else []
    if messages:
        assert_accepted(messages)
        assert_nothing_lost(digest, messages)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.md")), ids=lambda path: path.stem)
def test_examples_keep_limits_and_texts(path: Path) -> None:
    for digest in read_digests(path.read_bytes(), name=path.name):
        same_language(digest)


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not beside the project")
def test_real_digests_keep_limits_and_texts() -> None:
    paths = sorted(CORPUS.rglob("*.md"))
    assert len(paths) > 10
    for path in paths:
        for digest in read_digests(path.read_bytes(), name=path.name):
            same_language(digest)


def test_parts_of_819_items_are_few_and_even() -> None:
    digest = editions.digest(*(item(number, "一句话。" * 5) for number in range(1, 820)))
    messages = messages_of(digest)
    assert_accepted(messages)
    assert_nothing_lost(digest, messages)
    buttons = [sum(isinstance(block, Details) for block in message.blocks) for message in messages]
    assert len(messages) == -(-819 * 6 // limits.RICH_BLOCKS), "an item has four blocks, and two in the contents list"
    assert max(buttons) - min(buttons) <= 4


def test_one_huge_item_is_divided_between_sentences() -> None:
    sentence = "两家公司签下五年的合同。"
    body = concat([sentence * 300, link("原文在这里", "https://example.org/x"), sentence * 3000])
    digest = editions.digest(item(1, "短。"), item(2, body), item(3, "短。"))
    messages = messages_of(digest)
    assert_accepted(messages)
    assert_nothing_lost(digest, messages)
    assert len(messages) == -(-(len(body) + 400) // limits.RICH_PART_UTF16_UNITS)
    texts = [text for message in messages for block in message.blocks for text in block_texts(block)]
    cut = [text for text in texts if len(text) > 200]
    assert len(cut) >= 5
    assert all(text.plain.endswith(("。", "在这里")) for text in cut)
    assert sum(text.plain.count("原文在这里") for text in texts) == 1
    assert [is_continued(message.blocks[0]) for message in messages] == [False, *[True] * (len(messages) - 1)]


EMOJI = "👩‍👩‍👧‍👦🇨🇳👍🏽"


@pytest.mark.parametrize("body", [EMOJI * 3000, "𝒜" * 30_000, "e\u0301" * 20_000], ids=["emoji", "astral", "marks"])
def test_no_cut_within_a_grapheme(body: str) -> None:
    digest = editions.digest(item(1, body))
    messages = messages_of(digest)
    assert_accepted(messages)
    pieces = [text.plain for message in messages for block in message.blocks for text in block_texts(block)]
    bodies = [piece for piece in pieces if len(piece) > 300]
    assert "".join(bodies) == Text(body).sanitized().plain
    at = 0
    for piece in bodies[:-1]:
        at += len(piece)
        assert is_grapheme_boundary("".join(bodies), at)


def test_item_unfolds_under_its_headline() -> None:
    [message] = messages_of(edition())
    details = [block for block in message.blocks if isinstance(block, Details)]
    first = next(block for block in details if block.summary.plain.startswith("1. "))
    assert first.summary == bold("1. 第1件事的标题")
    [body, source, buttons] = first.blocks
    assert isinstance(body, Paragraph)
    assert isinstance(source, Paragraph)
    assert source.text == link("🔗 example.org", "https://example.org/news/1") + " · 产业"
    assert isinstance(buttons, ButtonRow)
    assert [(button.text, button.callback_data) for button in buttons.buttons] == [("单看第 1 条", "item 2025-09-12 1")]


def test_title_day_and_sections_are_headings() -> None:
    [message] = messages_of(edition(), "en")
    headings = [(block.text.plain, block.level) for block in message.blocks if isinstance(block, Heading)]
    assert headings == [("九月十二日早报", 1), ("产业", 3), ("技术", 3)]
    assert message.blocks[1] == Paragraph(Text("Fri, 12 Sep 2025 · 5 items"))
    summaries = [block.summary.plain for block in message.blocks if isinstance(block, Details)]
    assert summaries[:2] == ["Introduction", "📑 Contents"]
    assert summaries[-1] == "💬 Commentary"


def test_contents_lead_to_sections_or_items() -> None:
    def entries(digest: Digest) -> list[tuple[str, str]]:
        [message] = messages_of(digest)
        lists = [block for block, _ in every_block(message.blocks) if isinstance(block, ContentsList)]
        return [(entry.text.plain, entry.anchor) for contents in lists for entry in contents.links]

    assert entries(edition()) == [("产业", "s1"), ("技术", "s3")]
    plain = editions.digest(*(item(number) for number in range(1, 7)))
    assert entries(plain)[0] == ("1. 第1件事的标题", "i1")
    assert len(entries(plain)) == 6
    assert entries(editions.digest(*(item(number) for number in range(1, 6)))) == []


def test_item_without_text_is_one_linked_line() -> None:
    [message] = messages_of(editions.digest(item(1, "", categories=("产业",)), item(2, "", url="javascript:x")))
    lines = [block for block in message.blocks if isinstance(block, Paragraph)][-2:]
    assert lines[0].text.plain == "1. 第1件事的标题 · 产业"
    assert [span.value for span in lines[0].text.spans if span.style is Style.LINK] == ["https://example.org/news/1"]
    assert [(span.style, span.start) for span in lines[1].text.spans] == [(Style.BOLD, 0)]


def test_undated_digest_has_no_buttons() -> None:
    [message] = messages_of(editions.digest(item(1), date=None))
    assert not message.keyboard
    assert not [block for block, _ in every_block(message.blocks) if isinstance(block, ButtonRow)]


def test_categories_choose_items_and_keep_positions() -> None:
    [message] = messages_of(edition(), categories=frozenset({"技术"}))
    summaries = [block.summary.plain for block in message.blocks if isinstance(block, Details)]
    assert [summary[:2] for summary in summaries if summary[0].isdigit()] == ["3.", "4.", "5."]
    assert messages_of(edition(), categories=frozenset({"体育"})) == []


ROWS = ((Text("城市"), Text("天气")), (Text("上海"), bold("晴")), (Text("柏林"), Text()))
LINES = join("\n", ["城市 | 天气", concat(["上海 | ", bold("晴")]), "柏林"])
TABLE = Table(LINES, ROWS)


def body_blocks(body: Text, *tables: Table) -> tuple[RichBlock, ...]:
    [message] = messages_of(editions.digest(item(1, body, url=""), tables=tables))
    [details] = [block for block in message.blocks if isinstance(block, Details)]
    return details.blocks[:-1]


def test_table_stands_between_its_paragraphs() -> None:
    blocks = body_blocks(concat(["前文。\n\n", LINES, "\n\n后文。"]), TABLE)
    assert blocks == (Paragraph(Text("前文。")), TableBlock(ROWS), Paragraph(Text("后文。")))


def test_lines_within_other_words_are_no_table() -> None:
    blocks = body_blocks(concat(["见", LINES, "。"]), TABLE)
    assert blocks == (Paragraph(concat(["见", LINES, "。"])),)


def test_table_of_more_than_twenty_columns_stays_lines() -> None:
    row = tuple(Text(f"{column}") for column in range(21))
    lines = join(" | ", row)
    assert body_blocks(lines, Table(lines, (row,))) == (Paragraph(lines),)
    fits = join(" | ", row[:20])
    assert body_blocks(fits, Table(fits, (row[:20],))) == (TableBlock((row[:20],)),)


def test_long_table_is_divided_between_rows_with_its_heads() -> None:
    rows = (*ROWS[:1], *((Text(f"城市{number}"), Text("晴" * 30)) for number in range(600)))
    lines = join("\n", [join(" | ", row) for row in rows])
    digest = editions.digest(item(1, lines), tables=(Table(lines, rows),))
    messages = messages_of(digest)
    assert_accepted(messages)
    assert_nothing_lost(digest, messages)
    tables = [
        block for message in messages for block, _ in every_block(message.blocks) if isinstance(block, TableBlock)
    ]
    assert len(tables) == len(messages) > 1
    assert all(table.rows[0] == ROWS[0] for table in tables)
    assert [row for table in tables for row in table.rows[1:]] == list(rows[1:])


def test_row_longer_than_a_part_becomes_lines() -> None:
    rows = (ROWS[0], (Text("长" * 9000), Text("短")))
    lines = join("\n", [join(" | ", row) for row in rows])
    digest = editions.digest(item(1, lines), tables=(Table(lines, rows),))
    messages = messages_of(digest)
    assert_accepted(messages)
    assert_nothing_lost(digest, messages)


def test_quotes_and_code_are_blocks() -> None:
    body = concat(
        ["前。\n\n", styled("引文。", Style.BLOCKQUOTE), "\n\n", styled("x = 1\ny", Style.PRE, "py"), "\n\n后。"]
    )
    assert body_blocks(body) == (
        Paragraph(Text("前。")),
        Quote(Text("引文。")),
        Preformatted(Text("x = 1\ny"), "py"),
        Paragraph(Text("后。")),
    )


def test_pictures_stand_below_their_text() -> None:
    pictures = tuple(
        Picture(f"https://example.org/{position}.png", f"图{position}", position) for position in (0, 1, 1, 3)
    )
    digest = editions.digest(item(1), item(2), intro=Text("导语。"), commentary=Text("点评。"), pictures=pictures)
    [message] = messages_of(digest)
    photos = [(depth, block.url) for block, depth in every_block(message.blocks) if isinstance(block, Photo)]
    assert [(depth, url[-5:]) for depth, url in photos] == [(1, "0.png"), (2, "1.png"), (2, "1.png"), (2, "3.png")]
    [first, *_] = [block for block, _ in every_block(message.blocks) if isinstance(block, Photo)]
    assert first.caption == link("🖼 图0", "https://example.org/0.png")


def test_picture_that_cannot_be_linked_is_left_out() -> None:
    digest = editions.digest(item(1), pictures=(Picture("https://x", "x", 1), Picture("http://a b", "", 1)))
    [message] = messages_of(digest)
    assert not [block for block, _ in every_block(message.blocks) if isinstance(block, Photo)]


def test_parts_hold_at_most_fifty_pictures() -> None:
    pictures = tuple(Picture(f"https://example.org/{number}.png", "", 1) for number in range(120))
    digest = editions.digest(item(1), pictures=pictures)
    messages = messages_of(digest)
    assert_accepted(messages)
    found = [block.url for message in messages for block, _ in every_block(message.blocks) if isinstance(block, Photo)]
    assert found == [picture.url for picture in pictures]
    assert len(messages) == 3


@KEEP_GOING
@given(st.integers(1, 40), st.integers(0, 900), st.integers(0, 20))
@example(12, 700, 20)
def test_no_item_that_fits_is_divided(count: int, length: int, long_ones: int) -> None:
    digest = editions.digest(
        *(item(number, "字。" * (3 * length if number <= long_ones else length)) for number in range(1, count + 1))
    )
    messages = messages_of(digest)
    assert_accepted(messages)
    assert [is_continued(message.blocks[0]) for message in messages] == [False] * len(messages)
    sizes = list(map(units, messages))
    beside = [first + second for first, second in pairwise(sizes)]
    assert min(beside, default=limits.RICH_PART_UTF16_UNITS) > limits.RICH_PART_UTF16_UNITS - 800


def test_overlong_headings_are_divided_like_a_text() -> None:
    digest = editions.digest(
        item(1, headline="标题。" * 5000, section="部分。" * 5000), title="早报。" * 5000, intro=Text("导语。")
    )
    messages = messages_of(digest)
    assert_accepted(messages)
    assert_nothing_lost(digest, messages)


def test_start_of_each_part_is_its_first_item() -> None:
    digest = editions.digest(*(item(number, "字。" * 1000) for number in range(1, 10)), commentary=Text("评。" * 3500))
    messages = messages_of(digest)
    translate = TEXTS.translator("zh")
    starts = [rich_part_start(digest, digest.items, translate, part) for part in range(1, len(messages) + 1)]
    assert starts == [0, 4, 7, 10]
    summaries = [next(block for block in message.blocks if isinstance(block, Details)) for message in messages[1:]]
    assert [summary.summary.plain[:2] for summary in summaries] == ["4.", "7.", "💬 "]
