"""Report what segmentation guessed or left out: missing items, uncertain forms, omitted blocks, tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from digest.model import Item, Problem
from digest.parsing.blocks import Block, BlockKind
from digest.parsing.to_text import blocks_to_text, table_to_text
from digest.problems import ProblemCode, make_problem, quote, quote_whole
from digest.segmentation.block_assignment import DigestParts, OmissionReason
from digest.segmentation.media import table_blocks
from digest.segmentation.selection import UNRECOGNISED_FORM, Segmentation
from domain.chat.i18n import gettext_noop
from domain.chat.text import Text

_MARKDOWN_LANGUAGES = frozenset(("", "markdown", "md", "mdx", "text", "txt"))
_HEADLINE = re.compile(r"^[ \t]*(?:#{1,6} |[-*+] |\d{1,3}[.)] ?\S|\*\*\S)", re.MULTILINE)
_MIN_HIDDEN_HEADLINES = 2

_OMITTED_BLOCKS_CODES = {
    OmissionReason.CONTENTS: ProblemCode.CONTENTS_LIST,
    OmissionReason.EMPTY_GROUP: ProblemCode.EMPTY_GROUP,
    OmissionReason.REPEATED_NAME: ProblemCode.EMPTY_GROUP,
    OmissionReason.TRAILING: ProblemCode.TRAILING,
    OmissionReason.ADVERTISEMENT: ProblemCode.ADVERTISEMENT,
}
_OMITTED_BLOCKS_MESSAGES = {
    OmissionReason.CONTENTS: gettext_noop("A contents list that repeats the headlines is left out: {text}."),
    OmissionReason.EMPTY_GROUP: gettext_noop("A group without items is left out: {text}."),
    OmissionReason.REPEATED_NAME: gettext_noop("A name that each group has is left out: {text}."),
    OmissionReason.TRAILING: gettext_noop("Text after the news is left out: {text}."),
    OmissionReason.ADVERTISEMENT: gettext_noop(
        "What is labelled as an advertisement is left out: {text}. Number the headlines to send it."
    ),
}


def selection_problems(selection: Segmentation, parts: DigestParts, items: Sequence[Item]) -> Iterator[Problem]:
    """Yield problems with the selection of items: none found, uncertain form, numbers out of order."""
    if selection.form == UNRECOGNISED_FORM:
        yield _no_items_problem(parts)
        return
    line = parts.items[0].head.block.line
    if not selection.is_certain:
        message = gettext_noop("The items have no clear marks; they were read as {form}. Number them to be sure.")
        yield make_problem(ProblemCode.UNCERTAIN, message, line, form=selection.form)
    if second := selection.second:
        message = gettext_noop(
            "It may also be read as {form} with {n} items: digestbot check --explain shows both readings, "
            "--choose 1 or --choose 2 settles it."
        )
        yield make_problem(ProblemCode.TWO_READINGS, message, line, form=second.form, n=len(second.heads))
    numbers = [int(item.written_number) for item in items if item.written_number]
    if numbers and numbers != list(range(1, len(items) + 1)):
        message = gettext_noop("The numbers do not run from 1 to {n}; readers see {n} items numbered in order.")
        yield make_problem(ProblemCode.NUMBERS, message, line, n=len(items))


def _no_items_problem(parts: DigestParts) -> Problem:
    """Make the problem that there are no items; it names the code fence that may hide them."""
    outer = (*parts.intro, *parts.commentary, *(block for omitted in parts.omitted for block in omitted.blocks))
    hiding = next((block for block in outer if block.kind is BlockKind.CODE and _may_hide_items(block)), None)
    if hiding is not None:
        message = gettext_noop(
            "No items were found outside of the code fence (``` or ~~~) that begins here: "
            "delete its first and last line."
        )
        return make_problem(ProblemCode.NO_ITEMS, message, hiding.line)
    message = gettext_noop(
        "No items were found: number the headlines (1. [headline](address)), the text indented below."
    )
    return make_problem(ProblemCode.NO_ITEMS, message)


def _may_hide_items(code: Block) -> bool:
    return code.info.lower() in _MARKDOWN_LANGUAGES and len(_HEADLINE.findall(code.raw)) >= _MIN_HIDDEN_HEADLINES


def report_omitted_blocks(parts: DigestParts, problems: list[Problem]) -> Text:
    """Report the omitted blocks; return all but the contents lists as the digest's trailing text."""
    trailing: list[Block] = []
    for omitted in parts.omitted:
        text = blocks_to_text(omitted.blocks)
        if not text:
            continue
        code = _OMITTED_BLOCKS_CODES[omitted.reason]
        quotation = quote_whole(text.plain)
        message = _OMITTED_BLOCKS_MESSAGES[omitted.reason]
        problems.append(make_problem(code, message, omitted.blocks[0].line, text=quotation))
        if omitted.reason is not OmissionReason.CONTENTS:
            trailing.extend(omitted.blocks)
    return blocks_to_text(trailing)


def table_problems(parts: DigestParts) -> list[Problem]:
    """Report the tables that are shown as lines of text, except in the rich layout."""
    message = gettext_noop("A table is shown as lines of text, except in the rich layout: {text}.")
    return [
        make_problem(ProblemCode.TABLE_AS_LINES, message, table.line, text=quote(table_to_text(table).plain))
        for table in table_blocks(parts)
    ]
