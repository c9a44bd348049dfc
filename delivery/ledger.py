"""Ledger writer: the claims and settlements of a few milliseconds share one durable commit.

claim ──┐
        ├─> queue -> (a few milliseconds) -> one transaction -> everybody who waits for it
settle ─┘

While the database cannot be written (disk full, I/O error) nothing is claimed, so nothing is sent; settlements of
what was sent stay in the queue. When this process does not own its bot any more, writing ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from storage import claims
from storage.claims import Settlement
from storage.database import Database, Tx
from storage.deliveries import DueDelivery
from storage.errors import OwnershipLost

log = structlog.get_logger(__name__)

GROUP_SECONDS = 0.004
"""How long a commit waits for more entries: an fsync costs more than so short a delay."""

FULL_GROUP_ENTRIES = 32
"""Entries that do not wait for more."""

MAX_COMMIT_ENTRIES = 64
"""Claims of one commit, and settlements: a quarter of what is sent at a time, so that the others send meanwhile."""

RETRY_SECONDS = 1.0
"""Wait after a failed write."""

Write = Callable[[Tx], Awaitable[None]]


@dataclass(slots=True)
class _Claim:
    due: DueDelivery
    is_allowed: asyncio.Future[bool]


@dataclass(slots=True)
class _Settle:
    settlement: Settlement
    write: Write | None
    done: asyncio.Future[None]


class Ledger:
    """Writes claims and settlements durably, while `run` runs."""

    def __init__(self, database: Database, now: Callable[[], datetime], *, linger: float = GROUP_SECONDS) -> None:
        self._database = database
        self._now = now
        self._linger = linger
        self._claims: list[_Claim] = []
        self._settles: list[_Settle] = []
        self._wanted = asyncio.Event()
        self._open = True
        self.claimed = 0
        """Number of claims of this process, refused ones included."""
        self.good = True
        """Whether the last write succeeded."""
        self.is_lost = False
        """Whether another process may have taken the bot: nothing can be claimed or settled any more."""

    async def claim(self, due: DueDelivery) -> bool:
        """Write durably that a delivery is in flight; return False if it must not be sent (any more)."""
        if not self._open:
            return False
        entry = _Claim(due, asyncio.get_running_loop().create_future())
        self._claims.append(entry)
        self._wanted.set()
        return await entry.is_allowed

    async def settle(self, settlement: Settlement, write: Write | None = None) -> None:
        """Settle a claimed delivery durably, then carry out the write that belongs to it."""
        entry = _Settle(settlement, write, asyncio.get_running_loop().create_future())
        self._settles.append(entry)
        self._wanted.set()
        await entry.done

    def refuse_claims(self) -> None:
        """Refuse all claims from now on; what is in flight can still be settled."""
        self._open = False
        claimed, self._claims = self._claims, []
        for entry in claimed:
            _resolve(entry.is_allowed, False)

    def may_send(self) -> bool:
        """Return whether the bytes of what was claimed may leave now."""
        return self._database.may_send()

    async def run(self) -> None:
        """Write until cancelled. Raises `OwnershipLost`."""
        while True:
            await self._wanted.wait()
            if self._linger and len(self._claims) + len(self._settles) < FULL_GROUP_ENTRIES:
                await asyncio.sleep(self._linger)
            self._wanted.clear()
            claimed, self._claims = self._claims[:MAX_COMMIT_ENTRIES], self._claims[MAX_COMMIT_ENTRIES:]
            settled, self._settles = self._settles[:MAX_COMMIT_ENTRIES], self._settles[MAX_COMMIT_ENTRIES:]
            if not await self._commit(claimed, settled):
                self._claims[:0], self._settles[:0] = claimed, settled
                await asyncio.sleep(RETRY_SECONDS)
            if self._claims or self._settles:
                self._wanted.set()
            if not self._open:
                self.refuse_claims()

    async def _commit(self, claimed: Sequence[_Claim], settled: Sequence[_Settle]) -> bool:
        """Write one transaction; return whether it is on disk."""
        try:
            may = await self._write(claimed, settled)
        except OwnershipLost:
            self.is_lost = True
            raise
        except Exception:
            log.exception("ledger_write_failed", claims=len(claimed), settlements=len(settled))
            self.good = False
            return False
        self.good = True
        # Not at once: the next commit, which begins now, is under way before they send and ask for more.
        asyncio.get_running_loop().call_soon(_resolve_futures, claimed, settled, may)
        return True

    async def _write(self, claimed: Sequence[_Claim], settled: Sequence[_Settle]) -> list[bool]:
        settlements, due = [one.settlement for one in settled], [one.due for one in claimed]
        may = await claims.claim_and_settle(self._database, settlements, due, now=self._now())
        self.claimed += len(due)
        writes = [one.write for one in settled if one.write is not None]
        if writes:
            await self._write_effects(writes)
        return may

    async def _write_effects(self, writes: Sequence[Write]) -> None:
        """Carry out the writes that belong to settlements.

        Settlements and claims stand even if that fails: the next message to the same chat has the same effects.
        """
        try:
            async with self._database.write() as tx:
                for write in writes:
                    await _write_one(tx, write)
        except Exception:
            log.exception("effects_write_failed", effects=len(writes))


async def _write_one(tx: Tx, write: Write) -> None:
    try:
        async with tx.begin_nested():
            await write(tx)
    except Exception:
        log.exception("effect_write_failed")


def _resolve_futures(claimed: Sequence[_Claim], settled: Sequence[_Settle], may: Sequence[bool]) -> None:
    """Let those who wait for a commit go on: it is on disk."""
    for claim, is_allowed in zip(claimed, may, strict=True):
        _resolve(claim.is_allowed, is_allowed)
    for settle in settled:
        if not settle.done.done():
            settle.done.set_result(None)


def _resolve(future: asyncio.Future[bool], value: bool) -> None:
    if not future.done():
        future.set_result(value)
