"""What an editor is told below the preview of an edition: what was read, what is wrong, and who gets it when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from digest.model import Digest
from domain.chat.callback_data import button
from domain.chat.commands import CommandName
from domain.chat.i18n import LANGUAGE_NAMES, Translator
from domain.chat.message import Message
from domain.chat.text import Text, bold, join
from domain.subscription.preferences import Layout
from views.dates import format_full_day, format_moment
from views.edition_report import counted_line, messages_line
from views.examples import with_examples
from views.pictures import picture_lines
from views.problem_lines import problem_lines
from views.send_now import send_now_button
from views.settings import layout_name


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedEdition:
    """An edition as it was read, shown in a layout and a language.

    `character_count` is that of the full text. `recipient_count` is how many would get it now.
    """

    digest: Digest
    layout: Layout
    language: str
    message_count: int
    character_count: int
    published: datetime
    recipient_count: int
    is_withdrawn: bool = False


def nothing_stored(day: date, command: str, translate: Translator) -> Text:
    """Say that there is no edition of a day; `command` is the one about the newest edition."""
    words = translate("No edition of {date} has been read. The newest is `{command}`")
    return with_examples(words.format(date=format_full_day(day, translate), command=command))


def preview_card(report: PreviewedEdition, translate: Translator, *, zone: str, now: datetime) -> Message:
    """Return the card below a preview, with a button for each other layout and language."""
    digest = report.digest
    heading = bold("👁 " + (format_full_day(digest.date, translate) if digest.date else digest.title))
    parts: list[Text | str] = [
        heading,
        _read(report, translate),
        _when(report, translate, zone, now),
        *picture_lines(digest, translate),
        *problem_lines(digest, translate, now.astimezone(ZoneInfo(zone)).date()),
    ]
    if report.is_withdrawn:
        withdrawn = translate("It was withdrawn. /withdraw {date} publishes it again.")
        parts.append("🗑 " + withdrawn.format(date=digest.date))
    if report.published > now:
        parts.append(translate("Until then its buttons find nothing."))
    day = digest.date or ""
    layouts = tuple(
        button(layout_name(layout, translate), CommandName.PREVIEW, day, layout, report.language)
        for layout in Layout
        if layout is not report.layout
    )
    languages = tuple(
        button(LANGUAGE_NAMES[language], CommandName.PREVIEW, day, report.layout, language)
        for language in LANGUAGE_NAMES
        if language != report.language
    )
    can_be_sent = report.recipient_count and not report.is_withdrawn
    now_row = ((send_now_button(digest.date, translate),),) if digest.date and can_be_sent else ()
    return Message(join("\n\n", parts), (layouts, languages, *now_row))


def _read(report: PreviewedEdition, translate: Translator) -> str:
    """Return what was read, and what it makes in this layout."""
    layout = f"{layout_name(report.layout, translate)} · {LANGUAGE_NAMES[report.language]}"
    shown = messages_line(layout, report.message_count, translate)
    return f"{counted_line(report.digest, report.character_count, translate)}\n{shown}"


def _when(report: PreviewedEdition, translate: Translator, zone: str, now: datetime) -> str:
    people = translate.ngettext("{n} subscriber", "{n} subscribers", report.recipient_count).format(
        n=report.recipient_count
    )
    moment = format_moment(report.published, zone, translate, now)
    if report.published > now:
        return translate("It may go out from {moment} on, to each at their time: {people}.").format(
            moment=moment, people=people
        )
    return translate("It has been published since {moment}.").format(moment=moment)
