"""Find the edition whose day an editor's command names: /preview, /send or /withdraw 2025-09-12."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from digest.model import Digest
from handlers.context import Context
from handlers.input.dates import parse_edition, parse_future_date
from handlers.request import Request
from storage import digests
from storage.digests import DigestMetadata
from views.preview import nothing_stored
from views.refusals import private_chat_only


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


async def find_named_edition(request: Request, context: Context) -> NamedEdition | str:
    """Return the edition of the named day, or the newest one if none is named; else the text that says why not."""
    if not request.origin.chat.is_private:
        return private_chat_only(context.translate)
    words = request.arguments.lower().split()
    newest = await digests.last_published(context.tx)
    if newest is None:
        return nothing_stored(context.translate)
    day = (
        newest[0] if not words else parse_edition(words[0], context.today) or parse_future_date(words[0], context.today)
    )
    edition = None if day is None else await digests.get(context.tx, day)
    stored = None if day is None else await digests.get_metadata(context.tx, day)
    if day is None or edition is None or stored is None:
        return nothing_stored(context.translate, newest[0])
    return NamedEdition(day, edition, stored, tuple(words[1:]))
