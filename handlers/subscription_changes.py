"""Changes of a subscriber's settings, with what depends on them. Each returns the context after the change.

A change that a person may want to take back is stored with the former value (`Context.undo_id`); `undo` restores it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from domain.delivery.states import RunState
from domain.edition_day import DEFAULT_SLOT
from domain.subscription.calendar import EVERY_DAY, MAX_EDITION_AGE, Schedule
from domain.subscription.due_runs import Publication, first_due, runs_due_for
from domain.subscription.mutes import MAX_MUTES
from domain.subscription.next_delivery import Eligibility, KnownEdition, NextDelivery, next_delivery
from domain.subscription.pause import is_withheld, moved_pause_end
from domain.subscription.preferences import ContentPreferences, Layout
from domain.subscription.recap import next_recap
from domain.subscription.subscriber import LeftReason, Setting, Subscriber
from handlers.context import Context
from storage import (
    digests,
    forum_topics,
    pins,
    recaps,
    runs,
    schedules,
    setting_changes,
    slot_schedules,
    subscribers,
    waves,
)
from storage.database import Tx
from storage.setting_changes import FormerValue, SettingChange
from storage.slot_schedules import SlotSchedule
from views.settings import SettingsView, SlotView

SLOT_KEPT = timedelta(days=60)
"""How long after its last edition a slot is offered."""


async def subscribe(context: Context) -> Context:
    """Activate the subscriber. Nothing changes for one that is active, in particular not `joined_at`."""
    subscriber = context.subscriber
    if subscriber.active:
        return context
    await subscribers.activate(context.tx, subscriber.id, now=context.now)
    await _join_running(context, subscriber.schedule)
    await _join_slots(context)
    return await _reload(context)


async def join_runs(
    tx: Tx, schedule_id: int, schedule: Schedule, *, now: datetime, default_zone: str, slot: str = DEFAULT_SLOT
) -> None:
    """Let the digests that may still be due for a schedule be planned (again), for a subscriber who is new to it."""
    states = RunState.RUNNING, RunState.PAUSED, RunState.FINISHED
    publications = await runs.digest_publications(
        tx, *states, since=now - MAX_EDITION_AGE, default_zone=default_zone, slot=slot
    )
    for run_id, due_at in runs_due_for(schedule, publications).items():
        await waves.set_waiting(tx, run_id, schedule_id, due_at)
        await runs.reopen(tx, run_id)


async def unsubscribe(context: Context) -> Context:
    """Deactivate the subscriber; the settings are kept."""
    if context.subscriber.active:
        await subscribers.deactivate(context.tx, context.subscriber.id, LeftReason.STOPPED, now=context.now)
    return await _reload(context)


async def pause(context: Context, until: datetime) -> Context:
    """Pause the digest until an instant; editions due from then on are delivered."""
    context = await _remember(context, Setting.PAUSE)
    await subscribers.set_pause(context.tx, context.subscriber.id, until)
    return await _reload(context)


async def resume(context: Context) -> Context:
    """End a pause now; editions that were due in it are not delivered. Do nothing if it is over."""
    if not is_withheld(context.now, context.subscriber.paused_until):
        return context
    context = await _remember(context, Setting.PAUSE)
    await subscribers.set_pause(context.tx, context.subscriber.id, context.now)
    return await _reload(context)


async def set_schedule(context: Context, schedule: Schedule) -> Context:
    """Change the schedule. A pause ends on the same day in another zone."""
    if schedule != context.subscriber.schedule:
        context = await _remember(context, Setting.SCHEDULE)
        await _set_schedule(context, schedule)
    return await _reload(context)


async def set_layout(context: Context, layout: Layout) -> Context:
    """Change the layout. A rich one that was refused is tried again when it is chosen again."""
    preferences = replace(context.subscriber.preferences, layout=layout)
    if preferences != context.subscriber.preferences:
        context = await _remember(context, Setting.LAYOUT)
    await subscribers.set_layout(context.tx, context.subscriber.id, preferences)
    return await _reload(context)


async def set_categories(context: Context, categories: frozenset[str] | None) -> Context:
    """Change the categories."""
    preferences = replace(context.subscriber.preferences, categories=categories)
    if preferences != context.subscriber.preferences:
        context = await _remember(context, Setting.CATEGORIES)
        await subscribers.set_preferences(context.tx, context.subscriber.id, preferences)
    return await _reload(context)


async def set_buttons(context: Context, preferences: ContentPreferences) -> Context:
    """Change what the buttons under the digest do."""
    await subscribers.set_preferences(context.tx, context.subscriber.id, preferences)
    return await _reload(context)


async def set_recap(context: Context, weekday: int | None) -> Context:
    """Change the weekday of the weekly recap; None ends it."""
    if weekday != context.subscriber.recap_weekday:
        context = await _remember(context, Setting.RECAP)
        await subscribers.set_recap(context.tx, context.subscriber.id, weekday, now=context.now)
    return await _reload(context)


async def set_slot(context: Context, slot: str, minute: int | None, weekdays: int = EVERY_DAY) -> Context:
    """Choose a slot with a time of its own, in the zone of the digest; None ends it."""
    chosen = await slot_schedules.of_subscriber(context.tx, context.subscriber.id)
    former = chosen.get(slot)
    schedule = None if minute is None else Schedule(context.subscriber.schedule.zone, minute, weekdays)
    if schedule == (None if former is None else former.schedule):
        return context
    context = await _remember(context, Setting.SLOT, _slot_value(slot, former))
    if schedule is None:
        await slot_schedules.remove(context.tx, context.subscriber.id, slot)
    else:
        await _choose_slot(context, slot, SlotSchedule(schedule, context.now if former is None else former.since))
    return await _reload(context)


async def pause_slot(context: Context, slot: str, until: datetime) -> Context:
    """Pause a chosen slot until an instant; editions due from then on are delivered. Now ends a pause."""
    chosen = (await slot_schedules.of_subscriber(context.tx, context.subscriber.id)).get(slot)
    if chosen is None or until == chosen.since or until <= context.now >= chosen.since:
        return context
    context = await _remember(context, Setting.SLOT, _slot_value(slot, chosen))
    await _choose_slot(context, slot, replace(chosen, since=until))
    return await _reload(context)


async def _choose_slot(context: Context, slot: str, chosen: SlotSchedule) -> None:
    """Store a slot. Its running editions get a wave for the schedule, so that nobody who moves is left out."""
    schedule_id = await slot_schedules.choose(context.tx, context.subscriber.id, slot, chosen)
    if context.subscriber.active:
        default_zone = context.services.default_schedule.zone
        await join_runs(context.tx, schedule_id, chosen.schedule, now=context.now, default_zone=default_zone, slot=slot)


def _slot_value(slot: str, chosen: SlotSchedule | None) -> FormerValue:
    if chosen is None:
        return {"slot": slot}
    schedule = chosen.schedule
    times = {"minute_of_day": schedule.minute_of_day, "weekdays": schedule.weekdays}
    return {"slot": slot, "since": chosen.since.isoformat()} | times


async def _restore_slot(context: Context, former: FormerValue) -> None:
    slot = former["slot"]
    if "since" not in former:
        await slot_schedules.remove(context.tx, context.subscriber.id, slot)
        return
    schedule = Schedule(context.subscriber.schedule.zone, former["minute_of_day"], former["weekdays"])
    await _choose_slot(context, slot, SlotSchedule(schedule, datetime.fromisoformat(former["since"])))


async def set_signature(context: Context, signature: str) -> Context:
    """Change the line under a group's or channel's digest; '' removes it."""
    if signature != context.subscriber.signature:
        context = await _remember(context, Setting.SIGNATURE)
        await _set_signature(context, signature)
    return await _reload(context)


async def _set_signature(context: Context, signature: str) -> None:
    subscriber = context.subscriber
    await subscribers.set_signature(context.tx, subscriber.id, subscriber.preferences, signature)


async def set_mutes(context: Context, words: frozenset[str], categories: frozenset[str]) -> Context:
    """Change what is muted; do nothing if that is more than can be stored."""
    preferences = replace(context.subscriber.preferences, muted_words=words, muted_categories=categories)
    if preferences != context.subscriber.preferences and len(words) + len(categories) <= MAX_MUTES:
        context = await _remember(context, Setting.MUTES)
        await subscribers.set_preferences(context.tx, context.subscriber.id, preferences)
    return await _reload(context)


async def choose_language(context: Context, language: str) -> Context:
    """Change the language. From now on it no longer follows the language of the person's app."""
    preferences = replace(context.subscriber.preferences, language=language)
    if preferences != context.subscriber.preferences:
        context = await _remember(context, Setting.LANGUAGE)
    await subscribers.choose_language(context.tx, context.subscriber.id, preferences)
    return await _reload(context)


