"""An item on its own: opened from a list, saved, and the list of what was saved."""

from __future__ import annotations

import re
from collections.abc import Collection

from digest.model import Digest, Item
from digest.rendering.links import is_linkable
from domain.chat.action import Action, CallMethod, SendDocument
from domain.chat.callback_data import ReplyTarget, in_place
from domain.chat.commands import CommandName
from domain.chat.event import ChatKind
from domain.chat.message import Message
from domain.edition_day import EDITION_PATTERN, parse_edition_day
from handlers.context import Context, OpenedItems
from handlers.request import Request, reply_text, reply_with
from handlers.search import find_search
from storage import bots, pictures, saved_items, votes
from storage.saved_items import item_key
from storage.votes import Vote
from views.albums import PhotoCall, photo_call
from views.digest_messages import item_view
from views.item_actions import ItemActions, OpenedFrom, SavedPage, parse_opened_from
from views.refusals import button_expired, private_chat_only
from views.saved import (
    EXPORT,
    PAGE_ITEMS,
    gone_message,
    nothing_saved_message,
    page_count,
    saved_as_markdown,
    saved_message,
)
from views.search import SearchPage, not_your_search, parse_search_page
from views.withdrawals import withdrawn_text

_ITEM_OF_DAY = re.compile(rf"(?P<day>{EDITION_PATTERN}) (?P<item>[0-9]{{1,4}}|[0-9a-f]{{10}})(?: (?P<from>.+))?")


async def item_messages(
    request: Request, context: Context, digest: Digest, position: int, opened_from: OpenedFrom = None
) -> tuple[Message, ...]:
    """Return one item with the buttons of this chat; nothing if there is no such item."""
    item = next((item for item in digest.items if item.position == position), None)
    if item is None or digest.date is None:
        return ()
    chat = request.origin.chat
    vote = None
    if chat.is_private:
        person = request.origin.user.id
        vote = await votes.get(context.tx, person, digest.date, item, language=digest.language)
    actions = ItemActions(
        is_saved=await saved_items.is_saved(context.tx, chat.id, digest.date, item) if chat.is_private else None,
        username=await bots.username(context.tx) if chat.kind is not ChatKind.CHANNEL else "",
        opened_from=opened_from,
        wants_more=None if vote is None else vote is Vote.MORE,
    )
    translate = context.translate
    messages = item_view(
        digest,
        position,
        translate,
        actions=actions.buttons(digest.date, item, translate),
        below=(*actions.votes(digest.date, item, translate), *actions.way_back(translate)),
        opened_from=opened_from,
    )
    return tuple(map(in_place, messages))


def note_opened(request: Request, context: Context, digest: Digest, positions: Collection[int]) -> None:
    """Have items counted as read that a button or a link has opened; what was typed is not counted."""
    if digest.date is not None and (request.press is not None or request.is_deep_link):
        items = tuple(item for item in digest.items if item.position in positions)
        context.opened.append(OpenedItems(digest.date, items))


async def item_photos(request: Request, context: Context, digest: Digest, positions: Collection[int]) -> list[Action]:
    """Return the actions that show items' photos below them: those that no link preview can show.

    Nothing follows a message that is turned in its place, where photos of other items would pile up.
    """
    is_in_place = request.press is not None and request.target is not ReplyTarget.NEW_MESSAGE
    own = [photo for photo in digest.photos if photo.position in positions and not is_linkable(photo.url)]
    file_ids = await pictures.known_file_ids(context.tx, own) if own and not is_in_place else {}
    call = photo_call(digest, [photo for photo in own if photo.key in file_ids], file_ids)
    return [] if call is None else [photo_action(request, call)]


def photo_action(request: Request, call: PhotoCall) -> Action:
    """Return the action that sends photos where a request came from."""
    chat = request.origin.chat
    topic = {} if chat.topic_id is None else {"message_thread_id": chat.topic_id}
    return CallMethod(chat.id, call.method, call.parameters | topic)


async def open_item(request: Request, context: Context) -> list[Action]:
    """Show an item of a list in its place, with a way back."""
    match = _ITEM_OF_DAY.fullmatch(request.arguments)
    opened_from = parse_opened_from(match["from"] or "") if match else None
    if match is None or opened_from is None:
        return reply_text(request, button_expired(context.translate))
    if refusal := await _refusal(request, context, opened_from):
        return reply_text(request, refusal)
    found = await _find(context, match)
    if found is not None:
        digest, item = found
        messages = await item_messages(request, context, digest, item.position, opened_from)
        note_opened(request, context, digest, (item.position,))
        return [
            *reply_with(request, *messages),
            *await item_photos(request, context, digest, (item.position,)),
        ]
    return await _show_as_saved(request, context, match)


