"""Print messages as chat bubbles on a terminal, for previews and the REPL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from rich import box
from rich.align import Align
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text as Painted

from bot.wrapping import line_starts
from digest.rendering.pagination.rich_size import measure_blocks
from domain.chat import limits
from domain.chat.message import Button, Message
from domain.chat.rich_message import (
    AnyMessage,
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
from domain.chat.text import Span, Style, Text, join

MAX_BUBBLE_COLUMNS = 64
_COLLAPSED_QUOTE_LINES = 3  # what Telegram's apps show of a folded quote
_QUOTE_BAR = "▎ "

_RICH_STYLES = {
    Style.BOLD: "bold",
    Style.ITALIC: "italic",
    Style.UNDERLINE: "underline",
    Style.STRIKETHROUGH: "strike",
    Style.SPOILER: "reverse",
    Style.CODE: "cyan",
    Style.PRE: "cyan",
    Style.LINK: "blue",
}
_QUOTES = (Style.BLOCKQUOTE, Style.EXPANDABLE_BLOCKQUOTE)


def print_messages(messages: Iterable[AnyMessage], console: Console, *, unfolded: bool = False) -> None:
    """Print each message as a bubble with its buttons, and on its lower edge the size against Telegram's limits.

    Of a folded quote the first three lines are shown, as on a phone, and how many more there are (`▾ +4`);
    `unfolded` shows them all.
    """
    width = min(MAX_BUBBLE_COLUMNS, console.width)
    for message in messages:
        if isinstance(message, RichMessage):
            console.print(_rich_panel(message, width, unfolded=unfolded))
        else:
            console.print(_message_panel(message, width, unfolded=unfolded))
        for row in message.keyboard:
            console.print(_button_row(row, width))


def _message_panel(message: Message, width: int, *, unfolded: bool) -> Panel:
    inner = width - 4
    parts: list[RenderableType] = [
        _quote_panel(text, quote, inner, unfolded=unfolded) if quote else Group(*_wrapped_lines(text, inner))
        for text, quote in _quote_sections(message.text)
    ]
    entities = len(message.text.entities())
    if message.picture is not None:
        line = Text(f"🖼 {message.picture.url}").styled(Style.LINK, message.picture.url)
        parts.insert(0 if message.picture.is_above else len(parts), Group(*_wrapped_lines(line, inner)))
    fill = f"{message.text.utf16_length}/{limits.MESSAGE_UTF16_UNITS} · {entities}/{limits.MESSAGE_ENTITIES}"
    return _bubble(parts, width, fill)


def _rich_panel(message: RichMessage, width: int, *, unfolded: bool) -> Panel:
    size = measure_blocks(message.blocks)
    fill = f"{size.utf16_units}/{limits.RICH_PART_UTF16_UNITS} · {size.blocks}/{limits.RICH_BLOCKS}"
    parts = [part for block in message.blocks for part in _block_lines(block, width - 4, unfolded=unfolded)]
    return _bubble(parts, width, fill)


def _bubble(parts: Iterable[RenderableType], width: int, fill: str) -> Panel:
    return Panel(Group(*parts), box=box.ROUNDED, width=width, subtitle=fill, subtitle_align="right", border_style="dim")


def _block_lines(block: RichBlock, width: int, *, unfolded: bool) -> Iterator[RenderableType]:
    """Yield a block of a rich message; of what is folded the first lines, and how many more there are."""
    match block:
        case Heading(text):
            yield from _wrapped_lines(text.styled(Style.BOLD), width)
        case Paragraph(text):
            yield from _wrapped_lines(text, width)
        case Footer(text):
            yield from (Painted(line.plain, style="dim") for line in _wrapped_lines(text, width))
        case Quote(text):
            yield _quote_panel(text, Style.BLOCKQUOTE, width, unfolded=True)
        case Preformatted(text):
            yield from _wrapped_lines(text.styled(Style.PRE), width)
        case Photo(url, caption):
            yield from _wrapped_lines(caption.styled(Style.LINK, url), width)
        case TableBlock(rows):
            yield _table(rows, width)
        case ContentsList(links):
            yield from (line for link in links for line in _wrapped_lines(link.text.styled(Style.LINK), width))
        case ButtonRow(buttons):
            yield _button_row(buttons, width)
        case Details(summary, blocks):
            yield from _details_lines(summary, blocks, width, unfolded=unfolded)


def _details_lines(
    summary: Text, blocks: Iterable[RichBlock], width: int, *, unfolded: bool
) -> Iterator[RenderableType]:
    """Yield a folded block: its summary, and what a tap on it shows, as far as it is text."""
    yield from _wrapped_lines(Text("▸ ") + summary, width)
    inner = [block for block in blocks if not isinstance(block, ButtonRow | TableBlock)]
    text = join("\n", [text for block in inner for text in block_texts(block)])
    if text:
        yield _quote_panel(text, Style.EXPANDABLE_BLOCKQUOTE, width, unfolded=unfolded)
    for block in blocks:
        if isinstance(block, ButtonRow | TableBlock):
            yield from _block_lines(block, width, unfolded=unfolded)


def _table(rows: tuple[tuple[Text, ...], ...], width: int) -> Table:
    table = Table(box=box.SIMPLE, width=width)
    head, *others = rows
    for cell in head:
        table.add_column(_to_rich(cell), overflow="fold")
    for row in others:
        table.add_row(*map(_to_rich, row))
    return table


def _quote_sections(text: Text) -> Iterator[tuple[Text, Style | None]]:
    """Yield the parts of the text inside and outside quotes, without the line breaks between them."""
    quotes = [span for span in text.spans if span.style in _QUOTES]
    edges = sorted({0, len(text), *(edge for span in quotes for edge in (span.start, span.end))})
    for start, end in pairwise(edges):
        style = next((span.style for span in quotes if span.start <= start < span.end), None)
        if text.plain[start:end] != "\n":
            yield _without_edge_breaks(text, start, end), style


def _without_edge_breaks(text: Text, start: int, end: int) -> Text:
    """Return a part without the line break at each edge that the next part's own line replaces."""
    if start and text.plain[start] == "\n":
        start += 1
    if start < end < len(text) and text.plain[end - 1] == "\n":
        end -= 1
    return text[start:end]


