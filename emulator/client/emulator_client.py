"""HTTP client of one emulator: create users and chats, set conditions, read the log and wait for entries.

Each wait is one long request to /control/log instead of a polling loop. A wait that runs out raises TimeoutError, whose
message lists the entries that arrived instead.
"""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar

import aiohttp
import msgspec

from emulator.client.chats import EmulatedChat, EmulatedUser
from emulator.client.models import DEFAULT_TIMEOUT_SECONDS, Call, CallPage, EmulatorError, LogEntry, LogPage
from emulator.models import User
from emulator.server import DEFAULT_TOKEN

ResponseType = TypeVar("ResponseType")


class EmulatorClient:
    """Client of one emulator; a bot connects to its `api_url` with its `token`."""

    def __init__(self, session: aiohttp.ClientSession, control_url: str, api_url: str, token: str) -> None:
        self._session = session
        self.control_url = control_url
        self.api_url = api_url
        self.token = token

    @staticmethod
    @asynccontextmanager
    async def connect(
        control_url: str, api_url: str | None = None, token: str = DEFAULT_TOKEN
    ) -> AsyncIterator["EmulatorClient"]:
        """Connect to a running emulator."""
        timeout = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            yield EmulatorClient(session, control_url, api_url or control_url, token)

    async def request(self, method: str, path: str, body: Any = None, /, **query: Any) -> bytes:
        """Send a request to the control API and return the body. Raises EmulatorError."""
        params = {name: str(value) for name, value in query.items() if value is not None}
        data = None if body is None else msgspec.json.encode(body)
        async with self._session.request(
            method, f"{self.control_url}/control{path}", params=params, data=data
        ) as response:
            answer = await response.read()
        if response.status != 200:
            raise EmulatorError(msgspec.json.decode(answer).get("error", f"status {response.status}"))
        return answer

    async def post(self, path: str, response_type: type[ResponseType], /, **body: Any) -> ResponseType:
        """Send a POST and return its response as `response_type`; None values are left out. Raises EmulatorError."""
        fields = {name: value for name, value in body.items() if value is not None}
        return msgspec.json.decode(await self.request("POST", path, fields), type=response_type)

    async def create_user(
        self,
        first_name: str,
        language: str | None = None,
        *,
        id: int | None = None,  # noqa: A002 - Telegram's name
        username: str | None = None,
        started: bool = False,
        is_bot_admin: bool = False,
    ) -> EmulatedUser:
        """Create a user. `started`: they have started the bot before; `is_bot_admin`: the page proposes to be them."""
        body = {"first_name": first_name, "language_code": language, "id": id, "username": username}
        created = await self.post("/users", User, **body, started=started, is_bot_admin=is_bot_admin)
        return EmulatedUser(self, created.id, await self.last_log_seq())

    async def create_users(
        self, count: int, first_id: int | None = None, language: str | None = None, *, is_crowd: bool = False
    ) -> list[int]:
        """Create many users who have started the bot, and return their ids. `is_crowd`: the page does not show them."""
        body = {"count": count, "first_id": first_id, "language_code": language, "is_crowd": is_crowd or None}
        return list((await self.post("/users/batch", dict[str, list[int]], **body))["ids"])

    async def create_group(self, title: str, *members: EmulatedUser, bot: str = "member") -> EmulatedChat:
        return await self._create_chat("group", title, members, bot)

    async def create_supergroup(
        self, title: str, *members: EmulatedUser, bot: str = "member", forum: bool = False, username: str | None = None
    ) -> EmulatedChat:
        return await self._create_chat("supergroup", title, members, bot, is_forum=forum, username=username)

    async def create_channel(
        self, title: str, *members: EmulatedUser, bot: str = "administrator", username: str | None = None
    ) -> EmulatedChat:
        return await self._create_chat("channel", title, members, bot, username=username)

    async def _create_chat(
        self, kind: str, title: str, members: Sequence[EmulatedUser], bot: str, **more: Any
    ) -> EmulatedChat:
        ids = [member.id for member in members]
        creator = ids[0] if ids else None
        body = {"type": kind, "title": title, "members": ids, "creator": creator, "bot_status": bot, **more}
        created = await self.post("/chats", dict[str, Any], **body)
        return EmulatedChat(self, created["id"], await self.last_log_seq())

    async def chat(self, chat_id: int) -> EmulatedChat:
        """Return a handle of the chat that sees messages from now on."""
        return EmulatedChat(self, chat_id, await self.last_log_seq())

    async def last_log_seq(self) -> int:
        return msgspec.json.decode(await self.request("GET", "/log", limit=1, since=1 << 60), type=LogPage).last

    async def log(
        self, chat: int | None = None, since: int = 0, kind: str | None = None, wait: float | None = None
    ) -> list[LogEntry]:
        """Return the log, which is the authority on what each chat received.

        Raises EmulatorError if requested entries were already dropped.
        """
        answer = await self.request("GET", "/log", chat=chat, since=since, kind=kind, wait=wait, limit=1 << 40)
        page = msgspec.json.decode(answer, type=LogPage)
        if page.dropped > since:
            raise EmulatorError(
                f"log entries up to {page.dropped} were dropped; start the emulator with a larger --keep"
            )
        return page.entries

    async def wait_for_log_entry(
        self,
        predicate: Callable[[LogEntry], bool],
        *,
        chat: int | None = None,
        since: int = 0,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,  # noqa: ASYNC109 - the error message is built here
    ) -> LogEntry:
        """Return the first entry after `since` that satisfies the predicate. Raises TimeoutError."""
        deadline = time.monotonic() + timeout
        seen: list[LogEntry] = []
        while (remaining := deadline - time.monotonic()) > 0:
            for entry in await self.log(chat, since, wait=remaining):
                since = entry.seq
                if predicate(entry):
                    return entry
                seen.append(entry)
        received = "; ".join(_describe(entry) for entry in seen[-10:]) or "nothing"
        raise TimeoutError(f"no matching entry within {timeout} s; received: {received}")

    async def calls(self, method: str | None = None, since: int = 0) -> list[Call]:
        answer = await self.request("GET", "/calls", method=method, since=since, limit=1 << 40)
        return msgspec.json.decode(answer, type=CallPage).entries

    async def last_call_seq(self) -> int:
        return msgspec.json.decode(await self.request("GET", "/calls", limit=1, since=1 << 60), type=CallPage).last

    async def count_pending_updates(self) -> int:
        """Return the number of updates the bot has not confirmed."""
        return int(msgspec.json.decode(await self.request("GET", "/updates"))["pending"])

    async def wait_until_confirmed(self, timeout: float = DEFAULT_TIMEOUT_SECONDS) -> None:  # noqa: ASYNC109 - see wait_for_log_entry
        """Wait until the bot has confirmed every update. Raises TimeoutError."""
        answer = msgspec.json.decode(await self.request("GET", "/updates", wait=timeout))
        if answer["pending"]:
            raise TimeoutError(f"{answer['pending']} updates not confirmed within {timeout} s")

    async def redeliver_update(self, update_id: int, times: int = 1) -> None:
        """Deliver an update again, as Telegram may."""
        await self.post("/updates", dict[str, Any], redeliver=update_id, times=times)

    async def clock(self) -> datetime:
        return datetime.fromisoformat(msgspec.json.decode(await self.request("GET", "/clock"))["now"])

    async def set_clock(self, instant: datetime, *, baseline: bool = False) -> None:
        """Set the clock. `baseline`: the page's reset button returns to this time instead of real time."""
        await self.post("/clock", dict[str, Any], now=instant, baseline=baseline)

    async def advance_clock(self, seconds: float) -> None:
        await self.post("/clock", dict[str, Any], advance_seconds=seconds)

    async def add_fault(self, kind: str, **rule: Any) -> int:
        """Add a fault rule, with the fields of FaultRule, and return its id."""
        return int((await self.post("/faults", dict[str, Any], kind=kind, **rule))["id"])

    async def faults(self) -> list[dict[str, Any]]:
        return list(msgspec.json.decode(await self.request("GET", "/faults"))["faults"])

    async def clear_faults(self) -> None:
        await self.request("DELETE", "/faults")

    async def set_limits(self, **limits: Any) -> None:
        await self.post("/limits", dict[str, Any], **limits)

    async def set_stars(self, balance: float | None = None, *, paid_broadcasts: bool | None = None) -> None:
        """Set the bot's balance in Stars, and whether it has enabled paid broadcasts."""
        await self.post("/stars", dict[str, Any], balance=balance, paid_broadcasts=paid_broadcasts)

    async def star_balance(self) -> float:
        return float(msgspec.json.decode(await self.request("GET", "/stars"))["balance"])

    async def commands(self, user_id: int, chat_id: int | None = None) -> list[dict[str, str]]:
        """Return the command menu the user sees in the chat."""
        answer = await self.request("GET", "/commands", user_id=user_id, chat_id=chat_id)
        return list(msgspec.json.decode(answer)["commands"])

    async def state(self) -> dict[str, Any]:
        return dict(msgspec.json.decode(await self.request("GET", "/state")))


def _describe(entry: LogEntry) -> str:
    if entry.message is None:
        return entry.kind
    return f"{entry.kind} in {entry.chat_id}: {(entry.message.text or entry.message.rich_text)[:60]!r}"
