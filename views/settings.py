"""The overview of all settings, what confirms a change of one, and the buttons that their screens share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.event import ChatKind
from domain.chat.i18n import ENGLISH, LANGUAGE_NAMES, LANGUAGES, Translator
from domain.chat.language_names import short_name
from domain.chat.message import Button, Keyboard, Message, chunk_rows
from domain.chat.text import Text, bold, format_text, join
from domain.subscription.calendar import Schedule, local_date
from domain.subscription.next_delivery import NextDelivery
from domain.subscription.pause import is_withheld
from domain.subscription.preferences import Layout, ReaderButtons
from domain.subscription.subscriber import Subscriber
from views.dates import (
    format_clock,
    format_day,
    format_moment,
    format_next_delivery,
    format_time,
    format_weekdays,
    slot_name,
)
from views.time_zone_names import zone_name


@dataclass(frozen=True, slots=True)
class SlotView:
    """A slot of the newsletter: the schedule that the subscriber chose for it, None if none, and its next delivery.

    `paused_until` is the end of a pause of the slot alone.
    """

    slot: str
    schedule: Schedule | None
    next_delivery: NextDelivery | None
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsView:
    """What the screens show. `next_delivery` is None for chats that are not subscribed.

    `undo_id` is that of the change just made, if there was one that can be undone.
    """

    subscriber: Subscriber
    translate: Translator
    now: datetime
    next_delivery: NextDelivery | None
    undo_id: int | None = None
    is_elsewhere: bool = False
    """The chat is set up from the private chat of one of its administrators."""
    next_recap: datetime | None = None
    """When the weekly recap comes next; None without one."""
    pins_newest: bool = False
    topic_name: str = ""
    slots: tuple[SlotView, ...] = ()
    """The slots that the newsletter has besides the default one; mostly none."""

    @property
    def paused_until(self) -> datetime | None:
        """The end of the pause that the subscriber is in."""
        until = self.subscriber.paused_until
        return until if self.subscriber.active and is_withheld(self.now, until) else None

    @property
    def today(self) -> date:
        """The date where the subscriber is."""
        return local_date(self.now, self.subscriber.schedule.zone)


def settings_screen(view: SettingsView) -> Message:
    """Return the screen with all settings."""
    translate, here = view.translate, ReplyTarget.IN_PLACE
    rows = (
        (
            button("⏰ " + translate("Time"), CommandName.SETTINGS, "time", target=here),
            button("🌏 " + translate("Time zone"), CommandName.SETTINGS, "zone", target=here),
        ),
        (
            button("📅 " + translate("Weekdays"), CommandName.SETTINGS, "weekdays", target=here),
            categories_button(translate),
        ),
        (
            mutes_button(translate),
            button("🗞 " + translate("Weekly recap"), CommandName.WEEKLY, target=here),
        ),
        (
            button("📰 " + translate("Layout"), CommandName.SETTINGS, "layout", target=here),
            button(_language_label(translate.language), CommandName.SETTINGS, "language", target=here),
        ),
        *_slot_rows(view),
        *_subscription_rows(view),
        *undo_rows(view, ReplyTarget.SETTINGS),
        *_chat_rows(view),
    )
    title = view.subscriber.chat.title if view.is_elsewhere else translate("Settings")
    return Message(join("\n\n", (bold(f"⚙️ {title}"), overview(view))), rows)


def _language_label(language: str) -> str:
    """Return the name of a language, and one that those can read who do not read it."""
    own = LANGUAGES[0] if language == ENGLISH.code else language
    return f"🌐 {short_name(own)} / {ENGLISH.name}"


def status_screen(view: SettingsView) -> Message:
    """Return the answer to /status: the settings, with a button to change them."""
    translate = view.translate
    if view.paused_until is not None:
        return Message(overview(view), ((resume_button(view), settings_button(translate)),))
    if view.subscriber.active:
        return Message(overview(view), (*nothing_left_rows(view), (settings_button(translate),)))
    text = (
        translate("Not subscribed yet: no digest comes by itself.")
        if view.subscriber.joined_at is None
        else translate("You are not subscribed at the moment. Your settings are kept.")
    )
    subscribe = button("▶️ " + translate("Subscribe"), CommandName.START)
    return Message(Text(text), ((subscribe, settings_button(translate)),))


def overview(view: SettingsView) -> Text:
    """Return every setting, a line each."""
    translate, subscriber, schedule = view.translate, view.subscriber, view.subscriber.schedule
    zone = translate("🌏 {zone}, where it is {time} now").format(
        zone=zone_name(schedule.zone, translate.language), time=format_clock(view.now, schedule.zone)
    )
    content = (
        f"📰 {_layout_summary(view)}",
        f"📂 {_categories_summary(view)}",
        _mutes_summary(view),
        "🔕 " + translate("Without sound") if subscriber.silent else "🔔 " + translate("With sound"),
        recap_line(view),
        *_chat_lines(view),
    )
    if view.next_delivery is None:
        return join("\n", (translate("💤 Not subscribed: nothing comes"), zone, *filter(None, content)))
    frequency = translate("✅ Subscribed: {weekdays} at {time}").format(
        weekdays=format_weekdays(schedule.weekdays, translate), time=format_time(schedule.minute_of_day)
    )
    when = format_next_delivery(view.next_delivery, schedule, translate, view.now)
    upcoming = nothing_left_line(view) or format_text(translate("📬 Next digest: {when}"), {"when": when})
    slots = (slot_line(each, view) for each in view.slots if each.schedule is not None)
    return join("\n", filter(None, (frequency, pause_line(view), zone, upcoming, *slots, *content)))


def slot_line(each: SlotView, view: SettingsView) -> Text:
    """Return when editions of a slot come, or that none do."""
    translate, names = view.translate, {"slot": slot_title(each.slot, view.translate)}
    if each.schedule is None:
        return format_text(translate("🗓 {slot}: does not come"), names)
    times = {
        "weekdays": format_weekdays(each.schedule.weekdays, translate),
        "time": format_time(each.schedule.minute_of_day),
    }
    if each.paused_until is not None:
        day = format_day(local_date(each.paused_until, each.schedule.zone), translate, view.today)
        paused = translate("⏸ {slot}: paused until {day}; then {weekdays} at {time} again")
        return format_text(paused, names | times | {"day": day})
    if each.next_delivery is None or view.subscriber.preferences.selects_nothing:
        return format_text(translate("🗓 {slot}: {weekdays} at {time}"), names | times)
    when = format_next_delivery(each.next_delivery, each.schedule, translate, view.now)
    return format_text(translate("🗓 {slot}: {weekdays} at {time}; next: {when}"), names | times | {"when": when})


def slot_title(slot: str, translate: Translator) -> str:
    """Return what a slot's editions are called on the screens: `Evening edition`."""
    name = slot_name(slot, translate)
    return translate("{slot} edition").format(slot=name[:1].upper() + name[1:])


