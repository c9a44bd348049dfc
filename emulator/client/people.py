"""Handles of chats and people: what somebody does -> a request; what the bot does there -> waited for and looked at."""

import base64
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from emulator.client.shapes import LogEntry, Message, Sent, Toast
from emulator.values import Person

if TYPE_CHECKING:
    from emulator.client.sim import Sim

WAIT = 20.0


class SimChat:
    """A chat, and what was already looked at in it."""

    def __init__(self, sim: "Sim", id: int, seen: int) -> None:  # noqa: A002 - what Telegram calls it
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
        await self.sim.post(f"/chats/{self.id}/members", dict[str, Any], **body)

    async def add_topic(self, name: str) -> int:
        """Its thread id."""
        return int((await self.sim.post(f"/chats/{self.id}/topics", dict[str, Any], name=name))["thread_id"])

    async def change_topic(self, thread_id: int, *, closed: bool) -> None:
        await self.sim.post(f"/chats/{self.id}/topics/{thread_id}", dict[str, Any], closed=closed)

    async def delete_topic(self, thread_id: int) -> None:
        await self.sim.ask("DELETE", f"/chats/{self.id}/topics/{thread_id}")

    async def set_permissions(self, **permissions: bool) -> None:
        await self.sim.post(f"/chats/{self.id}", dict[str, Any], permissions=permissions)

    async def upgrade(self) -> "SimChat":
        """The supergroup it becomes."""
        made = await self.sim.post(f"/chats/{self.id}/upgrade", dict[str, Any])
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

    async def _write(self, chat: SimChat | None, **body: Any) -> Sent:
        return await self.sim.post("/messages", Sent, user_id=self.id, chat_id=chat.id if chat else None, **body)

    async def edit(self, message: Message, text: str) -> Message:
        body = {"user_id": self.id, "chat_id": message.chat_id, "message_id": message.message_id, "text": text}
        return (await self.sim.post("/messages/edit", Sent, **body)).message

    async def tap(self, message: Message, button: str, *, forge: bool = False, inaccessible: bool = False) -> str:
        """Press a button, by label or data, and do not wait; the callback query's id.

        `forge` allows data that is on no button; `inaccessible` makes the message too old to be told.
        """
        data = message.data_of(button) or button
        body = {"user_id": self.id, "chat_id": message.chat_id, "message_id": message.message_id, "data": data}
        made = await self.sim.post("/presses", dict[str, str], **body, forge=forge, inaccessible=inaccessible)
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
        made = await self.sim.post("/inline", dict[str, str], user_id=self.id, query=query)

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
        await self.sim.post(f"/people/{self.id}", Person, **fields)

    async def commands(self, chat: SimChat | None = None) -> list[dict[str, str]]:
        return await self.sim.commands(self.id, chat.id if chat else None)


def _id(message: Message | None) -> int | None:
    return message.message_id if message is not None else None
