"""The audit log in the chat: an entry for each act and none for a refused one, and its pages."""

from __future__ import annotations

from datetime import date

import pytest

from domain.audit import ERASED, OPERATOR, AuditAction, AuditEntry
from domain.delivery.reasons import RunStateReason
from domain.edition_day import EditionDay
from storage import audit, runs
from tests.databases import sql
from tests.handlers.dialogue import ADMIN, Bot, private
from views.audit import page_count

ANN = 7
TODAY = date(2025, 9, 12)


async def _entries(bot: Bot) -> list[AuditEntry]:
    async with bot.database.read() as tx:
        return list(reversed(await audit.newest(tx)))


async def test_each_act_has_an_entry(bot: Bot) -> None:
    await private(bot).say("/start")
    owner = private(bot, ADMIN)
    await owner.say(f"/roles {ANN} admin")
    await owner.press("Yes")
    await owner.say("/broadcast hello")
    await owner.press_data("broadcast 1 when hour")
    await owner.press_data("broadcast 1 quiet")
    await owner.press_data("broadcast 1 save")
    await owner.say("Friends")
    await owner.press_data("broadcast 1 send")
    await owner.press_data("broadcast 1 change")
    await owner.press_data("broadcast 1 when now")
    await owner.press_data("broadcast 1 send")
    for verb in ("pause", "resume", "cancel"):
        await owner.press_data(f"run 1 {verb}")
    await owner.say("/broadcast another")
    await owner.press_data("broadcast 2 discard")
    await owner.sends(text="Dear all, the server moves tonight.")
    await owner.press_data("broadcast 3 open")
    entries = await _entries(bot)
    assert [(entry.action, entry.run_id, entry.detail) for entry in entries] == [
        (AuditAction.ROLE_CHANGED, None, "none admin"),
        (AuditAction.BROADCAST_COMPOSED, 1, ""),
        (AuditAction.QUIET_HOURS, None, "1320 480"),
        (AuditAction.SEGMENT_SAVED, None, "Friends"),
        (AuditAction.BROADCAST_SCHEDULED, 1, ""),
        (AuditAction.BROADCAST_CHANGED, 1, ""),
        (AuditAction.BROADCAST_CONFIRMED, 1, ""),
        (AuditAction.RUN_PAUSED, 1, ""),
        (AuditAction.RUN_RESUMED, 1, ""),
        (AuditAction.RUN_CANCELLED, 1, ""),
        (AuditAction.BROADCAST_COMPOSED, 2, ""),
        (AuditAction.BROADCAST_DISCARDED, 2, ""),
        (AuditAction.BROADCAST_COMPOSED, 3, ""),
    ]
    assert {entry.actor for entry in entries} == {ADMIN}
    assert {entry.at for entry in entries} == {bot.now}
    assert entries[0].person == ANN


async def test_act_on_an_edition_s_run_names_its_day(bot: Bot) -> None:
    await private(bot).say("/start")
    async with bot.database.write() as tx:
        run_id = await runs.add_digest(tx, TODAY, published=bot.now, upto=0)
    await private(bot, ADMIN).press_data(f"run {run_id} pause")
    (entry,) = await _entries(bot)
    assert (entry.action, entry.run_id, entry.edition) == (AuditAction.RUN_PAUSED, run_id, EditionDay.of(TODAY))


async def test_act_on_a_broadcast_names_it_by_its_words(bot: Bot) -> None:
    await private(bot).say("/start")
    owner = private(bot, ADMIN)
    await owner.say("/broadcast Tonight at eight we are live, and all of you are welcome")
    named = "Tonight at eight we are live, and"
    assert "broadcast composed: #1" in (await owner.say("/audit")).text, "a draft is its author's alone"
    await owner.press_data("broadcast 1 send")
    await owner.press_data("run 1 pause")
    shown = await owner.say("/audit")
    for act in ("broadcast composed", "broadcast sent", "delivery paused"):
        assert f"{act}: {named}" in shown.text
    async with bot.database.write() as tx:
        await sql(
            tx,
            "INSERT INTO deliveries (run_id, subscriber_id, part, content_id, payload_id, state, message_id) "
            "SELECT run_id, 1, 1, content_id, id, 'sent', 3 FROM payloads WHERE run_id = 1",
        )
        await runs.cancel(tx, 1, RunStateReason.ADMIN)
    assert f"Broadcast: {named}" in (await owner.say("/stats")).text
    assert f"Broadcast: {named}" in (await owner.press_data("stats deliveries")).text
    async with bot.database.write() as tx:
        assert await runs.recall(tx, 1, actor=ADMIN, now=bot.now)
        await audit.record(tx, AuditEntry(at=bot.now, action=AuditAction.RUN_CANCELLED, actor=ADMIN, run_id=2))
    assert f"delivery cancelled: {named}" in (await owner.say("/audit")).text
    assert f"Recall of a broadcast: {named}" in (await owner.say("/stats")).text
    async with bot.database.write() as tx:
        await sql(tx, "DELETE FROM broadcasts")
    assert "delivery cancelled: #2" in (await owner.say("/audit")).text, "its words are not kept any more"


async def test_refused_act_has_no_entry(bot: Bot) -> None:
    owner, stranger = private(bot, ADMIN), private(bot, ANN)
    await owner.say("/broadcast hello")
    before = await _entries(bot)
    assert len(before) == 1
    for data in ("broadcast 1 send", "broadcast 1 discard", "run 1 pause", f"roles {ANN} owner yes", "audit"):
        await stranger.press_data(data)
    for data in ("run 1 pause", "run 1 resend", f"roles {ADMIN} none yes", f"roles {ANN} none yes"):
        await owner.press_data(data)
    assert await _entries(bot) == before


@pytest.mark.parametrize(
    ("language", "first", "erased"),
    [("en", "quiet hours changed: 22:00–08:00", "somebody who was erased"), ("zh", "改了免打扰时段", "已抹掉数据的人")],
)
async def test_log_is_paged_in_both_languages(bot: Bot, language: str, first: str, erased: str) -> None:
    owner = private(bot, ADMIN, language)
    assert "1 / " not in "".join((await owner.say("/audit")).labels)
    async with bot.database.write() as tx:
        for action in AuditAction:
            detail = {AuditAction.ROLE_CHANGED: "none owner", AuditAction.QUIET_HOURS: "1320 480"}.get(action, "2")
            entry = AuditEntry(at=bot.now, action=action, actor=ERASED, detail=detail)
            await audit.record(tx, entry)
        await audit.record(tx, AuditEntry(at=bot.now, action=AuditAction.PUBLISHED, edition=bot.now.date(), detail="1"))
    shown = await owner.say("/audit")
    assert first in shown.text
    assert erased in shown.text
    pages = page_count(len(AuditAction) + 1)
    assert shown.labels == [f"1 / {pages}", "▶"]
    for page in range(2, pages):
        assert (await owner.press("▶")).labels == ["◀", f"{page} / {pages}", "▶"]
    turned = await owner.press("▶")
    assert turned.edited
    assert turned.labels == ["◀", f"{pages} / {pages}"]
    assert first not in turned.text
    assert (await owner.press_data("audit 99.e")).text == turned.text


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "the operator, on the server"), ("zh", "运维在服务器上"), ("zh-hant", "維運在伺服器上")],
)
async def test_act_on_the_command_line_names_the_operator(bot: Bot, language: str, said: str) -> None:
    async with bot.database.write() as tx:
        await audit.record(tx, AuditEntry(at=bot.now, action=AuditAction.WITHDRAWN, actor=OPERATOR))
    assert said in (await private(bot, ADMIN, language).say("/audit")).text
