"""Cards of drafts once they are sent: the newest card of a draft has buttons, all others lose them.

Cards of a withdrawal all follow its run.

card sent → its number known → still the newest card of a draft? noted
                             → edited, discarded or sent meanwhile, or another card below it? its buttons are taken
"""

from __future__ import annotations

from domain.chat.action import Action, Edit
from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.delivery.progress import CardMessage, RunMessage, RunMessageKind
from domain.delivery.states import RunPurpose, RunState
from handlers.context import Services
from storage import broadcasts, run_messages, run_progress, runs, subscribers
from storage.database import Database, Tx
from storage.runs import Run
from views.broadcast import moved_card, settled_card
from views.withdrawals import withdrawal_progress


async def note_sent_card(
    database: Database, services: Services, run_id: int, /, *, chat_id: int, message_id: int
) -> list[Action]:
    """Note the number of a run's card. Return the actions that take the buttons from it, or from the one before it.

    While it was on its way its author may have edited, discarded or sent the draft, or have got another card of it, and
    a withdrawal may have ended.
    """
    async with database.write() as tx:
        run, stored = await runs.get(tx, run_id), await broadcasts.get(tx, run_id)
        card = CardMessage(chat_id, message_id)
        if run is None or (run.card == card and run.purpose is not RunPurpose.WITHDRAWAL):
            return []
        subscriber = await subscribers.get(tx, chat_id)
        language = services.default_language if subscriber is None else subscriber.preferences.language
        translate = services.translations.translator(language)
        if run.purpose is RunPurpose.WITHDRAWAL:
            return await _follow_withdrawal(tx, run, card, translate)
        if run.state is not RunState.DRAFT or stored is None:
            settled = settled_card(await runs.state_reason(tx, run_id), translate)
            return [Edit(chat_id, message_id, settled)]
        moved = moved_card(stored.broadcast, translate)
        if run.card is not None and run.card.message_id > message_id:
            return [Edit(chat_id, message_id, moved)]
        former = await retire_card(tx, run_id, moved)
        await runs.note_card(tx, run_id, card)
        return former


async def _follow_withdrawal(tx: Tx, run: Run, card: CardMessage, translate: Translator) -> list[Action]:
    """Let a message show a withdrawal until its end; return the edit that shows the end if it was before this."""
    if run.card != card:
        await run_messages.add(tx, run.id, RunMessage(RunMessageKind.REPORT, card.chat_id, card.message_id))
    progress = None if run.state in runs.LIVE else await run_progress.get(tx, run.id)
    return [] if progress is None else [Edit(card.chat_id, card.message_id, withdrawal_progress(progress, translate))]


async def retire_card(tx: Tx, run_id: int, shown: Message, *, kept: int = 0) -> list[Action]:
    """Show a message without buttons in place of a draft's card, unless the card is the message that is kept."""
    run = await runs.get(tx, run_id)
    if run is None or run.card is None or run.card.message_id == kept:
        return []
    await runs.note_card(tx, run_id, None)
    return [Edit(run.card.chat_id, run.card.message_id, shown)]
