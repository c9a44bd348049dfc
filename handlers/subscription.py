"""Subscribing and unsubscribing: /start, /stop, /status and the buttons of the welcome."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from domain.chat.action import Action, Send
from domain.chat.callback_data import ReplyTarget
from domain.chat.commands import CommandName
from domain.edition_day import DEFAULT_SLOT
from domain.subscription.pause import is_withheld
from handlers import subscription_changes
from handlers.context import Context
from handlers.request import Request, reply_with
from handlers.subscription_changes import settings_view
from storage import digests
from views.onboarding import (
    all_set_message,
    goodbye_message,
    resubscribed_message,
    subscribe_row,
    welcome_message,
)
from views.pauses import STOP_CONFIRMED, resumed_message, stop_question
from views.schedule_settings import time_screen, zone_screen
from views.settings import settings_screen, status_screen


async def start(request: Request, context: Context) -> list[Action]:
    """Subscribe the chat. One that was subscribed before gets its settings back."""
    before, topic_id = context.subscriber, request.origin.chat.topic_id
    was_paused = before.active and is_withheld(context.now, before.paused_until)
    context = await subscription_changes.resume(await subscription_changes.subscribe(context))
    is_moved = topic_id != before.chat.topic_id
    if request.press is None and is_moved:
        context = await subscription_changes.set_topic(context, topic_id)
    translate, view = context.translate, await settings_view(context)
    toast = translate("Subscribed.")
    if request.target is ReplyTarget.SETTINGS:
        return reply_with(request, settings_screen(view), toast=toast)
    if was_paused and not is_moved:
        return reply_with(request, resumed_message(view), toast=toast)
    if before.joined_at is None:
        return reply_with(request, welcome_message(view, await context.editions.newest()), toast=toast)
    if not before.active:
        headline = translate("Welcome back!")
    elif request.press is None and is_moved:
        headline = translate("From now on the digest comes here.")
    else:
        headline = translate("You are already subscribed.")
    return reply_with(request, resubscribed_message(headline, view, await _newest_day(context)), toast=toast)


async def stop(request: Request, context: Context) -> list[Action]:
    """Unsubscribe the chat after a question, which offers a pause, and offer to subscribe again."""
    is_answered = request.press is not None or request.is_answer
    is_confirmed = is_answered and request.arguments == STOP_CONFIRMED
    if context.subscriber.active and not is_confirmed:
        target = request.target if request.target is ReplyTarget.SETTINGS else ReplyTarget.IN_PLACE
        return reply_with(request, stop_question(await settings_view(context), target))
    context = await subscription_changes.unsubscribe(context)
    toast = context.translate("Unsubscribed.")
    if request.target is ReplyTarget.SETTINGS:
        return reply_with(request, settings_screen(await settings_view(context)), toast=toast)
    return reply_with(request, goodbye_message(context.translate), toast=toast)


async def welcome(request: Request, context: Context) -> list[Action]:
    """Carry out a button of the welcome: confirm the time zone, or choose another zone or time."""
    view = await settings_view(context)
    match request.arguments:
        case "zone":
            return reply_with(request, zone_screen(view, ReplyTarget.WELCOME))
        case "time":
            return reply_with(request, time_screen(view, ReplyTarget.WELCOME))
        case "yes":
            return reply_with(request, all_set_message(view, await _newest_day(context)))
        case _:
            return reply_with(request, welcome_message(view, await context.editions.newest()))


async def return_to_welcome(request: Request, context: Context) -> list[Action]:
    """Show the welcome after a change. A chosen zone answers its question, a chosen time does not."""
    view, newest = await settings_view(context), await _newest_day(context)
    is_answered = request.command is not CommandName.TIME
    message = all_set_message(view, newest) if is_answered else welcome_message(view, await context.editions.newest())
    return reply_with(request, message, toast=context.translate("Saved."))


async def status(request: Request, context: Context) -> list[Action]:
    """Show the settings and when the next digest comes."""
    return reply_with(request, status_screen(await settings_view(context)))


async def _newest_day(context: Context) -> date | None:
    days = await digests.dates(context.tx, now=context.now, limit=1)
    if days and days[0].slot != DEFAULT_SLOT:  # perhaps one that the subscriber has not chosen
        newest = await context.editions.newest()
        return None if newest is None else newest.date
    return days[0] if days else None


def with_subscription_offer(actions: list[Action], context: Context) -> list[Action]:
    """Return an answer to a deep link with a button to subscribe under its end, for those who are not subscribed."""
    if context.subscriber.active or not actions or not isinstance(last := actions[-1], Send) or last.then:
        return actions
    message = last.message
    offered = replace(message, keyboard=(*message.keyboard, subscribe_row(context.translate)))
    return [*actions[:-1], replace(last, message=offered)]
