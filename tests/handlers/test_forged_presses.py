"""Every kind of button, pressed by everybody whom it was not made for: another's row never changes, nothing is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from domain.chat.action import CallbackAnswer, Edit, Send
from domain.chat.callback_data import parse_callback_data
from domain.chat.commands import CommandName
from handlers.routes import ROUTES, TYPED_COMMANDS
from storage.schema import metadata
from tests.handlers.dialogue import ADMIN, Answer, Bot, Voice, buttons_of, channel, group, private

TODAY = date(2025, 9, 12)
OWNER, STRANGER = 7, 8
GROUP, OTHER_GROUP, CHANNEL = -100, -200, -300
SECRET = "秘密"
"""In all that the owner and the admin have told the bot."""

SAID = (
    *("/start", "/today", "/item 3", "/items 1-3", "/categories", "/category 技术", "/digest", "/commentary", "/help"),
    *(
        "/settings",
        "/time",
        "/timezone 8",
        "/timezone 澳大利亚",
        "/timezone 美国",
        "/layout",
        "/language",
        "/status",
        "/chats",
        "/privacy",
    ),
    *("改成7点", "/mute", f"/mute {SECRET}词", "/pause", "/erase", "/search 条", "/saved", "7:45", "/stop"),
)
LATER = (
    *("settings time", "settings zone", "settings weekdays", "settings categories", "settings layout"),
    *("settings language", "welcome zone", "welcome time", "mute", "save 2025-09-12 3", "saved", "erase"),
)

IN_NO_BUTTON = {CommandName.TALK, CommandName.PROPOSE, CommandName.PLACE, CommandName.RUN, CommandName.JOIN}
"""What only a sentence becomes, what a run's card carries, and what strangers at the door press; all are forged."""

FORGED = (
    *(
        f"run 1 {word}"
        for word in ("pause", "resume", "cancel", "resend", "retry", "recall", "delete", "refresh", "yes")
    ),
    *(f"{name} {arguments}" for name in ROUTES for arguments in ("1 send", "21:00 \u202e.b1")),
    *(f"@{chat} {data}" for chat in range(1, 6) for data in ("settings", "time 21:00.s", "erase yes", "stop yes")),
    *("nonsense", "@1", "@999999 settings", "item 2025-09-12 3.b999"),
)


@dataclass(frozen=True, slots=True)
class Setting:
    """A bot that people have used, all that its buttons carry, and the voices of who made them."""

    bot: Bot
    data: Sequence[str]


@pytest.fixture
async def setting(bot: Bot) -> Setting:
    await bot.publish(TODAY, date(2025, 9, 11))
    bot.group_admins = {GROUP: {OWNER}, CHANNEL: {OWNER}}
    admin, owner = private(bot, ADMIN), private(bot, OWNER)
    places = [titled(group(bot, GROUP, OWNER)), titled(channel(bot, CHANNEL, OWNER))]
    for voice in (owner, *places):
        for said in SAID:
            await voice.say(said)
        for data in LATER:
            await voice.press_data(data)
    await owner.say(f"/search {SECRET}")
    for place in places:
        chats = await owner.say("/chats")
        for data in (button.callback_data for message in chats.sent for button in buttons_of(message)):
            await owner.press_data(data)
        await place.press_data("settings")
    await admin.say(f"/broadcast {SECRET}广播")
    await admin.press("Send")
    await admin.say("/stats")
    await admin.say("/access")
    await admin.say("/access link 5 5")
    await admin.say(f"/access {OWNER}")
    await admin.say(f"/broadcast {SECRET}草稿")
    await admin.say(f"---\ntitle: {SECRET}\ndate: 2030-01-01\n---\n\n1. {SECRET}条\n")
    found = {data for voice in (admin, owner, *places) for data in carried(voice)}
    return Setting(bot, examples(found))


def titled(voice: Voice) -> Voice:
    return replace(voice, chat=replace(voice.chat, title=f"{SECRET}群"))


