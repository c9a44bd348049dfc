"""What an editor sees of an edition that they sent in the chat: the card below its preview, and the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from digest.model import Digest
from digest.reader import Reading
from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.i18n import LANGUAGE_NAMES, Translator
from domain.chat.message import Button, Message
from domain.chat.text import Text, bold, format_text, join
from domain.subscription.preferences import Layout
from domain.subscription.reach import Reach
from views.dates import format_full_day, format_moment
from views.digest_passages import format_item_count
from views.edition_report import counted_line, messages_line, reach_lines, variant_line
from views.pictures import picture_lines
from views.problem_lines import problem_lines
from views.readings import readings_row, readings_text
from views.settings import layout_name
from views.source_name import source_name

_SHOWN_DAYS = 10
"""Days of a text that are listed; more than a week in one is rare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionDraftView:
    """A draft, shown in one layout and language. Published without a chosen time, it goes out from `published` on.

    `variant` is the language of a variant, '' for the original; `variant_readers` have that language. `is_waiting`: its
    edition has no original yet. `shown_messages` of all its messages are in the preview.
    """

    draft_id: int
    name: str
    digest: Digest
    layout: Layout
    language: str
    message_count: int
    shown_messages: int
    character_count: int
    published: datetime
    reach: Reach
    is_correction: bool
    is_withdrawn: bool = False
    readings: tuple[Reading, ...] = ()
    variant: str = ""
    variant_readers: int = 0
    is_waiting: bool = False


def draft_card(view: EditionDraftView, translate: Translator, *, zone: str, now: datetime) -> Message:
    """Return the card below the preview of a draft: what was read, who gets it when, and what to do with it."""
    day = view.digest.date
    names: dict[str, Text | str | int] = {"date": bold(format_full_day(day, translate) if day else view.digest.title)}
    if view.is_withdrawn:
        heading = format_text(
            translate("📢 The edition of {date} was withdrawn. Publishing this brings it back."), names
        )
    elif view.variant:
        names["language"] = LANGUAGE_NAMES.get(view.variant, view.variant)
        heading = format_text(
            translate("🌐 The {language} text of the edition of {date}. It is not published yet."), names
        )
    elif view.is_correction:
        heading = format_text(translate("✏️ A correction of the edition of {date}. It is not published yet."), names)
    else:
        heading = format_text(translate("📝 The edition of {date}. It is not published yet."), names)
    layout = f"{layout_name(view.layout, translate)} · {LANGUAGE_NAMES[view.language]}"
    shown = messages_line(layout, view.message_count, translate)
    if view.shown_messages < view.message_count:
        note = translate("The first {n} of them are shown above; readers get all.")
        shown = f"{shown}\n{note.format(n=view.shown_messages)}"
    source = source_name(view.name, translate, is_own=True)
    parts: list[Text | str] = [
        heading,
        f"{source}\n{counted_line(view.digest, view.character_count, translate)}\n{shown}",
        *_recipient_lines(view, translate, zone, now),
        *picture_lines(view.digest, translate),
        *problem_lines(view.digest, translate, now.astimezone(ZoneInfo(zone)).date()),
        *([readings_text(view.readings, translate)] if view.readings else []),
    ]
    if view.published > now and not view.variant:
        moment = format_moment(view.published, zone, translate, now)
        parts.append(translate("It may go out from {moment} on.").format(moment=moment))
    here = ReplyTarget.IN_PLACE
    layouts = tuple(
        button(layout_name(layout, translate), CommandName.DRAFT, view.draft_id, "show", layout, view.language)
        for layout in Layout
        if layout is not view.layout
    )
    languages = tuple(
        button(LANGUAGE_NAMES[language], CommandName.DRAFT, view.draft_id, "show", view.layout, language)
        for language in LANGUAGE_NAMES
        if language != view.language
    )
    publish = button("✅ " + translate("Publish"), CommandName.DRAFT, view.draft_id, "publish", target=here)
    at_once = button("🚀 " + translate("Publish now"), CommandName.DRAFT, view.draft_id, "now", target=here)
    later = button("🕗 " + translate("At …"), CommandName.DRAFT, view.draft_id, "at")
    drop = button("✖️ " + translate("Do not publish"), CommandName.DRAFT, view.draft_id, "no", target=here)
    asked = (readings_row(view.draft_id, view.readings, translate),) if view.readings else ()
    if view.variant:  # it goes out with its edition
        return Message(join("\n\n", parts), (*asked, layouts, languages, (publish, drop)))
    return Message(join("\n\n", parts), (*asked, layouts, languages, (publish, at_once), (later, drop)))