async def set_silent(context: Context, *, silent: bool) -> Context:
    """Change whether the digest comes without a notification sound."""
    if silent != context.subscriber.silent:
        context = await _remember(context, Setting.SOUND)
        await subscribers.set_silent(context.tx, context.subscriber.id, silent=silent)
    return await _reload(context)


async def set_topic(context: Context, topic: int | None) -> Context:
    """Change the topic of the group in which the digest appears."""
    await subscribers.set_topic(context.tx, context.subscriber.id, topic)
    return await _reload(context)


async def undo(context: Context, change_id: int) -> Context | None:
    """Give a setting its former value back; None if no such change is the person's to undo, or it was undone."""
    tx, subscriber_id = context.tx, context.subscriber.id
    user_ids = context.answerable_user_ids
    change = await setting_changes.take(tx, change_id, subscriber_id=subscriber_id, user_ids=user_ids)
    if change is None:
        return None
    await _restore(context, change.setting, change.former)
    return await _reload(replace(context, undo_id=None))


async def settings_view(context: Context) -> SettingsView:
    """Return what the screens show: the subscriber, and when the next digest comes."""
    subscriber, upcoming, topic, pins_newest = context.subscriber, None, None, False
    if context.is_elsewhere:
        pins_newest = await pins.is_wanted(context.tx, subscriber.id)
        if subscriber.chat.topic_id is not None:
            topic = await forum_topics.get(context.tx, subscriber.id, subscriber.chat.topic_id)
    if subscriber.active and subscriber.joined_at is not None:
        upcoming = await _next_delivery(context, DEFAULT_SLOT, subscriber.schedule, subscriber.joined_at)
    return SettingsView(
        subscriber=subscriber,
        translate=context.translate,
        now=context.now,
        next_delivery=upcoming,
        undo_id=context.undo_id,
        is_elsewhere=context.is_elsewhere,
        next_recap=await _next_recap(context),
        pins_newest=pins_newest,
        topic_name="" if topic is None else topic.name,
        slots=await _slots(context),
    )


