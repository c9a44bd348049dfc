"""Withdrawing an edition, and publishing it again: /withdraw.

withdraw 2025-09-12            the question, with how many have it; or what became of a withdrawn one
withdraw 2025-09-12 yes        the press that withdraws it; `no` leaves it as it is
withdraw 2025-09-12 again yes  the press that publishes it again, after the question `again`
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from domain.audit import AuditAction
from domain.chat.action import Action, Edit, Send
from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.chat.roles import Role
from domain.chat.text import Text
from domain.delivery.progress import CardMessage
from handlers.audit import record
from handlers.context import Context
from handlers.named_edition import find_named_edition
from handlers.request import Request, reply_text, reply_with
from storage import chat_administrators, reach, roles, run_progress, withdrawals
from storage.digests import DigestMetadata
from storage.runs import LIVE
from views.dates import format_full_day
from views.withdrawals import (
    restore_question,
    restored_message,
    restored_notice,
    withdrawal_card,
    withdrawal_progress,
    withdrawal_question,
    withdrawn_notice,
)


async def withdraw(request: Request, context: Context) -> list[Action]:
    """Ask whether an edition is to be withdrawn, or published again, or carry out the answer."""
    tx, translate = context.tx, context.translate
    edition = await find_named_edition(request, context)
    if isinstance(edition, Text):
        return reply_text(request, edition)
    day, stored = edition.day, edition.stored
    pressed = " ".join(edition.words) if request.press is not None else ""
    if pressed == "no":
        return await _keep(request, day, stored, context)
    if pressed in ("again", "again yes"):
        return await _publish_again(request, day, edition.title, stored, context, is_agreed=pressed == "again yes")
    if stored.is_withdrawn:
        return await _show_card(request, day, context, toast=_too_late(pressed, translate))
    if request.press is None or pressed != "yes":
        outlook = await withdrawals.outlook(tx, day, now=context.now)
        waiting = await reach.count_waiting(tx, day, stored.published, now=context.now)
        return reply_with(request, withdrawal_question(day, edition.title, outlook, waiting, translate))
    card = CardMessage(request.origin.chat.id, request.press.message_id)
    people = await withdrawals.withdraw(tx, day, actor=context.user_id, now=context.now, card=card)
    if people is None:
        return await _show_card(request, day, context, toast=_too_late(pressed, translate))
    await record(context, AuditAction.WITHDRAWN, edition=day, detail=str(people))

    def build(translate: Translator) -> Message:
        return withdrawn_notice(context.user_id, day, edition.title, people, translate)

    return [*await _show_card(request, day, context), *await _tell_other_editors(build, context)]


async def _tell_other_editors(build: Callable[[Translator], Message], context: Context) -> list[Action]:
    """Tell everybody else who looks after editions, each in their language, as far as they can be reached."""
    told: list[Action] = []
    for editor in await roles.holders(context.tx, Role.EDITOR, owners=context.services.owners):
        chat = await chat_administrators.reachable_chat(context.tx, editor)
        if chat is not None and editor != context.user_id:
            translate = context.services.translations.translator(chat.preferences.language)
            told.append(Send(editor, build(translate)))
    return told


async def _keep(request: Request, day: date, stored: DigestMetadata, context: Context) -> list[Action]:
    """Answer a no: how the edition stays."""
    if stored.is_withdrawn:
        return await _show_card(request, day, context)
    text = context.translate("The digest of {date} stays as it is.")
    return reply_with(request, Message(Text(text.format(date=format_full_day(day, context.translate)))))


def _too_late(pressed: str, translate: Translator) -> str:
    """Return the toast for a press on *Withdraw* after another one; '' for other presses."""
    return translate("It was withdrawn already.") if pressed == "yes" else ""


async def _show_card(request: Request, day: date, context: Context, *, toast: str = "") -> list[Action]:
    """Answer with what became of a withdrawn edition so far; while more is to come, the message follows that."""
    run = await withdrawals.newest(context.tx, day)
    progress = None if run is None else await run_progress.get(context.tx, run.id)
    if run is None or progress is None:
        return reply_with(request, withdrawal_card(day, None, context.translate), toast=toast)
    actions = reply_with(request, withdrawal_progress(progress, context.translate), toast=toast)
    return [_as_card(action, run.id) for action in actions] if run.state in LIVE else actions


def _as_card(action: Action, run_id: int) -> Action:
    return replace(action, card_of=run_id) if isinstance(action, Send | Edit) else action


async def _publish_again(
    request: Request, day: date, title: str, stored: DigestMetadata, context: Context, *, is_agreed: bool
) -> list[Action]:
    tx, translate, zone = context.tx, context.translate, context.subscriber.schedule.zone
    if not stored.is_withdrawn:
        return reply_text(request, translate("It is not withdrawn."))
    reached = await reach.of_edition(tx, day, stored.published, now=context.now)
    if not is_agreed:
        return reply_with(request, restore_question(day, title, reached, translate, zone=zone, now=context.now))
    await withdrawals.restore(tx, day, now=context.now, default_zone=context.services.default_schedule.zone)
    await record(context, AuditAction.RESTORED, edition=day)

    def build(translate: Translator) -> Message:
        return restored_notice(context.user_id, day, title, translate)

    shown = restored_message(day, reached, translate, zone=zone, now=context.now)
    return [*reply_with(request, shown), *await _tell_other_editors(build, context)]
