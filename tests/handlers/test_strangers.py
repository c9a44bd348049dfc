"""Buttons that are not one's own, altered or a year old; commands of former admins; texts that look like markup."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from digest.model import Digest
from domain.chat.commands import CommandName
from domain.chat.rich_message import AnyMessage, RichMessage, block_texts
from domain.chat.text import Text
from domain.delivery.states import RunState
from handlers.routes import ROUTES
from storage import runs
from tests.handlers.dialogue import ADMIN, Bot, Voice, buttons_of, group, private
from tests.handlers.editions import edition

TODAY = date(2025, 9, 12)
WRITTEN = ("<3 {x} %s", "<test/>&amp;", "%(x)s{x}%d", "</b>")
"""As an edition may have it: its reader takes characters out that turn the direction of writing."""

TYPED = (*WRITTEN, "\u202eevil \u2066bidi\u0333", "\u202e")

_forged = st.builds(
    lambda name, words, mark: f"{name} {words}{mark}",
    st.sampled_from(sorted(name for name, entry in ROUTES.items() if entry.permission.role is None)),
    st.sampled_from(["", "on", "off", "all", "zone", "yes", "3", "127", "0 off", "21:00", "Asia/Tokyo", "full", "zh"]),
    st.sampled_from(["", ".e", ".s", ".w", ".b1"]),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=_forged, readable=st.booleans())
@example(data="time 21:00", readable=True)
@example(data="stop", readable=True)
@example(data="language zh", readable=False)
async def test_press_never_changes_another_chats_settings(bot: Bot, data: str, *, readable: bool) -> None:
    bot.group_admins = {-100: {7}}
    owner, boss = private(bot), group(bot)
    for voice in (owner, boss):
        await voice.say("/start")
    before = await owner.row(), await boss.row()
    with capture_logs() as logs:
        for stranger in (boss.elsewhere(8), private(bot, 8)):
            assert (await stranger.press_data(data, readable=readable)).toast is not None
    assert (await owner.row(), await boss.row()) == before
    assert not [entry for entry in logs if entry["event"] == "handler_failed"]


async def _seen_everything(me: Voice) -> list[str]:
    """What stands on every button of every screen."""
    for said in ("/start", "/today", "/item 3", "/categories", "/commentary", "/digest", "/help", "/timezone 8"):
        await me.say(said)
    for screen in ("time", "zone", "weekdays", "categories", "layout", "language"):
        await me.press_data(f"settings {screen}")
    await me.press_data("welcome zone")
    found = (button.callback_data for message in me.seen.values() for row in message.keyboard for button in row)
    return sorted({data for data in found if data})


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_year_old_buttons_get_fresh_screens(bot: Bot, language: str) -> None:
    await bot.publish(TODAY, date(2025, 9, 11))
    me = private(bot, language=language)
    lines = await _seen_everything(me)
    bot.wait(days=370)
    with capture_logs() as logs:
        for line in lines:
            answer = await me.press_data(line, readable=False)
            assert answer.messages or (line.startswith("vote ") and answer.toast), line
            assert not answer.edited, "Telegram no longer lets it be edited"
    assert not [entry for entry in logs if entry["event"] == "handler_failed"]


_ADMINS = [
    *(f"broadcast 1 {word}" for word in ("send", "discard")),
    *(f"run 2 {word}" for word in ("pause", "resume", "cancel", "resend", "refresh")),
    "stats",
    *(f"draft 1 {word}" for word in ("publish", "now", "at", "no", "show")),
    "correct",
    "correct 2 yes",
    "send",
    "withdraw 2025-09-12 yes",
    "send 2025-09-12 yes",
    "broadcast",
    "roles 7 owner yes",
    "preview",
    "audit",
    "access policy anyone yes",
]


async def _states(bot: Bot) -> list[RunState]:
    async with bot.database.read() as tx:
        found = [await runs.get(tx, run_id) for run_id in (1, 2)]
    return [run.state for run in found if run]


@pytest.mark.parametrize("line", _ADMINS)
async def test_former_admin_is_refused_even_by_old_buttons(bot: Bot, line: str) -> None:
    await private(bot).say("/start")
    former = private(bot, ADMIN)
    await former.say("/broadcast one")
    await former.say("/broadcast two")
    await former.press("Send")
    before = await _states(bot)
    bot.admins = frozenset({99})

    with capture_logs() as logs:
        pressed = await former.press_data(line)
        typed = await former.say(f"/{line}")

    assert pressed.toast == "This button no longer works."
    assert not pressed.messages
    assert "didn't get that" in typed.text
    assert await _states(bot) == before == [RunState.DRAFT, RunState.RUNNING]
    refused = [entry for entry in logs if entry["event"] == "admin_action_denied"]
    assert len(refused) == (2 if ROUTES[CommandName(line.split(maxsplit=1)[0])].typed else 1)
    assert {entry["user"] for entry in refused} == {ADMIN}


def test_all_admin_commands_are_tried_as_former_admin() -> None:
    assert {line.split()[0] for line in _ADMINS} == {
        name for name, entry in ROUTES.items() if entry.permission.role is not None
    }


def _nasty_edition() -> Digest:
    plain = edition(TODAY, items=len(WRITTEN))
    items = tuple(
        replace(item, headline=word, body=Text(word), categories=(word,))
        for item, word in zip(plain.items, WRITTEN, strict=True)
    )
    words = " ".join(WRITTEN)
    return replace(plain, title=words, categories=WRITTEN, intro=Text(words), items=items, commentary=Text(words))


def _literal(message: AnyMessage) -> None:
    """What is sent is what is shown: the server's cleaning would change nothing."""
    for text in _texts(message):
        assert text.sanitized().plain == text.plain
    for button in buttons_of(message):
        assert Text(button.text).sanitized().plain == button.text


def _texts(message: AnyMessage) -> list[Text]:
    if isinstance(message, RichMessage):
        return [text for block in message.blocks for text in block_texts(block)]
    return [message.text]


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_names_and_texts_are_literal_everywhere(bot: Bot, language: str) -> None:
    await bot.correct(_nasty_edition())
    me = private(bot, language=language)
    with capture_logs() as logs:
        await _seen_everything(me)
        for word in TYPED:
            for said in (
                "/category {}",
                "/timezone {}",
                "/time {}",
                "/digest {}",
                "/item {}",
                "/layout {}",
                "{}",
                "/layout rich",
            ):
                await me.say(said.replace("{}", word))
    assert not [entry for entry in logs if entry["event"] == "handler_failed"]
    for message in me.seen.values():
        _literal(message)
    shown = "\n".join(text.plain for message in me.seen.values() for text in _texts(message))
    labels = "\n".join(button.text for message in me.seen.values() for button in buttons_of(message))
    for word in ("<3 {x} %s", "<test/>&amp;", "%(x)s{x}%d"):
        assert word in shown
        assert word in labels
