"""Harness of the delivery tests: a delivery service on a real database, an emulated Telegram, and a clock to move."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from delivery.high_water_mark import HighWaterMark
from delivery.publishing import PublishResult
from delivery.service import DeliveryOptions, DeliveryService
from delivery.service_factory import create_delivery_service
from digest.model import Digest, Item
from domain.chat.event import Chat, ChatKind
from domain.chat.i18n import Translations
from domain.chat.text import Text
from domain.delivery.policy import CorrectionPolicy, UnconfirmedPolicy
from domain.delivery.progress import Progress
from domain.delivery.reasons import RunStateReason
from domain.delivery.states import RunState
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences
from emulator.client import EmulatorClient, LogEntry
from storage import deliveries, run_progress, runs, subscribers, waves
from storage.database import Database
from storage.digests import Source
from tests.databases import open_database
from tests.waiting import PATIENCE, wait_until
from transport.bot_api_client import BotApiClient
from transport.circuit_breaker import CircuitBreaker, create_circuit_breaker
from transport.rate_limiter import RateLimiter

DEFAULT_SCHEDULE = Schedule("Asia/Shanghai", 8 * 60)
DAY = date(2025, 9, 12)
MORNING = datetime(2025, 9, 12, 0, 0, tzinfo=UTC)
"""08:00 in Shanghai on DAY."""

EVE = MORNING - timedelta(hours=2)
TEXTS = Translations.load()
MOST_RETRY_WAIT = timedelta(seconds=3)
"""Longest wait after two attempts that did not reach the server; a server asks for longer ones, in these tests too."""

ADMIN = 4201
CARD_SECONDS = 0.5


class Clock:
    """Wall clock that stands still until it is moved."""

    def __init__(self, now: datetime = EVE) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def edition(day: date = DAY, *, published: datetime | None = EVE, title: str = "早报", items: int = 3) -> Digest:
    """Build an edition of short items in the category 技术."""
    built = tuple(
        Item(
            position=n,
            written_number=str(n),
            headline=f"标题{n}",
            url=f"https://example.org/{n}",
            body=Text(f"{title}正文{n}"),
            categories=("技术",),
        )
        for n in range(1, items + 1)
    )
    content_hash = f"{title}{day}{items}{published}"
    return Digest(
        date=day,
        published_at=published,
        title=title,
        categories=("技术",),
        intro=Text(),
        items=built,
        commentary=Text("点评一句"),
        trailing=Text(),
        source_form="test",
        content_hash=content_hash,
    )


def long_edition(parts: int = 2) -> Digest:
    """Build an edition that needs about so many messages in the full layout."""
    plain = edition(title="长报", items=parts * 5)
    return replace(plain, items=tuple(replace(item, body=Text("很长的正文。" * 110)) for item in plain.items))


@dataclass(slots=True)
class DeliveryHarness:
    """A delivery service with its surroundings, and shortcuts for what tests do with them."""

    database: Database
    delivery_service: DeliveryService
    clock: Clock
    emulator: EmulatorClient
    rate_limiter: RateLimiter
    circuit_breaker: CircuitBreaker
    path: Path
    task: asyncio.Task[None] | None = None
    ids: list[int] = field(default_factory=list)

    async def audience(
        self, chats: Iterable[int], schedule: Schedule = DEFAULT_SCHEDULE, preferences: ContentPreferences | None = None
    ) -> list[int]:
        """Add subscribers who joined before the morning; return their ids."""
        joined = min(self.clock.now, EVE)
        async with self.database.write() as tx:
            ids = []
            for chat_id in chats:
                kind = ChatKind.PRIVATE if chat_id > 0 else ChatKind.SUPERGROUP
                wishes = schedule, preferences or ContentPreferences()
                subscriber = await subscribers.add(tx, Chat(chat_id, kind), wishes, now=joined)
                await subscribers.activate(tx, subscriber.id, now=joined)
                ids.append(subscriber.id)
        return ids

    async def crowd(
        self, count: int, schedule: Schedule = DEFAULT_SCHEDULE, preferences: ContentPreferences | None = None
    ) -> list[int]:
        """Create users in the emulator and subscribe them; return their chat ids."""
        chats = await self.emulator.create_users(count)
        await self.audience(chats, schedule, preferences)
        return chats

    async def publish(self, digest: Digest | None = None) -> PublishResult:
        digest = digest or edition()
        return await self.delivery_service.publish(digest, Source(f"{digest.date}.md", repr(digest).encode()))

    async def at(self, moment: datetime) -> datetime | None:
        """Move the clock and tick."""
        self.clock.now = moment
        return await self.delivery_service.tick()

    async def edition_run(self) -> int:
        """Return the id of the run of the day's edition."""
        async with self.database.read() as tx:
            run = await runs.get_by_edition(tx, DAY)
        assert run is not None
        return run.id

    async def pause(self, run_id: int) -> None:
        """Pause a run as an admin does, and let the service see it."""
        async with self.database.write() as tx:
            assert await runs.pause(tx, run_id, RunStateReason.ADMIN)
        await self.delivery_service.tick()

    async def resume(self, run_id: int) -> None:
        """Resume a run, and let the service see it."""
        async with self.database.write() as tx:
            assert await runs.resume(tx, run_id)
        await self.delivery_service.tick()

    async def progress(self, run_id: int) -> Progress:
        async with self.database.read() as tx:
            progress = await run_progress.get(tx, run_id)
        assert progress is not None
        return progress

    async def done(self, run_id: int) -> Progress:
        """Wait until no delivery of a run is pending or in flight."""
        return await wait_until(
            lambda: self._progress_after_retries(run_id), lambda now: not now.pending and not now.in_flight
        )

    async def settled(self) -> None:
        """Wait until no run has a delivery that is pending or in flight: then nothing more can be sent."""
        await wait_until(self._open_deliveries, lambda count: not count)

    async def _open_deliveries(self) -> int:
        async with self.database.read() as tx:
            count = await tx.exec_driver_sql("SELECT count(*) FROM deliveries WHERE state IN ('pending', 'in_flight')")
        return int(count.scalar_one())

    async def finished(self, run_id: int, within: float = PATIENCE) -> Progress:
        return await wait_until(
            lambda: self._progress_after_retries(run_id), lambda now: now.state is RunState.FINISHED, within=within
        )

    async def _progress_after_retries(self, run_id: int) -> Progress:
        """Return a run's progress. If a part is due again within moments, move the clock there.

        On a busy machine a connection may not be made in time; by a clock that stands the part would never go again.
        """
        async with self.database.read() as tx:
            retry_at = await deliveries.next_retry(tx, run_id, after=self.clock.now)
        if retry_at is not None and retry_at - self.clock.now <= MOST_RETRY_WAIT:
            self.clock.now = retry_at
        return await self.progress(run_id)

    async def finished_in_time(self, run_id: int) -> Progress:
        """Wait until a run has finished; the clock moves on, for parts that are due again a moment later."""

        async def tick() -> Progress:
            await self.delivery_service.tick()
            progress = await self.progress(run_id)
            if progress.state is not RunState.FINISHED:
                self.clock.now += timedelta(seconds=1)
            return progress

        return await wait_until(tick, lambda now: now.state is RunState.FINISHED)

    async def until(self, run_id: int, holds: Callable[[Progress], object], within: float = PATIENCE) -> Progress:
        """Wait until a condition holds for a run's progress."""
        return await wait_until(lambda: self.progress(run_id), holds, within=within)

    async def received(self, chat: int | None = None) -> list[LogEntry]:
        """Return the messages that chats received from the bot, without the admin's."""
        return [entry for entry in await self.emulator.log(chat, kind="bot_message") if entry.chat_id != ADMIN]

    async def times(self) -> Counter[int]:
        """Return how many messages each chat received."""
        return Counter(entry.chat_id for entry in await self.received() if entry.chat_id is not None)

    async def waiting_waves(self) -> int:
        async with self.database.read() as tx:
            return len(await waves.waiting(tx, until=self.clock.now + timedelta(days=9)))


