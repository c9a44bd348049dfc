"""A typed client of the control interface: people who write, press and wait, and what each chat received.

running(): an emulator in this event loop; spawned(): one in a process of its own; Sim.connect(): one that runs already.
Whatever waits is one long request to /sim/log, never a loop of short ones; it raises TimeoutError that says what came
instead.
"""

import asyncio
import base64
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar

import aiohttp
import msgspec

from emulator.server import TOKEN, Server, Settings
from emulator.telegram import Telegram
from emulator.values import Document, Location, Person

WAIT = 5.0
Body = TypeVar("Body")


class SimError(Exception):
    """The emulator refused what was asked of it, in plain words."""


class Message(msgspec.Struct, frozen=True):
    """A message as one chat has it; the shape stands in docs/emulator-control.md."""

    chat_id: int
    message_id: int
    from_id: int
    from_name: str
    from_bot: bool
    date: int
    edit_date: int | None = None
    text: str = ""
    entities: list[dict[str, Any]] = []
    document: Document | None = None
    location: Location | None = None
    reply_markup: dict[str, Any] | None = None
    reply_to_message_id: int | None = None
    thread_id: int | None = None
    silent: bool = False
    link_preview: dict[str, Any] | None = None
    service: str | None = None

    @property
    def buttons(self) -> list[list[str]]:
        """The labels of the inline keyboard, row by row."""
        rows = (self.reply_markup or {}).get("inline_keyboard", [])
        return [[button["text"] for button in row] for row in rows]

    def data_of(self, label: str) -> str | None:
        """What a button carries."""
        for row in (self.reply_markup or {}).get("inline_keyboard", []):
            for button in row:
                if button["text"] == label:
                    return str(button.get("callback_data", "")) or None
        return None


class LogEntry(msgspec.Struct, frozen=True):
    """A line of /sim/log."""

    seq: int
    at: str
    monotonic: float
    kind: str
    chat_id: int | None = None
    message_id: int | None = None
    method: str | None = None
    answered: bool = True
    message: Message | None = None
    detail: dict[str, Any] | None = None


class Call(msgspec.Struct, frozen=True):
    """A line of /sim/calls."""

    seq: int
    at: str
    monotonic: float
    method: str
    chat_id: int | None
    status: int
    description: str | None
    fault: int | None
    ms: float


class Toast(msgspec.Struct, frozen=True):
    """What a press was answered with."""

    callback_query_id: str
    user_id: int
    chat_id: int | None
    message_id: int | None
    text: str
    show_alert: bool
    url: str | None


class _Lines(msgspec.Struct):
    entries: list[LogEntry]
    last: int
    dropped: int


class _Calls(msgspec.Struct):
    entries: list[Call]


class _Sent(msgspec.Struct):
    message: Message
    update_id: int | None


