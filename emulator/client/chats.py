"""Client-side handles of chats and users: perform their actions and wait for what the bot sends there."""

import base64
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from emulator.client.models import DEFAULT_TIMEOUT_SECONDS, CallbackQueryAnswer, LogEntry, Message, SentMessage
from emulator.models import User

if TYPE_CHECKING:
    from emulator.client.emulator_client import EmulatorClient


class EmulatedChat:
    """Handle of a chat; remembers which of the bot's messages and edits were already returned."""

    def __init__(self, emulator: "EmulatorClient", id: int, last_seq: int) -> None:  # noqa: A002 - Telegram's name
        self.emulator = emulator
        self.id = id
        self._last_seq = last_seq
        self._last_edit_seq = last_seq

    async def next_message(
        self,
        predicate: Callable[[Message], bool] | None = None,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,  # noqa: ASYNC109 - see wait_for_log_entry
    ) -> Message:
        """Return the bot's next new message, skipping those `predicate` rejects. Raises TimeoutError."""

        def matches(entry: LogEntry) -> bool:
            return (
                entry.kind == "bot_message"
                and entry.message is not None
                and (predicate is None or predicate(entry.message))
            )

        entry = await self.emulator.wait_for_log_entry(matches, chat=self.id, since=self._last_seq, timeout=timeout)
        self._last_seq = entry.seq
        assert entry.message is not None  # noqa: S101 - matches() checks it
        return entry.message

    async def next_messages(self, count: int, timeout: float = DEFAULT_TIMEOUT_SECONDS) -> list[Message]:  # noqa: ASYNC109 - see wait_for_log_entry
        """Return the bot's next `count` messages. Raises TimeoutError."""
        deadline = time.monotonic() + timeout
        return [await self.next_message(timeout=max(0.001, deadline - time.monotonic())) for _ in range(count)]

    async def next_edit(
        self,
        message: Message | None = None,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,  # noqa: ASYNC109 - see wait_for_log_entry
    ) -> Message:
        """Return the result of the next edit, of any message or only of `message`. Raises TimeoutError."""

        def matches(entry: LogEntry) -> bool:
            return entry.kind == "bot_edit" and (message is None or entry.message_id == message.message_id)

        entry = await self.emulator.wait_for_log_entry(
            matches, chat=self.id, since=self._last_edit_seq, timeout=timeout
        )
        self._last_edit_seq = entry.seq
        assert entry.message is not None  # noqa: S101 - every edit has a message
        return entry.message

    async def drain_messages(self) -> list[Message]:
        """Return the bot's new messages without waiting, and mark them as returned."""
        entries = await self.emulator.log(self.id, self._last_seq, "bot_message")
        if entries:
            self._last_seq = entries[-1].seq
        return [entry.message for entry in entries if entry.message is not None]

    async def history(self) -> list[Message]:
        """Return the newest 200 messages of both sides as they are now."""
        state = await self.emulator.state()
        return msgspec.convert(state["messages"].get(str(self.id), []), list[Message])

    async def set_member(self, user_id: int, status: str, by: int | None = None, **rights: bool) -> None:
        body = {"user_id": user_id, "status": status, "by": by, "rights": rights}
        await self.emulator.post(f"/chats/{self.id}/members", dict[str, Any], **body)

    async def add_topic(self, name: str) -> int:
        """Open a forum topic and return its thread id."""
        return int((await self.emulator.post(f"/chats/{self.id}/topics", dict[str, Any], name=name))["thread_id"])

    async def set_topic_closed(self, thread_id: int, *, closed: bool) -> None:
        await self.emulator.post(f"/chats/{self.id}/topics/{thread_id}", dict[str, Any], closed=closed)

    async def rename_topic(self, thread_id: int, name: str) -> None:
        await self.emulator.post(f"/chats/{self.id}/topics/{thread_id}", dict[str, Any], name=name)

    async def delete_topic(self, thread_id: int) -> None:
        await self.emulator.request("DELETE", f"/chats/{self.id}/topics/{thread_id}")

    async def set_permissions(self, **permissions: bool) -> None:
        await self.emulator.post(f"/chats/{self.id}", dict[str, Any], permissions=permissions)

    async def refuse_rich_messages(self, *, refuse: bool = True) -> None:
        """Make the chat refuse rich messages with a 400, or accept them again."""
        await self.emulator.post(f"/chats/{self.id}", dict[str, Any], refuses_rich=refuse)

    async def upgrade(self) -> "EmulatedChat":
        """Upgrade the group and return its supergroup."""
        created = await self.emulator.post(f"/chats/{self.id}/upgrade", dict[str, Any])
        return EmulatedChat(self.emulator, created["id"], await self.emulator.last_log_seq())

    async def delete(self) -> None:
        await self.emulator.request("DELETE", f"/chats/{self.id}")


