"""Written dates that may mean several days: `03/04` is the one of both that has an edition."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date

from handlers.input.dates import doubtful_dates


@dataclass(frozen=True, slots=True)
class DoubtfulDay:
    """A date that stays in doubt: of the days that it may mean, several have an edition, or none has one."""

    written: str
    meant: tuple[date, ...]
    published: tuple[date, ...]


async def resolve_doubt(
    written: str, today: date, has_edition: Callable[[date], Awaitable[bool]]
) -> date | DoubtfulDay | None:
    """Return the one day with an edition that a doubtful date may mean; None if there is no doubt about the date."""
    meant = doubtful_dates(written, today)
    published = tuple([day for day in meant if await has_edition(day)])
    if len(published) == 1:
        return published[0]
    return DoubtfulDay(written, meant, published) if meant else None
