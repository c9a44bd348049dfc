"""Privacy: what is kept about a person or chat (/privacy), all of it as files (/export), and its end (/erase)."""

from __future__ import annotations

import structlog

from domain.chat.action import Action, SendDocument
from handlers.context import Context
from handlers.request import Request, reply_text, reply_with
from storage import personal_data
from views.privacy import (
    ERASE_CONFIRMED,
    ERASE_DECLINED,
    erase_question,
    erased_message,
    export_caption,
    export_json,
    export_markdown,
    nothing_kept,
    privacy_message,
)

log = structlog.get_logger(__name__)


async def privacy(request: Request, context: Context) -> list[Action]:
    """Say what is kept, why, and for how long."""
    is_private, backup_days = context.subscriber.chat.is_private, context.services.backup_days
    return reply_with(request, privacy_message(context.translate, is_private=is_private, backup_days=backup_days))


async def export(request: Request, context: Context) -> list[Action]:
    """Send everything that is kept: one file for reading, one for programs."""
    chat, translate = request.origin.chat, context.translate
    rows = await personal_data.export(context.tx, context.subscriber.chat.id)
    if not rows:
        return reply_text(request, nothing_kept(translate))
    name = f"digest-{context.today}"
    files = (
        (f"{name}.md", export_markdown(rows, translate, context.now), export_caption(translate)),
        (f"{name}.json", export_json(rows, context.now), ""),
    )
    return [
        SendDocument(chat_id=chat.id, file_name=file_name, content=content, caption=caption, topic_id=chat.topic_id)
        for file_name, content, caption in files
    ]


async def erase(request: Request, context: Context) -> list[Action]:
    """Ask whether everything is to be erased; only a press of whoever asked for it erases.

    What an anonymous administrator of a group has asked, each of its administrators may answer.
    """
    origin, chat, translate = request.origin, context.subscriber.chat, context.translate
    answer, _, asked_by = request.arguments.partition(" ")
    if request.press is None or answer not in (ERASE_CONFIRMED, ERASE_DECLINED):
        return await _ask(request, context)
    if asked_by not in map(str, context.answerable_user_ids):
        return reply_text(request, translate("Only the person who asked can answer this."))
    if answer == ERASE_DECLINED:
        kept = privacy_message(translate, is_private=chat.is_private, backup_days=context.services.backup_days)
        return reply_with(request, kept, toast=translate("Everything stays as it is."))
    await personal_data.erase(context.tx, chat.id)
    if context.role is not None:
        context.services.on_role_change(origin.user.id, by=origin.user.id)
    log.info("personal_data_erased", chat_kind=chat.kind.value)
    stands_in_settings = origin.user.id in context.services.owners
    done = erased_message(translate, is_private=chat.is_private, stands_in_settings=stands_in_settings)
    return reply_with(request, done, toast=translate("Erased."))


async def _ask(request: Request, context: Context) -> list[Action]:
    if not await personal_data.export(context.tx, context.subscriber.chat.id):
        return reply_text(request, nothing_kept(context.translate))
    question = erase_question(
        context.translate,
        request.origin.user.id,
        is_private=context.subscriber.chat.is_private,
        backup_days=context.services.backup_days,
    )
    return reply_with(request, question)