class Sim:
    """One emulator. `api_url` and `token` are what a bot needs."""

    def __init__(self, session: aiohttp.ClientSession, control_url: str, api_url: str, token: str) -> None:
        self._session = session
        self.control_url = control_url
        self.api_url = api_url
        self.token = token

    @staticmethod
    @asynccontextmanager
    async def connect(control_url: str, api_url: str | None = None, token: str = TOKEN) -> AsyncIterator["Sim"]:
        """Speak to an emulator that runs already."""
        timeout = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            yield Sim(session, control_url, api_url or control_url, token)

    async def ask(self, verb: str, path: str, body: Any = None, **query: Any) -> bytes:
        """Any request of the control interface. Raises SimError."""
        params = {name: str(value) for name, value in query.items() if value is not None}
        data = None if body is None else msgspec.json.encode(body)
        async with self._session.request(verb, f"{self.control_url}/sim{path}", params=params, data=data) as response:
            answer = await response.read()
        if response.status != 200:
            raise SimError(msgspec.json.decode(answer).get("error", f"status {response.status}"))
        return answer

    async def _post(self, path: str, kind: type[Body], /, **body: Any) -> Body:
        wish = {name: value for name, value in body.items() if value is not None}
        return msgspec.json.decode(await self.ask("POST", path, wish), type=kind)

    # People and chats

    async def person(
        self,
        first_name: str,
        language: str | None = None,
        *,
        id: int | None = None,  # noqa: A002 - what Telegram calls it
        username: str | None = None,
        started: bool = False,
    ) -> "SimPerson":
        """A new person; `started` ones have talked to the bot before."""
        body = {"first_name": first_name, "language_code": language, "id": id, "username": username}
        made = await self._post("/people", Person, **body, started=started)
        return SimPerson(self, made.id, await self.last_line())

    async def crowd(self, count: int, first_id: int | None = None, language: str | None = None) -> list[int]:
        """Many people who have started the bot."""
        body = {"count": count, "first_id": first_id, "language_code": language}
        return list((await self._post("/crowd", dict[str, list[int]], **body))["ids"])

    async def group(self, title: str, *members: "SimPerson", bot: str = "member") -> "SimChat":
        return await self._chat("group", title, members, bot)

    async def supergroup(
        self, title: str, *members: "SimPerson", bot: str = "member", forum: bool = False, username: str | None = None
    ) -> "SimChat":
        return await self._chat("supergroup", title, members, bot, is_forum=forum, username=username)

    async def channel(
        self, title: str, *members: "SimPerson", bot: str = "administrator", username: str | None = None
    ) -> "SimChat":
        return await self._chat("channel", title, members, bot, username=username)

    async def _chat(self, kind: str, title: str, members: Sequence["SimPerson"], bot: str, **more: Any) -> "SimChat":
        ids = [member.id for member in members]
        creator = ids[0] if ids else None
        body = {"type": kind, "title": title, "members": ids, "creator": creator, "bot_status": bot, **more}
        made = await self._post("/chats", dict[str, Any], **body)
        return SimChat(self, made["id"], await self.last_line())

    async def chat(self, chat_id: int) -> "SimChat":
        """A handle of a chat known by its id, looking from now on."""
        return SimChat(self, chat_id, await self.last_line())

    # What happened

    async def last_line(self) -> int:
        return msgspec.json.decode(await self.ask("GET", "/log", limit=1, since=1 << 60), type=_Lines).last

    async def log(
        self, chat: int | None = None, since: int = 0, kind: str | None = None, wait: float | None = None
    ) -> list[LogEntry]:
        """The authority on what each chat received. Raises SimError when lines asked for are forgotten already."""
        answer = await self.ask("GET", "/log", chat=chat, since=since, kind=kind, wait=wait, limit=1 << 40)
        lines = msgspec.json.decode(answer, type=_Lines)
        if lines.dropped > since:
            raise SimError(f"lines up to {lines.dropped} are forgotten: start the emulator with a larger keep")
        return lines.entries

    async def wait_log(
        self,
        predicate: Callable[[LogEntry], bool],
        *,
        chat: int | None = None,
        since: int = 0,
        timeout: float = WAIT,  # noqa: ASYNC109 - the words of the failure are made here
    ) -> LogEntry:
        """The first line after `since` for which the predicate holds. Raises TimeoutError."""
        ends = time.monotonic() + timeout
        seen: list[LogEntry] = []
        while (left := ends - time.monotonic()) > 0:
            for entry in await self.log(chat, since, wait=left):
                since = entry.seq
                if predicate(entry):
                    return entry
                seen.append(entry)
        came = "; ".join(_line(entry) for entry in seen[-10:]) or "nothing"
        raise TimeoutError(f"not within {timeout} s; what came: {came}")

    async def calls(self, method: str | None = None, since: int = 0) -> list[Call]:
        answer = await self.ask("GET", "/calls", method=method, since=since, limit=1 << 40)
        return msgspec.json.decode(answer, type=_Calls).entries

    async def pending(self) -> int:
        """Updates the bot has not confirmed."""
        return int(msgspec.json.decode(await self.ask("GET", "/updates"))["pending"])

    async def settled(self, timeout: float = WAIT) -> None:  # noqa: ASYNC109 - as above
        """Wait until the bot has confirmed every update. Raises TimeoutError."""
        answer = msgspec.json.decode(await self.ask("GET", "/updates", wait=timeout))
        if answer["pending"]:
            raise TimeoutError(f"{answer['pending']} updates not confirmed within {timeout} s")

    async def repeat_update(self, update_id: int, times: int = 1) -> None:
        """Deliver an update again, as Telegram may."""
        await self._post("/updates", dict[str, Any], repeat=update_id, times=times)

    # Conditions

    async def clock(self) -> datetime:
        return datetime.fromisoformat(msgspec.json.decode(await self.ask("GET", "/clock"))["now"])

    async def set_clock(self, instant: datetime) -> None:
        await self._post("/clock", dict[str, Any], now=instant)

    async def advance(self, seconds: float) -> None:
        await self._post("/clock", dict[str, Any], advance_seconds=seconds)

    async def fault(self, kind: str, **rule: Any) -> int:
        """A rule of what goes wrong; its keys are those of Fault. The rule's id."""
        return int((await self._post("/faults", dict[str, Any], kind=kind, **rule))["id"])

    async def faults(self) -> list[dict[str, Any]]:
        return list(msgspec.json.decode(await self.ask("GET", "/faults"))["faults"])

    async def clear_faults(self) -> None:
        await self.ask("DELETE", "/faults")

    async def set_limits(self, **limits: Any) -> None:
        await self._post("/limits", dict[str, Any], **limits)

    async def commands(self, user_id: int, chat_id: int | None = None) -> list[dict[str, str]]:
        """The command menu this person sees in this chat."""
        answer = await self.ask("GET", "/commands", user_id=user_id, chat_id=chat_id)
        return list(msgspec.json.decode(answer)["commands"])

    async def state(self) -> dict[str, Any]:
        return dict(msgspec.json.decode(await self.ask("GET", "/state")))


