"""Muting: /mute, the buttons that mute a category, and the screen of what is muted."""

from __future__ import annotations

import re
from collections.abc import Iterable

from domain.chat.action import Action
from domain.chat.text import join
from domain.names import find_in_either_script
from domain.subscription.mutes import MAX_MUTES, muted_word, with_muted, without_muted
from domain.subscription.preferences import category_id, category_key
from handlers import subscription_changes
from handlers.context import Context
from handlers.input.off_words import asks_to_clear
from handlers.request import Request, reply_text, reply_with
from handlers.settings import known_categories
from handlers.subscription_changes import settings_view
from views.examples import with_examples
from views.mutes import ADD_CATEGORY, REMOVE_ALL, REMOVE_CATEGORY, REMOVE_WORD, mutes_screen, unfit_mutes_line
from views.refusals import button_expired

_BETWEEN_MUTES = re.compile(r"[|,，、;；\n]")


async def mute(request: Request, context: Context) -> list[Action]:
    """Mute what is typed, carry out a button, or without words (or with `off`) show what is muted."""
    if not request.arguments or (request.press is None and asks_to_clear(request.arguments)):
        return reply_with(request, mutes_screen(await settings_view(context), await known_categories(context)))
    if request.press is not None:
        return await _carry_out_press(request, context)
    known = await known_categories(context)
    parts = (
        (request.arguments,)
        if find_in_either_script(request.arguments, known)
        else _BETWEEN_MUTES.split(request.arguments)
    )
    words, categories = await read_mutes(parts, context)
    if not words and not categories:
        sorry = context.translate("A muted word has 2 to 24 characters. Send it like this: `/mute bitcoin`")
        return reply_text(request, with_examples(sorry))
    preferences = context.subscriber.preferences
    unfit = [
        part.strip()
        for part in parts
        if part.strip() and not find_in_either_script(part, known) and not muted_word(part)
    ]
    words, categories = with_muted(preferences.muted_words, words), preferences.muted_categories | categories
    return await _set(request, context, words, categories, unfit)


async def read_mutes(typed: Iterable[str], context: Context) -> tuple[frozenset[str], frozenset[str]]:
    """Return the words and the category keys that are meant; what cannot be muted is left out."""
    known = await known_categories(context)
    words, categories = set[str](), set[str]()
    for part in typed:
        name = find_in_either_script(part, known)
        if name is not None:
            categories.add(category_key(name))
        elif (word := muted_word(part)) is not None:
            words.add(word)
    return frozenset(words), frozenset(categories)


async def _carry_out_press(request: Request, context: Context) -> list[Action]:
    what, _, value = request.arguments.partition(" ")
    preferences = context.subscriber.preferences
    words, categories = preferences.muted_words, preferences.muted_categories
    match what:
        case _ if what == ADD_CATEGORY:
            known = {category_id(category_key(name)): category_key(name) for name in await known_categories(context)}
            if value not in known:
                return reply_text(request, button_expired(context.translate))
            return await _set(request, context, words, categories | {known[value]})
        case _ if what == REMOVE_CATEGORY:
            left = frozenset(key for key in categories if category_id(key) != value)
            return await _set(request, context, words, left)
        case _ if what == REMOVE_WORD:
            return await _set(request, context, without_muted(words, frozenset((value,))), categories)
        case _ if request.arguments == REMOVE_ALL:
            return await _set(request, context, frozenset(), frozenset())
    return reply_text(request, button_expired(context.translate))


async def _set(
    request: Request,
    context: Context,
    words: frozenset[str],
    categories: frozenset[str],
    unfit: Iterable[str] = (),
) -> list[Action]:
    """Save what is muted, and show it below what of a list is `unfit` to be muted."""
    if len(words) + len(categories) > MAX_MUTES:
        full = context.translate("You have muted {n}, which is all I can keep. Take one back first: /mute")
        return reply_text(request, full.format(n=MAX_MUTES))
    context = await subscription_changes.set_mutes(context, words, categories)
    done = context.translate("Saved. It holds from the next digest on.")
    headline = join("\n", filter(None, (done, unfit_mutes_line(unfit, context.translate))))
    screen = mutes_screen(await settings_view(context), await known_categories(context), headline)
    return reply_with(request, screen, toast=context.translate("Saved."))