def recap_line(view: SettingsView) -> str:
    """Return when the weekly recap comes; empty without one."""
    if view.next_recap is None:
        return ""
    when = format_moment(view.next_recap, view.subscriber.schedule.zone, view.translate, view.now)
    return "🗞 " + view.translate("Next weekly recap: {when}").format(when=when)


def _chat_lines(view: SettingsView) -> Iterator[str]:
    """Yield the language, which is that of no screen in their own chat, and what only groups and channels have."""
    translate, subscriber = view.translate, view.subscriber
    if not view.is_elsewhere:
        return
    yield "🌐 " + LANGUAGE_NAMES[subscriber.preferences.language]
    yield "🔘 " + _buttons_line(subscriber.preferences.buttons, translate)
    if subscriber.chat.topic_id is not None:
        name = view.topic_name or translate("number {n}").format(n=subscriber.chat.topic_id)
        yield "🧵 " + translate("Topic: {topic}").format(topic=name)
    if subscriber.signature:
        yield f"✍️ {subscriber.signature}"
    if view.pins_newest:
        yield "📌 " + translate("The newest digest is pinned")


def _buttons_line(buttons: ReaderButtons, translate: Translator) -> str:
    """Return what stands under the digests of a group or channel."""
    lines = {
        ReaderButtons.LINK: translate("Under the digest: links"),
        ReaderButtons.ANSWER: translate("Under the digest: buttons"),
        ReaderButtons.NONE: translate("Under the digest: no buttons"),
    }
    return lines[buttons]


