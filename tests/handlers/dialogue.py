"""Dialogues: people who type and press, and a bot over a real database with a clock that tests move."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.profile_file import read_profile
from bot.readings import FolderReadings
from digest.model import Digest
from digest.reader import read_digests
from digest.rendering.pagination.rich_size import measure_blocks
from domain.chat import limits
from domain.chat.action import (
    Action,
    CallbackAnswer,
    CallMethod,
    Edit,
    Send,
    SendChart,
    SendDocument,
    SendEphemeral,
    in_order,
)
from domain.chat.chart import Chart
from domain.chat.event import (
    BotMembership,
    ButtonPress,
    Chat,
    ChatKind,
    ChatMigration,
    Command,
    EditedMessage,
    Event,
    Origin,
    TextMessage,
    User,
)
from domain.chat.frozen_message import FrozenMessage, freeze
from domain.chat.i18n import Translations
from domain.chat.message import Button, Message
from domain.chat.rich_message import AnyMessage, ButtonRow, Details, RichBlock, RichMessage
from domain.chat.text import Text
from domain.delivery.outage import Outage
from domain.subscription.admission import AdmissionPolicy
from domain.subscription.calendar import Schedule
from domain.subscription.subscriber import Subscriber
from handlers.charts import DrawChart
from handlers.context import Services
from handlers.dispatcher import Dispatcher
from handlers.input.time_zones import TimeZoneLookup
from handlers.sent_cards import note_sent_card
from storage import digests, subscribers
from storage.database import Database
from storage.digests import Source
from tests.databases import open_database
from tests.handlers.editions import edition, published
from transport.message_parsing import contact_of, location_of

ADMIN = 1
NOON = datetime(2025, 9, 12, 6, 5, tzinfo=UTC)
"""14:05 in Shanghai, on the day of the newest edition."""

TEXTS = Translations.load()
TIME_ZONES = TimeZoneLookup.load()


@dataclass(slots=True)
class Bot:
    """The bot of one test. `admins` are the owners in its settings.

    `group_admins` are the administrators of groups and channels.

    `star_balance` is what Telegram tells of the bot's Stars, `balance_reads` how often it was asked.
    """

    database: Database
    now: datetime = NOON
    admins: frozenset[int] = frozenset({ADMIN})
    group_admins: dict[int, set[int]] = field(default_factory=dict)
    outage: Outage | None = None
    hold_reason: str | None = None
    offers_paid_broadcasts: bool = False
    has_ephemeral_messages: bool = False
    star_balance: int | None = None
    backup_days: int | None = None
    updates: int = 0
    effects: int = 0
    balance_reads: int = 0
    role_changes: list[tuple[int, int]] = field(default_factory=list)
    """Whose role changed, and by whom."""
    files: dict[str, bytes] = field(default_factory=dict)
    """The files that Telegram hands out, by their ids."""
    fetched: list[str] = field(default_factory=list)
    admission_policy: AdmissionPolicy = AdmissionPolicy.ANYONE
    draws_charts: bool = True
    draw_chart: DrawChart | None = None
    """What draws really."""
    charts: list[Chart] = field(default_factory=list)
    """What was to be drawn."""
    notes_cards: bool = True
    """Whether it lives long enough to note the numbers of cards after sending them."""
    folder: Path | None = None
    """Where choices of readings are kept; digests are read by them."""

    async def handle_event(self, event: Event) -> list[Action]:
        return await self._dispatcher()(event)

    async def answer_flood(self, event: Event) -> list[Action]:
        return await self._dispatcher().answer_flood(event)

    def _dispatcher(self) -> Dispatcher:
        services = self._services()
        return Dispatcher(self.database, lambda: self.now, services, self._manages, on_effect=self._count_effect)

    def _services(self) -> Services:
        return Services(
            translations=TEXTS,
            time_zones=TIME_ZONES,
            owners=self.admins,
            on_role_change=self._note_role_change,
            default_schedule=Schedule("Asia/Shanghai", 480),
            outage=lambda: self.outage,
            hold_reason=lambda: self.hold_reason,
            backup_days=self.backup_days,
            admission_policy=self.admission_policy,
            fetch_file=self._fetch_file,
            sends_ephemeral_messages=self._sends_ephemeral_messages,
            draw_chart=self._draw_chart,
            read_star_balance=self._read_star_balance if self.offers_paid_broadcasts else None,
            **self._reading_of_folder(),
        )

    def _reading_of_folder(self) -> dict[str, Any]:
        if self.folder is None:
            return {}
        folder = self.folder

        def read(name: str, data: bytes) -> tuple[Digest, ...]:
            return read_digests(data, name=name, profile=read_profile(folder))

        return {"readings": FolderReadings(folder, UTC), "read_digests": read}

    def _note_role_change(self, user_id: int, /, *, by: int) -> None:
        self.role_changes.append((user_id, by))

    def _count_effect(self) -> None:
        self.effects += 1

    async def note_card(self, run_id: int, /, *, chat_id: int, message_id: int) -> list[Action]:
        if not self.notes_cards:
            return []
        return await note_sent_card(self.database, self._services(), run_id, chat_id=chat_id, message_id=message_id)

    async def publish(self, *days: date, items: int = 5) -> None:
        async with self.database.write() as tx:
            for day in days:
                source = Source(f"{day}.md", b"")
                await digests.upsert(tx, edition(day, items=items), source, published=published(day), now=self.now)

    async def correct(self, digest: Digest) -> None:
        """Replace the edition of the digest's day."""
        assert digest.date is not None
        async with self.database.write() as tx:
            source = Source(f"{digest.date}.md", b"corrected")
            await digests.upsert(tx, digest, source, published=published(digest.date), now=self.now)

    async def subscriber(self, chat: int) -> Subscriber:
        async with self.database.read() as tx:
            found = await subscribers.get(tx, chat)
        assert found is not None
        return found

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def next_update(self) -> int:
        self.updates += 1
        return self.updates

    async def _read_star_balance(self) -> int | None:
        self.balance_reads += 1
        return self.star_balance

    async def _sends_ephemeral_messages(self) -> bool:
        return self.has_ephemeral_messages

    async def _draw_chart(self, chart: Chart) -> bytes | None:
        self.charts.append(chart)
        if self.draw_chart is not None:
            return await self.draw_chart(chart)
        return b"a picture" if self.draws_charts else None

    async def _fetch_file(self, file_id: str, max_bytes: int) -> bytes | None:
        self.fetched.append(file_id)
        data = self.files.get(file_id)
        return data if data is not None and len(data) <= max_bytes else None

    async def _manages(self, chat: int, person: int) -> bool:
        return person in self.group_admins.get(chat, set())


