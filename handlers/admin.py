"""Commands of bot admins about runs: the buttons of progress cards and reports."""

from __future__ import annotations

from dataclasses import dataclass, replace

from domain.audit import AuditAction
from domain.chat.action import Action, Edit, Send
from domain.chat.callback_data import ReplyTarget
from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.chat.text import Text, join
from domain.delivery.progress import Progress, RunMessageKind, Trouble
from domain.delivery.reasons import RunStateReason
from domain.delivery.states import RunPurpose, RunState
from handlers import broadcast_edits
from handlers.audit import record_run
from handlers.context import Context
from handlers.request import Request, reply_text, reply_with
from handlers.scheduled_broadcasts import scheduled_broadcast_message
from storage import broadcast_pins, correction_runs, run_messages, run_progress, runs
from views.broadcast import quoted
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
    shown = await show_run(action.run_id, request, context, may_be_listed=action.verb == "cancel")
    if request.press is not None and not shown and action.verb == "delete":  # its question was a message of its own
        shown = [Edit(request.origin.chat.id, request.press.message_id, Message(Text(answer)))]
    return reply_text(request, answer) + shown


async def _kind_of_pressed(run_id: int, request: Request, context: Context) -> RunMessageKind | None:
    """Return what the pressed message shows of a run; None if it does not follow the run."""
    messages = await run_messages.of_run(context.tx, run_id)
    kinds = {(message.chat_id, message.message_id): message.kind for message in messages}
    return None if request.press is None else kinds.get((request.origin.chat.id, request.press.message_id))


async def show_run(run_id: int, request: Request, context: Context, *, may_be_listed: bool = False) -> list[Action]:
    """Return the edit by which the pressed message shows the run as it is now; nothing for an unknown message.

    With `may_be_listed` an unknown one is an entry of the list of scheduled broadcasts. It does not follow its run, so
    it has neither figures nor buttons while these go on changing.
    """
    tx, press, chat_id = context.tx, request.press, request.origin.chat.id
    kind = await _kind_of_pressed(run_id, request, context)
    progress = await run_progress.get(tx, run_id) if kind is not None or may_be_listed else None
    if press is None or progress is None or (kind is None and progress.purpose is not RunPurpose.BROADCAST):
        return []
    if kind is RunMessageKind.CARD and progress.state is RunState.DRAFT:  # its author is about to send it there
        return []
    if kind is None and progress.state in (RunState.DRAFT, *runs.LIVE):
        listed = None if progress.state is RunState.DRAFT else scheduled_broadcast_message(progress, context)
        return [Edit(chat_id, press.message_id, listed or _no_longer_listed(progress, context.translate))]
    kind = kind or RunMessageKind.CARD
    shows_trouble = kind is RunMessageKind.REPORT or progress.is_ended_broadcast or progress.awaits_due
    trouble = await run_progress.trouble(tx, run_id) if shows_trouble else Trouble()
    offer_resend = context.services.asks_about_unconfirmed
    shown = run_message(kind, progress, trouble, Speed(), context.translate, offer_resend=offer_resend)
    return [Edit(chat_id, press.message_id, shown)]


def _no_longer_listed(progress: Progress, translate: Translator) -> Message:
    """Return what the entry of a scheduled broadcast becomes that is being changed, or has begun."""
    if progress.state is RunState.DRAFT:
        told = translate("Its author is changing it.")
    else:
        told = translate("It has begun to go out, so it can no longer be called back.")
    quote = () if progress.broadcast is None else (quoted(progress.broadcast, translate),)
    return Message(join("\n", (*quote, told)))


async def _ask_about_recall(run_id: int, request: Request, context: Context) -> list[Action]:
    """Ask whether a broadcast is to be deleted, in a message of its own: the pressed report follows its run."""
    progress = await run_progress.get(context.tx, run_id)
    if progress is None or progress.recall is not None:
        return await show_run(run_id, request, context)
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
