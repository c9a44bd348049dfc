"""The broadcasts that are due later, as /broadcast lists them for each admin."""

from __future__ import annotations

from domain.chat.action import Action, Send
from domain.chat.message import Message
from domain.delivery.progress import Progress
from handlers.context import Context
from storage import run_progress, runs
from views.broadcast import scheduled_entry
from views.broadcast_times import instant_in_words
from views.run_reports import due_lines, is_scheduled


async def list_scheduled(chat_id: int, context: Context) -> list[Action]:
    """List the broadcasts that are due later, each with a button to cancel it; its author can change it too."""
    shown: list[Action] = []
    for run in await runs.scheduled(context.tx, now=context.now):
        progress = await run_progress.get(context.tx, run.id)
        listed = None if progress is None else scheduled_broadcast_message(progress, context)
        if listed is not None:
            shown.append(Send(chat_id, listed))
    return shown


def scheduled_broadcast_message(progress: Progress, context: Context) -> Message | None:
    """Return a broadcast that is due later as its author or another admin sees it in the list; None for other runs."""
    if progress.broadcast is None or progress.next_due is None:
        return None
    translate, zone = context.translate, context.subscriber.schedule.zone
    has_begun = not is_scheduled(progress)
    if has_begun and progress.waiting is None:
        return None
    return scheduled_entry(
        progress.run_id,
        progress.broadcast,
        due_lines(progress, translate, lambda at: instant_in_words(at, translate, zone=zone, now=context.now)),
        translate,
        has_begun=has_begun,
        other_author=None if progress.actor == context.user_id else progress.actor,
    )