def saved_message(confirmation: Text, view: SettingsView) -> Message:
    """Confirm a change, with the next delivery that follows from it."""
    translate = view.translate
    if view.next_delivery is None:
        consequence = Text(translate("You are not subscribed yet: /start"))
        if view.is_elsewhere:
            consequence = Text(translate("No digest comes there yet: subscribe the chat in its settings."))
    else:
        consequence = next_digest_line(view)
    rows = (*undo_rows(view, ReplyTarget.IN_PLACE), *nothing_left_rows(view), (settings_button(translate),))
    return Message(join("\n", (confirmation, consequence)), rows)


def next_digest_line(view: SettingsView) -> Text:
    """Return when the next digest comes, or why none can; empty for those who are not subscribed."""
    if view.next_delivery is None:
        return Text()
    when = format_next_delivery(view.next_delivery, view.subscriber.schedule, view.translate, view.now)
    return nothing_left_line(view) or format_text(view.translate("Next digest: {when}."), {"when": when})


def nothing_left_line(view: SettingsView) -> Text:
    """Return the warning that the mutes leave nothing of the chosen categories; empty if something is left."""
    if not view.subscriber.preferences.selects_nothing:
        return Text()
    return Text(view.translate("⚠️ Nothing is left to come: all the categories you chose are muted."))


def nothing_left_rows(view: SettingsView) -> Keyboard:
    """Return the buttons to the screens where that can be changed; none if something is left to come."""
    if not view.subscriber.preferences.selects_nothing:
        return ()
    return ((categories_button(view.translate), mutes_button(view.translate)),)


def categories_button(translate: Translator) -> Button:
    return button("📂 " + translate("Categories"), CommandName.SETTINGS, "categories", target=ReplyTarget.IN_PLACE)


def mutes_button(translate: Translator) -> Button:
    return button("🔇 " + translate("Muted"), CommandName.MUTE, target=ReplyTarget.IN_PLACE)


def pause_line(view: SettingsView) -> str:
    """Return until when nothing comes; empty outside a pause."""
    until = view.paused_until
    if until is None:
        return ""
    day = format_day(local_date(until, view.subscriber.schedule.zone), view.translate, view.today)
    return view.translate("⏸ Paused until {day}; it goes on by itself then").format(day=day)


def resume_button(view: SettingsView, target: ReplyTarget = ReplyTarget.IN_PLACE) -> Button:
    return button("▶️ " + view.translate("Go on now"), CommandName.PAUSE, "off", target=target)


def undo_button(view: SettingsView, target: ReplyTarget) -> Button | None:
    """Return the button that takes the change just made back; None if there was none."""
    if view.undo_id is None:
        return None
    return button("↩️ " + view.translate("Undo"), CommandName.UNDO, view.undo_id, target=target)


def undone_message(view: SettingsView) -> Message:
    """Confirm that a change was taken back, with all settings as they are again."""
    text = join("\n\n", (bold("↩️ " + view.translate("It is as before.")), overview(view)))
    return Message(text, ((settings_button(view.translate),),))


def settings_button(translate: Translator) -> Button:
    return button("⚙️ " + translate("Settings"), CommandName.SETTINGS)


