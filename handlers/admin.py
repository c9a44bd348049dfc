"""Commands of bot admins about runs: the buttons of progress cards and reports."""

from __future__ import annotations

from dataclasses import dataclass, replace

from domain.audit import AuditAction
from domain.chat.action import Action, Edit, Send
from domain.chat.callback_data import ReplyTarget
from domain.chat.message import Message
from domain.chat.text import Text
from domain.delivery.progress import RunMessageKind, Trouble
from domain.delivery.reasons import RunStateReason
from domain.delivery.states import RunState
from handlers import broadcast_edits
from handlers.audit import record_run
from handlers.context import Context
from handlers.request import Request, reply_text, reply_with
from storage import broadcast_pins, correction_runs, run_messages, run_progress, runs
from views.broadcast_edits import edit_settled
from views.refusals import button_expired
from views.run_figures import state_name
from views.run_reports import Speed, recall_question, run_message

_RUN_ID_DIGITS = 15


@dataclass(frozen=True, slots=True)
class RunAction:
    """What a button does with a run: `17 pause`."""

    run_id: int
    verb: str


def parse_run_action(arguments: str) -> RunAction | None:
    number, _, verb = arguments.partition(" ")
    if not number.isdecimal() or len(number) > _RUN_ID_DIGITS:
        return None
    return RunAction(int(number), verb)


async def run(request: Request, context: Context) -> list[Action]:
    """Pause, resume, cancel, recall or refresh a run, or send again what was not confirmed.

    The pressed message shows the change at once; the run's other messages follow (delivery/run_message_updater.py).
    """
    action = parse_run_action(request.arguments)
    if action is not None and action.verb in broadcast_edits.VERBS:
        return await broadcast_edits.press(request, action.run_id, action.verb, context)
    if action is not None and action.verb == "keep":
        return reply_with(replace(request, target=ReplyTarget.IN_PLACE), edit_settled(None, context.translate))
    answer = None if action is None else await _change_run(action, context, actor=request.origin.user.id)
    if action is None or answer is None:
        return reply_text(request, button_expired(context.translate))
    if action.verb == "recall":
        return reply_text(request, answer) + await _ask_about_recall(action.run_id, request, context)
    shown = await _show_run(action.run_id, request, context)
    if request.press is not None and not shown and action.verb == "delete":  # its question was a message of its own
        shown = [Edit(request.origin.chat.id, request.press.message_id, Message(Text(answer)))]
    return reply_text(request, answer) + shown


async def _show_run(run_id: int, request: Request, context: Context) -> list[Action]:
    """Return the edit by which the pressed message shows the run as it is now; nothing for an unknown message."""
    tx, press, chat_id = context.tx, request.press, request.origin.chat.id
    messages = await run_messages.of_run(tx, run_id)
    kinds = {(message.chat_id, message.message_id): message.kind for message in messages}
    kind = None if press is None else kinds.get((chat_id, press.message_id))
    progress = None if kind is None else await run_progress.get(tx, run_id)
    if press is None or kind is None or progress is None:
        return []
    is_report = kind is RunMessageKind.REPORT or progress.is_ended_broadcast
    trouble = await run_progress.trouble(tx, run_id) if is_report else Trouble()
    offer_resend = context.services.asks_about_unconfirmed
    shown = run_message(kind, progress, trouble, Speed(), context.translate, offer_resend=offer_resend)
    return [Edit(chat_id, press.message_id, shown)]


async def _ask_about_recall(run_id: int, request: Request, context: Context) -> list[Action]:
    """Ask whether a broadcast is to be deleted, in a message of its own: the pressed report follows its run."""
    progress = await run_progress.get(context.tx, run_id)
    if progress is None or progress.recall is not None:
        return await _show_run(run_id, request, context)
    return [Send(request.origin.chat.id, recall_question(progress, context.translate))]


async def _pin(run_id: int, context: Context, *, pins: bool, actor: int) -> str:
    """Pin a broadcast wherever it arrived, or unpin it there; return the toast."""
    translate = context.translate
    if not await broadcast_pins.start(context.tx, run_id, pins=pins, actor=actor, now=context.now):
        return translate("That has been decided already.")
    await record_run(context, AuditAction.BROADCAST_PINNED if pins else AuditAction.BROADCAST_UNPINNED, run_id)
    return translate("It is being pinned.") if pins else translate("It is being unpinned.")


async def _change_run(action: RunAction, context: Context, *, actor: int) -> str | None:
    """Carry out a run's button and return the toast for it; None if there is no such run or button."""
    tx, translate, run_id = context.tx, context.translate, action.run_id
    match action.verb:
        case "pause" if await runs.pause(tx, run_id, RunStateReason.ADMIN):
            await record_run(context, AuditAction.RUN_PAUSED, run_id)
            return translate("Paused.")
        case "resume" if await runs.resume(tx, run_id):
            await record_run(context, AuditAction.RUN_RESUMED, run_id)
            return translate("Resumed.")
        case "cancel" if await runs.cancel(tx, run_id, RunStateReason.ADMIN):
            await record_run(context, AuditAction.RUN_CANCELLED, run_id)
            return translate("Cancelled.")
        case "resend":
            count = await runs.resend_unconfirmed(tx, run_id)
            if not count:
                return translate("There is nothing to send again.")
            await record_run(context, AuditAction.RUN_RESENT, run_id, str(count))
            return translate.ngettext("{n} message goes out again.", "{n} messages go out again.", count).format(
                n=count
            )
        case "retry":
            count = await runs.retry_failed(tx, run_id)
            if not count:
                return translate("There is nothing to send again.")
            await record_run(context, AuditAction.RUN_RETRIED, run_id, str(count))
            return translate.ngettext("{n} message is tried again.", "{n} messages are tried again.", count).format(
                n=count
            )
        case "delete" if await runs.recall(tx, run_id, actor=actor, now=context.now):
            await correction_runs.supersede(tx, run_id, RunState.DRAFT, *runs.LIVE)
            await broadcast_pins.supersede(tx, run_id)
            await record_run(context, AuditAction.BROADCAST_RECALLED, run_id)
            return translate("It is being deleted.")
        case "delete":
            return translate("Telegram deletes messages for 48 hours only, and each broadcast can be recalled once.")
        case "pin" | "unpin":
            return await _pin(run_id, context, pins=action.verb == "pin", actor=actor)
        case "pause" | "resume" | "cancel" | "refresh" | "recall":
            progress = await run_progress.get(tx, run_id)
            return None if progress is None else state_name(progress.state, translate)
        case _:
            return None
