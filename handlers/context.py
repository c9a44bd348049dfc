"""What a handler works with: the transaction, the time, the subscriber and their language."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from digest.model import Digest, Item
from digest.reader import read_digests
from domain.chat.chart import Chart
from domain.chat.event import ANONYMOUS_ADMINISTRATOR_ID, ChatKind, User
from domain.chat.i18n import Translations, Translator, language_for
from domain.chat.roles import Role
from domain.delivery.outage import Outage
from domain.edition_day import DEFAULT_SLOT
from domain.subscription.admission import AdmissionPolicy
from domain.subscription.calendar import Schedule, local_date
from domain.subscription.preferences import ContentPreferences, ReaderButtons
from domain.subscription.subscriber import Subscriber
from handlers.input.placeholders import TextContext
from handlers.input.sent_digests import SentDigests
from handlers.input.time_zones import TimeZoneLookup, guess_zone
from handlers.readings import Readings, UnkeptReadings
from storage import digests, slot_schedules
from storage.database import Tx


def no_outage() -> Outage | None:
    """Return None: without a network there is no outage."""


def not_held() -> str | None:
    """Return None: without delivery nothing keeps it from sending."""


async def fetch_nothing(_file_id: str, _max_bytes: int, /) -> bytes | None:
    """Return None: without Telegram there is no file to be fetched."""
    return None


async def without_telegram() -> bool:
    """Return False: without Telegram there are no groups."""
    return False


async def draw_nothing(_chart: Chart, /) -> bytes | None:
    """Return None: where nobody draws, figures are told as numbers."""
    return None


def read_as_it_is(name: str, data: bytes) -> tuple[Digest, ...]:
    """Read digests without an operator's categories and readings."""
    return read_digests(data, name=name)


def random_secret() -> str:
    """Return a secret for an invitation: 128 bits, which nobody guesses."""
    return secrets.token_urlsafe(16)


class RoleChangeListener(Protocol):
    """Callback for a role that was given, changed or taken, in the transaction of the change."""

    def __call__(self, user_id: int, /, *, by: int) -> None: ...


def ignore_role_change(_user_id: int, /, *, by: int) -> None:
    """Do nothing: without Telegram there is no menu of commands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What all conversations share. `default_schedule` is for those who have not chosen one.

    `owners` are those of the operator's settings; the other bot admins are stored (storage/roles.py).
    `asks_about_unconfirmed`: admins decide whether unconfirmed deliveries are sent again.
    """

    translations: Translations
    time_zones: TimeZoneLookup
    owners: frozenset[int]
    default_schedule: Schedule
    default_language: str = "zh"
    outage: Callable[[], Outage | None] = no_outage
    """Return the outage during which nothing is sent, or None."""
    hold_reason: Callable[[], str | None] = not_held
    """Return why nothing is sent until the operator decides, as a lazy text; None if sending is allowed."""
    asks_about_unconfirmed: bool = True
    backup_days: int | None = None
    """For how many days the operator keeps backups; None: as long as they like."""
    per_second: float = 30
    """Messages that the bot may send in a second for free."""
    read_star_balance: Callable[[], Awaitable[int | None]] | None = None
    """Return the bot's Telegram Stars, or None if Telegram cannot tell; None where paid broadcasts are not offered."""
    sends_ephemeral_messages: Callable[[], Awaitable[bool]] = without_telegram
    """Return whether Telegram has messages that one member of a group sees."""
    on_role_change: RoleChangeListener = ignore_role_change
    draw_chart: Callable[[Chart], Awaitable[bytes | None]] = draw_nothing
    """Draw a chart as a PNG in a process of its own; None if that fails or takes too long."""
    fetch_file: Callable[[str, int], Awaitable[bytes | None]] = fetch_nothing
    """Download a file that was sent in the chat, up to a limit in bytes; None if Telegram does not hand it out."""
    read_digests: Callable[[str, bytes], tuple[Digest, ...]] = read_as_it_is
    """Read the digests of a file as those of the folder are read. It computes for a while: call it in a thread."""

    readings: Readings = field(default_factory=UnkeptReadings)
    admission_policy: AdmissionPolicy = AdmissionPolicy.ANYONE
    """Who may subscribe until an owner chooses in the chat."""
    new_secret: Callable[[], str] = random_secret

    def language_of(self, user: User) -> str:
        """Return the language for a user by the language of their app."""
        return language_for(user.language) if user.language else self.default_language

    def initial_settings(self, user: User, kind: ChatKind = ChatKind.PRIVATE) -> tuple[Schedule, ContentPreferences]:
        """Return the settings of a chat in which the user is the first to write; a channel's readers get links."""
        zone = guess_zone(user.language, self.default_schedule.zone)
        schedule = Schedule(zone, self.default_schedule.minute_of_day, self.default_schedule.weekdays)
        buttons = ReaderButtons.LINK if kind is ChatKind.CHANNEL else ReaderButtons.ANSWER
        return schedule, ContentPreferences(language=self.language_of(user), buttons=buttons)


