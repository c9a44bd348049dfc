"""The ledger's writer: what is promised of a claim and a settlement that share a commit, whatever comes with them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from delivery.ledger import Ledger
from domain.delivery.states import DeliveryState
from emulator.client import EmulatorClient
from storage import deliveries
from storage.claims import Settlement
from storage.database import Tx
from tests.delivery.harness import MORNING, PATIENCE, open_harness, run_of


async def test_failed_effects_keep_claims_and_settlements(emulator: EmulatorClient, tmp_path: Path) -> None:
    """A part that was claimed beside them may leave: nobody would ever send it otherwise."""
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        await harness.crowd(2)
        run_id = run_of(await harness.publish())
        await harness.at(MORNING)
        async with harness.database.read() as tx:
            first, second = await deliveries.page(tx, run_id, size=9, now=MORNING)
        ledger = Ledger(harness.database, harness.clock, linger=0.001)
        writing = asyncio.create_task(ledger.run())
        assert await ledger.claim(first)
        blocked = Settlement(key=first.key, state=DeliveryState.FAILED, error="blocked")
        async with asyncio.timeout(PATIENCE):
            may, _ = await asyncio.gather(ledger.claim(second), ledger.settle(blocked, _fail_at_the_commit))
        assert may
        writing.cancel()
        await asyncio.wait([writing])
        progress = await harness.progress(run_id)
        assert (progress.failed, progress.in_flight, ledger.claimed) == (1, 1, 2)


async def _fail_at_the_commit(tx: Tx) -> None:
    """As a full disk does: whatever was done, the transaction cannot end well."""
    await tx.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    await tx.exec_driver_sql("UPDATE subscribers SET schedule_id = 4711")
