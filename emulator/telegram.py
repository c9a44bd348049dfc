"""Everything an emulated Telegram is made of, and the few things that happen in it -> stored, logged, told on.

what a person does -> World -> log `said`     -> Updates -> the bot
what the bot does  -> World -> log `received` -> Hub     -> the page
"""

from typing import Any

import msgspec

from emulator import answers
from emulator.clock import SimulatedClock
from emulator.commands import CommandTable
from emulator.events import Hub
from emulator.faults import Faults
from emulator.files import Files
from emulator.limits import Gate, Limits
from emulator.log import Call, Journal, LogEntry
from emulator.queries import Queries
from emulator.updates import Updates
from emulator.values import Chat, Message, User
from emulator.world import World


class Telegram:
    """One Telegram with one bot. Nothing here waits."""

    def __init__(
        self, bot: User, *, clock: SimulatedClock | None = None, keep: int = 100_000, limits: bool = False
    ) -> None:
        self.clock = clock or SimulatedClock()
        self.world = World(bot, keep)
        self.updates = Updates(int(self.clock.now() - self.clock.offset) - 1_500_000_000, self.clock.monotonic)
        self.gate = Gate(Limits(enabled=limits), self.clock.monotonic)
        self.faults = Faults()
        self.hub = Hub()
        self.log: Journal[LogEntry] = Journal(keep)
        self.calls: Journal[Call] = Journal(keep)
        self.files = Files()
        self.queries = Queries(self.clock.monotonic)
        self.commands = CommandTable()
        self.effects: list[LogEntry] = []
        self.method: str | None = None

    @property
    def bot(self) -> User:
        return self.world.bot

    def note(self, kind: str, chat_id: int | None, **fields: Any) -> LogEntry:
        """Add a log line; what a call caused is remembered until the next call."""
        entry = self.log.add(
            lambda seq: LogEntry(
                seq, self.clock.iso(), self.clock.monotonic(), kind, chat_id, method=self.method, **fields
            )
        )
        if self.method is not None:
            self.effects.append(entry)
        return entry

    def deliver(self, message: Message) -> None:
        """The bot's message reaches its chat."""
        self.world.put(message)
        self.note("bot_message", message.chat_id, message_id=message.message_id, message=message)
        self.hub.publish("message", message)
        self.count_unread(message)

    def count_unread(self, message: Message) -> None:
        chat = self.world.chats[message.chat_id]
        for user_id, member in chat.members.items():
            if user_id not in (self.bot.id, message.from_id) and member.inside:
                chat.unread[user_id] = chat.unread.get(user_id, 0) + 1
                self.hub.publish("unread", {"chat_id": chat.id, "user_id": user_id, "unread": chat.unread[user_id]})

    def change(self, message: Message) -> None:
        """A message of the bot stands differently from now on."""
        self.world.put(message)
        self.note("bot_edit", message.chat_id, message_id=message.message_id, message=message)
        self.hub.publish("edit", message)

    def delete(self, chat_id: int, message_ids: list[int]) -> None:
        for message_id in message_ids:
            self.world.remove(chat_id, message_id)
        detail = {"chat_id": chat_id, "message_ids": message_ids}
        self.note("bot_delete", chat_id, message_id=message_ids[0], detail={"message_ids": message_ids})
        self.hub.publish("delete", detail)

    def hear(self, message: Message) -> int | None:
        """A person's message: stored, shown, and told to the bot as far as the bot may see it. The update's id."""
        self.world.put(message)
        self.note("user_message", message.chat_id, message_id=message.message_id, message=message)
        self.hub.publish("message", message)
        self.count_unread(message)
        chat = self.world.chats[message.chat_id]
        if not self.bot_sees(chat, message):
            return None
        kind = "channel_post" if chat.type == "channel" else "message"
        return self.updates.add(kind, answers.message(message, self.world))

    def bot_sees(self, chat: Chat, message: Message) -> bool:
        """Privacy mode, as by default: in groups commands, replies to the bot, mentions of it and service messages.

        All as an administrator.
        """
        found = chat.members.get(self.bot.id)
        if chat.type == "private":
            return True
        if found is None or not found.inside:
            return False
        if chat.type == "channel" or found.status == "administrator" or message.service is not None:
            return True
        replied = self.world.message(chat.id, message.reply_to_message_id or 0)
        if replied is not None and replied.from_bot:
            return True
        kinds = {entity["type"] for entity in msgspec.json.decode(bytes(message.entities))}
        called = f"@{self.bot.username or ''}".lower() in message.text.lower()
        return ("bot_command" in kinds and ("@" not in message.text.split(maxsplit=1)[0] or called)) or called

    def show_person(self, person: User) -> None:
        self.hub.publish("user", msgspec.structs.replace(person))

    def show_chat(self, chat: Chat) -> None:
        self.hub.publish("chat", chat.view())

    def clock_view(self) -> dict[str, Any]:
        offset, start = round(self.clock.offset, 3), round(self.clock.baseline_offset, 3)
        return {"now": self.clock.iso(), "offset_seconds": offset, "baseline_offset_seconds": start}