async def _next_delivery(context: Context, slot: str, schedule: Schedule, since: datetime) -> NextDelivery:
    """Return when the next edition of a slot comes to the subscriber, who gets what is due from an instant on."""
    subscriber = context.subscriber
    horizon = context.now - 2 * MAX_EDITION_AGE
    if context.has_proposed_schedule and slot == DEFAULT_SLOT:
        known = await _known_after_joining(context, schedule)
    else:
        known = await waves.known_editions(context.tx, subscriber.id, since=horizon, slot=slot)
    eligibility = Eligibility(schedule=schedule, joined_at=since, paused_until=subscriber.paused_until)
    return next_delivery(eligibility, known, context.now)


async def _known_after_joining(context: Context, schedule: Schedule) -> list[KnownEdition]:
    """Return the editions that `join_runs` would let be due for a schedule if it were chosen now."""
    since, default_zone = context.now - MAX_EDITION_AGE, context.services.default_schedule.zone
    live = await waves.live_editions(context.tx, context.subscriber.id, since=since)
    dues = {
        each.edition: first_due(Publication.of(each.edition, each.published, default_zone), schedule) for each in live
    }
    return [replace(each, due_at=due) for each in live if (due := dues[each.edition]) is not None]


async def newsletter_slots(context: Context) -> list[str]:
    """Return the newsletter's slots other than the default one, in the order of a day."""
    return await digests.slots(context.tx, since=context.today - SLOT_KEPT)


async def _slots(context: Context) -> tuple[SlotView, ...]:
    """Return the newsletter's slots other than the default one, as the subscriber has chosen them."""
    slots = await newsletter_slots(context)
    if not slots:
        return ()
    subscriber, views = context.subscriber, []
    chosen = await slot_schedules.of_subscriber(context.tx, subscriber.id)
    for slot in slots:
        own, upcoming = chosen.get(slot), None
        paused_until = own.since if own is not None and own.since > context.now else None
        if own is not None and paused_until is None and subscriber.active and subscriber.joined_at is not None:
            since = max(subscriber.joined_at, own.since)
            upcoming = await _next_delivery(context, slot, own.schedule, since)
        views.append(SlotView(slot, None if own is None else own.schedule, upcoming, paused_until))
    return tuple(views)


async def _next_recap(context: Context) -> datetime | None:
    """Return when the weekly recap comes next, by the planner's rule."""
    subscriber = context.subscriber
    weekday, chosen_at, joined_at = subscriber.recap_weekday, subscriber.recap_since, subscriber.joined_at
    if not subscriber.active or weekday is None or chosen_at is None or joined_at is None:
        return None
    return next_recap(
        subscriber.schedule,
        weekday,
        context.now,
        since=max(chosen_at, joined_at),
        paused_until=subscriber.paused_until,
        had=await recaps.newest_planned_for(context.tx, subscriber.id),
    )


async def _set_schedule(context: Context, schedule: Schedule) -> None:
    """Store a schedule. Running digests get a wave for it, so that nobody who moves is left out."""
    subscriber = context.subscriber
    await subscribers.set_schedule(context.tx, subscriber.id, schedule)
    paused_until = moved_pause_end(subscriber.paused_until, subscriber.schedule.zone, schedule.zone)
    if paused_until != subscriber.paused_until:
        await subscribers.set_pause(context.tx, subscriber.id, paused_until)
    if subscriber.active:
        await _join_running(context, schedule)
    if schedule.zone != subscriber.schedule.zone:
        for slot, chosen in (await slot_schedules.of_subscriber(context.tx, subscriber.id)).items():
            since = chosen.since
            if since > context.now:  # a pause ends on the same day there
                since = moved_pause_end(since, subscriber.schedule.zone, schedule.zone) or since
            moved = SlotSchedule(replace(chosen.schedule, zone=schedule.zone), since)
            await _choose_slot(context, slot, moved)


