"""markdown-it's tokens in; a tree of blocks out: headings, paragraphs, list entries, quotes, code, tables, rules.

`tokens -> (blocks, notes)`. The top level is made flat for the recognisers: a list is its entries, a paragraph its
lines. Every block knows its line in the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from markdown_it.token import Token

from digest.parsing.inline import Line, Note, lines_of
from digest.parsing.markdown import NESTING
from digest.problems import Code


class Kind(StrEnum):
    """What a block is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    ENTRY = "entry"
    QUOTE = "quote"
    CODE = "code"
    TABLE = "table"
    RULE = "rule"


_ATTRIBUTES = re.compile(r"\s*\{\s*[#.][\w\s.#=:\"-]{0,100}\}$")
_BOXES = ("[ ] ", "[x] ", "[X] ")


@dataclass(frozen=True, slots=True)
class Block:
    """One block. `level` is a heading's; `number` the one written before an ordered entry (`ordered`), `lines` the
    text of headings and paragraphs, `rows` a table's cells, `children` what entries, lists and quotes hold, `raw` a
    code block's text and `info` its language. `glued`: this line goes on in the paragraph
    (this entry in the list) of the block before."""

    kind: Kind
    line: int
    level: int = 0
    number: str = ""
    ordered: bool = False
    lines: tuple[Line, ...] = ()
    rows: tuple[tuple[Line, ...], ...] = ()
    children: tuple[Block, ...] = ()
    raw: str = ""
    info: str = ""
    glued: bool = False


def blocks_of(tokens: list[Token], offset: int, source: list[str], notes: list[Note]) -> tuple[Block, ...]:
    """The top-level blocks. `offset` is added to markdown-it's 0-based lines; `source` are those lines."""
    return _Builder(tokens, offset, source, notes).many(len(tokens))


def _code(token: Token, line: int) -> Block:
    """A code block; words behind its fence that name no language are text."""
    info, raw = token.info.strip(), token.content.rstrip("\n")
    language = info.split()[0] if info else ""
    if info.isascii():
        return Block(Kind.CODE, line, raw=raw, info=language)
    return Block(Kind.CODE, line, raw=f"{info}\n{raw}".strip("\n"))


def _without_attributes(line: Line) -> Line:
    """A heading's line without the attributes that Hugo and kramdown take: `## T {#anchor}`."""
    match = _ATTRIBUTES.search(line.text.plain)
    return replace(line, text=line.text[: match.start()]) if match else line


def _without_box(children: tuple[Block, ...]) -> tuple[Block, ...]:
    """An entry without the box of a task list: `- [x] T`."""
    first = children[0].lines[0] if children and children[0].lines else None
    if (
        first is None
        or not first.text.plain.startswith(_BOXES)
        or (first.text.spans[:1] and first.text.spans[0].start < 4)
    ):
        return children
    lines = (replace(first, text=first.text[4:]), *children[0].lines[1:])
    return (replace(children[0], lines=lines), *children[1:])


class _Builder:
    """Walks the tokens once; `at` is the next one."""

    def __init__(self, tokens: list[Token], offset: int, source: list[str], notes: list[Note]) -> None:
        self.tokens, self.offset, self.source, self.notes = tokens, offset, source, notes
        self.at = 0

    def many(self, end: int) -> tuple[Block, ...]:
        """The blocks up to the token that closes what they stand in."""
        found: list[Block] = []
        while self.at < end and self.tokens[self.at].nesting >= 0:
            block = self.one()
            if block is not None:
                found.append(block)
        self.at += 1
        return tuple(found)

    def one(self) -> Block | None:
        token = self.tokens[self.at]
        self.at += 1
        line = (token.map[0] if token.map else 0) + self.offset
        match token.type:
            case "heading_open":
                lines = tuple(map(_without_attributes, self.inline(line)))
                return Block(Kind.HEADING, line, level=int(token.tag[1]), lines=lines)
            case "paragraph_open":
                lines = self.inline(line)
                return Block(Kind.PARAGRAPH, line, lines=lines) if lines else None
            case "bullet_list_open" | "ordered_list_open":
                return Block(Kind.LIST, line, ordered=token.tag == "ol", children=self.many(len(self.tokens)))
            case "list_item_open":
                return self.entry(token, line)
            case "blockquote_open":
                return Block(Kind.QUOTE, line, children=self.inside(token, line))
            case "fence" | "code_block":
                return _code(token, line)
            case "hr":
                return Block(Kind.RULE, line)
            case "table_open":
                return self.table(line)
            case "comment":
                self.notes.append(Note(Code.COMMENT, line, token.content.strip()))
            case "script":
                self.notes.append(Note(Code.MEDIA, line, token.content.strip()))
        return None

    def inline(self, line: int) -> tuple[Line, ...]:
        token = self.tokens[self.at]
        self.at += 2  # the inline token and the one that closes
        return lines_of(token.children or [], line, self.notes)

    def entry(self, token: Token, line: int) -> Block:
        ordered = token.markup in (".", ")")
        return Block(Kind.ENTRY, line, number=token.info if ordered else "", ordered=ordered,
                     children=_without_box(self.inside(token, line)))  # fmt: skip

    def inside(self, token: Token, line: int) -> tuple[Block, ...]:
        """The blocks within; where nesting was too deep to be read, its lines as they stand."""
        children = self.many(len(self.tokens))
        if children or token.level < NESTING - 3 or not token.map:
            return children
        raw = "\n".join(self.source[token.map[0] : token.map[1]]).strip()
        self.notes.append(Note(Code.DEEP, line, raw))
        return (Block(Kind.CODE, line, raw=raw),) if raw else ()

    def table(self, line: int) -> Block:
        rows: list[list[Line]] = []
        while (token := self.tokens[self.at]).type != "table_close":
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                where = (token.map[0] if token.map else 0) + self.offset
                rows[-1].extend(lines_of(token.children or [], where or line, self.notes))
            self.at += 1
        self.at += 1
        return Block(Kind.TABLE, line, rows=tuple(map(tuple, rows)))
