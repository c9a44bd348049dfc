"""The messages around a broadcast that is being drafted."""

from __future__ import annotations

from domain.chat.callback_data import button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.chat.text import Text, bold, format_text


def confirmation_card(run_id: int, recipients: int, translate: Translator) -> Message:
    """Return the message below the preview: how many people get it, with buttons to send or discard it.

    Once confirmed it becomes the progress card of the run.
    """
    count = translate.ngettext("{n} subscriber", "{n} subscribers", recipients).format(n=recipients)
    text = format_text(translate("⬆️ This is exactly what {recipients} will get."), {"recipients": bold(count)})
    send = button("📣 " + translate("Send"), CommandName.BROADCAST, run_id, "send")
    discard = button("🗑 " + translate("Discard"), CommandName.BROADCAST, run_id, "discard")
    return Message(text, ((send, discard),))


def discarded_card(translate: Translator) -> Message:
    return Message(Text(translate("🗑 Discarded. Nothing was sent.")))