@dataclass(frozen=True, slots=True)
class PublishedEditions:
    """The editions published by `now`, each in the text for readers of a language; '' for the originals.

    Each is read and decoded at most once, since one answer may need it repeatedly.

    Make one per event.
    """

    tx: Tx
    now: datetime
    subscriber_id: int | None = None
    """Whose slots count for what is newest; None: all."""
    language: str = ""
    _by_day: dict[date | None, Digest | None] = field(default_factory=dict)

    async def newest(self) -> Digest | None:
        """Return the newest edition of the default slot and those that the subscriber has chosen, else of any."""
        if None not in self._by_day:
            newest = self._by_day[None] = self._text(await self._newest())
            if newest is not None:
                self._by_day[newest.date] = newest
        return self._by_day[None]

    async def _newest(self) -> Digest | None:
        newest = await digests.newest_published(self.tx, now=self.now)
        if newest is None or newest.slot == DEFAULT_SLOT or self.subscriber_id is None:
            return newest
        chosen = await slot_schedules.of_subscriber(self.tx, self.subscriber_id)
        own = {DEFAULT_SLOT, *chosen}
        if newest.slot in own:
            return newest
        return await digests.newest_published(self.tx, now=self.now, slots=own) or newest

    async def of_day(self, day: date) -> Digest | None:
        """Return the edition of a day."""
        if day not in self._by_day:
            self._by_day[day] = self._text(await digests.get_published(self.tx, day, now=self.now))
        return self._by_day[day]

    async def texts_of_day(self, day: date) -> tuple[Digest, ...]:
        """Return the texts of the edition of a day, the one for the language first."""
        shown = await self.of_day(day)
        edition = None if shown is None else await digests.get_published(self.tx, day, now=self.now)
        return () if shown is None or edition is None else (shown, edition, *edition.variants)

    def _text(self, edition: Digest | None) -> Digest | None:
        return edition if edition is None or not self.language else edition.in_language(self.language)

    async def is_withdrawn(self, day: date) -> bool:
        """Return whether the edition of a day was withdrawn."""
        return await digests.is_withdrawn(self.tx, day)


@dataclass(frozen=True, slots=True)
class OpenedItems:
    """Items of an edition that somebody has opened."""

    day: date
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a handler knows of one event. `translate` speaks the subscriber's language.

    `role` is the one that the person has at this moment, None for all but bot admins.
    `undo_id` is that of the change just made, if it can be undone. `star_balance` is that of the bot,
    where the handler shows it and Telegram told it.
    """

    tx: Tx
    now: datetime
    services: Services
    subscriber: Subscriber
    translate: Translator
    role: Role | None
    admission_policy: AdmissionPolicy
    is_admitted: bool
    """Whether the person or the chat may read and subscribe."""
    editions: PublishedEditions
    user_id: int
    undo_id: int | None = None
    star_balance: int | None = None
    sent_digests: SentDigests | None = None
    """What an editor has sent or pressed, read and rendered before the transaction began."""
    opened: list[OpenedItems] = field(default_factory=list)
    """What this event has opened by a press: counted together with the mark that the update is processed."""
    is_elsewhere: bool = False
    """The subscriber is a group or channel that its administrator sets up in private; `translate` speaks theirs."""
    has_proposed_schedule: bool = False
    """The subscriber's schedule is one that is asked about, and not stored."""

    def text_context(self, categories: tuple[str, ...]) -> TextContext:
        """Return what the subscriber's words may refer to."""
        return TextContext(categories=categories, time_zones=self.services.time_zones, now=self.now, today=self.today)

    def may(self, least: Role) -> bool:
        """Return whether the person's role includes another."""
        return self.role is not None and self.role.includes(least)

    @property
    def answerable_user_ids(self) -> tuple[int, ...]:
        """The users whose questions the person may answer, and whose changes they may undo, where they have the rights.

        In a group these are also its anonymous administrators: Telegram does not tell which one it was.
        """
        is_private = self.subscriber.chat.is_private
        return (self.user_id,) if is_private else (self.user_id, ANONYMOUS_ADMINISTRATOR_ID)

    @property
    def today(self) -> date:
        """The date where the subscriber is."""
        return local_date(self.now, self.subscriber.schedule.zone)
