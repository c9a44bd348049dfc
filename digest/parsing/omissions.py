"""Notes and asides in; the problems that quote what was left out, or not linked, out."""

from __future__ import annotations

from collections.abc import Iterable

from digest.model import Problem
from digest.parsing.inline import Note
from digest.problems import WHOLE, Code, quote, report
from domain.chat.i18n import gettext_noop

_WORDS = {
    Code.IMAGE: gettext_noop("An image is left out: {text} ({url})."),
    Code.MEDIA: gettext_noop("A video, sound or frame is left out: {text}."),
    Code.SHORTCODE: gettext_noop("A shortcode is left out: {text}."),
    Code.COMMENT: gettext_noop("A comment is left out: {text}."),
    Code.DANGEROUS_LINK: gettext_noop(
        "The address {url} could do harm and is not linked. Use one that begins with https://."
    ),
    Code.RELATIVE_LINK: gettext_noop(
        "The address {url} leads nowhere outside the page and is not linked. Write the whole address."
    ),
    Code.TEMPLATE_LINK: gettext_noop("The address {url} was never filled in by its template and is not linked."),
    Code.EMPTY_LINK: gettext_noop("The link to {url} has no text; the address is shown instead. Write [text]({url})."),
    Code.BROKEN_LINK: gettext_noop("A link is never closed here: {text}. Write [text](address)."),
    Code.DEEP: gettext_noop("Lists or quotes are nested too deeply to be read; shown as they stand: {text}."),
}


def problems_of(notes: Iterable[Note]) -> tuple[Problem, ...]:
    """One problem for each note."""
    return tuple(_problem(note) for note in notes)


def _problem(note: Note) -> Problem:
    text = quote(note.text, WHOLE)
    url = note.url if len(note.url) < 500 else note.url[:500] + "…"
    return report(note.code, _WORDS[note.code], note.line, text=text, url=url)
