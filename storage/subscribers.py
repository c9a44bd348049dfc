"""Subscribers: who gets what, when and where. Every chat that ever spoke has a row; the active ones get the digest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, insert, select, update

from domain.chat.event import Chat, ChatKind
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences, Layout
from domain.subscription.subscriber import LeftReason, OpenQuestion, OpenSetup, RichRefusal, SetupQuestion, Subscriber
from storage import content_preferences as preferences_rows
from storage import deliveries as delivery_rows
from storage import pins as pin_rows
from storage import schedules as schedule_rows
from storage.database import Tx
from storage.schema import (
    admissions,
    chat_administrators,
    content_preferences,
    forum_topics,
    pins,
    schedules,
    setting_changes,
    slot_schedules,
    subscribers,
)

_CHATS_PER_QUERY = 500


@dataclass(frozen=True, slots=True)
class Audience:
    """Number of chats the bot knows, of those that are subscribed, and of these that are in a pause."""

    known: int
    active: int
    paused: int = 0

    @property
    def recipients(self) -> int:
        """Number of chats that get what goes out now."""
        return self.active - self.paused


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """A chat to be subscribed from outside, with the rows of its settings."""

    chat: Chat
    schedule_id: int
    preferences_id: int
    language_chosen: bool


@dataclass(frozen=True, slots=True)
class Movement:
    """Number of subscribers who have joined in a time and are still there, and of those who left in it, by reason."""

    joined: int
    left: Mapping[LeftReason, int]


async def get(tx: Tx, chat_id: int) -> Subscriber | None:
    """Return the subscriber of a chat."""
    row = (
        await tx.execute(_whole.where(subscribers.c.bot_id == tx.bot_id, subscribers.c.chat_id == chat_id))
    ).one_or_none()
    return None if row is None else _read(row)


async def get_by_id(tx: Tx, subscriber_id: int) -> Subscriber | None:
    """Return a subscriber by the number of its row, unless it was erased."""
    is_known = subscribers.c.bot_id == tx.bot_id, subscribers.c.id == subscriber_id, subscribers.c.chat_id.is_not(None)
    row = (await tx.execute(_whole.where(*is_known))).one_or_none()
    return None if row is None else _read(row)


async def add(tx: Tx, chat: Chat, wishes: tuple[Schedule, ContentPreferences], *, now: datetime) -> Subscriber:
    """Add a chat that has just written for the first time: known, not yet subscribed."""
    schedule, preferences = wishes
    row = {
        "bot_id": tx.bot_id,
        "chat_id": chat.id,
        "kind": chat.kind.value,
        "title": None if chat.is_private else chat.title,
        "topic_id": chat.topic_id,
        "active": False,
        "silent": False,
        "language_chosen": False,
        "schedule_id": await schedule_rows.get_or_create(tx, schedule),
        "preferences_id": await preferences_rows.get_or_create(tx, preferences),
        "last_seen_at": now,
    }
    inserted = await tx.execute(insert(subscribers).values(row).returning(subscribers.c.id))
    return Subscriber(
        id=inserted.scalar_one(),
        chat=chat,
        active=False,
        silent=False,
        language_chosen=False,
        schedule=schedule,
        preferences=preferences,
        joined_at=None,
    )


async def activity(tx: Tx, chat_ids: Sequence[int]) -> dict[int, bool]:
    """Return whether each of some chats is active, by chat; those that the bot does not know are left out."""
    active: dict[int, bool] = {}
    for start in range(0, len(chat_ids), _CHATS_PER_QUERY):
        some = subscribers.c.chat_id.in_(chat_ids[start : start + _CHATS_PER_QUERY])
        rows = select(subscribers.c.chat_id, subscribers.c.active).where(subscribers.c.bot_id == tx.bot_id, some)
        active |= {row.chat_id: row.active for row in await tx.execute(rows)}
    return active


async def add_active(tx: Tx, newcomers: Sequence[Newcomer], *, now: datetime) -> None:
    """Add chats that the bot does not know as active ones, without a word from them."""
    rows = [
        {
            "bot_id": tx.bot_id,
            "chat_id": newcomer.chat.id,
            "kind": newcomer.chat.kind.value,
            "title": None if newcomer.chat.is_private else newcomer.chat.title,
            "topic_id": newcomer.chat.topic_id,
            "active": True,
            "silent": False,
            "language_chosen": newcomer.language_chosen,
            "schedule_id": newcomer.schedule_id,
            "preferences_id": newcomer.preferences_id,
            "joined_at": now,
        }
        for newcomer in newcomers
    ]
    if rows:
        await tx.execute(insert(subscribers), rows)


async def count_erased(tx: Tx) -> int:
    """Return how many chats have had everything about them erased."""
    erased = select(func.count()).where(subscribers.c.bot_id == tx.bot_id, subscribers.c.chat_id.is_(None))
    return int(await tx.scalar(erased) or 0)


async def activate(tx: Tx, subscriber_id: int, *, now: datetime) -> None:
    """Start delivering to a subscriber; what was chosen before still holds."""
    await _change(tx, subscriber_id, active=True, joined_at=now, left_at=None, left_reason=None, paused_until=None)


async def deactivate(tx: Tx, subscriber_id: int, reason: LeftReason, *, now: datetime) -> None:
    """Stop delivering to a subscriber; schedule and preferences are kept."""
    await _change(tx, subscriber_id, active=False, left_at=now, left_reason=reason)


async def set_schedule(tx: Tx, subscriber_id: int, schedule: Schedule) -> int:
    """Change a subscriber's schedule; return its id, whose waves the caller sees to."""
    schedule_id = await schedule_rows.get_or_create(tx, schedule)
    await _change(tx, subscriber_id, schedule_id=schedule_id)
    return schedule_id


