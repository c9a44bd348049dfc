"""The audit log in the chat: /audit shows it a page at a time, and handlers record what admins do."""

from __future__ import annotations

import re
from datetime import date

from domain.audit import AuditAction, AuditEntry
from domain.chat.action import Action
from handlers.context import Context
from handlers.request import Request, reply_text, reply_with
from storage import audit as entries
from storage import broadcasts, run_progress
from views.audit import PAGE_ENTRIES, audit_message, page_count
from views.refusals import private_chat_only, unreadable_words

_PAGE = re.compile("[0-9]{1,6}")


async def audit(request: Request, context: Context) -> list[Action]:
    """Show a page of the audit log, the newest entries first."""
    if not request.origin.chat.is_private:
        return reply_text(request, private_chat_only(context.translate))
    if request.arguments and not _PAGE.fullmatch(request.arguments):
        return reply_text(request, unreadable_words(request.arguments, "/audit 2", context.translate))
    total = await entries.total(context.tx)
    wanted = int(request.arguments or 1)
    page = min(max(wanted, 1), page_count(total))
    listed = await entries.newest(context.tx, start=(page - 1) * PAGE_ENTRIES, count=PAGE_ENTRIES)
    zone = context.subscriber.schedule.zone
    named = await broadcasts.of_runs(context.tx, [entry.run_id for entry in listed if entry.run_id is not None])
    shown = audit_message(listed, page, total, context.translate, broadcasts=named, zone=zone, now=context.now)
    return reply_with(request, shown)


async def record(
    context: Context,
    action: AuditAction,
    *,
    person: int | None = None,
    run_id: int | None = None,
    edition: date | None = None,
    detail: str = "",
) -> None:
    """Record what the person of the event does."""
    entry = AuditEntry(
        at=context.now,
        action=action,
        actor=context.user_id,
        person=person,
        run_id=run_id,
        edition=edition,
        detail=detail,
    )
    await entries.record(context.tx, entry)


async def record_run(context: Context, action: AuditAction, run_id: int, detail: str = "") -> None:
    """Record what the person of the event does with a run, with the day of its edition."""
    progress = await run_progress.get(context.tx, run_id)
    edition = None if progress is None else progress.edition
    await record(context, action, run_id=run_id, edition=edition, detail=detail)
