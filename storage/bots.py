"""Bots: which there are, and of each the facts about its ledger and its editions that must survive a restart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import msgspec
from sqlalchemy import select, update

from domain.delivery.states import BotState
from storage.column_types import read_day
from storage.database import Tx
from storage.schema import FIRST_BOT_ID, bots
from storage.upsert import insert


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBot:
    """A bot of the database: where its token is, and what is set for it alone, as its operator typed it."""

    id: int
    name: str
    token: str
    state: BotState
    settings: Mapping[str, str]

    @property
    def is_first(self) -> bool:
        """Whether it is the bot of the process's own settings."""
        return self.id == FIRST_BOT_ID


async def get_all(tx: Tx) -> list[StoredBot]:
    """Return all bots of the database, whatever bot the transaction is of, the first one first."""
    rows = await tx.execute(select(bots).order_by(bots.c.id))
    return [
        StoredBot(
            id=row.id,
            name=row.name,
            token=row.token,
            state=BotState(row.state),
            settings=msgspec.json.decode(row.settings, type=dict[str, str]),
        )
        for row in rows
    ]


async def add(tx: Tx, name: str, token: str, settings: Mapping[str, str]) -> bool:
    """Add a bot; return False if there is one with this name."""
    values = {"name": name, "token": token, "settings": msgspec.json.encode(settings).decode()}
    return (await tx.execute(insert(tx, bots).values(values).on_conflict_do_nothing())).rowcount == 1


async def replace(tx: Tx, name: str, token: str, settings: Mapping[str, str]) -> bool:
    """Give a further bot another token and other settings; return False if there is none with this name."""
    values = {"token": token, "settings": msgspec.json.encode(settings).decode()}
    further = bots.c.name == name, bots.c.id != FIRST_BOT_ID
    return (await tx.execute(update(bots).where(*further).values(values))).rowcount == 1


async def set_state(tx: Tx, name: str, state: BotState) -> bool:
    """Set the state of a bot; return False if it has that already, or there is none with this name."""
    other = bots.c.name == name, bots.c.state != state
    return (await tx.execute(update(bots).where(*other).values(state=state))).rowcount == 1


async def username(tx: Tx) -> str:
    """Return the bot's name at Telegram, or '' before it has signed in for the first time."""
    name: str = await tx.scalar(select(bots.c.username).where(bots.c.id == tx.bot_id)) or ""
    return name


async def set_username(tx: Tx, name: str) -> None:
    """Store the bot's name at Telegram."""
    await tx.execute(update(bots).where(bots.c.id == tx.bot_id).values(username=name))


async def claim_count(tx: Tx) -> int:
    """Return how many claims were ever made."""
    count: int = (await tx.execute(select(bots.c.claim_count).where(bots.c.id == tx.bot_id))).scalar_one()
    return count


async def raise_claim_count(tx: Tx, at_least: int) -> None:
    """Set the claim count to a number unless it is higher already."""
    is_lower = bots.c.id == tx.bot_id, bots.c.claim_count < at_least
    await tx.execute(update(bots).where(*is_lower).values(claim_count=at_least))


async def restored_on(tx: Tx) -> date | None:
    """Return the day on which the database was last restored from a backup."""
    return read_day(await tx.scalar(select(bots.c.restored_on).where(bots.c.id == tx.bot_id)))


async def set_restored_on(tx: Tx, day: date) -> None:
    """Note that the database was restored from a backup."""
    await tx.execute(update(bots).where(bots.c.id == tx.bot_id).values(restored_on=day.isoformat()))


async def checked_morning(tx: Tx) -> date | None:
    """Return the last day whose edition was looked for."""
    return read_day(await tx.scalar(select(bots.c.checked_morning).where(bots.c.id == tx.bot_id)))


async def set_checked_morning(tx: Tx, day: date) -> None:
    """Note that a day's edition was looked for."""
    await tx.execute(update(bots).where(bots.c.id == tx.bot_id).values(checked_morning=day.isoformat()))


async def reminded_morning(tx: Tx) -> date | None:
    """Return the last day before whose morning editors were reminded of its edition."""
    return read_day(await tx.scalar(select(bots.c.reminded_morning).where(bots.c.id == tx.bot_id)))


async def set_reminded_morning(tx: Tx, day: date) -> None:
    """Note that editors are reminded of a day's edition."""
    await tx.execute(update(bots).where(bots.c.id == tx.bot_id).values(reminded_morning=day.isoformat()))
