"""Changes to a subscriber's wishes, and what hangs on them: a Context in, the Context as it is afterwards out."""

from __future__ import annotations

from dataclasses import replace

from domain.subscription.calendar import Schedule
from domain.subscription.next_delivery import next_delivery
from domain.subscription.preferences import ContentPreferences
from domain.subscription.subscriber import LeftReason
from handlers.context import Context
from storage import digests, schedules, subscribers, waves
from views.settings import SettingsView


async def subscribe(context: Context) -> Context:
    """From now on they get the digest. For those who do already nothing changes, least of all since when."""
    subscriber = context.subscriber
    if not subscriber.active:
        await subscribers.activate(context.tx, subscriber.id, now=context.now)
        schedule_id = await schedules.get_or_create(context.tx, subscriber.schedule)
        await waves.add_for_schedule(context.tx, schedule_id, subscriber.schedule, now=context.now)
    return await _again(context)


async def unsubscribe(context: Context) -> Context:
    """From now on nothing comes; all wishes are kept."""
    if context.subscriber.active:
        await subscribers.deactivate(context.tx, context.subscriber.id, LeftReason.STOPPED, now=context.now)
    return await _again(context)


async def set_schedule(context: Context, schedule: Schedule) -> Context:
    """Another morning. Live runs look at the schedule anew, so that nobody who moves is left out."""
    if schedule != context.subscriber.schedule:
        schedule_id = await subscribers.set_schedule(context.tx, context.subscriber.id, schedule)
        if context.subscriber.active:
            await waves.add_for_schedule(context.tx, schedule_id, schedule, now=context.now)
    return await _again(context)


async def set_taste(context: Context, preferences: ContentPreferences) -> Context:
    """Another form, other categories."""
    await subscribers.set_preferences(context.tx, context.subscriber.id, preferences)
    return await _again(context)


async def choose_language(context: Context, language: str) -> Context:
    """The language by the person's own word: the app's no longer matters."""
    preferences = replace(context.subscriber.preferences, language=language)
    await subscribers.choose_language(context.tx, context.subscriber.id, preferences)
    return await _again(context)


async def set_silent(context: Context, *, silent: bool) -> Context:
    await subscribers.set_silent(context.tx, context.subscriber.id, silent=silent)
    return await _again(context)


async def set_topic(context: Context, topic: int | None) -> Context:
    """The digest comes into this topic of the group."""
    await subscribers.set_topic(context.tx, context.subscriber.id, topic)
    return await _again(context)


async def settings_view(context: Context) -> SettingsView:
    """What screens are drawn from."""
    subscriber, coming = context.subscriber, None
    if subscriber.active:
        last = await digests.last_published(context.tx)
        had = last is not None and await subscribers.has_delivery(context.tx, subscriber.id, last[0])
        coming = next_delivery(subscriber.schedule, last[1] if last else None, context.now, had=had)
    return SettingsView(subscriber, context.translate, context.now, coming)


async def _again(context: Context) -> Context:
    """The context with the subscriber as stored now, and the words of their language."""
    subscriber = await subscribers.get(context.tx, context.subscriber.chat.id)
    if subscriber is None:
        raise LookupError(f"subscriber {context.subscriber.id} is gone in the middle of a transaction")
    return replace(
        context,
        subscriber=subscriber,
        translate=context.services.translations.translator(subscriber.preferences.language),
    )