def _recipient_lines(view: EditionDraftView, translate: Translator, zone: str, now: datetime) -> list[str]:
    """Return who gets a draft and when."""
    if not view.variant:
        return ["\n".join(reach_lines(view.reach, translate, zone=zone, now=now, slot=view.digest.slot))]
    lines = [variant_line(view.variant, view.variant_readers, translate)]
    if view.is_waiting:
        lines.append(
            translate("⏳ The edition has no original yet: nobody gets this text before that one is published.")
        )
    return lines


def refused_draft(name: str, digest: Digest, translate: Translator, today: date) -> Message:
    """Return the message about a text that cannot be published, with what to correct."""
    heading = format_text(
        translate("⚠️ {file} cannot be published as it is."), {"file": bold(source_name(name, translate, is_own=True))}
    )
    parts: list[Text | str] = [heading, *problem_lines(digest, translate, today)]
    if digest.is_draft:
        parts.append(translate("It says draft: true. Take that line out and send it again."))
    else:
        parts.append(translate("Correct it and send it again."))
    return Message(join("\n\n", parts))


def too_many_items(name: str, items: int, most: int, translate: Translator) -> str:
    """Return why a text is no draft that has more items than an edition may have in the chat."""
    return translate(
        "⚠️ I read {n} items in {file}, and an edition sent here may have {most}. "
        "If every line or heading became an item, check its form; else send it as several editions."
    ).format(file=source_name(name, translate, is_own=True), n=f"{items:,}", most=f"{most:,}")


def several_days(name: str, found: Sequence[Digest], translate: Translator) -> Message:
    """Return why a text of several editions is no draft, with their days, and how to split it."""
    heading = format_text(
        translate("⚠️ {file} holds {n} editions; one can be published at a time."),
        {
            "file": bold(source_name(name, translate, is_own=True)),
            "n": len(found),
        },
    )
    days = [_day_line(digest, translate) for digest in found[:_SHOWN_DAYS]]
    left_out = len(found) - _SHOWN_DAYS
    if left_out > 0:
        days.append(
            translate.ngettext("… and {n} more edition", "… and {n} more editions", left_out).format(n=left_out)
        )
    remedy = translate(
        "Cut it before the heading of each day and send the parts one after the other, each with its date. "
        "In the folder the file may stay whole: each of its days is published by itself there."
    )
    return Message(join("\n\n", [heading, "\n".join(days), remedy]))


def _day_line(digest: Digest, translate: Translator) -> str:
    day = translate("without a date") if digest.date is None else format_full_day(digest.date, translate)
    return f"· {day} · {format_item_count(len(digest.items), translate)}"


def time_question(draft_id: int, translate: Translator) -> Message:
    """Return the question from when on a draft goes out."""
    text = translate("From when on? Write a time of your clock, such as 20:30 or 11-28 7:00.")
    return Message(Text(text), ((_back(draft_id, translate),),))


def time_refused(draft_id: int, translate: Translator) -> Message:
    """Return the answer to a time that cannot be read, or is past."""
    text = translate("That is no time to come. Write one such as 20:30 or 11-28 7:00.")
    return Message(Text(text), ((_back(draft_id, translate),),))


def confirmed(published: datetime | None, translate: Translator, *, zone: str, now: datetime) -> str:
    """Return the answer to the press that publishes a draft."""
    if published is None or published <= now:
        return translate("✅ It is being published. A message says when it is done.")
    moment = format_moment(published, zone, translate, now)
    return translate("✅ It is being published, to go out from {moment} on.").format(moment=moment)


def draft_gone(translate: Translator) -> str:
    """Return the answer to a press on a draft that is not there any more."""
    return translate("This draft is gone: it was published, replaced or dropped, or is older than a day.")


def reworded(translate: Translator) -> str:
    """Return that an edited text takes the place of one that was to go out."""
    return translate("You edited the text, so the former version does not go out. Here is the new one:")


def _back(draft_id: int, translate: Translator) -> Button:
    return button("‹ " + translate("Back"), CommandName.DRAFT, draft_id, "show")