def _chat_rows(view: SettingsView) -> Keyboard:
    """Return the buttons that a group or channel has besides, and the way back to the list of them."""
    if not view.is_elsewhere:
        return ()
    translate, here = view.translate, ReplyTarget.IN_PLACE
    has_topics = view.subscriber.chat.kind is ChatKind.SUPERGROUP
    pin_label = checked("📌 " + translate("Pin the newest"), on=view.pins_newest)
    return (
        (
            button("✍️ " + translate("Signature"), CommandName.SIGNATURE, target=here),
            button(pin_label, CommandName.PIN, "off" if view.pins_newest else "on", target=ReplyTarget.SETTINGS),
        ),
        (
            button("🔘 " + translate("Buttons"), CommandName.BUTTONS, target=here),
            *([button("🧵 " + translate("Topic"), CommandName.TOPIC, target=here)] if has_topics else []),
            button("🔒 " + translate("Privacy"), CommandName.PRIVACY, target=here),
        ),
        (button("‹ " + translate("My groups and channels"), CommandName.CHATS, target=here),),
    )


def _sound_button(view: SettingsView) -> Button:
    if view.subscriber.silent:
        return button("🔔 " + view.translate("Sound on"), CommandName.SILENT, "off", target=ReplyTarget.SETTINGS)
    return button("🔕 " + view.translate("Sound off"), CommandName.SILENT, "on", target=ReplyTarget.SETTINGS)


def _slot_rows(view: SettingsView) -> Keyboard:
    """Return a button for each slot of the newsletter, two in a row."""
    buttons = [
        button(
            checked(f"🗓 {slot_title(each.slot, view.translate)}", on=each.schedule is not None),
            CommandName.SLOT,
            each.slot,
            target=ReplyTarget.IN_PLACE,
        )
        for each in view.slots
    ]
    return chunk_rows(buttons, 2)


def _subscription_rows(view: SettingsView) -> Keyboard:
    """Return the buttons for sound, pause and subscription."""
    translate, sound, here = view.translate, _sound_button(view), ReplyTarget.SETTINGS
    if not view.subscriber.active:
        return ((sound, button("▶️ " + translate("Subscribe"), CommandName.START, target=here)),)
    pause = button("⏸ " + translate("Pause"), CommandName.PAUSE, target=ReplyTarget.SETTINGS)
    is_paused = view.paused_until is not None
    unsubscribe = button("✖️ " + translate("Unsubscribe"), CommandName.STOP, target=here)
    return ((sound, resume_button(view, here) if is_paused else pause), (unsubscribe,))


def undo_rows(view: SettingsView, target: ReplyTarget) -> Keyboard:
    """Return the row that takes the change just made back; none if there was none."""
    undo = undo_button(view, target)
    return () if undo is None else ((undo,),)


def back_row(translate: Translator, target: ReplyTarget = ReplyTarget.SETTINGS) -> tuple[Button]:
    """Return the button to the screen from which this one was opened."""
    opener = CommandName.WELCOME if target is ReplyTarget.WELCOME else CommandName.SETTINGS
    return (button("‹ " + translate("Back"), opener, target=ReplyTarget.IN_PLACE),)


def layout_name(layout: Layout, translate: Translator) -> str:
    """Return a layout's name for people."""
    names = {
        Layout.HEADLINES: translate("Headlines"),
        Layout.FULL: translate("Full text"),
        Layout.RICH: translate("Rich"),
    }
    return names[layout]


def _layout_summary(view: SettingsView) -> str:
    name = layout_name(view.subscriber.preferences.layout, view.translate)
    if view.subscriber.rich_refusal is None:
        return name
    return view.translate("{layout} (Rich is not possible here)").format(layout=name)


def _mutes_summary(view: SettingsView) -> str:
    """Return how much is muted; empty if nothing is."""
    preferences = view.subscriber.preferences
    count = len(preferences.muted_words) + len(preferences.muted_categories)
    if not count:
        return ""
    return "🔇 " + view.translate.ngettext("{n} muted", "{n} muted", count).format(n=count)


def _categories_summary(view: SettingsView) -> str:
    chosen = view.subscriber.preferences.categories
    if chosen is None:
        return view.translate("All categories")
    count = len(chosen)
    summary = view.translate.ngettext("{n} category of your choice", "{n} categories of your choice", count)
    return summary.format(n=count)


def checked(label: str, *, on: bool) -> str:
    """Return a label with a tick if it is what is chosen."""
    return f"✓ {label}" if on else label