async def _join_slots(context: Context) -> None:
    """Let the running editions of the slots that a subscriber has chosen be planned for them."""
    for slot, chosen in (await slot_schedules.of_subscriber(context.tx, context.subscriber.id)).items():
        await _choose_slot(context, slot, chosen)


async def _join_running(context: Context, schedule: Schedule) -> None:
    schedule_id = await schedules.get_or_create(context.tx, schedule)
    default_zone = context.services.default_schedule.zone
    await join_runs(context.tx, schedule_id, schedule, now=context.now, default_zone=default_zone)


async def _remember(context: Context, setting: Setting, former: FormerValue | None = None) -> Context:
    """Store the value that a setting has now; return the context with the id of the change to come."""
    change = SettingChange(setting, _value_of(setting, context.subscriber) if former is None else former)
    subscriber_id = context.subscriber.id
    return replace(
        context, undo_id=await setting_changes.add(context.tx, subscriber_id, change, user_id=context.user_id)
    )


def _value_of(setting: Setting, subscriber: Subscriber) -> FormerValue:
    schedule, preferences, paused_until = subscriber.schedule, subscriber.preferences, subscriber.paused_until
    categories = preferences.categories
    match setting:
        case Setting.SCHEDULE:
            return {"zone": schedule.zone, "minute_of_day": schedule.minute_of_day, "weekdays": schedule.weekdays}
        case Setting.LAYOUT:
            return {"layout": preferences.layout.value}
        case Setting.LANGUAGE:
            return {"language": preferences.language, "chosen": subscriber.language_chosen}
        case Setting.CATEGORIES:
            return {"categories": None if categories is None else sorted(categories)}
        case Setting.MUTES:
            return {"words": sorted(preferences.muted_words), "categories": sorted(preferences.muted_categories)}
        case Setting.SOUND:
            return {"silent": subscriber.silent}
        case Setting.PAUSE:
            return {"paused_until": None if paused_until is None else paused_until.isoformat()}
        case Setting.SIGNATURE:
            return {"signature": subscriber.signature}
        case Setting.RECAP:
            return {"weekday": subscriber.recap_weekday}
        case Setting.SLOT:
            raise ValueError("a slot's value is not that of the subscriber's row")


async def _restore(context: Context, setting: Setting, former: FormerValue) -> None:
    tx, subscriber_id, preferences = context.tx, context.subscriber.id, context.subscriber.preferences
    match setting:
        case Setting.SCHEDULE:
            await _set_schedule(context, Schedule(**former))
        case Setting.LAYOUT:
            await subscribers.set_layout(tx, subscriber_id, replace(preferences, layout=Layout(former["layout"])))
        case Setting.LANGUAGE:
            spoken = replace(preferences, language=former["language"])
            await subscribers.choose_language(tx, subscriber_id, spoken, chosen=former["chosen"])
        case Setting.CATEGORIES:
            names = former["categories"]
            categories = None if names is None else frozenset(names)
            await subscribers.set_preferences(tx, subscriber_id, replace(preferences, categories=categories))
        case Setting.MUTES:
            words, muted = frozenset(former["words"]), frozenset(former["categories"])
            restored = replace(preferences, muted_words=words, muted_categories=muted)
            await subscribers.set_preferences(tx, subscriber_id, restored)
        case Setting.SOUND:
            await subscribers.set_silent(tx, subscriber_id, silent=former["silent"])
        case Setting.RECAP:
            await subscribers.set_recap(tx, subscriber_id, former["weekday"], now=context.now)
        case Setting.SIGNATURE:
            await _set_signature(context, former["signature"])
        case Setting.PAUSE:
            stored = former["paused_until"]
            await subscribers.set_pause(tx, subscriber_id, None if stored is None else datetime.fromisoformat(stored))
            if context.subscriber.active:  # what became due meanwhile comes after all: as if there had been no pause
                await _join_running(context, context.subscriber.schedule)
                await _join_slots(context)
        case Setting.SLOT:
            await _restore_slot(context, former)


async def _reload(context: Context) -> Context:
    """Return the context with the subscriber as it is stored now, in its language."""
    subscriber = await subscribers.get(context.tx, context.subscriber.chat.id)
    if subscriber is None:
        raise LookupError(f"subscriber {context.subscriber.id} disappeared within a transaction")
    if context.is_elsewhere:  # its administrator is spoken to in their own language
        return replace(context, subscriber=subscriber)
    translate = context.services.translations.translator(subscriber.preferences.language)
    return replace(context, subscriber=subscriber, translate=translate)