@dataclass(frozen=True, slots=True)
class Answer:
    """The actions that answered one event."""

    actions: list[Action]

    @property
    def messages(self) -> list[Message]:
        return [message for message in self.sent if isinstance(message, Message)]

    @property
    def rich(self) -> list[RichMessage]:
        return [message for message in self.sent if isinstance(message, RichMessage)]

    @property
    def sent(self) -> list[AnyMessage]:
        shown = [action for action in self.actions if isinstance(action, Send | Edit | SendEphemeral | SendChart)]
        return [action.caption if isinstance(action, SendChart) else action.message for action in shown]

    @property
    def chart(self) -> SendChart:
        """The only chart; fails if there is none or more than one."""
        (chart,) = [action for action in self.actions if isinstance(action, SendChart)]
        return chart

    @property
    def documents(self) -> dict[str, bytes]:
        """The contents of the files by their names."""
        return {action.file_name: action.content for action in self.actions if isinstance(action, SendDocument)}

    @property
    def text(self) -> str:
        return "\n\n".join(message.text.plain for message in self.messages)

    @property
    def toast(self) -> str:
        """The text of the only callback answer; fails if there is none or more than one."""
        (toast,) = [action for action in self.actions if isinstance(action, CallbackAnswer)]
        return toast.text

    @property
    def labels(self) -> list[str]:
        return [button.text for message in self.sent for button in buttons_of(message)]

    @property
    def edited(self) -> bool:
        return any(isinstance(action, Edit) for action in self.actions)

    def button(self, label: str) -> Button:
        found = [button for message in self.sent for button in buttons_of(message) if label in button.text]
        assert found, f"no button {label!r} among {self.labels}"
        return found[0]


