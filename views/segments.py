"""The screens on which an admin chooses to whom a broadcast goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.chat.callback_data import button
from domain.chat.commands import CommandName
from domain.chat.i18n import LANGUAGE_NAMES, Translator
from domain.chat.message import Button, Message, chunk_rows
from domain.chat.text import Text, bold, format_text, join
from domain.delivery.segment import AudienceKind, EditionTitles, Segment, SegmentSize, SentEdition, parse_sent_edition
from domain.subscription.preferences import category_id
from views.broadcast import size_in_words
from views.dates import format_day, format_full_day
from views.digest_name import undated_title
from views.shortening import cut_to_width

DAYS = (7, 30)
"""How many days back the choices of joined and active subscribers reach."""

EDITIONS_PER_PAGE = 6

_COLUMNS = 2
_EDITION_WIDTH = 34
"""Columns for an edition on its button, so that the number behind it is seen on a phone."""


@dataclass(frozen=True, slots=True)
class SegmentNames:
    """What segments are told with: names of categories by their ids, editions of which it is not kept who had them."""

    categories: Mapping[str, str]
    forgotten: frozenset[SentEdition] = frozenset()


@dataclass(frozen=True, slots=True)
class SegmentChoice:
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
    """A segment, its size, and the choices with the sizes to which they lead.

    `names` has all categories that can be chosen. `has_editions`: some can be chosen.
    """

    segment: Segment
    choices: tuple[tuple[SegmentChoice, SegmentSize], ...]
    size: SegmentSize
    names: SegmentNames
    shows_categories: bool = False
    has_editions: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionsView:
    """A page of the editions that recipients `had` or `missed`, as the verb says, each with the size it leads to."""

    verb: str
    segment: Segment
    size: SegmentSize
    editions: tuple[tuple[EditionTitles, SentEdition, SegmentSize], ...]
    names: SegmentNames
    page: int
    pages: int


def language_choices() -> tuple[str, ...]:
    """Return the languages that subscribers read."""
    return tuple(LANGUAGE_NAMES)


def segment_in_words(segment: Segment, names: SegmentNames, translate: Translator) -> str:
    """Return whom a segment holds."""
    if segment.is_everybody:
        return translate("everybody")
    category = names.categories.get(category_id(segment.category), segment.category) if segment.category else ""
    had, missed = (_edition_in_words(name, names, translate) for name in (segment.had, segment.missed))
    parts = [
        _kind_name(segment.kind, translate) if segment.kind else "",
        LANGUAGE_NAMES.get(segment.language, segment.language),
        category,
        translate("joined in {n} days").format(n=segment.joined_days) if segment.joined_days else "",
        translate("active in {n} days").format(n=segment.active_days) if segment.active_days else "",
        translate("had {day}").format(day=had) if had else "",
        translate("missed {day}").format(day=missed) if missed else "",
    ]
    return " · ".join(filter(None, parts))


def _edition_in_words(name: str | None, names: SegmentNames, translate: Translator) -> str:
    edition = parse_sent_edition(name) if name else None
    if edition is None:
        return name or ""
    day = _with_language(format_full_day(edition.day, translate), edition)
    forgotten = translate("{day} (it is no longer kept who had it)").format(day=day)
    return forgotten if edition in names.forgotten else day


def _with_language(day: str, edition: SentEdition) -> str:
    return f"{day} · {LANGUAGE_NAMES[edition.language]}" if edition.language else day


def audience_screen(run_id: int, view: AudienceView, translate: Translator) -> Message:
    """Return the screen: whom it goes to now, and each choice with the number of those who would get it then."""
    choices = [_choice_button(run_id, choice, size, view, translate) for choice, size in view.choices]
    first, others = choices[:1], choices[1:]
    saved = [choice for choice, _ in view.choices if choice.what == "saved"]
    named = [(choice.name, segment_in_words(choice.segment, view.names, translate)) for choice in saved]
    in_words = ["⭐ " + translate("{label}: {value}").format(label=name, value=words) for name, words in named]
    lines = _chosen_lines(view.segment, view.size, view.names, translate)
    more = _more_buttons(run_id, view, translate)
    return Message(
        join("\n", (*lines, *in_words)), (tuple(first), *chunk_rows(others, _COLUMNS), *chunk_rows(more, _COLUMNS))
    )


def _chosen_lines(segment: Segment, size: SegmentSize, names: SegmentNames, translate: Translator) -> tuple[Text, Text]:
    chosen = bold(segment_in_words(segment, names, translate))
    return format_text(translate("👥 To: {who}"), {"who": chosen}), bold(size_in_words(size, translate))


def _more_buttons(run_id: int, view: AudienceView, translate: Translator) -> list[Button]:
    """Return the buttons below the choices of the screen of recipients."""
    back = "◀️ " + translate("Back")
    if view.shows_categories:
        more = [button(back, CommandName.BROADCAST, run_id, "to")]
    else:
        more = [button(back, CommandName.BROADCAST, run_id, "back")]
        if view.names.categories:
            more.insert(0, button("🏷 " + translate("By category"), CommandName.BROADCAST, run_id, "cats"))
        if view.has_editions:
            verb = "missed" if view.segment.missed else "had"
            more.insert(0, button("🗓 " + translate("By edition"), CommandName.BROADCAST, run_id, verb))
    name = next((choice.name for choice, _ in view.choices if choice.what == "saved" and choice.is_on), None)
    if name is not None:
        forget = translate("Forget “{name}”").format(name=name)
        more.insert(0, button("🗑 " + forget, CommandName.BROADCAST, run_id, "forget"))
    elif not view.segment.is_everybody and not view.shows_categories:
        more.insert(0, button("⭐ " + translate("Save this choice"), CommandName.BROADCAST, run_id, "save"))
    return more


def editions_screen(run_id: int, view: EditionsView, translate: Translator) -> Message:
    """Return the screen on which an edition is chosen that recipients had or missed."""
    note = translate("Which edition? The newest first, of the last 30 days.")
    lines = *_chosen_lines(view.segment, view.size, view.names, translate), Text(note)
    verbs = {"had": translate("Had it"), "missed": translate("Missed it")}
    tabs = [
        button(("🔘 " if verb == view.verb else "⚪️ ") + label, CommandName.BROADCAST, run_id, verb)
        for verb, label in verbs.items()
    ]
    editions = [(_edition_button(run_id, *edition, view, translate),) for edition in view.editions]
    pages = []
    if view.page:
        pages.append(button("◀️ " + translate("Newer"), CommandName.BROADCAST, run_id, view.verb, view.page - 1))
    if view.page < view.pages - 1:
        pages.append(button(translate("Older") + " ▶️", CommandName.BROADCAST, run_id, view.verb, view.page + 1))
    back = button("◀️ " + translate("Back"), CommandName.BROADCAST, run_id, "to")
    return Message(join("\n", lines), tuple(filter(None, (tuple(tabs), *editions, tuple(pages), (back,)))))


def _edition_button(
    run_id: int, edition: EditionTitles, sent: SentEdition, size: SegmentSize, view: EditionsView, translate: Translator
) -> Button:
    is_on = str(sent) == getattr(view.segment, view.verb)
    mark = ("✅ " if is_on else "") + ("🗑 " if edition.is_withdrawn else "")
    title = undated_title(edition.title_in(sent.language or translate.language))
    named = " · ".join(filter(None, (_with_language(format_day(edition.day, translate), sent), title)))
    label = f"{mark}{cut_to_width(named, _EDITION_WIDTH)} · {size.total}"
    return button(label, CommandName.BROADCAST, run_id, view.verb, str(sent))


def name_question(run_id: int, translate: Translator) -> Message:
    """Ask for the name of a segment to be saved."""
    back = button("◀️ " + translate("Back"), CommandName.BROADCAST, run_id, "back")
    return Message(bold(translate("What shall this choice be called?")), ((back,),))


def saved_choices_full(run_id: int, most: int, translate: Translator) -> Message:
    """Say that no more segments can be saved, and where to forget one."""
    text = translate("{n} choices are saved, which is all that fits. Choose one of them, and you can forget it.")
    to = button("👥 " + translate("To whom"), CommandName.BROADCAST, run_id, "to")
    return Message(Text(text.format(n=most)), ((to,),))


def _choice_button(
    run_id: int, choice: SegmentChoice, size: SegmentSize, view: AudienceView, translate: Translator
) -> Button:
    mark = "✅ " if choice.is_on else ""
    label = f"{mark}{_choice_name(choice, view, translate)} · {size.total}"
    return button(label, CommandName.BROADCAST, run_id, "to", choice.words)


def _choice_name(choice: SegmentChoice, view: AudienceView, translate: Translator) -> str:
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
            return view.names.categories[value]
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
