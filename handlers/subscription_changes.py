"""Changes of a subscriber's settings, with what depends on them. Each returns the context after the change."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.delivery.states import RunState
from domain.subscription.calendar import MAX_EDITION_AGE, Schedule
from domain.subscription.due_runs import runs_due_for
from domain.subscription.next_delivery import next_delivery
from domain.subscription.preferences import ContentPreferences, Layout
from domain.subscription.subscriber import LeftReason
from handlers.context import Context
from storage import digests, runs, schedules, subscribers, waves
from storage.database import Tx
from views.settings import SettingsView


async def subscribe(context: Context) -> Context:
    """Activate the subscriber. Nothing changes for one that is active, in particular not `joined_at`."""
    subscriber = context.subscriber
    if not subscriber.active:
        await subscribers.activate(context.tx, subscriber.id, now=context.now)
        schedule_id = await schedules.get_or_create(context.tx, subscriber.schedule)
        await join_runs(context.tx, schedule_id, subscriber.schedule, now=context.now)
    return await _reload(context)


async def join_runs(tx: Tx, schedule_id: int, schedule: Schedule, *, now: datetime) -> None:
    """Let the digests that may still be due for a schedule be planned (again), for a subscriber who is new to it."""
    states = RunState.RUNNING, RunState.PAUSED, RunState.FINISHED
    publications = await runs.digest_publications(tx, *states, since=now - MAX_EDITION_AGE)
    for run_id, due_at in runs_due_for(schedule, publications).items():
        await waves.set_waiting(tx, run_id, schedule_id, due_at)
        await runs.reopen(tx, run_id)


async def unsubscribe(context: Context) -> Context:
    """Deactivate the subscriber; the settings are kept."""
    if context.subscriber.active:
        await subscribers.deactivate(context.tx, context.subscriber.id, LeftReason.STOPPED, now=context.now)
    return await _reload(context)


async def set_schedule(context: Context, schedule: Schedule) -> Context:
    """Change the schedule. Running digests get a wave for it, so that nobody who moves is left out."""
    if schedule != context.subscriber.schedule:
        schedule_id = await subscribers.set_schedule(context.tx, context.subscriber.id, schedule)
        if context.subscriber.active:
            await join_runs(context.tx, schedule_id, schedule, now=context.now)
    return await _reload(context)


async def set_layout(context: Context, layout: Layout) -> Context:
    """Change the layout. A rich one that was refused is tried again when it is chosen again."""
    preferences = replace(context.subscriber.preferences, layout=layout)
    await subscribers.set_layout(context.tx, context.subscriber.id, preferences)
    return await _reload(context)


async def set_preferences(context: Context, preferences: ContentPreferences) -> Context:
    """Change the categories."""
    await subscribers.set_preferences(context.tx, context.subscriber.id, preferences)
    return await _reload(context)


async def choose_language(context: Context, language: str) -> Context:
    """Change the language. From now on it no longer follows the language of the person's app."""
    preferences = replace(context.subscriber.preferences, language=language)
    await subscribers.choose_language(context.tx, context.subscriber.id, preferences)
    return await _reload(context)


async def set_silent(context: Context, *, silent: bool) -> Context:
    """Change whether the digest comes without a notification sound."""
    await subscribers.set_silent(context.tx, context.subscriber.id, silent=silent)
    return await _reload(context)


async def set_topic(context: Context, topic: int | None) -> Context:
    """Change the topic of the group in which the digest appears."""
    await subscribers.set_topic(context.tx, context.subscriber.id, topic)
    return await _reload(context)


async def settings_view(context: Context) -> SettingsView:
    """Return what the screens show: the subscriber, and when the next digest comes."""
    subscriber, upcoming = context.subscriber, None
    if subscriber.active:
        last = await digests.last_published(context.tx)
        had = last is not None and await subscribers.has_delivery(context.tx, subscriber.id, last[0])
        upcoming = next_delivery(subscriber.schedule, last[1] if last else None, context.now, had=had)
    return SettingsView(subscriber=subscriber, translate=context.translate, now=context.now, next_delivery=upcoming)


async def _reload(context: Context) -> Context:
    """Return the context with the subscriber as it is stored now, in its language."""
    subscriber = await subscribers.get(context.tx, context.subscriber.chat.id)
    if subscriber is None:
        raise LookupError(f"subscriber {context.subscriber.id} disappeared within a transaction")
    translate = context.services.translations.translator(subscriber.preferences.language)
    return replace(context, subscriber=subscriber, translate=translate)