class EmulatedUser(EmulatedChat):
    """Handle of a user and of their private chat with the bot."""

    async def send(
        self,
        text: str,
        *,
        chat: EmulatedChat | None = None,
        reply_to: Message | None = None,
        thread: int | None = None,
    ) -> Message:
        return (await self._post_message(chat, text=text, reply_to_message_id=_id(reply_to), thread_id=thread)).message

    async def send_inline_result(self, text: str, *, chat: EmulatedChat | None = None) -> Message:
        """Send the text of one of the bot's inline results."""
        return (await self._post_message(chat, text=text, via_bot=True)).message

    async def send_for_update_id(self, text: str, *, chat: EmulatedChat | None = None) -> int | None:
        """Send a text and return the id of the bot's update; None if the bot does not receive it."""
        return (await self._post_message(chat, text=text)).update_id

    async def send_document(
        self, name: str, data: bytes, *, caption: str | None = None, chat: EmulatedChat | None = None
    ) -> Message:
        document = {"file_name": name, "base64": base64.b64encode(data).decode()}
        return (await self._post_message(chat, document=document, caption=caption)).message

    async def send_location(
        self,
        latitude: float,
        longitude: float,
        *,
        venue: tuple[str, str] | None = None,
        chat: EmulatedChat | None = None,
    ) -> Message:
        """Share a location, or the venue with a title and an address that is there."""
        named = {} if venue is None else {"venue": {"title": venue[0], "address": venue[1]}}
        return (
            await self._post_message(chat, location={"latitude": latitude, "longitude": longitude}, **named)
        ).message

    async def send_media(
        self,
        kind: str,
        data: bytes = b"",
        *,
        caption: str | None = None,
        emoji: str | None = None,
        seconds: int = 0,
        album: str | None = None,
        chat: EmulatedChat | None = None,
    ) -> Message:
        """Send a photo, voice message or sticker; messages of one `album` follow each other."""
        media = {"kind": kind, "base64": base64.b64encode(data).decode(), "emoji": emoji, "seconds": seconds}
        return (await self._post_message(chat, media=media, media_group_id=album, caption=caption)).message

    async def send_poll(self, question: str, *options: str, chat: EmulatedChat | None = None) -> Message:
        return (await self._post_message(chat, poll={"question": question, "options": options})).message

    async def forward(self, message: Message, *, chat: EmulatedChat | None = None) -> Message:
        """Forward a message that the user can see, by default to the bot."""
        forwarded = {"chat_id": message.chat_id, "message_id": message.message_id}
        return (await self._post_message(chat, forward=forwarded)).message

    async def _post_message(self, chat: EmulatedChat | None, **body: Any) -> SentMessage:
        return await self.emulator.post(
            "/messages", SentMessage, user_id=self.id, chat_id=chat.id if chat else None, **body
        )

    async def edit_message(self, message: Message, text: str) -> Message:
        body = {"user_id": self.id, "chat_id": message.chat_id, "message_id": message.message_id, "text": text}
        return (await self.emulator.post("/messages/edit", SentMessage, **body)).message

    async def send_press(
        self, message: Message, button: str, *, forge: bool = False, inaccessible: bool = False
    ) -> str:
        """Press a button, by label or callback data, without waiting; return the callback query's id.

        `forge`: allow data that no button has; `inaccessible`: the message is too old for the bot to see.
        """
        data = message.callback_data_of(button) or button
        body = {"user_id": self.id, "chat_id": message.chat_id, "message_id": message.message_id, "data": data}
        created = await self.emulator.post(
            "/callback-queries", dict[str, str], **body, forge=forge, inaccessible=inaccessible
        )
        return created["callback_query_id"]

    async def press(
        self,
        message: Message,
        button: str,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,  # noqa: ASYNC109 - see wait_for_log_entry
    ) -> CallbackQueryAnswer:
        """Press a button and return the bot's answer. Raises TimeoutError if the bot does not answer."""
        since = await self.emulator.last_log_seq()
        query_id = await self.send_press(message, button)
        return await self.wait_for_callback_answer(query_id, since=since, timeout=timeout)

    async def wait_for_callback_answer(
        self,
        query_id: str,
        since: int = 0,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,  # noqa: ASYNC109 - see wait_for_log_entry
    ) -> CallbackQueryAnswer:
        """Return the answer to a press. Raises TimeoutError."""

        def matches(entry: LogEntry) -> bool:
            return entry.kind == "callback_answer" and (entry.detail or {})["callback_query_id"] == query_id

        entry = await self.emulator.wait_for_log_entry(matches, since=since, timeout=timeout)
        return msgspec.convert(entry.detail, CallbackQueryAnswer)

    async def send_inline_query(self, query: str, timeout: float = DEFAULT_TIMEOUT_SECONDS) -> list[dict[str, Any]]:  # noqa: ASYNC109 - see wait_for_log_entry
        """Send an inline query and return the bot's results. Raises TimeoutError."""
        since = await self.emulator.last_log_seq()
        created = await self.emulator.post("/inline-queries", dict[str, str], user_id=self.id, query=query)

        def matches(entry: LogEntry) -> bool:
            return (
                entry.kind == "inline_answer" and (entry.detail or {})["inline_query_id"] == created["inline_query_id"]
            )

        entry = await self.emulator.wait_for_log_entry(matches, since=since, timeout=timeout)
        return list((entry.detail or {})["results"])

    async def block(self) -> None:
        await self._update(blocked=True)

    async def unblock(self) -> None:
        await self._update(blocked=False)

    async def deactivate(self) -> None:
        await self._update(deactivated=True)

    async def refuse_rich_messages(self, *, refuse: bool = True) -> None:
        """Make the private chat refuse rich messages with a 400, or accept them again."""
        await self._update(refuses_rich=refuse)

    async def use_old_app(self, *, old: bool = True) -> None:
        """Give the user an app that shows a hint in place of rich messages; the bot is not told."""
        await self._update(old_app=old)

    async def set_language(self, language: str) -> None:
        await self._update(language_code=language)

    async def _update(self, **fields: Any) -> None:
        await self.emulator.post(f"/users/{self.id}", User, **fields)

    async def commands(self, chat: EmulatedChat | None = None) -> list[dict[str, str]]:
        return await self.emulator.commands(self.id, chat.id if chat else None)


def _id(message: Message | None) -> int | None:
    return message.message_id if message is not None else None
