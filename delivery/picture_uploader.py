"""Upload an edition's photos once, so that everybody gets them by file id.

added with the edition -> sent to a bot admin, silently, and deleted there -> file id -> payloads of the waiting runs

The Bot API knows no upload without a message. One picture at a time goes, and only from the process that owns the bot;
two uploads of one picture would give two ids that are both good, of which the first is kept.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime
from functools import partial

import msgspec
import structlog

from delivery.ledger import Ledger
from delivery.notifier import Notifier
from delivery.payload_rendering import photo_payloads
from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.chat.roles import Role
from domain.delivery.outcome import ChatUnavailable, Outcome, RateLimited, Refused, Sent
from domain.subscription.preferences import Layout
from storage import digests, payloads, pictures, roles, runs
from storage.database import Database
from storage.pictures import PendingPicture
from transport.bot_api_client import JSON, BotApiClient
from transport.circuit_breaker import CircuitBreaker
from transport.multipart import File, encode_form
from transport.rate_limiter import RateLimiter
from transport.responses import outcome_of_result, photo_file_id
from transport.turn_queue import Priority
from views.albums import refused_picture_notice

log = structlog.get_logger(__name__)

RETRY_SECONDS = 5.0
"""Time until a picture is tried again that met no answer, a 429, or nobody to send it to."""

IDLE_SECONDS = 30.0
"""Time between two looks at the database while nothing wakes the uploader."""

UPLOAD_SECONDS = 120.0
"""Limit for the answer to an upload of ten megabytes."""


class PictureUploader:
    """Uploads pictures while `run` runs. `owners` are those of the operator's settings."""

    def __init__(
        self,
        database: Database,
        client: BotApiClient,
        rate_limiter: RateLimiter,
        circuit_breaker: CircuitBreaker,
        notifier: Notifier,
        ledger: Ledger,
        *,
        owners: frozenset[int],
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._client = client
        self._rate_limiter = rate_limiter
        self._circuit_breaker = circuit_breaker
        self._notifier = notifier
        self._ledger = ledger
        self._owners = owners
        self._now = now
        self._wake = asyncio.Event()
        self._has_warned = False

    def wake(self) -> None:
        """Look at once whether there is something to upload."""
        self._wake.set()

    async def run(self) -> None:
        """Upload until cancelled."""
        while True:
            self._wake.clear()
            try:
                seconds = await self._work()
            except Exception:
                log.exception("pictures_failed")
                seconds = RETRY_SECONDS
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._wake.wait()

    async def _work(self) -> float:
        """Upload what is pending, and give runs their photos; return the seconds until the next look."""
        while self._ledger.may_send():
            async with self._database.read() as tx:
                picture = await pictures.pending(tx, now=self._now())
            if picture is None:
                await self._complete_runs()
                return IDLE_SECONDS
            if not await self._upload(picture):
                await self._complete_runs()
                break
        return RETRY_SECONDS

    async def _upload(self, picture: PendingPicture) -> bool:
        """Upload a picture; return False if it is to be tried again later."""
        async with self._database.read() as tx:
            admins = await roles.holders(tx, Role.ADMIN, owners=self._owners)
        for chat_id in sorted(admins):
            outcome, file_id = await self._send(chat_id, picture)
            match outcome:
                case Sent(message_id) if file_id:
                    await self._notifier.call("deleteMessage", chat_id, {"message_id": message_id})
                    async with self._database.write() as tx:
                        await pictures.set_file_id(tx, picture.key, file_id)
                    self._has_warned = False
                    log.info("picture_uploaded", key=picture.key[:12])
                    return True
                case Refused(reason, is_content_error=True):
                    await self._give_up(picture, reason)
                    return True
                case ChatUnavailable() | Refused():
                    continue
                case RateLimited(seconds):
                    self._rate_limiter.apply_retry_after(chat_id, seconds)
                    return False
                case _:
                    return False
        if not self._has_warned:
            log.warning("picture_not_uploaded", key=picture.key[:12], reason="no bot admin can be written to")
        self._has_warned = True
        return False

    async def _send(self, chat_id: int, picture: PendingPicture) -> tuple[Outcome, str]:
        """Send a picture to a chat; return the outcome and the file id, '' without one."""
        fields = {"chat_id": str(chat_id), "disable_notification": "true"}
        if picture.data is None:
            content_type, body = JSON, msgspec.json.encode(fields | {"photo": picture.url})
        else:
            content_type, body = encode_form(fields, {"photo": File("picture", picture.data)})
        await self._circuit_breaker.wait_while_open()
        async with self._rate_limiter.permit(chat_id, Priority.NOTIFICATION):
            result = await self._client.call("sendPhoto", body, read_seconds=UPLOAD_SECONDS, content_type=content_type)
        outcome = outcome_of_result(result)
        self._circuit_breaker.record(Priority.NOTIFICATION, outcome)
        return outcome, photo_file_id(result)

    async def _give_up(self, picture: PendingPicture, reason: str) -> None:
        async with self._database.write() as tx:
            await pictures.give_up(tx, picture.key, reason)
        log.warning("picture_refused", key=picture.key[:12], reason=reason)
        build: Callable[[Translator], Message] = partial(refused_picture_notice, picture.url, reason)
        self._notifier.notify_staff(Role.EDITOR, build)

    async def _complete_runs(self) -> None:
        """Give each waiting run the photos of its contents, if all of them are decided."""
        async with self._database.read() as tx:
            waiting = await pictures.runs_that_wait(tx, since=self._now() - pictures.TRIED_FOR)
        for run_id in waiting:
            await self._try_to_complete_run(run_id)

    async def _try_to_complete_run(self, run_id: int) -> None:
        """Give a run its photos; one that cannot be shown costs no other."""
        try:
            await self._complete_run(run_id)
        except Exception:
            log.exception("photos_not_stored", run=run_id)

    async def _complete_run(self, run_id: int) -> None:
        async with self._database.write(alone=True) as tx:
            run = await runs.get(tx, run_id)
            if run is None or run.edition is None:
                return
            digest = await digests.get_version(tx, run.edition_run_id, run.edition, run.version)
            file_ids = None if digest is None else await pictures.file_ids(tx, digest)
            if digest is None or file_ids is None:
                return
            contents = await payloads.contents_of_version(tx, run_id, run.version, list(Layout))
            photos = {content: photo_payloads(digest, content, file_ids) for content in contents}
            calls = {content: calls[0] for content, calls in photos.items() if calls}
            await payloads.put_photos(tx, run_id, run.version, calls)
            await runs.set_photos_until(tx, run_id, None)
        log.info("photos_ready", run=run_id, contents=len(calls))