def _wrapped_lines(text: Text, width: int) -> list[Painted]:
    """Wrap the text to `width` columns; Chinese may break between any two characters, as on a phone."""
    breaks = list(line_starts(text.plain, width))
    return [_rstripped(line) for line in _to_rich(text).divide(breaks)]


def _rstripped(line: Painted) -> Painted:
    line.rstrip()
    return line


def _to_rich(text: Text) -> Painted:
    painted = Painted(text.plain, no_wrap=True)
    for span in text.spans:
        if span.style in _RICH_STYLES:
            painted.stylize(_rich_style(span), span.start, span.end)
    return painted


def _rich_style(span: Span) -> str:
    return f"{_RICH_STYLES[span.style]} link {span.value}" if span.style is Style.LINK else _RICH_STYLES[span.style]


def _quote_panel(text: Text, style: Style, width: int, *, unfolded: bool) -> RenderableType:
    lines = _wrapped_lines(text, width - len(_QUOTE_BAR))
    hidden = 0 if unfolded or style is Style.BLOCKQUOTE else max(0, len(lines) - _COLLAPSED_QUOTE_LINES)
    shown = [Painted.assemble((_QUOTE_BAR, "green"), line) for line in lines[: len(lines) - hidden]]
    return Group(*shown, *([Painted(f"{_QUOTE_BAR}▾ +{hidden}", style="green")] if hidden else []))


def _button_row(row: tuple[Button, ...], width: int) -> Table:
    table = Table.grid(expand=False)
    table.width = width
    for _ in row:
        table.add_column(ratio=1)
    table.add_row(*(_button(button) for button in row))
    return table


def _button(button: Button) -> Panel:
    label = Painted(f"{button.text} ↗" if button.url else button.text, no_wrap=True, overflow="ellipsis")
    return Panel(Align.center(label), box=box.ROUNDED, padding=0, border_style="blue")
