"""The one writer of delivery: claims and settlements of a few milliseconds in, one durable commit out.

claim ──┐
        ├─> queue -> (a few milliseconds) -> one transaction -> everybody who waits for it
settle ─┘

While the database cannot be written (disk full, I/O error) nothing is claimed, so nothing leaves; what has left keeps
its place in the queue.
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
from storage.deliveries import DeliveryKey

log = structlog.get_logger(__name__)

LINGER = 0.004
"""Seconds a commit waits for company: an fsync costs more than a delay this short."""

ENOUGH = 100
"""So many entries wait no longer for more."""

MOST = 1000
"""Entries of one commit; keeps the writer free for others every few milliseconds."""

RETRY_SECONDS = 1.0
"""After a failed write."""

Write = Callable[[Tx], Awaitable[None]]


@dataclass(slots=True)
class _Claim:
    row: DeliveryKey
    may: asyncio.Future[bool]


@dataclass(slots=True)
class _Settle:
    settlement: Settlement
    write: Write | None
    done: asyncio.Future[None]


class Ledger:
    """Durable marks around each send. `run` must run for the others to get on."""

    def __init__(self, database: Database, now: Callable[[], datetime], *, linger: float = LINGER) -> None:
        self._database = database
        self._now = now
        self._linger = linger
        self._claims: list[_Claim] = []
        self._settles: list[_Settle] = []
        self._wanted = asyncio.Event()
        self._open = True
        self.claimed = 0
        """How many claims this process has made."""
        self.good = True
        """Whether the last write succeeded."""

    async def claim(self, row: DeliveryKey) -> bool:
        """Write `unconfirmed` for a part, durably. False: it must not be sent (any more)."""
        if not self._open:
            return False
        entry = _Claim(row, asyncio.get_running_loop().create_future())
        self._claims.append(entry)
        self._wanted.set()
        return await entry.may

    async def settle(self, settlement: Settlement, write: Write | None = None) -> None:
        """Write what became of a claimed part, durably, and what else belongs with it."""
        entry = _Settle(settlement, write, asyncio.get_running_loop().create_future())
        self._settles.append(entry)
        self._wanted.set()
        await entry.done

    def refuse_claims(self) -> None:
        """From now on nothing more may be sent; what has left can still be settled."""
        self._open = False
        claimed, self._claims = self._claims, []
        for entry in claimed:
            _resolve(entry.may, False)

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._wanted.wait()
            if self._linger and len(self._claims) + len(self._settles) < ENOUGH:
                await asyncio.sleep(self._linger)
            self._wanted.clear()
            claimed, self._claims = self._claims[:MOST], self._claims[MOST:]
            settled, self._settles = self._settles[:MOST], self._settles[MOST:]
            if not await self._commit(claimed, settled):
                self._claims[:0], self._settles[:0] = claimed, settled
                await asyncio.sleep(RETRY_SECONDS)
            if self._claims or self._settles:
                self._wanted.set()
            if not self._open:
                self.refuse_claims()

    async def _commit(self, claimed: Sequence[_Claim], settled: Sequence[_Settle]) -> bool:
        """One transaction; whether it is on disk."""
        try:
            may = await self._write(claimed, settled)
        except Exception:
            log.exception("ledger_write_failed", claims=len(claimed), settlements=len(settled))
            self.good = False
            return False
        self.good = True
        for claim, allowed in zip(claimed, may, strict=True):
            _resolve(claim.may, allowed)
        for settle in settled:
            if not settle.done.done():
                settle.done.set_result(None)
        return True

    async def _write(self, claimed: Sequence[_Claim], settled: Sequence[_Settle]) -> list[bool]:
        settlements, rows = [one.settlement for one in settled], [one.row for one in claimed]
        may = await claims.claim_and_settle(self._database, settlements, rows, now=self._now())
        self.claimed += len(rows)
        writes = [one.write for one in settled if one.write is not None]
        if writes:
            await self._write_besides(writes)
        return may

    async def _write_besides(self, writes: Sequence[Write]) -> None:
        """Write what belongs with settlements. Where that fails, they and the claims stand all the same: they are on
        disk, and what was to be written is learned anew from the next message to the same chat."""
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


def _resolve(future: asyncio.Future[bool], value: bool) -> None:
    if not future.done():
        future.set_result(value)