async def set_preferences(tx: Tx, subscriber_id: int, preferences: ContentPreferences) -> None:
    await _change(tx, subscriber_id, preferences_id=await preferences_rows.get_or_create(tx, preferences))


async def set_layout(tx: Tx, subscriber_id: int, preferences: ContentPreferences) -> None:
    """Set preferences with a layout that the person chose; a former refusal of the rich one is forgotten."""
    preferences_id = await preferences_rows.get_or_create(tx, preferences)
    await _change(tx, subscriber_id, preferences_id=preferences_id, rich_refusal=None)


async def refuse_rich(tx: Tx, subscriber_id: int, refusal: RichRefusal) -> None:
    """Give a subscriber the full layout in place of the rich one, and store why; no change for other layouts."""
    stored = (await tx.execute(_whole.where(subscribers.c.id == subscriber_id))).one_or_none()
    preferences = None if stored is None else _read(stored).preferences  # None: erased meanwhile
    if preferences is not None and preferences.layout is Layout.RICH:
        preferences_id = await preferences_rows.get_or_create(tx, replace(preferences, layout=Layout.FULL))
        await _change(tx, subscriber_id, preferences_id=preferences_id, rich_refusal=refusal)


async def choose_language(tx: Tx, subscriber_id: int, preferences: ContentPreferences, *, chosen: bool = True) -> None:
    """Set preferences with a language that the person chose, so it no longer follows the app's; or take that back."""
    preferences_id = await preferences_rows.get_or_create(tx, preferences)
    await _change(tx, subscriber_id, preferences_id=preferences_id, language_chosen=chosen)


async def set_silent(tx: Tx, subscriber_id: int, *, silent: bool) -> None:
    await _change(tx, subscriber_id, silent=silent)


async def set_pause(tx: Tx, subscriber_id: int, paused_until: datetime | None) -> None:
    """Set the end of a subscriber's pause; None, or a past instant, ends it."""
    await _change(tx, subscriber_id, paused_until=paused_until)


async def set_title(tx: Tx, subscriber_id: int, title: str) -> None:
    await _change(tx, subscriber_id, title=title)


async def set_topic(tx: Tx, subscriber_id: int, topic: int | None) -> None:
    await _change(tx, subscriber_id, topic_id=topic)


async def set_signature(tx: Tx, subscriber_id: int, preferences: ContentPreferences, signature: str) -> None:
    """Set the line under a chat's digest, and preferences that leave room for it; '' removes it."""
    preferences_id = await preferences_rows.get_or_create(tx, replace(preferences, signed=bool(signature)))
    await _change(tx, subscriber_id, preferences_id=preferences_id, signature=signature or None)


