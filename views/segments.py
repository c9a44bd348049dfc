"""The screen on which an admin chooses to whom a broadcast goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.chat.callback_data import button
from domain.chat.commands import CommandName
from domain.chat.i18n import LANGUAGE_NAMES, Translator
from domain.chat.message import Button, Message, chunk_rows
from domain.chat.text import Text, bold, format_text, join
from domain.delivery.segment import AudienceKind, Segment, SegmentSize
from domain.edition_day import parse_edition_day
from domain.subscription.preferences import category_id
from views.broadcast import size_in_words
from views.dates import format_day

DAYS = (7, 30)
"""How many days back the choices of joined and active subscribers reach."""

_COLUMNS = 2


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice on the screen: what it is about, the words of its button, the segment while it holds.

    `is_on`: it holds, and the press takes it back. `name` is that of a saved segment.
    """

    what: str
    words: str
    segment: Segment
    is_on: bool
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceView:
    """A segment, its size, and the choices with the sizes to which they lead. `names`: of categories, by their ids."""

    segment: Segment
    choices: tuple[tuple[Choice, SegmentSize], ...]
    size: SegmentSize
    names: Mapping[str, str]
    shows_categories: bool = False


def language_choices() -> tuple[str, ...]:
    """Return the languages that subscribers read."""
    return tuple(LANGUAGE_NAMES)


def segment_in_words(segment: Segment, names: Mapping[str, str], translate: Translator) -> str:
    """Return whom a segment holds; `names` are those of categories, by their ids."""
    if segment.is_everybody:
        return translate("everybody")
    parts = [
        _kind_name(segment.kind, translate) if segment.kind else "",
        LANGUAGE_NAMES.get(segment.language, segment.language),
        names.get(category_id(segment.category), segment.category) if segment.category else "",
        translate("joined in {n} days").format(n=segment.joined_days) if segment.joined_days else "",
        translate("active in {n} days").format(n=segment.active_days) if segment.active_days else "",
        translate("had {day}").format(day=_edition_name(segment.had, translate)) if segment.had else "",
        translate("missed {day}").format(day=_edition_name(segment.missed, translate)) if segment.missed else "",
    ]
    return " · ".join(filter(None, parts))


def _edition_name(written: str, translate: Translator) -> str:
    day = parse_edition_day(written)
    return written if day is None else format_day(day, translate)


def audience_screen(run_id: int, view: AudienceView, translate: Translator) -> Message:
    """Return the screen: whom it goes to now, and each choice with the number of those who would get it then."""
    chosen = bold(segment_in_words(view.segment, view.names, translate))
    size = bold(size_in_words(view.size, translate))
    text = join("\n", (format_text(translate("👥 To: {who}"), {"who": chosen}), size))
    choices = [_choice_button(run_id, choice, size, view, translate) for choice, size in view.choices]
    first, others = choices[:1], choices[1:]
    more = [button("◀️ " + translate("Back"), CommandName.BROADCAST, run_id, "back")]
    if view.shows_categories:
        more = [button("◀️ " + translate("Back"), CommandName.BROADCAST, run_id, "to")]
    elif view.names:
        more.insert(0, button("🏷 " + translate("By category"), CommandName.BROADCAST, run_id, "cats"))
    saved = next((choice.name for choice, _ in view.choices if choice.what == "saved" and choice.is_on), None)
    if saved is not None:
        forget = translate("Forget “{name}”").format(name=saved)
        more.insert(0, button("🗑 " + forget, CommandName.BROADCAST, run_id, "forget"))
    elif not view.segment.is_everybody and not view.shows_categories:
        more.insert(0, button("⭐ " + translate("Save this choice"), CommandName.BROADCAST, run_id, "save"))
    return Message(text, (tuple(first), *chunk_rows(others, _COLUMNS), *chunk_rows(more, _COLUMNS)))


def name_question(run_id: int, translate: Translator) -> Message:
    """Ask for the name of a segment to be saved."""
    back = button("◀️ " + translate("Back"), CommandName.BROADCAST, run_id, "back")
    return Message(bold(translate("What shall this choice be called?")), ((back,),))


def saved_choices_full(run_id: int, most: int, translate: Translator) -> Message:
    """Say that no more segments can be saved, and where to forget one."""
    text = translate("{n} choices are saved, which is all that fits. Choose one of them, and you can forget it.")
    to = button("👥 " + translate("To whom"), CommandName.BROADCAST, run_id, "to")
    return Message(Text(text.format(n=most)), ((to,),))


def _choice_button(run_id: int, choice: Choice, size: SegmentSize, view: AudienceView, translate: Translator) -> Button:
    mark = "✅ " if choice.is_on else ""
    label = f"{mark}{_choice_name(choice, view, translate)} · {size.total}"
    return button(label, CommandName.BROADCAST, run_id, "to", choice.words)


def _choice_name(choice: Choice, view: AudienceView, translate: Translator) -> str:
    _, _, value = choice.words.partition(" ")
    match choice.what:
        case "all":
            return translate("Everybody")
        case "saved":
            return f"⭐ {choice.name}"
        case "kind":
            return _kind_name(AudienceKind(value), translate)
        case "lang":
            return LANGUAGE_NAMES[value]
        case "cat":
            return view.names[value]
        case "joined":
            return translate("New: {n} days").format(n=value)
        case "active":
            return translate("Active: {n} days").format(n=value)
        case "had":
            return translate("Had the newest edition")
        case _:
            return translate("Missed the newest edition")


def _kind_name(kind: AudienceKind, translate: Translator) -> str:
    return {
        AudienceKind.PEOPLE: translate("People"),
        AudienceKind.GROUPS: translate("Groups"),
        AudienceKind.CHANNELS: translate("Channels"),
    }[kind]
