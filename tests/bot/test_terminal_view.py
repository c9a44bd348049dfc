"""Messages as chat bubbles on a terminal."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from bot.terminal_view import print_messages
from domain.chat.i18n import Translations
from domain.chat.message import Button, Message
from domain.chat.rich_message import (
    AnchorLink,
    AnyMessage,
    ButtonRow,
    ContentsList,
    Details,
    Footer,
    Heading,
    Paragraph,
    Photo,
    Quote,
    RichMessage,
    TableBlock,
)
from domain.chat.text import Style, Text, bold, concat, link, styled
from domain.subscription.preferences import ContentPreferences
from tests.digest.editions import edition
from views.digest_messages import plain_messages


def drawn(*messages: AnyMessage, width: int = 80, unfolded: bool = False, color: bool = False) -> str:
    out = StringIO()
    console = Console(file=out, width=width, force_terminal=color, color_system="truecolor" if color else None)
    print_messages(messages, console, unfolded=unfolded)
    return out.getvalue()


def test_prints_a_whole_digest() -> None:
    lines = drawn(*plain_messages(edition(), ContentPreferences(), Translations.load().translator("zh"))).splitlines()
    assert lines[0].startswith("╭─")
    assert "九月十二日早报" in lines[1]
    assert any("◆ 技术" in line for line in lines)
    assert any("/4096" in line and "/100" in line for line in lines)
    assert all(label in lines[-2] for label in ("📂", "⚙️", "👍"))


def test_expandable_quote_shows_three_lines_and_a_count() -> None:
    message = Message(concat(["题\n", styled("\n".join("一二三四五"), Style.EXPANDABLE_BLOCKQUOTE), "\n\n完"]))
    shown = drawn(message)
    assert [text in shown for text in ("▎ 三", "▎ 四", "▾ +2")] == [True, False, True]
    whole = drawn(message, unfolded=True)
    assert [text in whole for text in ("▎ 四", "▎ 五", "▾")] == [True, True, False]


def test_plain_and_short_expandable_quotes_are_complete() -> None:
    quoted = styled("\n".join("一二三四五"), Style.BLOCKQUOTE)
    assert "▎ 五" in drawn(Message(quoted))
    assert "▾" not in drawn(Message(styled("一", Style.EXPANDABLE_BLOCKQUOTE)))


def test_line_breaks_around_quotes_match_the_message() -> None:
    message = Message(concat(["题\n", styled("引", Style.BLOCKQUOTE), "\n\n尾\n", styled("引", Style.BLOCKQUOTE)]))
    assert [line.strip("│ ") for line in drawn(message).splitlines()[1:-1]] == ["题", "▎ 引", "", "尾", "▎ 引"]


def test_adjacent_quotes_have_no_blank_line() -> None:
    quoted = styled("引", Style.BLOCKQUOTE)
    assert drawn(Message(concat([quoted, "\n", quoted]))).count("\n") == 4


def test_wraps_between_chinese_characters_and_latin_words() -> None:
    lines = drawn(Message(Text("甲乙丙丁 OpenAI 发布，" * 2 + "x" * 30)), width=24).splitlines()[1:-1]
    assert [line.strip("│ ") for line in lines] == [
        "甲乙丙丁 OpenAI 发",
        "布，甲乙丙丁 OpenAI",
        "发布，" + "x" * 14,
        "x" * 16,
    ]


def test_punctuation_stays_on_its_side_of_a_line_break() -> None:
    text = "他说“好的”，又说（café）和《书》。" * 6
    for width in range(16, 40):
        lines = [line.strip("│ ") for line in drawn(Message(Text(text)), width=width).splitlines()[1:-1]]
        assert "".join(lines) == text
        assert not [line for line in lines if line[-1] in "“（《" or line[0] in "”，）》。"]
        assert not [line for line in lines if "caf" in line.replace("café", "")]


def test_styles_are_printed() -> None:
    shown = drawn(Message(concat([bold("粗"), link("链", "https://example.org/a")])), color=True)
    assert "\x1b[1m粗" in shown
    assert "https://example.org/a" in shown


def test_rich_markup_in_texts_is_literal() -> None:
    assert "[bold]x[/bold] [/]" in drawn(Message(Text("[bold]x[/bold] [/]"), ((Button("[red]", callback_data="x"),),)))
    assert "[red]" in drawn(Message(Text("x"), ((Button("[red]", callback_data="x"),),)))


def test_rich_message_shows_its_blocks() -> None:
    photo = Photo("https://example.org/p.png", Text("a picture"))
    table = TableBlock(((Text("City"), Text("Weather")), (Text("Lima"), Text("dry"))))
    inner = (Paragraph(Text("one\ntwo\nthree\nfour\nfive")), photo, table, ButtonRow((Button("alone", "item 1"),)))
    links = ContentsList((AnchorLink(Text("to the part"), "a"),))
    blocks = (
        Heading(Text("Title"), 1),
        links,
        Details(Text("Unfolds"), inner),
        Quote(Text("quoted")),
        Footer(Text("1/2")),
    )
    shown = drawn(RichMessage(blocks, ((Button("below", "today"),),)))
    places = [shown.index(word) for word in ("Title", "to the part", "▸ Unfolds", "three", "▾ +3", "City", "Lima")]
    assert places == sorted(places)
    for word in ("alone", "quoted", "1/2", "below", "/8000", "/500"):
        assert word in shown
    assert "four" not in shown
    unfolded = drawn(RichMessage(blocks), unfolded=True)
    assert "a picture" in unfolded
    assert "▾" not in unfolded


def test_url_buttons_are_marked() -> None:
    assert "来源 ↗" in drawn(Message(Text("x"), ((Button("来源", url="https://example.org"),),)))


def test_fits_a_narrow_terminal() -> None:
    shown = drawn(*plain_messages(edition(), ContentPreferences(), Translations.load().translator("zh")), width=40)
    assert 20 < max(map(len, shown.splitlines())) <= 40
