"""Sending of one recipient's parts, from the permit to the settled delivery.

permit -> admission of the circuit breaker -> claim commits -> turn -> bytes -> outcome -> resolution -> settlement
commits
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import datetime

import structlog

from delivery import effects
from delivery.ledger import Ledger, Write
from delivery.metrics import Metrics
from delivery.notifier import Notifier
from delivery.pin_updater import PinUpdater
from delivery.planning_loop import PlanningLoop
from delivery.resolution import ClearTopic, DeactivateSubscriber, Resolution, held_back, resolve
from delivery.run_lifecycle import RunLifecycle
from delivery.run_queue import RecipientBatch
from domain.delivery.outcome import (
    Fatal,
    FileRefused,
    Incomplete,
    Outcome,
    PaymentRefused,
    RateLimited,
    Refused,
    Retry,
    RichRefused,
    Sent,
    Unconfirmed,
)
from domain.delivery.policy import UnconfirmedPolicy
from storage.database import Tx
from storage.deliveries import DueDelivery
from storage.payloads import PHOTOS_PART, Payload
from transport.bot_api_client import BotApiClient
from transport.circuit_breaker import CircuitBreaker
from transport.rate_limiter import RateLimiter
from transport.responses import RICH_METHOD, is_changed_already, is_file_refused
from transport.turn_queue import Priority
from views import run_reports
from views.my_chats import removed_message, silenced_message, topic_gone_message

log = structlog.get_logger(__name__)

MAX_CHAT_WAIT_SECONDS = 5.0
"""Longest wait of a worker for one chat's turn; a batch whose chat must wait longer is put back."""


class _MayNotSend(Exception):
    """This process may not own its bot any more."""


class InFlight:
    """Count of deliveries being sent, from before the claim until after the settlement; use it with `with`."""

    def __init__(self) -> None:
        self._count = 0
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def count(self) -> int:
        return self._count

    def __enter__(self) -> None:
        self._count += 1
        self._empty.clear()

    def __exit__(self, *_exception: object) -> None:
        self._count -= 1
        if not self._count:
            self._empty.set()

    async def wait_until_empty(self) -> None:
        """Wait until no delivery is being sent."""
        await self._empty.wait()


class Sender:
    """Sends the parts of one recipient in order."""

    def __init__(
        self,
        ledger: Ledger,
        client: BotApiClient,
        rate_limiter: RateLimiter,
        settler: Settler,
        *,
        circuit_breaker: CircuitBreaker,
        in_flight: InFlight,
        metrics: Metrics,
    ) -> None:
        self._ledger = ledger
        self._client = client
        self._rate_limiter = rate_limiter
        self._settler = settler
        self._circuit_breaker = circuit_breaker
        self._in_flight = in_flight
        self._metrics = metrics

    async def send(self, batch: RecipientBatch) -> float:
        """Send a batch as far as it may go now. Return the seconds that its chat must wait for the rest, or 0."""
        for due, payload in batch.parts:
            wait = self._rate_limiter.chat_wait(due.chat_id)
            if wait > MAX_CHAT_WAIT_SECONDS:
                return wait
            if not await self._send_part(due, payload, batch.due_at):
                break
        return 0.0

    async def _send_part(self, due: DueDelivery, payload: Payload, due_at: datetime | None) -> bool:
        """Send one part; return whether the recipient's next part may follow."""
        count = payload.message_count if due.message_id is None else 1
        permit = self._rate_limiter.permit(due.chat_id, Priority.BULK, paid=due.paid, messages=count)
        admission = self._circuit_breaker.admission()
        async with permit, admission:
            with self._in_flight:
                if not await self._ledger.claim(due):
                    return False
                if not await permit.wait_for_turn() or not admission.is_valid:
                    await self._ledger.settle(held_back(due))
                    return False
                outcome = await self._call(due, payload)
                if outcome is None:
                    await self._ledger.settle(held_back(due))
                    return False
                admission.record(outcome)
                self._record(due, outcome, due_at)
                return await self._settler.settle(due, outcome)

    async def _call(self, due: DueDelivery, payload: Payload) -> Outcome | None:
        """Call the Bot API; return None if this process may not send any more, so that nothing was sent.

        A defect of the client leaves the delivery unconfirmed, as a lost response does.
        """
        method = payload.method if due.message_id is None else payload.message_method
        if due.message_id is None:
            body = payload.for_recipient(
                due.chat_id, topic_id=due.topic_id, silent=due.silent, paid=due.paid, signature=due.signature
            )
        else:
            body = payload.for_message(due.chat_id, due.message_id, due.signature)

        def before_write() -> None:
            if not self._ledger.may_send():
                raise _MayNotSend

        try:
            is_rich = payload.method == RICH_METHOD
            outcome = await self._client.send(method, body, before_write, is_rich=is_rich)
        except _MayNotSend:
            log.warning("send_held_back", run=due.key.run_id, subscriber=due.key.subscriber_id)
            return None
        except Exception as error:
            log.exception("bot_api_client_failed", run=due.key.run_id, subscriber=due.key.subscriber_id)
            return Unconfirmed(type(error).__name__)
        if due.message_id is not None:
            return _outcome_of_change(due.message_id, outcome)
        if isinstance(outcome, Sent) and 1 + len(outcome.other_message_ids) < payload.message_count:
            return Incomplete((outcome.message_id, *outcome.other_message_ids))
        if isinstance(outcome, Refused) and due.key.part == PHOTOS_PART and is_file_refused(outcome.reason):
            return FileRefused(outcome.reason, tuple(payload.file_ids))
        if isinstance(outcome, PaymentRefused) and not due.paid:  # to try again without paying would change nothing
            return Refused(outcome.reason)
        return outcome

    def _record(self, due: DueDelivery, outcome: Outcome, due_at: datetime | None) -> None:
        """Count an outcome, and obey a 429."""
        self._metrics.record_outcome(outcome)
        match outcome:
            case RateLimited(seconds):
                self._metrics.record_retry_after(seconds)
                self._rate_limiter.apply_retry_after(due.chat_id, seconds, paid=due.paid)
            case Retry() | FileRefused() | RichRefused() | PaymentRefused() | Fatal():
                pass
            case _:
                if due_at is not None:
                    self._metrics.record_lateness(due_at)