def _line(entry: LogEntry) -> str:
    return f"{entry.kind} in {entry.chat_id}: {entry.message.text[:60]!r}" if entry.message else f"{entry.kind}"


class SimChat:
    """A chat, and what was already looked at in it."""

    def __init__(self, sim: Sim, id: int, seen: int) -> None:  # noqa: A002 - what Telegram calls it
        self.sim = sim
        self.id = id
        self._seen = seen
        self._seen_edits = seen

    async def next(
        self,
        where: Callable[[Message], bool] | None = None,
        timeout: float = WAIT,  # noqa: ASYNC109 - see wait_log
    ) -> Message:
        """The next message of the bot not looked at yet; what `where` refuses is passed over. Raises TimeoutError."""

        def wanted(entry: LogEntry) -> bool:
            return entry.kind == "received" and entry.message is not None and (where is None or where(entry.message))

        entry = await self.sim.wait_log(wanted, chat=self.id, since=self._seen, timeout=timeout)
        self._seen = entry.seq
        assert entry.message is not None  # noqa: S101 - `wanted` saw to it
        return entry.message

    async def received(self, count: int, timeout: float = WAIT) -> list[Message]:  # noqa: ASYNC109 - see wait_log
        """The next `count` messages. Raises TimeoutError."""
        ends = time.monotonic() + timeout
        return [await self.next(timeout=max(0.001, ends - time.monotonic())) for _ in range(count)]

    async def next_edit(
        self,
        of: Message | None = None,
        timeout: float = WAIT,  # noqa: ASYNC109 - see wait_log
    ) -> Message:
        """A message as it stands after the next edit, of any message or of this one. Raises TimeoutError."""

        def wanted(entry: LogEntry) -> bool:
            return entry.kind == "edited" and (of is None or entry.message_id == of.message_id)

        entry = await self.sim.wait_log(wanted, chat=self.id, since=self._seen_edits, timeout=timeout)
        self._seen_edits = entry.seq
        assert entry.message is not None  # noqa: S101 - every edit has one
        return entry.message

    async def unseen(self) -> list[Message]:
        """What came and was not looked at; does not wait, and counts as looking."""
        entries = await self.sim.log(self.id, self._seen, "received")
        if entries:
            self._seen = entries[-1].seq
        return [entry.message for entry in entries if entry.message is not None]

    async def screen(self) -> list[Message]:
        """The chat as it stands now, both sides, newest 200."""
        state = await self.sim.state()
        return msgspec.convert(state["messages"].get(str(self.id), []), list[Message])

    async def set_member(self, user_id: int, status: str, by: int | None = None, **rights: bool) -> None:
        body = {"user_id": user_id, "status": status, "by": by, "rights": rights}
        await self.sim._post(f"/chats/{self.id}/members", dict[str, Any], **body)

    async def add_topic(self, name: str) -> int:
        """Its thread id."""
        return int((await self.sim._post(f"/chats/{self.id}/topics", dict[str, Any], name=name))["thread_id"])

    async def change_topic(self, thread_id: int, *, closed: bool) -> None:
        await self.sim._post(f"/chats/{self.id}/topics/{thread_id}", dict[str, Any], closed=closed)

    async def delete_topic(self, thread_id: int) -> None:
        await self.sim.ask("DELETE", f"/chats/{self.id}/topics/{thread_id}")

    async def set_permissions(self, **permissions: bool) -> None:
        await self.sim._post(f"/chats/{self.id}", dict[str, Any], permissions=permissions)

    async def upgrade(self) -> "SimChat":
        """The supergroup it becomes."""
        made = await self.sim._post(f"/chats/{self.id}/upgrade", dict[str, Any])
        return SimChat(self.sim, made["id"], await self.sim.last_line())

    async def delete(self) -> None:
        await self.sim.ask("DELETE", f"/chats/{self.id}")


