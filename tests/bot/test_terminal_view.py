"""Messages as an editor sees them on a terminal."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from bot.terminal_view import print_messages
from domain.chat.i18n import Translations
from domain.chat.message import Button, Message
from domain.chat.text import Style, Text, bold, concat, link, styled
from domain.subscription.preferences import ContentPreferences
from tests.digest.editions import edition
from views.digest_messages import digest_messages


def drawn(*messages: Message, width: int = 80, unfolded: bool = False, color: bool = False) -> str:
    out = StringIO()
    console = Console(file=out, width=width, force_terminal=color, color_system="truecolor" if color else None)
    print_messages(messages, console, unfolded=unfolded)
    return out.getvalue()


def test_a_whole_digest() -> None:
    lines = drawn(*digest_messages(edition(), ContentPreferences(), Translations.load().translator("zh"))).splitlines()
    assert lines[0].startswith("╭─")
    assert "九月十二日早报" in lines[1]
    assert any("◆ 技术" in line for line in lines)
    assert any("/4096" in line and "/100" in line for line in lines)
    assert all(label in lines[-2] for label in ("条目", "分类", "点评"))


def test_a_folded_quote_shows_three_lines_and_how_many_more() -> None:
    message = Message(concat(["题\n", styled("\n".join("一二三四五"), Style.EXPANDABLE_BLOCKQUOTE), "\n\n完"]))
    shown = drawn(message)
    assert [text in shown for text in ("▎ 三", "▎ 四", "▾ +2")] == [True, False, True]
    whole = drawn(message, unfolded=True)
    assert [text in whole for text in ("▎ 四", "▎ 五", "▾")] == [True, True, False]


def test_an_open_quote_and_a_short_folded_one_are_whole() -> None:
    quoted = styled("\n".join("一二三四五"), Style.BLOCKQUOTE)
    assert "▎ 五" in drawn(Message(quoted))
    assert "▾" not in drawn(Message(styled("一", Style.EXPANDABLE_BLOCKQUOTE)))


def test_the_lines_between_stretches_are_those_of_the_message() -> None:
    message = Message(concat(["题\n", styled("引", Style.BLOCKQUOTE), "\n\n尾\n", styled("引", Style.BLOCKQUOTE)]))
    assert [line.strip("│ ") for line in drawn(message).splitlines()[1:-1]] == ["题", "▎ 引", "", "尾", "▎ 引"]


def test_adjacent_quotes_have_no_line_between() -> None:
    quoted = styled("引", Style.BLOCKQUOTE)
    assert drawn(Message(concat([quoted, "\n", quoted]))).count("\n") == 4


def test_lines_break_between_chinese_characters_and_latin_words() -> None:
    lines = drawn(Message(Text("甲乙丙丁 OpenAI 发布，" * 2 + "x" * 30)), width=24).splitlines()[1:-1]
    assert [line.strip("│ ") for line in lines] == [
        "甲乙丙丁 OpenAI 发",
        "布，甲乙丙丁 OpenAI",
        "发布，" + "x" * 14,
        "x" * 16,
    ]


def test_no_line_ends_with_an_opening_mark_nor_begins_with_a_closing_one() -> None:
    text = "他说“好的”，又说（café）和《书》。" * 6
    for width in range(16, 40):
        lines = [line.strip("│ ") for line in drawn(Message(Text(text)), width=width).splitlines()[1:-1]]
        assert "".join(lines) == text
        assert not [line for line in lines if line[-1] in "“（《" or line[0] in "”，）》。"]
        assert not [line for line in lines if "caf" in line.replace("café", "")]


def test_styles_become_the_terminals() -> None:
    shown = drawn(Message(concat([bold("粗"), link("链", "https://example.org/a")])), color=True)
    assert "\x1b[1m粗" in shown
    assert "https://example.org/a" in shown


def test_markup_of_strangers_is_text() -> None:
    assert "[bold]x[/bold] [/]" in drawn(Message(Text("[bold]x[/bold] [/]"), ((Button("[red]", callback_data="x"),),)))
    assert "[red]" in drawn(Message(Text("x"), ((Button("[red]", callback_data="x"),),)))


def test_a_button_that_opens_an_address_says_so() -> None:
    assert "来源 ↗" in drawn(Message(Text("x"), ((Button("来源", url="https://example.org"),),)))


def test_a_narrow_terminal_is_not_overrun() -> None:
    shown = drawn(*digest_messages(edition(), ContentPreferences(), Translations.load().translator("zh")), width=40)
    assert all(len(line) <= 40 for line in shown.splitlines())