def _outcome_of_change(message_id: int, outcome: Outcome) -> Outcome:
    """Return what became of a message that was to be edited or deleted; what had been done already is done."""
    is_done = isinstance(outcome, (Refused, RichRefused)) and is_changed_already(outcome.reason)
    return Sent(message_id) if is_done or isinstance(outcome, Sent) else outcome


class Settler:
    """Settles deliveries by their outcomes, and acts on what follows: a run to pause, a topic to leave."""

    def __init__(
        self,
        ledger: Ledger,
        run_lifecycle: RunLifecycle,
        planning_loop: PlanningLoop,
        notifier: Notifier,
        pin_updater: PinUpdater,
        *,
        policy: UnconfirmedPolicy,
        now: Callable[[], datetime],
        generator: random.Random,
        upload_photos: Callable[[], None],
    ) -> None:
        self._upload_photos = upload_photos
        self._ledger = ledger
        self._run_lifecycle = run_lifecycle
        self._planning_loop = planning_loop
        self._notifier = notifier
        self._pin_updater = pin_updater
        self._policy = policy
        self._now = now
        self._generator = generator

    async def settle(self, due: DueDelivery, outcome: Outcome) -> bool:
        """Settle a delivery; return whether the recipient's next part may follow."""
        resolution = resolve(due, outcome, now=self._now(), policy=self._policy, chance=self._generator)
        await self._ledger.settle(resolution.settlement, self._effects(due, resolution))
        if isinstance(outcome, FileRefused):
            self._upload_photos()
        if due.message_id is None and await self._run_lifecycle.record_outcome(due, outcome):
            await self._planning_loop.tick()  # removes the queue of the paused run, whose claims would all be refused
        if due.chat_id < 0 and due.message_id is None:
            await self._tell_administrators(due, outcome, resolution)
            if isinstance(outcome, Sent) and due.key.part == 1:
                self._pin_updater.wake()
        return resolution.go_on

    async def _tell_administrators(self, due: DueDelivery, outcome: Outcome, resolution: Resolution) -> None:
        """Tell those who look after a group or channel, in private, what keeps the digest from it."""
        subscriber_id = due.key.subscriber_id
        if any(isinstance(effect, ClearTopic) for effect in resolution.effects):
            if not await self._notifier.notify_administrators(subscriber_id, topic_gone_message):
                self._notifier.notify([due.chat_id], run_reports.topic_closed_notice)
        elif any(isinstance(effect, DeactivateSubscriber) for effect in resolution.effects):
            await self._notifier.notify_administrators(subscriber_id, removed_message)
        elif isinstance(outcome, Refused) and not outcome.is_content_error and due.key.part == 1:
            await self._notifier.notify_administrators(subscriber_id, silenced_message)

    def _effects(self, due: DueDelivery, resolution: Resolution) -> Write | None:
        if not resolution.effects:
            return None

        async def write(tx: Tx) -> None:
            await effects.apply(tx, due, resolution.effects, self._now())

        return write