class SimPerson(SimChat):
    """Somebody with a private chat with the bot."""

    async def send(
        self,
        text: str,
        *,
        chat: SimChat | None = None,
        reply_to: Message | None = None,
        thread: int | None = None,
    ) -> Message:
        return (await self._write(chat, text=text, reply_to_message_id=_id(reply_to), thread_id=thread)).message

    async def send_update(self, text: str, *, chat: SimChat | None = None) -> int | None:
        """The same; the number of the update the bot gets."""
        return (await self._write(chat, text=text)).update_id

    async def send_document(
        self, name: str, data: bytes, *, caption: str | None = None, chat: SimChat | None = None
    ) -> Message:
        document = {"file_name": name, "base64": base64.b64encode(data).decode()}
        return (await self._write(chat, document=document, caption=caption)).message

    async def share_location(self, latitude: float, longitude: float, *, chat: SimChat | None = None) -> Message:
        return (await self._write(chat, location={"latitude": latitude, "longitude": longitude})).message

    async def _write(self, chat: SimChat | None, **body: Any) -> _Sent:
        return await self.sim._post("/messages", _Sent, user_id=self.id, chat_id=chat.id if chat else None, **body)

    async def edit(self, message: Message, text: str) -> Message:
        body = {"user_id": self.id, "chat_id": message.chat_id, "message_id": message.message_id, "text": text}
        return (await self.sim._post("/messages/edit", _Sent, **body)).message

    async def tap(self, message: Message, button: str, *, forge: bool = False, inaccessible: bool = False) -> str:
        """Press a button, by label or data, and do not wait; the callback query's id.

        `forge` allows data that is on no button; `inaccessible` makes the message too old to be told.
        """
        data = message.data_of(button) or button
        body = {"user_id": self.id, "chat_id": message.chat_id, "message_id": message.message_id, "data": data}
        made = await self.sim._post("/presses", dict[str, str], **body, forge=forge, inaccessible=inaccessible)
        return made["callback_query_id"]

    async def press(
        self,
        message: Message,
        button: str,
        timeout: float = WAIT,  # noqa: ASYNC109 - see wait_log
    ) -> Toast:
        """Press a button and wait for the answer. Raises TimeoutError: a spinner that never ends."""
        since = await self.sim.last_line()
        query_id = await self.tap(message, button)
        return await self.toast(query_id, since=since, timeout=timeout)

    async def toast(
        self,
        query_id: str,
        since: int = 0,
        timeout: float = WAIT,  # noqa: ASYNC109 - see wait_log
    ) -> Toast:
        """The answer to a press."""

        def wanted(entry: LogEntry) -> bool:
            return entry.kind == "toast" and (entry.detail or {})["callback_query_id"] == query_id

        entry = await self.sim.wait_log(wanted, since=since, timeout=timeout)
        return msgspec.convert(entry.detail, Toast)

    async def inline(self, query: str, timeout: float = WAIT) -> list[dict[str, Any]]:  # noqa: ASYNC109 - see wait_log
        """Type an inline query; the results the bot gives."""
        since = await self.sim.last_line()
        made = await self.sim._post("/inline", dict[str, str], user_id=self.id, query=query)

        def wanted(entry: LogEntry) -> bool:
            return entry.kind == "inline" and (entry.detail or {})["inline_query_id"] == made["inline_query_id"]

        entry = await self.sim.wait_log(wanted, since=since, timeout=timeout)
        return list((entry.detail or {})["results"])

    async def block(self) -> None:
        await self._change(blocked=True)

    async def unblock(self) -> None:
        await self._change(blocked=False)

    async def deactivate(self) -> None:
        await self._change(deactivated=True)

    async def change_language(self, language: str) -> None:
        await self._change(language_code=language)

    async def _change(self, **fields: Any) -> None:
        await self.sim._post(f"/people/{self.id}", Person, **fields)

    async def commands(self, chat: SimChat | None = None) -> list[dict[str, str]]:
        return await self.sim.commands(self.id, chat.id if chat else None)


def _id(message: Message | None) -> int | None:
    return message.message_id if message is not None else None


@asynccontextmanager
async def running(
    token: str = TOKEN, *, limits: bool = False, keep: int = 100_000, username: str = "digest_demo_bot"
) -> AsyncIterator[Sim]:
    """An emulator in this event loop, on free ports of 127.0.0.1."""
    bot = Person(int(token.partition(":")[0]), "Morning Digest", username=username)
    server = Server(Telegram(bot, keep=keep, limits=limits), Settings(token=token))
    await server.start()
    try:
        async with Sim.connect(server.control_url, server.api_url, token) as sim:
            yield sim
    finally:
        await server.stop()


@asynccontextmanager
async def spawned(*arguments: str, token: str = TOKEN) -> AsyncIterator[Sim]:
    """`python -m emulator` as a process of its own, ended with SIGTERM."""
    command = [sys.executable, "-m", "emulator", "--port", "0", "--token", token, *arguments]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None  # noqa: S101 - it was asked for
    try:
        ready = (await asyncio.wait_for(process.stdout.readline(), 15)).decode()
        if "ready" not in ready:
            raise SimError(f"the emulator did not start: {ready!r}")
        urls = dict(part.split("=", 1) for part in ready.split()[2:])
        async with Sim.connect(urls["control"], urls["api"], token) as sim:
            yield sim
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 10)
