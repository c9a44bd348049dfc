"""The question which of two readings of an edition is right, and the answers to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from digest.model import Digest
from digest.problems import ProblemCode
from digest.reader import Reading
from domain.chat.callback_data import button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Button, Message
from domain.chat.text import Text, bold, format_text, join
from views.dates import format_full_day
from views.digest_passages import format_item_count
from views.shortening import cut_to_width

_SHOWN_HEADLINES = 4
_HEADLINE_COLUMNS = 60


def leaves_doubt(digest: Digest) -> bool:
    """Return whether another reading of the digest is nearly as likely."""
    return any(problem.code == ProblemCode.TWO_READINGS.code for problem in digest.problems)


def readings_text(readings: Sequence[Reading], translate: Translator) -> Text:
    """Return the question with the headlines of each reading."""
    question = translate("❓ It can be read in two ways. Which one is right? Later days are then read alike.")
    return join("\n\n", (question, *(_reading(number, one, translate) for number, one in enumerate(readings, 1))))


def _reading(number: int, reading: Reading, translate: Translator) -> Text:
    heading = f"{number}. {format_item_count(len(reading.headlines), translate)}"
    return join("\n", (bold(heading), *(f"· {line}" for line in _headlines(reading, translate))))


def _headlines(reading: Reading, translate: Translator) -> Iterator[str]:
    for headline in reading.headlines[:_SHOWN_HEADLINES]:
        yield cut_to_width(headline, _HEADLINE_COLUMNS)
    left_out = len(reading.headlines) - _SHOWN_HEADLINES
    if left_out > 0:
        yield translate.ngettext("… and {n} more headline", "… and {n} more headlines", left_out).format(n=left_out)


def readings_row(target: int | date, readings: Sequence[Reading], translate: Translator) -> tuple[Button, ...]:
    """Return a button for each reading of a draft, by its id, or of a stored edition, by its day."""
    return tuple(
        button(translate("Number {n} is right").format(n=number), CommandName.DRAFT, target, "read", reading.key)
        for number, reading in enumerate(readings, 1)
    )


def question_button(day: date, translate: Translator) -> Button:
    """Return the button that shows both readings of a stored edition."""
    return button("❓ " + translate("Two readings"), CommandName.DRAFT, day, "readings")


def readings_question(day: date, readings: Sequence[Reading], translate: Translator) -> Message:
    """Return both readings of a stored edition, and a button for each."""
    heading = format_text(translate("The edition of {date}"), {"date": bold(format_full_day(day, translate))})
    parts = (heading, readings_text(readings, translate))
    return Message(join("\n\n", parts), (readings_row(day, readings, translate),))


def settled_question(name: str, translate: Translator) -> Message:
    """Return what a report or a question becomes whose reading was chosen; `name` is that of its file or edition."""
    kept = translate("✅ Your choice is kept: later days are read so too.")
    return Message(join("\n", (bold(name), kept)))


def no_question(translate: Translator) -> str:
    """Return the answer where a stored edition leaves no doubt any more."""
    return translate("That is settled: there is only one way to read it now.")


def indistinct(translate: Translator) -> str:
    """Return the answer to a choice that cannot be applied to later days."""
    return translate(
        "Nothing tells the two ways apart on other days, so the choice cannot be kept. "
        "Number the headlines in the file."
    )


def not_kept(translate: Translator) -> str:
    """Return the answer to a choice that the folder does not take."""
    return translate("The choice could not be written into the folder of the digests. Nothing has changed.")


def kept_as_published(translate: Translator) -> str:
    """Return the answer to a choice under which the published edition stays as it is."""
    return translate("✅ Kept. The published edition is read so already; nothing changes in it.")