async def set_recap(tx: Tx, subscriber_id: int, weekday: int | None, *, now: datetime) -> None:
    """Choose the weekday of the weekly recap, from now on; None ends it."""
    await _change(tx, subscriber_id, recap_weekday=weekday, recap_since=None if weekday is None else now)


async def open_setup(tx: Tx, subscriber_id: int, setup_id: int, question: SetupQuestion) -> None:
    """Note which chat's settings a person has opened, and what they were asked there."""
    await _change(tx, subscriber_id, setup_id=setup_id, setup_question=question)


async def set_question(tx: Tx, subscriber_id: int, question: str, *, now: datetime) -> None:
    """Note what the bot asks a person now, by the data of the button that says yes; '' for nothing."""
    await _change(tx, subscriber_id, question=question or None, question_at=now if question else None)


async def end_question(tx: Tx, chat_id: int) -> None:
    """End what a person was asked, if anything, as their chat is sent something else."""
    is_asked = subscribers.c.bot_id == tx.bot_id, subscribers.c.chat_id == chat_id, subscribers.c.question.is_not(None)
    await tx.execute(update(subscribers).where(*is_asked).values(question=None, question_at=None))


async def migrate_chat(tx: Tx, old_chat: int, new_chat: int) -> bool:
    """Move a group's row to the id of its supergroup; return whether that row has it now, or had it before.

    Messages from before keep their old ids in a chat that is closed now, so none of them is changed any more.

    The new id may have a row already, since the bot joins the supergroup as Telegram makes it. A row that was never
    subscribed is deleted. One that was subscribed stays: False, and the old row keeps no deliveries to come.
    """
    older, newer = await get(tx, old_chat), await get(tx, new_chat)
    await _migrate_admission(tx, old_chat, new_chat)
    if older is None:
        return newer is not None
    await delivery_rows.forget_messages(tx, older.id)
    if newer is not None and newer.joined_at is not None:
        if older.active:
            await _change(tx, older.id, active=False, left_reason=LeftReason.MIGRATED)
        return False
    if newer is not None:
        await tx.execute(delete(setting_changes).where(setting_changes.c.subscriber_id == newer.id))
        # Its number may be given again, and whoever let the bot into the supergroup looked after the group before.
        await tx.execute(delete(chat_administrators).where(chat_administrators.c.subscriber_id == newer.id))
        for table in (pins, forum_topics, slot_schedules):
            await tx.execute(delete(table).where(table.c.bot_id == tx.bot_id, table.c.subscriber_id == newer.id))
        await tx.execute(delete(subscribers).where(subscribers.c.id == newer.id))
    await pin_rows.forget_messages(tx, [older.id])
    await _change(tx, older.id, chat_id=new_chat, kind=ChatKind.SUPERGROUP.value)
    return True


async def _migrate_admission(tx: Tx, old_chat: int, new_chat: int) -> None:
    """Let what was decided about a group stand about its supergroup, unless something stands there."""
    of_bot = admissions.c.bot_id == tx.bot_id
    is_decided = select(admissions.c.chat_id).where(of_bot, admissions.c.chat_id == new_chat)
    if await tx.scalar(is_decided) is None:
        moved = update(admissions).where(of_bot, admissions.c.chat_id == old_chat).values(chat_id=new_chat)
        await tx.execute(moved)


async def audience(tx: Tx, *, now: datetime) -> Audience:
    """Return the number of subscribers; those who were erased are known no longer."""
    is_paused = subscribers.c.active & (subscribers.c.paused_until > now)
    known = func.count(subscribers.c.chat_id)
    counts = select(known, func.count().filter(subscribers.c.active), func.count().filter(is_paused))
    row = (await tx.execute(counts.where(subscribers.c.bot_id == tx.bot_id))).one()
    return Audience(row[0], row[1], row[2])


