"""What an admin edits after it became a broadcast: a draft takes the new version, what was sent is offered an edit.

edited message → draft: another draft with the new version, its preview and card; the former card says so
               → sent or scheduled: drafted edit with the new words (handlers/broadcast_edits.py)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from domain.audit import AuditAction
from domain.chat.action import Action, Send
from domain.chat.commands import CommandName
from domain.chat.event import EditedMessage, TextMessage
from domain.chat.frozen_message import FrozenMessage
from domain.chat.message import Message
from domain.chat.roles import Role
from domain.chat.text import Text
from domain.delivery.broadcast import Broadcast
from domain.delivery.reasons import RunStateReason
from domain.delivery.states import RunState
from handlers import broadcast, broadcast_edits
from handlers.audit import record
from handlers.context import Context
from handlers.sent_cards import retire_card
from storage import broadcasts, runs
from storage.broadcasts import StoredBroadcast
from views.broadcast import draft_lost, settled_card
from views.broadcast_edits import not_editable, only_words


async def concerns_broadcast(event: EditedMessage, context: Context) -> bool:
    """Return whether an admin edited a message from which they composed a broadcast."""
    return context.may(Role.ADMIN) and bool(await _composed_from(event, context))


async def follow(event: EditedMessage, context: Context) -> list[Action]:
    """Show the new version of an edited broadcast, so that an admin never sends a text they have not seen."""
    composed = await _composed_from(event, context)
    states = [(stored, await runs.get(context.tx, stored.run_id)) for stored in composed]
    drafts = [stored for stored, run in states if run and run.state is RunState.DRAFT and not run.corrected_run_id]
    content = _content(event)
    if drafts:
        return await _follow_draft(event, drafts, content, context)
    for stored, run in states:
        sent = await broadcasts.get(context.tx, stored.run_id if run is None else run.edition_run_id)
        if sent is not None and content is not None:
            return await _offer_edit(event, sent, content, newest=composed[0].broadcast, context=context)
    return []


def _content(event: EditedMessage) -> FrozenMessage | None:
    """Return what an edited message holds for all; None if it became a command of another kind, or nothing to send."""
    if isinstance(event.message, TextMessage):
        return event.message.content
    if event.message.name != CommandName.BROADCAST or not event.message.styled_arguments:
        return None
    return broadcast.typed_content(event.message.styled_arguments, event.message.message_id)


async def _follow_draft(
    event: EditedMessage, drafts: Sequence[StoredBroadcast], content: FrozenMessage | None, context: Context
) -> list[Action]:
    """Put a draft with the new version in the place of all that were made from the message, and show it."""
    newest, *older = drafts
    chat_id = event.origin.chat.id
    changed = None if content is None else _changed(newest.broadcast, content)
    if changed == newest.broadcast:
        return []
    reason = RunStateReason.DISCARDED if changed is None else RunStateReason.REWORDED
    settled, former = settled_card(reason, context.translate), list[Action]()
    for stored in drafts:
        former += await retire_card(context.tx, stored.run_id, settled)
    for stored in older if changed is not None else drafts:
        await runs.discard(context.tx, stored.run_id, actor=stored.actor, reason=reason)
    if changed is None:
        await record(context, AuditAction.BROADCAST_DISCARDED, run_id=newest.run_id)
        return [*former, Send(chat_id, draft_lost(context.translate))]
    changed = replace(changed, is_offered=changed.is_offered and isinstance(event.message, TextMessage))
    reworded = await broadcasts.reword(context.tx, newest, changed, now=context.now)
    return [*former, *await broadcast.shown_with_card(chat_id, reworded, context)]


def _changed(former: Broadcast, content: FrozenMessage) -> Broadcast | None:
    """Return a draft with the new version of one of the messages that it was made from; None if it cannot have it."""
    if any(message.message_id == content.message_id for message in former.messages):
        return former.with_message(content)
    if not former.is_editable or content.kind != "text":
        return None
    return former.with_text(content.text, content.entities, message_id=content.message_id)


async def _offer_edit(
    event: EditedMessage, sent: StoredBroadcast, content: FrozenMessage, *, newest: Broadcast, context: Context
) -> list[Action]:
    """Offer to edit what was sent, or is scheduled, as the message now reads."""
    chat_id, author, translate = event.origin.chat.id, event.origin.user.id, context.translate
    known = next((one for one in newest.messages if one.message_id == content.message_id), None)
    if content == known:
        return []
    if not sent.broadcast.is_editable:
        return [Send(chat_id, Message(Text(not_editable(sent.broadcast, translate))))]
    if (content.text, content.entities) == (newest.text, newest.messages[0].entities):
        return [] if known is None or known.file_id == content.file_id else [Send(chat_id, only_words(translate))]
    edit_id = await broadcasts.draft_edit(context.tx, sent, actor=author, now=context.now)
    edit = None if edit_id is None else await broadcasts.drafted_edit(context.tx, edit_id, author)
    if edit is None:
        return [Send(chat_id, Message(Text(translate("It was recalled, so there is nothing to edit."))))]
    return await broadcast_edits.show(chat_id, edit, content, context)


async def _composed_from(event: EditedMessage, context: Context) -> list[StoredBroadcast]:
    author, sources = event.origin.user.id, (event.message.message_id,)
    return await broadcasts.of_messages(context.tx, author, sources, now=context.now)