@dataclass(slots=True)
class Voice:
    """A person in a chat, with the messages they see there."""

    bot: Bot
    chat: Chat
    person: User
    seen: dict[int, AnyMessage] = field(default_factory=dict)
    last_message: int = 0
    heard: Answer = field(default_factory=lambda: Answer([]))

    async def say(self, text: str, *, reply_to: FrozenMessage | None = None, about: int | None = None) -> Answer:
        """Send a text; one that begins with a slash is a command. `about` is the person of the message replied to."""
        return await self.does(self._message(text, reply_to, about))

    async def sends(self, **fields: Any) -> Answer:
        """Send a message with these fields of the Bot API's Message; a forwarded text is no text of theirs."""
        message = {"message_id": self._next_message(), **fields}
        text = "" if "forward_origin" in fields else str(fields.get("text", ""))
        about = freeze(message), contact_of(message), location_of(message)
        return await self.does(TextMessage(self.origin(), text, message["message_id"], *about))

    async def edits(self, number: int, **fields: Any) -> Answer:
        """Change one's message to these fields of the Bot API's Message; a text may be a command."""
        text, content = str(fields.get("text", "")), freeze({"message_id": number, **fields})
        message = replace(self._message(text), message_id=number)
        if isinstance(message, TextMessage):
            message = replace(message, content=content)
        return await self.does(EditedMessage(message.origin, message))

    async def floods(self, text: str) -> Answer:
        """Send a text that is one too many."""
        return Answer(await self.bot.answer_flood(self._message(text)))

    def _message(
        self, text: str, reply_to: FrozenMessage | None = None, about: int | None = None
    ) -> Command | TextMessage:
        message = self._next_message()
        if not text.startswith("/"):
            content = freeze({"message_id": message, "text": text}) if self.chat.is_private else None
            return TextMessage(self.origin(), text, message, content)
        name, _, rest = text[1:].partition(" ")
        return Command(
            origin=self.origin(),
            name=name.lower(),
            arguments=rest,
            styled_arguments=Text(rest),
            message_id=message,
            reply_to_message_id=reply_to.message_id if reply_to else None,
            reply_to_content=reply_to,
            reply_to_person_id=about,
        )

    async def press(self, label: str) -> Answer:
        """Press the newest button with that label."""
        for number in sorted(self.seen, reverse=True):
            for button in buttons_of(self.seen[number]):
                if label in button.text:
                    return await self.press_data(button.callback_data, on=number)
        labels = [button.text for message in self.seen.values() for button in buttons_of(message)]
        raise AssertionError(f"no button {label!r} among {labels}")

    async def press_data(self, data: str, *, on: int = 0, readable: bool = True) -> Answer:
        """Press a button with arbitrary data, as old or modified clients can."""
        return await self.does(
            ButtonPress(
                origin=self.origin(),
                callback_query_id=f"press-{data}",
                data=data,
                message_id=on or self.last_message,
                is_accessible=readable,
            )
        )

    async def does(self, event: Event) -> Answer:
        self.heard = Answer(list(in_order(await self.bot.handle_event(event))))
        for action in self.heard.actions:
            self._see(action)
            if isinstance(action, Send | Edit) and action.card_of is not None:
                number = action.message_id if isinstance(action, Edit) else self.last_message
                card = {"chat_id": action.chat_id, "message_id": number}
                for change in await self.bot.note_card(action.card_of, **card):
                    self._see(change)
        return self.heard

    async def lets_in(self, *, present: bool) -> Answer:
        return await self.does(BotMembership(self.origin(), present))

    async def migrates(self, new_chat: int) -> Answer:
        return await self.does(ChatMigration(self.origin(), new_chat))

    async def row(self) -> Subscriber:
        return await self.bot.subscriber(self.chat.id)

    def elsewhere(self, person: int, language: str = "zh-hans") -> Voice:
        """Return another person in the same chat, who sees the same messages."""
        return replace(self, person=User(person, "somebody", language))

    def origin(self) -> Origin:
        return Origin(self.bot.next_update(), self.chat, self.person)

    def _next_message(self) -> int:
        self.last_message += 1
        return self.last_message

    def _see(self, action: Action) -> None:
        """Show what the action changes, after checking that Telegram would accept it."""
        match action:
            case Send(chat, message) if chat > 0 and chat != self.chat.id:  # in somebody's own chat, beside this one
                _acceptable(message)
            case Send(chat, message):
                assert chat == self.chat.id
                _acceptable(message)
                self.seen[self._next_message()] = message
            case Edit(chat, number, message):
                assert chat == self.chat.id
                _acceptable(message)
                self.seen[number] = message
            case SendEphemeral(chat_id=chat, user_id=person, message=message):  # beside the messages of all
                assert (chat, person) == (self.chat.id, self.person.id)
                _acceptable(message)
            case CallMethod(chat, _, _):
                assert chat == self.chat.id
                self._next_message()
            case SendChart(chat_id=chat, caption=caption, message_id=number):
                assert chat == self.chat.id
                _acceptable(caption)
                assert caption.text.utf16_length <= limits.CAPTION_UTF16_UNITS
                assert action.picture
                self.seen[number or self._next_message()] = caption
            case SendDocument():
                assert action.chat_id == self.chat.id
                assert len(action.caption) <= limits.CAPTION_UTF16_UNITS
                self._next_message()
            case CallbackAnswer(_, text):
                assert len(text) <= limits.CALLBACK_ANSWER_CHARACTERS


