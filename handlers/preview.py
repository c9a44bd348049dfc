"""An edition as its readers get it, for editors, also before its hour: /preview.

preview                              the newest edition that is stored
preview 2025-09-12 full en           that of a day, in a layout and a language
"""

from __future__ import annotations

from dataclasses import replace

from domain.chat.action import Action
from domain.chat.i18n import LANGUAGES
from domain.chat.text import Text
from domain.delivery.segment import EVERYBODY
from domain.subscription.preferences import ContentPreferences, Layout
from handlers.context import Context
from handlers.items import photo_action
from handlers.named_edition import find_named_edition
from handlers.request import Request, reply_text, reply_with
from storage import pictures, segments
from views.albums import album_call
from views.digest_messages import digest_messages, full_messages
from views.preview import PreviewedEdition, preview_card


async def preview(request: Request, context: Context) -> list[Action]:
    """Show an edition in a layout and a language, all of its items, and below it what was read and who gets it when."""
    tx, translate = context.tx, context.translate
    words = request.arguments.lower().split()
    layout = next((Layout(word) for word in words if word in set(Layout)), context.subscriber.preferences.layout)
    language = next((word for word in words if word in LANGUAGES), context.subscriber.preferences.language)
    days = [word for word in words if word not in set(Layout) and word not in LANGUAGES]
    of_day = replace(request, arguments=" ".join(days))
    named = await find_named_edition(of_day, context, options=f" {layout} {language}")
    if isinstance(named, Text):
        return reply_text(request, named)
    edition = named.digest.in_language(language)
    reader = context.services.translations.translator(language)
    preferences = ContentPreferences(layout=layout, language=language)
    messages = digest_messages(edition, preferences, reader)
    in_full = full_messages(edition, edition.items, reader)
    report = PreviewedEdition(
        digest=edition,
        layout=layout,
        language=language,
        message_count=len(messages),
        character_count=sum(len(message.text.plain) for message in in_full),
        published=named.stored.published,
        is_withdrawn=named.stored.is_withdrawn,
        recipient_count=(await segments.size(tx, EVERYBODY, now=context.now)).total,
    )
    card = preview_card(report, translate, zone=context.subscriber.schedule.zone, now=context.now)
    if_refused = (*in_full, card) if layout is Layout.RICH else ()
    file_ids = await pictures.known_file_ids(tx, edition.photos)
    album = album_call(edition, {item.position for item in edition.items}, layout, file_ids)
    photos = [] if album is None else [photo_action(request, album)]
    return [*reply_with(request, *messages, card, if_refused=if_refused), *photos]