def search_of(request: Request) -> int | None:
    """Return the number of the search whose results a press shows or opens an item from; None for other presses."""
    page: OpenedFrom = None
    if request.press is not None and request.command is CommandName.RESULTS:
        page = parse_search_page(request.arguments.removesuffix(" c"))
    elif request.press is not None and request.command is CommandName.OPEN:
        match = _ITEM_OF_DAY.fullmatch(request.arguments)
        page = parse_opened_from(match["from"] or "") if match else None
    return page.search_id if isinstance(page, SearchPage) else None


async def save(request: Request, context: Context) -> list[Action]:
    """Save an item, or remove it from what is saved, and show that on its button."""
    translate, chat = context.translate, request.origin.chat
    if not chat.is_private:
        return reply_text(request, private_chat_only(translate))
    match = _ITEM_OF_DAY.fullmatch(request.arguments)
    found = await _find(context, match) if match else None
    if match is None or found is None or found[0].date is None:
        return reply_text(request, await expired(context, match["day"] if match else ""))
    digest, item = found
    is_saved = await saved_items.toggle(context.tx, chat.id, found[0].date, item, now=context.now)
    if is_saved is None:
        most = translate("You have saved {n} items, which is all I can keep. Remove one first: /saved")
        return reply_text(request, most.format(n=saved_items.MAX_SAVED))
    toast = translate("Saved. /saved shows everything.") if is_saved else translate("Not saved any more.")
    opened_from = parse_opened_from(match["from"] or "")
    messages = await item_messages(request, context, digest, item.position, opened_from)
    if len(messages) > 1:  # the others would be sent once more
        return reply_text(request, toast)
    return reply_with(request, *messages, toast=toast)


async def expired(context: Context, day: str) -> str:
    """Return the answer to a button about something that is not there: its edition, if any, may be withdrawn."""
    edition = parse_edition_day(day)
    if edition is None:
        return button_expired(context.translate)
    if await context.editions.is_withdrawn(edition):
        return withdrawn_text(edition, context.translate)
    return button_expired(context.translate)


async def saved(request: Request, context: Context) -> list[Action]:
    """List what was saved, or send all of it as a file."""
    translate, chat = context.translate, request.origin.chat
    if not chat.is_private:
        return reply_text(request, private_chat_only(translate))
    total = await saved_items.count(context.tx, chat.id)
    if not total:
        return reply_with(request, nothing_saved_message(translate))
    if request.press is not None and request.arguments == EXPORT:
        everything = await saved_items.newest(context.tx, chat.id)
        content = saved_as_markdown(everything, translate)
        return [SendDocument(chat_id=chat.id, file_name=f"saved-{context.today}.md", content=content)]
    wanted = parse_opened_from(request.arguments)
    page = max(1, min(wanted.page if isinstance(wanted, SavedPage) else 1, page_count(total)))
    shown = await saved_items.newest(context.tx, chat.id, start=(page - 1) * PAGE_ITEMS, limit=PAGE_ITEMS)
    return reply_with(request, saved_message(page, shown, total, translate))


async def _refusal(request: Request, context: Context, opened_from: OpenedFrom) -> str | None:
    """Return why this person may not open an item from a list, or None."""
    if isinstance(opened_from, SavedPage):
        return None if request.origin.chat.is_private else private_chat_only(context.translate)
    is_theirs = isinstance(opened_from, SearchPage) and await find_search(context.tx, request, opened_from.search_id)
    return None if is_theirs else not_your_search(context.translate)


async def _find(context: Context, match: re.Match[str]) -> tuple[Digest, Item] | None:
    """Return the text and the item that a button names by its position, or by its key.

    What was saved from a text in another language is found there.
    """
    day = parse_edition_day(match["day"])
    name, texts = match["item"], await context.editions.texts_of_day(day) if day is not None else ()
    found = (
        (digest, item) for digest in texts for item in digest.items if name in (str(item.position), item_key(item))
    )
    return next(found, None)


async def _show_as_saved(request: Request, context: Context, match: re.Match[str]) -> list[Action]:
    """Show an item that its edition has no more as it was saved."""
    day = parse_edition_day(match["day"])
    stored = None
    if day is not None and request.origin.chat.is_private:
        stored = await saved_items.get(context.tx, request.origin.chat.id, day, match["item"])
    if stored is None or stored.is_withdrawn:
        return reply_text(request, await expired(context, match["day"]))
    return reply_with(request, gone_message(stored, context.translate))