def carried(voice: Voice) -> set[str]:
    """Return what every button carries that a person has been shown."""
    return {button.callback_data for message in voice.seen.values() for button in buttons_of(message)} - {""}


def examples(found: set[str], of_each: int = 2) -> list[str]:
    """Return some of each kind: the same command, chat, target and number of arguments."""
    kinds: dict[object, list[str]] = {}
    for text in sorted(found):
        data = parse_callback_data(text)
        assert data is not None
        kind = (data.command, data.subscriber_id, data.target, len(data.arguments.split()))
        kinds.setdefault(kind, []).append(text)
    return [text for texts in kinds.values() for text in texts[:: max(1, len(texts) // of_each)][:of_each]]


async def read_rows(bot: Bot, own: int) -> set[tuple[Any, ...]]:
    """Return the rows of all tables but those of one chat, without when somebody was seen and counts of presses."""
    rows: set[tuple[Any, ...]] = set()
    async with bot.database.read() as tx:
        chats = {row.id: row.chat_id for row in await tx.execute(select(metadata.tables["subscribers"]))}
        for table in metadata.sorted_tables:
            for row in (await tx.execute(select(table))).mappings():
                owner = row.get("chat_id", chats.get(row.get("subscriber_id", 0)))
                if owner != own and table.name not in ("updates", "id_sequences"):
                    rows.add((table.name, *((key, row[key]) for key in row if key not in ("last_seen_at", "reads"))))
    return rows


SHARED = {"schedules", "content_preferences", "searches", "votes", "item_reads"}
"""Tables that may get new rows: settings that many share, what a member of a group searches for or
votes on, and how often items were opened."""


def elsewhere(bot: Bot) -> Voice:
    return private(bot, STRANGER)


def other_group(bot: Bot) -> Voice:
    return group(bot, OTHER_GROUP, STRANGER)


def member(bot: Bot) -> Voice:
    return titled(group(bot, GROUP, STRANGER))


def reader(bot: Bot) -> Voice:
    return titled(channel(bot, CHANNEL, STRANGER))


def former_admin(bot: Bot) -> Voice:
    bot.admins = frozenset()
    return private(bot, ADMIN)


def former_group_admin(bot: Bot) -> Voice:
    bot.group_admins = {}
    return titled(group(bot, GROUP, OWNER))


STRANGERS: Mapping[str, Callable[[Bot], Voice]] = {
    "another person": elsewhere,
    "another group": other_group,
    "member of the group": member,
    "reader of the channel": reader,
    "former bot admin": former_admin,
    "former group administrator": former_group_admin,
}
IN_THE_SAME_CHAT = (member, reader, former_group_admin)


def told(answer: Answer) -> str:
    """Return all that an answer shows, links included."""
    toasts = [f"{action.text} {action.url}" for action in answer.actions if isinstance(action, CallbackAnswer)]
    return "\n".join([answer.text, *answer.labels, *toasts, *map(str, answer.documents.values())])


async def test_no_stranger_changes_or_learns_anything_by_a_press(setting: Setting) -> None:
    bot = setting.bot
    commands = {data.command for data in map(parse_callback_data, setting.data) if data is not None}
    assert commands >= set(ROUTES) - TYPED_COMMANDS - IN_NO_BUTTON
    for stranger, make in STRANGERS.items():
        voice, is_inside = make(bot), make in IN_THE_SAME_CHAT
        own = 0 if is_inside else voice.chat.id
        await voice.say("/help")
        before = await read_rows(bot, own)
        with capture_logs() as logs:
            for data in (*setting.data, *FORGED):
                answer = await voice.press_data(data, on=1)
                assert answer.toast is not None
                assert is_inside or SECRET not in told(answer), (stranger, data)
                chats = {action.chat_id for action in answer.actions if isinstance(action, Send | Edit)}
                assert chats <= {voice.chat.id, voice.person.id}, (stranger, data)
        after = await read_rows(bot, own)
        assert before - after == set(), stranger
        assert {row[0] for row in after - before} <= SHARED, stranger
        assert [entry for entry in logs if entry["event"] == "handler_failed"] == [], stranger
