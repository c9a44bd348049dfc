"""Run the handler of a request if the person may, else say why not, so that nobody else reads it."""

from __future__ import annotations

from dataclasses import replace

import structlog

from domain.chat.action import Action, CallbackAnswer, Edit, Send, SendEphemeral
from domain.chat.commands import CommandName, Permission
from domain.chat.event import ButtonPress
from domain.chat.message import Message
from domain.chat.start_payload import READING_COMMANDS, reading_link
from domain.chat.text import Text
from handlers import access, broadcast, help_and_fallback
from handlers.context import Context
from handlers.my_chats import CHAT_COMMANDS, setup_question
from handlers.request import Request, reply_alert, reply_text
from handlers.routes import ROUTES
from handlers.subscription import with_subscription_offer
from storage import admissions, bots, chat_administrators, subscribers
from views.my_chats import in_chat
from views.reader_buttons import for_one_member
from views.refusals import administrators_of_chat_only, administrators_only, button_expired

log = structlog.get_logger(__name__)


def needs_rights(request: Request) -> bool:
    """Return whether only an administrator of the group or channel can do that, who is remembered as one."""
    if request.origin.chat.is_private or request.command is None:
        return False
    route = ROUTES[request.command]
    return route.permission is Permission.CHAT_ADMINISTRATOR and route.stores_contact


def opens_privately(request: Request) -> bool:
    """Return whether a press is for one reader of many: what it shows would turn the page for all the others."""
    is_public = request.press is not None and not request.origin.chat.is_private
    return is_public and request.command in READING_COMMANDS


def is_read_only(request: Request) -> bool:
    """Return whether the handler changes nothing, so that a read transaction is enough."""
    return request.command is None or (ROUTES[request.command].read_only and request.content is None)


async def handle(request: Request, context: Context, *, has_rights: bool) -> list[Action]:
    """Run the command's handler, or say why not."""
    if not context.is_admitted:
        context = await access.enter(request, context, has_rights=has_rights)
    if not context.is_admitted and request.command not in access.OPEN_COMMANDS:
        if not has_rights and access.invitation_of(request) is not None:
            return _refuse_member(request, context)
        return await access.closed(request, context)
    if request.command is None:
        return await _answer_unknown(request, context)
    route = ROUTES[request.command]
    least_role = route.permission.role
    if least_role is not None and not context.may(least_role):
        origin = request.origin
        log.warning("admin_action_denied", action=request.command, user=origin.user.id, chat=origin.chat.id)
        return await _answer_unknown(request, context)  # it is not disclosed that the command exists
    if not has_rights:
        return _refuse_member(request, context)
    if request.press is not None and opens_privately(request):
        return await _answer_one_reader(request, request.press, context)
    actions = await route.handler(request, context)
    if request.content is not None and request.command is not CommandName.BROADCAST:  # it may be meant for all
        offered = await broadcast.offer(request, request.content, context)
        # The preview and card of an edition come last, so that its buttons are in reach.
        return [*offered, *actions] if request.command is CommandName.DRAFT else [*actions, *offered]
    return with_subscription_offer(actions, context) if request.is_deep_link else actions


async def handle_for_chat(request: Request, context: Context, subscriber_id: int, *, has_rights: bool) -> list[Action]:
    """Run a command for another chat; the buttons of its answer stay with that chat."""
    chat = await subscribers.get_by_id(context.tx, subscriber_id)
    is_private = request.origin.chat.is_private
    if chat is None or chat.chat.is_private or not is_private or request.command not in CHAT_COMMANDS:
        return reply_text(request, button_expired(context.translate))
    if not context.is_admitted and not await admissions.admits(context.tx, context.admission_policy, chat.chat.id):
        return await access.closed(request, context)
    if not has_rights:
        if context.user_id not in await chat_administrators.of_chat(context.tx, subscriber_id):
            return await _answer_unknown(request, context)  # it is not disclosed that the chat exists, or its title
        await chat_administrators.remove(context.tx, subscriber_id, context.user_id)
        return reply_text(request, administrators_of_chat_only(chat.chat.title, context.translate))
    await chat_administrators.add(context.tx, subscriber_id, request.origin.user.id)
    elsewhere = replace(context, subscriber=chat, is_elsewhere=True)
    answers = await ROUTES[request.command].handler(request, elsewhere)
    await subscribers.open_setup(context.tx, context.subscriber.id, subscriber_id, setup_question(request))
    return [in_chat(action, chat) for action in answers]


def _refuse_member(request: Request, context: Context) -> list[Action]:
    """Tell a member that only administrators may do that, so that nobody else reads it: a press in an alert.

    What was typed is answered in their own chat; who has never started the bot gets no answer.
    """
    origin = request.origin
    if request.press is not None:
        return reply_text(request, administrators_only(origin.chat.kind, context.translate))
    translate = context.services.translations.translator(context.services.language_of(origin.user))
    refusal = administrators_of_chat_only(origin.chat.title, translate)
    return [Send(origin.user.id, Message(Text(refusal)))]


async def _answer_one_reader(request: Request, press: ButtonPress, context: Context) -> list[Action]:
    """Show what a reader pressed in a group or channel to them alone.

    That is an ephemeral message of the group, if Telegram has them and one is enough; else their own chat is opened, or
    an alert tells as much as fits.
    """
    username = await bots.username(context.tx)
    link = reading_link(username, press.data) if username else None
    opened = None if link is None else CallbackAnswer(press.callback_query_id, url=link)
    if opened is not None and not request.is_ephemeral:
        return [opened]
    answers = await ROUTES[request.command or CommandName.TODAY].handler(request, context)
    shown = [action.message for action in answers if isinstance(action, Send | Edit)]
    first = next((message for message in shown if isinstance(message, Message)), None)
    if first is None:
        return answers
    otherwise = opened or reply_alert(press, first.text)
    if not request.is_ephemeral or len(shown) > 1:
        return [otherwise]
    chat = request.origin.chat
    return [
        SendEphemeral(
            chat_id=chat.id,
            user_id=request.origin.user.id,
            message=for_one_member(first, link, context.translate),
            otherwise=otherwise,
            topic_id=chat.topic_id,
            ephemeral_message_id=press.ephemeral_message_id,
        )
    ]


async def _answer_unknown(request: Request, context: Context) -> list[Action]:
    if request.press is not None:
        return reply_text(request, button_expired(context.translate))
    if request.origin.chat.is_private:
        return await help_and_fallback.fallback(request, context)
    return []  # in a group the command may be another bot's
