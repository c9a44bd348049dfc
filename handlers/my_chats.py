"""Groups and channels set up from their administrator's private chat: the list, and what only they have."""

from __future__ import annotations

import re
from dataclasses import replace

from domain.chat.action import Action
from domain.chat.commands import CommandName
from domain.chat.event import ChatKind
from domain.chat.signature import MAX_SIGNATURE_CHARACTERS, read_signature
from domain.chat.text import bold, format_text
from domain.subscription.preferences import ReaderButtons
from domain.subscription.subscriber import SetupQuestion
from handlers import subscription_changes
from handlers.context import Context
from handlers.request import Request, reply_text, reply_with
from handlers.subscription_changes import settings_view
from storage import bots, chat_administrators, forum_topics, pins
from views.my_chats import (
    GENERAL,
    buttons_screen,
    my_chats_screen,
    signature_screen,
    topic_chosen_message,
    topic_screen,
)
from views.refusals import button_expired, private_chat_only
from views.settings import saved_message, settings_screen

_LISTED_CHATS = 50
_OFFERED_TOPICS = 12

_THREAD_ID = re.compile("[0-9]{1,15}")

CHAT_COMMANDS = frozenset(
    {
        CommandName.SETTINGS,
        CommandName.TIME,
        CommandName.TIMEZONE,
        CommandName.WEEKDAYS,
        CommandName.CHOOSE,
        CommandName.LAYOUT,
        CommandName.LANGUAGE,
        CommandName.SILENT,
        CommandName.BUTTONS,
        CommandName.TOPIC,
        CommandName.WEEKLY,
        CommandName.SLOT,
        CommandName.SIGNATURE,
        CommandName.PIN,
        CommandName.MUTE,
        CommandName.PLACE,
        CommandName.PROPOSE,
        CommandName.AGREE,
        CommandName.KEEP,
        CommandName.PAUSE,
        CommandName.UNDO,
        CommandName.START,
        CommandName.STOP,
        CommandName.PRIVACY,
        CommandName.EXPORT,
        CommandName.ERASE,
    }
)
"""Commands that a button or a text in a private chat may carry for another chat."""


def setup_question(request: Request) -> SetupQuestion:
    """Return what the answer to a request about another chat asks the person to type."""
    is_press = request.press is not None
    match request.command, request.arguments:
        case CommandName.SIGNATURE, typed if not typed or (not is_press and read_signature(typed) is None):
            return SetupQuestion.SIGNATURE
        case (CommandName.TIME, "") | (CommandName.SETTINGS, "time"):
            return SetupQuestion.TIME
        case (CommandName.TIMEZONE, "") | (CommandName.SETTINGS, "zone"):
            return SetupQuestion.ZONE
    return SetupQuestion.NONE


async def chats(request: Request, context: Context) -> list[Action]:
    """List the groups and channels that the person looks after."""
    if not request.origin.chat.is_private:
        return reply_text(request, private_chat_only(context.translate))
    listed = await chat_administrators.chats_of(context.tx, context.user_id, limit=_LISTED_CHATS)
    username = await bots.username(context.tx)
    return reply_with(request, my_chats_screen(listed, username, context.translate))


async def topic(request: Request, context: Context) -> list[Action]:
    """Let the digest come in a topic by its number (`general`: in the topic General); without one, say how."""
    chosen = request.arguments
    if context.subscriber.chat.kind is not ChatKind.SUPERGROUP:
        return reply_text(request, button_expired(context.translate))
    if chosen != GENERAL and not _THREAD_ID.fullmatch(chosen):
        known = await forum_topics.open_topics(context.tx, context.subscriber.id, limit=_OFFERED_TOPICS)
        return reply_with(request, topic_screen(await settings_view(context), known))
    context = await subscription_changes.set_topic(context, None if chosen == GENERAL else int(chosen))
    view, translate = await settings_view(context), context.translate
    if request.press is not None:
        return reply_with(request, settings_screen(view), toast=translate("Saved."))
    return reply_with(request, topic_chosen_message(view))


async def buttons(request: Request, context: Context) -> list[Action]:
    """Change what the buttons under the digest do; without a choice, show them."""
    preferences = context.subscriber.preferences
    chosen = next((buttons for buttons in ReaderButtons if buttons.value == request.arguments), None)
    if chosen is None:
        return reply_with(request, buttons_screen(await settings_view(context)))
    context = await subscription_changes.set_buttons(context, replace(preferences, buttons=chosen))
    return reply_with(request, settings_screen(await settings_view(context)), toast=context.translate("Saved."))


async def signature(request: Request, context: Context) -> list[Action]:
    """Change the line under a group's or channel's digest (a press removes it); without one, ask for it."""
    chosen, translate = request.arguments, context.translate
    if context.subscriber.chat.is_private:
        return reply_text(request, button_expired(translate))
    if not chosen:
        return reply_with(request, signature_screen(await settings_view(context)))
    if request.press is not None:
        context = await subscription_changes.set_signature(context, "")
        return reply_with(request, settings_screen(await settings_view(context)), toast=translate("Saved."))
    line = read_signature(chosen)
    if line is None:
        sorry = translate("A signature is one line of at most {n} characters. Send me a shorter one.")
        return reply_text(request, sorry.format(n=MAX_SIGNATURE_CHARACTERS))
    context = await subscription_changes.set_signature(context, line)
    title = context.subscriber.chat.title
    confirmation = format_text(
        translate("From the next digest in “{title}” on, this stands under it: {signature}"),
        {"title": title, "signature": bold(line)},
    )
    return reply_with(request, saved_message(confirmation, await settings_view(context)))


async def pin(request: Request, context: Context) -> list[Action]:
    """Change whether the newest digest is pinned: `on` or `off`."""
    if context.subscriber.chat.is_private or request.arguments not in ("on", "off"):
        return reply_text(request, button_expired(context.translate))
    await pins.choose(context.tx, context.subscriber.id, wanted=request.arguments == "on")
    return reply_with(request, settings_screen(await settings_view(context)), toast=context.translate("Saved."))
