"""Build a tree of blocks from Markdown tokens: headings, paragraphs, lists, quotes, code, tables, rules.

`tokens -> blocks (each with its line in the file) + omissions`
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from markdown_it.token import Token

from digest.parsing.inline import Omission, TextLine, parse_lines
from digest.parsing.markdown import MAX_NESTING
from digest.problems import ProblemCode
from domain.chat.text import Style


class BlockKind(StrEnum):
    """Kind of a Markdown block."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    ENTRY = "entry"
    QUOTE = "quote"
    CODE = "code"
    TABLE = "table"
    RULE = "rule"


_ATTRIBUTES = re.compile(
    r"(?:(?<!\s)\s+)?\{\s*[#.][^\s{}]{1,200}"
    r"(?:\s+(?:[#.][^\s{}]{1,200}|[A-Za-z][\w:-]{0,60}=(?:\"[^\"{}]{0,200}\"|'[^'{}]{0,200}'|[^\s{}\"']{1,200})))*"
    r"\s*\}$"
)
"""A heading's name and classes, and further attributes with values: `{#each items as x}` are words."""

_NOTE_TAKERS_PROGRAMS = frozenset(("dataview", "dataviewjs", "tasks"))
"""Languages of code that a note-taking program runs, and shows the outcome of."""

_TASK_BOXES = ("[ ] ", "[x] ", "[X] ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One Markdown block.

    `level` is that of a heading; `number` the number written before an `ordered` entry; `lines` the text of headings
    and paragraphs; `rows` the lines of a table's cells; `children` the content of entries, lists and quotes; `raw` the
    text of a code block and `info` its language. `continues_previous` marks a line of the paragraph, or an entry of the
    list, that the block before belongs to. `is_task`: a box to tick stood before an entry.
    """

    kind: BlockKind
    line: int
    level: int = 0
    number: str = ""
    ordered: bool = False
    lines: tuple[TextLine, ...] = ()
    rows: tuple[tuple[tuple[TextLine, ...], ...], ...] = ()
    children: tuple[Block, ...] = ()
    raw: str = ""
    info: str = ""
    continues_previous: bool = False
    is_task: bool = False

    @property
    def has_link(self) -> bool:
        """Whether a word of the block's own lines is a link."""
        return any(span.style is Style.LINK for line in self.lines for span in line.text.spans)


def build_blocks(tokens: list[Token], offset: int, source: list[str], omissions: list[Omission]) -> tuple[Block, ...]:
    """Build the top-level blocks; `offset` is added to markdown-it's 0-based lines, `source` holds those lines."""
    return _BlockBuilder(tokens, offset, source, omissions).blocks_until(len(tokens))


def _code(token: Token, line: int) -> Block:
    """Make a code block; words behind its fence that name no language become text."""
    info, raw = token.info.strip(), token.content.rstrip("\n")
    language = info.split()[0] if info else ""
    if info.isascii():
        return Block(kind=BlockKind.CODE, line=line, raw=raw, info=language)
    return Block(kind=BlockKind.CODE, line=line, raw=f"{info}\n{raw}".strip("\n"))


def _without_task_box(children: tuple[Block, ...]) -> tuple[Block, ...]:
    """Remove the check box of a task list's entry: `- [x] T`."""
    first = children[0].lines[0] if children and children[0].lines else None
    if (
        first is None
        or not first.text.plain.startswith(_TASK_BOXES)
        or (first.text.spans[:1] and first.text.spans[0].start < 4)
    ):
        return children
    lines = (replace(first, text=first.text[4:]), *children[0].lines[1:])
    return (replace(children[0], lines=lines), *children[1:])


class _BlockBuilder:
    """Builder that walks the tokens once; `at` is the index of the next token."""

    def __init__(self, tokens: list[Token], offset: int, source: list[str], omissions: list[Omission]) -> None:
        self.tokens, self.offset, self.source, self.omissions = tokens, offset, source, omissions
        self.at = 0

    def blocks_until(self, end: int) -> tuple[Block, ...]:
        """Return the blocks up to the token that closes their parent."""
        blocks: list[Block] = []
        while self.at < end and self.tokens[self.at].nesting >= 0:
            block = self.next_block()
            if block is not None:
                blocks.append(block)
        self.at += 1
        return tuple(blocks)

    def next_block(self) -> Block | None:
        token = self.tokens[self.at]
        self.at += 1
        line = (token.map[0] if token.map else 0) + self.offset
        match token.type:
            case "heading_open":
                lines = tuple(map(self.without_attributes, self.inline(line)))
                return Block(kind=BlockKind.HEADING, line=line, level=int(token.tag[1]), lines=lines)
            case "paragraph_open":
                lines = self.inline(line)
                return Block(kind=BlockKind.PARAGRAPH, line=line, lines=lines) if lines else None
            case "bullet_list_open" | "ordered_list_open":
                return Block(
                    kind=BlockKind.LIST,
                    line=line,
                    ordered=token.tag == "ol",
                    children=self.blocks_until(len(self.tokens)),
                )
            case "list_item_open":
                return self.entry(token, line)
            case "blockquote_open":
                return Block(kind=BlockKind.QUOTE, line=line, children=self.inside(token, line))
            case "fence" if token.info.strip().lower() in _NOTE_TAKERS_PROGRAMS and token.map:
                written = "\n".join(self.source[slice(*token.map)]).strip()
                self.omissions.append(Omission(code=ProblemCode.SHORTCODE, line=line, text=written))
            case "fence" | "code_block":
                return _code(token, line)
            case "hr":
                return Block(kind=BlockKind.RULE, line=line)
            case "table_open":
                return self.table(line)
            case "comment":
                self.omissions.append(Omission(code=ProblemCode.COMMENT, line=line, text=token.content.strip()))
            case "script":
                self.omissions.append(Omission(code=ProblemCode.MEDIA, line=line, text=token.content.strip()))
        return None

    def inline(self, line: int) -> tuple[TextLine, ...]:
        token = self.tokens[self.at]
        self.at += 2  # the inline token and the one that closes
        return parse_lines(token.children or [], line, self.omissions)

    def without_attributes(self, line: TextLine) -> TextLine:
        """Remove the attributes of Hugo and kramdown from a heading's line: `## T {#anchor}`."""
        match = _ATTRIBUTES.search(line.text.plain)
        if match is None:
            return line
        self.omissions.append(Omission(code=ProblemCode.MARKUP, line=line.line, text=match.group().strip()))
        return replace(line, text=line.text[: match.start()])

    def entry(self, token: Token, line: int) -> Block:
        ordered = token.markup in (".", ")")
        children = self.inside(token, line)
        unboxed = _without_task_box(children)
        return Block(
            kind=BlockKind.ENTRY,
            line=line,
            number=token.info if ordered else "",
            ordered=ordered,
            children=unboxed,
            is_task=unboxed is not children,
        )

    def inside(self, token: Token, line: int) -> tuple[Block, ...]:
        """Return the child blocks; where nesting is too deep to parse, the source lines as a code block."""
        children = self.blocks_until(len(self.tokens))
        if children or token.level < MAX_NESTING - 3 or not token.map:
            return children
        raw = "\n".join(self.source[token.map[0] : token.map[1]]).strip()
        self.omissions.append(Omission(code=ProblemCode.DEEP, line=line, text=raw))
        return (Block(kind=BlockKind.CODE, line=line, raw=raw),) if raw else ()

    def table(self, line: int) -> Block:
        rows: list[list[tuple[TextLine, ...]]] = []
        while (token := self.tokens[self.at]).type != "table_close":
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                row_line = (token.map[0] if token.map else 0) + self.offset
                rows[-1].append(parse_lines(token.children or [], row_line or line, self.omissions))
            self.at += 1
        self.at += 1
        return Block(kind=BlockKind.TABLE, line=line, rows=tuple(map(tuple, rows)))
