"""The emulated Telegram: all state of one bot, and the events that change it.

user action -> ChatStore -> log `user_message` -> UpdateQueue -> bot
bot call    -> ChatStore -> log `bot_message`  -> EventHub    -> page
"""

from typing import Any

import msgspec

from emulator import api_objects
from emulator.chat_store import ChatStore
from emulator.clock import SimulatedClock
from emulator.command_table import CommandTable
from emulator.event_hub import EventHub
from emulator.faults import FaultRules
from emulator.file_store import FileStore
from emulator.flood_control import FloodControl, FloodLimits
from emulator.log import CallRecord, EventRecord, Journal
from emulator.models import Chat, StoredMessage, User
from emulator.pending_queries import PendingQueries
from emulator.stars import StarAccount
from emulator.update_queue import UpdateQueue


class Telegram:
    """Telegram as one bot sees it. No method waits."""

    def __init__(
        self, bot: User, *, clock: SimulatedClock | None = None, keep: int = 100_000, limits: bool = False
    ) -> None:
        self.clock = clock or SimulatedClock()
        self.store = ChatStore(bot, keep)
        self.updates = UpdateQueue(int(self.clock.now() - self.clock.offset) - 1_500_000_000, self.clock.monotonic)
        self.flood_control = FloodControl(FloodLimits(enabled=limits), self.clock.monotonic)
        self.stars = StarAccount()
        self.faults = FaultRules()
        self.events = EventHub()
        self.log: Journal[EventRecord] = Journal(keep)
        self.calls: Journal[CallRecord] = Journal(keep)
        self.files = FileStore()
        self.queries = PendingQueries(self.clock.monotonic)
        self.commands = CommandTable()
        self.descriptions: dict[tuple[str, str], str] = {}
        """The bot's descriptions by kind ("description", "short_description") and language code."""
        self.fleet: Any = None
        """What the page shows of the processes that somebody runs; None without a fleet."""
        self.clock.listeners.append(self._publish_clock)
        self.entries_of_call: list[EventRecord] = []
        self.current_method: str | None = None

    def long_descriptions(self) -> dict[str, str]:
        """Return what an empty chat shows of the bot, by language code."""
        return {language: text for (kind, language), text in self.descriptions.items() if kind == "description"}

    @property
    def bot(self) -> User:
        return self.store.bot

    def is_shown(self, chat_id: int) -> bool:
        """Whether the page shows a chat."""
        user = self.store.users.get(chat_id)
        return user is None or not user.is_crowd

    def log_event(self, kind: str, chat_id: int | None, **fields: Any) -> EventRecord:
        """Add a log entry; entries caused by a call are collected until the next call."""
        entry = self.log.add(
            lambda seq: EventRecord(
                seq, self.clock.iso(), self.clock.monotonic(), kind, chat_id, method=self.current_method, **fields
            )
        )
        if self.current_method is not None:
            self.entries_of_call.append(entry)
        return entry

    def deliver_bot_message(self, message: StoredMessage) -> None:
        """Store, log and publish a new message of the bot."""
        self.store.put_message(message)
        self.log_event("bot_message", message.chat_id, message_id=message.message_id, message=message)
        if self.is_shown(message.chat_id):
            self.events.publish("message", message)
            self.increment_unread(message)

    def increment_unread(self, message: StoredMessage) -> None:
        chat = self.store.chats[message.chat_id]
        for user_id, member in chat.members.items():
            is_shown = message.receiver_user_id in (None, user_id)
            if is_shown and user_id not in (self.bot.id, message.from_id) and member.is_member:
                chat.unread[user_id] = chat.unread.get(user_id, 0) + 1
                self.events.publish("unread", {"chat_id": chat.id, "user_id": user_id, "unread": chat.unread[user_id]})

    def replace_bot_message(self, message: StoredMessage) -> None:
        """Store, log and publish an edited message of the bot."""
        self.store.put_message(message)
        self.log_event("bot_edit", message.chat_id, message_id=message.message_id, message=message)
        if self.is_shown(message.chat_id):
            self.events.publish("edit", message)

    def delete_messages(self, chat_id: int, message_ids: list[int]) -> None:
        for message_id in message_ids:
            self.store.remove_message(chat_id, message_id)
        event = {"chat_id": chat_id, "message_ids": message_ids}
        self.log_event("bot_delete", chat_id, message_id=message_ids[0], detail={"message_ids": message_ids})
        self.events.publish("delete", event)

    def receive_user_message(self, message: StoredMessage) -> int | None:
        """Store, log and publish a user's message and queue its update.

        Returns the update's id, or None if the bot does not receive the message.
        """
        self.store.put_message(message)
        self.log_event("user_message", message.chat_id, message_id=message.message_id, message=message)
        self.events.publish("message", message)
        self.increment_unread(message)
        chat = self.store.chats[message.chat_id]
        if not self.is_visible_to_bot(chat, message):
            return None
        kind = "channel_post" if chat.type == "channel" else "message"
        return self.updates.add(kind, api_objects.message_object(message, self.store))

    def is_visible_to_bot(self, chat: Chat, message: StoredMessage) -> bool:
        """Whether the bot receives the message in privacy mode, Telegram's default.

        In groups these are commands, replies to the bot, mentions of it and service messages; an administrator receives
        every message.
        """
        bot_member = chat.members.get(self.bot.id)
        if chat.type == "private":
            return True
        if bot_member is None or not bot_member.is_member:
            return False
        if chat.type == "channel" or bot_member.status == "administrator" or message.service is not None:
            return True
        replied = self.store.get_message(chat.id, message.reply_to_message_id or 0)
        if replied is not None and replied.from_bot:
            return True
        kinds = {entity["type"] for entity in msgspec.json.decode(bytes(message.entities))}
        is_mentioned = f"@{self.bot.username or ''}".lower() in message.text.lower()
        return (
            "bot_command" in kinds and ("@" not in message.text.split(maxsplit=1)[0] or is_mentioned)
        ) or is_mentioned

    def _publish_clock(self) -> None:
        self.events.publish("clock", self.clock_as_control_json())

    def publish_user(self, user: User) -> None:
        self.events.publish("user", msgspec.structs.replace(user))

    def publish_faults(self) -> None:
        self.events.publish("faults", {"faults": self.faults.snapshot()})

    def publish_chat(self, chat: Chat) -> None:
        self.events.publish("chat", chat.as_control_json())

    def clock_as_control_json(self) -> dict[str, Any]:
        offset, start = round(self.clock.offset, 3), round(self.clock.baseline_offset, 3)
        return {"now": self.clock.iso(), "offset_seconds": offset, "baseline_offset_seconds": start}
