"""Find the edition whose day an editor's command names: /preview, /send, /correct or /withdraw 2025-09-12."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial

from digest.model import Digest
from domain.chat.text import Text
from handlers.context import Context
from handlers.doubtful_day import DoubtfulDay, resolve_doubt
from handlers.input.dates import count_day_words, parse_edition, parse_future_date
from handlers.request import Request
from storage import digests
from storage.database import Tx
from storage.digests import DigestMetadata
from views.not_found import doubtful_date, no_edition_of_doubtful_date
from views.preview import nothing_stored
from views.refusals import private_chat_only, unreadable_words

_ANSWERS = frozenset({"yes", "no", "again"})
"""What the buttons of the commands add to the day; typed, it answers nothing."""


@dataclass(frozen=True, slots=True)
class NamedEdition:
    """A stored edition, with the words that follow its day in the command."""

    day: date
    digest: Digest
    stored: DigestMetadata
    words: tuple[str, ...]

    @property
    def title(self) -> str:
        return self.digest.title


async def find_named_edition(request: Request, context: Context, *, options: str = "") -> NamedEdition | Text:
    """Return the edition of the named day, or the newest one if none is named; else the text that says why not.

    `options` is what else the command takes, for the example of a text that says what could not be read.
    """
    translate = context.translate
    if not request.origin.chat.is_private:
        return Text(private_chat_only(translate))
    newest = await digests.last_published(context.tx)
    if newest is None:
        return Text(translate("No edition has been read yet."))
    command, words = f"/{request.command}", request.arguments.lower().split()
    day, others = _named_day(words, context.today) if words else (newest[0], [])
    if day is None or (request.press is None and not set(others) <= _ANSWERS):
        return unreadable_words(" ".join(others), f"{command} {day or newest[0]}{options}", translate)
    written = " ".join(words[: len(words) - len(others)])
    resolved = await resolve_doubt(written, context.today, partial(_is_stored, context.tx))
    if isinstance(resolved, DoubtfulDay):
        message = doubtful_date if resolved.published else no_edition_of_doubtful_date
        return message(written, resolved.meant, (), translate, context.today).text
    day = resolved or day
    edition, stored = await digests.get(context.tx, day), await digests.get_metadata(context.tx, day)
    if edition is None or stored is None:
        return nothing_stored(day, f"{command} {newest[0]}", translate)
    return NamedEdition(day, edition, stored, tuple(others))


async def _is_stored(tx: Tx, day: date) -> bool:
    return await digests.get(tx, day) is not None


def _named_day(words: list[str], today: date) -> tuple[date | None, list[str]]:
    """Return the day that the first words name, as many as can be, and the words behind it."""

    def parse(text: str) -> date | None:
        return parse_edition(text, today) or parse_future_date(text, today)

    count = count_day_words(words, lambda text: parse(text) is not None)
    return (parse(" ".join(words[:count])), words[count:]) if count else (None, words)