async def movement(tx: Tx, *, since: datetime) -> Movement:
    """Return how many joined since an instant and are still there, and why others left."""
    of_bot = subscribers.c.bot_id == tx.bot_id
    joined = select(func.count()).where(of_bot, subscribers.c.active, subscribers.c.joined_at >= since)
    number = func.count()
    gone = select(subscribers.c.left_reason, number).where(
        of_bot,
        ~subscribers.c.active,
        subscribers.c.left_at >= since,
        subscribers.c.left_reason.is_not(None),
        subscribers.c.left_reason != LeftReason.MIGRATED,
    )
    rows = await tx.execute(gone.group_by(subscribers.c.left_reason).order_by(number.desc(), subscribers.c.left_reason))
    return Movement(int(await tx.scalar(joined) or 0), {LeftReason(row[0]): row[1] for row in rows})


async def layouts(tx: Tx) -> dict[Layout, int]:
    """Return how many active subscribers have each layout, the most frequent first."""
    number = func.count()
    active = select(content_preferences.c.layout, number).where(
        subscribers.c.bot_id == tx.bot_id,
        subscribers.c.preferences_id == content_preferences.c.id,
        subscribers.c.active,
    )
    rows = await tx.execute(
        active.group_by(content_preferences.c.layout).order_by(number.desc(), content_preferences.c.layout)
    )
    return {Layout(row[0]): row[1] for row in rows}


async def languages(tx: Tx) -> dict[str, int]:
    """Return how many active subscribers read each language, the most frequent first."""
    number = func.count()
    active = select(content_preferences.c.language, number).where(
        subscribers.c.bot_id == tx.bot_id,
        subscribers.c.preferences_id == content_preferences.c.id,
        subscribers.c.active,
    )
    rows = await tx.execute(
        active.group_by(content_preferences.c.language).order_by(number.desc(), content_preferences.c.language)
    )
    return {row[0]: row[1] for row in rows}


async def touch_last_seen(tx: Tx, subscriber_id: int, *, now: datetime) -> None:
    """Note that a subscriber has just written; questions and the settings of another chat are open no longer."""
    over = {"setup_id": None, "setup_question": None, "question": None, "question_at": None}
    await _change(tx, subscriber_id, last_seen_at=now, **over)


async def _change(tx: Tx, subscriber_id: int, **values: Any) -> None:
    """Change a subscriber, unless it was erased: an outcome that comes in late has nothing to say about it."""
    known = subscribers.c.id == subscriber_id, subscribers.c.chat_id.is_not(None)
    await tx.execute(update(subscribers).where(*known).values(values))


_is_theirs: ColumnElement[bool] = subscribers.c.schedule_id == schedules.c.id
_whole = select(
    subscribers,
    schedules.c.zone,
    schedules.c.minute_of_day,
    schedules.c.weekdays,
    content_preferences.c.layout,
    content_preferences.c.language,
    content_preferences.c.categories,
    content_preferences.c.buttons,
    content_preferences.c.muted_words,
    content_preferences.c.muted_categories,
    content_preferences.c.signed,
).where(_is_theirs, subscribers.c.preferences_id == content_preferences.c.id)


def _read(row: Row[Any]) -> Subscriber:
    return Subscriber(
        id=row.id,
        chat=Chat(row.chat_id, ChatKind(row.kind), row.topic_id, row.title or ""),
        active=row.active,
        silent=row.silent,
        language_chosen=row.language_chosen,
        schedule=Schedule(row.zone, row.minute_of_day, row.weekdays),
        preferences=preferences_rows.read(row),
        joined_at=row.joined_at,
        left_reason=None if row.left_reason is None else LeftReason(row.left_reason),
        rich_refusal=None if row.rich_refusal is None else RichRefusal(row.rich_refusal),
        paused_until=row.paused_until,
        signature=row.signature or "",
        setup=_setup(row),
        question=_question(row),
        recap_weekday=row.recap_weekday,
        recap_since=row.recap_since,
    )


def _question(row: Row[Any]) -> OpenQuestion | None:
    """Return what a person was asked last, unless they were seen after it: an older program leaves questions there."""
    if row.question is None or row.question_at is None:
        return None
    is_over = row.last_seen_at is not None and row.last_seen_at > row.question_at
    return None if is_over else OpenQuestion(row.question, row.question_at)


def _setup(row: Row[Any]) -> OpenSetup | None:
    if row.setup_id is None:
        return None
    return OpenSetup(row.setup_id, SetupQuestion(row.setup_question or ""), row.last_seen_at)
