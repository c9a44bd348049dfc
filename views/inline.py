"""Items as results of an inline query: chosen in any chat, each becomes a message of whoever chose it."""

from __future__ import annotations

from datetime import date

from digest.model import Item
from digest.rendering.links import is_linkable
from digest.rendering.pagination.graphemes import boundary_before
from domain.chat.action import InlineArticle
from domain.chat.callback_data import CallbackData
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Button, Message
from domain.chat.start_payload import reading_link
from domain.chat.text import Style, Text, bold, concat, join, link
from views.dates import format_full_day
from views.digest_passages import shortened
from views.selection import body_text

_TITLE_CHARACTERS = 100
_DESCRIPTION_CHARACTERS = 80
_BODY_CHARACTERS = 1000
"""Longest text of an item that is put into another chat; the rest is behind its buttons."""


def item_article(day: date, item: Item, translate: Translator, *, username: str) -> InlineArticle:
    """Return an item as a result."""
    headline = Text(item.headline).sanitized().plain
    summary = " ".join(item.body.sanitized().plain.split())
    description = f"{format_full_day(day, translate)} · {shortened(summary, _DESCRIPTION_CHARACTERS)}"
    return InlineArticle(
        id=f"{day}_{item.position}",
        title=shortened(headline, _TITLE_CHARACTERS) or str(item.position),
        description=description.removesuffix(" · "),
        message=_message(day, item, headline, translate, username=username),
    )


def _message(day: date, item: Item, headline: str, translate: Translator, *, username: str) -> Message:
    is_linked = is_linkable(item.url)
    lead = link(headline, item.url).styled(Style.BOLD) if is_linked else bold(headline)
    body = body_text(item.body)
    if len(body) > _BODY_CHARACTERS:
        body = concat((body[: boundary_before(body.plain, _BODY_CHARACTERS, 0)], "…"))
    footer = " · ".join([*item.categories, format_full_day(day, translate)])
    place = CallbackData(command=CommandName.ITEM, arguments=f"{day} {item.position}").encode()
    digest_link = reading_link(username, place) if username else None
    row = (
        *([Button(f"🔗 {translate('Source')}", url=item.url)] if is_linked else []),
        *([Button(f"📰 {translate('Read the digest')}", url=digest_link)] if digest_link else []),
    )
    return Message(join("\n\n", [part for part in (lead, body, Text(footer)) if part]), (row,) if row else ())


def invited_only_label(translate: Translator) -> str:
    """Return the button above an empty list for those who may not read the digest."""
    return translate("For chosen readers · how to get in")


def nothing_found_label(translate: Translator) -> str:
    """Return the button above an empty list, which leads to the bot."""
    return translate("Nothing found · read the digest")