def private(bot: Bot, person: int = 7, language: str = "en") -> Voice:
    """Return a person in a private chat with the bot."""
    return Voice(bot, Chat(person), User(person, "<3 {x} %s \u202e", language))


def group(bot: Bot, chat: int = -100, person: int = 7, *, topic: int | None = None, language: str = "en") -> Voice:
    """Return a person in a group."""
    return Voice(bot, Chat(chat, ChatKind.SUPERGROUP, topic, "a group"), User(person, "somebody", language))


def channel(bot: Bot, chat: int = -300, person: int = 7, *, language: str = "en") -> Voice:
    """Return a person in a channel: an administrator, or a reader who presses a button."""
    return Voice(bot, Chat(chat, ChatKind.CHANNEL, title="a channel"), User(person, "somebody", language))


@asynccontextmanager
async def open_bot(path: Path) -> AsyncIterator[Bot]:
    database = await open_database(path / "bot.db")
    try:
        yield Bot(database)
    finally:
        await database.close()


def buttons_of(message: AnyMessage) -> list[Button]:
    """Return the buttons under a message, and those within a rich one."""
    blocks = message.blocks if isinstance(message, RichMessage) else ()
    inner = [button for block in blocks for button in _buttons_in(block)]
    return [*inner, *(button for row in message.keyboard for button in row)]


def _buttons_in(block: RichBlock) -> list[Button]:
    match block:
        case ButtonRow(buttons):
            return list(buttons)
        case Details(_, blocks):
            return [button for inner in blocks for button in _buttons_in(inner)]
    return []


def _acceptable(message: AnyMessage) -> None:
    if isinstance(message, RichMessage):
        size = measure_blocks(message.blocks)
        assert 0 < size.utf16_units <= limits.RICH_PART_UTF16_UNITS
        assert size.blocks <= limits.RICH_BLOCKS
        return
    assert message.text.plain.strip()
    assert message.text.utf16_length <= limits.MESSAGE_UTF16_UNITS
    assert len(message.text.entities()) <= limits.MESSAGE_ENTITIES
    assert sum(len(row) for row in message.keyboard) <= limits.KEYBOARD_BUTTONS
    assert all(row and len(row) <= limits.KEYBOARD_ROW_BUTTONS for row in message.keyboard)
    assert not re.search(r"\{[a-z]{3,}\}", message.text.plain), "a template was left unfilled"