def run_of(published: PublishResult) -> int:
    assert published.run_id is not None
    return published.run_id


@asynccontextmanager
async def open_harness(
    emulator: EmulatorClient,
    path: Path,
    *,
    clock: Clock | None = None,
    rate: float = 100_000,
    running: bool = True,
    read_seconds: float = 5,
    policy: UnconfirmedPolicy = UnconfirmedPolicy.ASK,
    mark: HighWaterMark | None = None,
    in_flight: int = 256,
    corrections: CorrectionPolicy = CorrectionPolicy.LEAVE,
    language: str = "en",
) -> AsyncIterator[DeliveryHarness]:
    """Run a delivery service with short card intervals; cancel it at the end, as a signal does."""
    clock = clock or Clock()
    database = await open_database(path)
    rate_limiter = RateLimiter(rate)
    options = DeliveryOptions(
        default_schedule=DEFAULT_SCHEDULE,
        owners=frozenset({ADMIN}),
        policy=policy,
        corrections=corrections,
        language=language,
        in_flight=in_flight,
        high_water=mark or HighWaterMark.beside(path),
        card_seconds=CARD_SECONDS,
    )
    async with BotApiClient(emulator.api_url, emulator.token, connect_seconds=2, read_seconds=read_seconds) as client:
        circuit_breaker = create_circuit_breaker(client, clock)
        delivery_service = create_delivery_service(
            database, client, rate_limiter, circuit_breaker, clock, translations=TEXTS, options=options
        )
        harness = DeliveryHarness(database, delivery_service, clock, emulator, rate_limiter, circuit_breaker, path)
        harness.task = asyncio.create_task(delivery_service.run()) if running else None
        try:
            yield harness
        finally:
            if harness.task is not None:
                harness.task.cancel()
                await asyncio.gather(harness.task, return_exceptions=True)
            await database.close()
