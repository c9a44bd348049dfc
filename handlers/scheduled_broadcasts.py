"""The broadcasts that are due later, as /broadcast lists them for each admin."""

from __future__ import annotations

from domain.chat.action import Action, Send
from domain.chat.message import Message
from domain.delivery.broadcast_time import BroadcastTime
from domain.delivery.progress import Progress
from handlers.context import Context
from storage import run_progress, runs
from views.broadcast import scheduled_entry
from views.broadcast_times import time_in_words


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
    zone, author = context.subscriber.schedule.zone, progress.actor
    when = time_in_words(BroadcastTime(at=progress.next_due), context.translate, zone=zone, now=context.now)
    other = None if author == context.user_id else author
    return scheduled_entry(progress.run_id, progress.broadcast, when, context.translate, other_author=other)
