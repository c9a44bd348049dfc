"""Corrections of editions that were delivered: what recipients and editors read about them."""

from __future__ import annotations

from datetime import date

from domain.chat.callback_data import button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Button, Message
from domain.chat.text import Text
from views.dates import format_day


def belongs_to_edition(edition: date, translate: Translator) -> Button:
    """Return the button that says which edition a part belongs to that was sent after the others."""
    label = translate("📎 Belongs to the digest of {date}").format(date=format_day(edition, translate))
    return button(label, CommandName.DIGEST, edition)


def withdrawn_part(edition: date, translate: Translator) -> Message:
    """Return what takes the place of a message that is no part of its edition any more."""
    notice = translate("This message was withdrawn: the digest of {date} was corrected.")
    return Message(Text(notice.format(date=format_day(edition, translate))))
