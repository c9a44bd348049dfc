"""What editors are told of an edition when it was read: what was read, what is wrong, and who gets it when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from digest.model import Digest
from domain.chat.callback_data import button
from domain.chat.commands import CommandName
from domain.chat.i18n import LANGUAGE_NAMES, LANGUAGES, Translations, Translator
from domain.chat.message import Message
from domain.chat.text import Text, bold, format_text, join
from domain.delivery.send_now import SendNow
from domain.edition_day import DEFAULT_SLOT
from domain.subscription.preferences import ContentPreferences, Layout
from domain.subscription.reach import Reach
from views.corrections import CorrectionQuestion, question_parts, question_rows
from views.dates import format_full_day, format_moment
from views.digest_messages import digest_messages, full_messages
from views.digest_passages import format_item_count
from views.pictures import picture_lines
from views.problem_lines import problem_lines
from views.readings import leaves_doubt, question_button
from views.send_now import had_lines, nothing_lines, refusal_text, send_now_button
from views.settings import layout_name, slot_title
from views.source_name import source_name


@dataclass(frozen=True, slots=True)
class EditionLength:
    """How long an edition is for its readers: its messages by layout, and the characters of its full text."""

    messages: Mapping[Layout, int]
    characters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionReport:
    """An edition that was read from a file, and whom it reaches.

    `lengths` are by language. `is_correction`: an earlier version of it was stored. `zone` is that of the moments.
    `goes_out`: it is sent to those for whom it is due. `sending`: whether it went at once; None if that was not wanted.
    `is_written`: what the folder is to have of it, it has. `variant` is the language of a variant, '' for the original;
    `variant_readers` have that language.
    """

    file: str
    digest: Digest
    lengths: Mapping[str, EditionLength]
    reach: Reach
    is_correction: bool
    zone: str
    now: datetime
    is_from_chat: bool = False
    goes_out: bool = True
    is_written: bool = True
    sending: SendNow | None = None
    question: CorrectionQuestion | None = None
    variant: str = ""
    variant_readers: int = 0


def lengths_of(digest: Digest, translations: Translations) -> dict[str, EditionLength]:
    """Return how long an edition is in each language, with all of its items; it renders each layout."""
    return {language: _length(digest, translations.translator(language)) for language in LANGUAGES}


def _length(digest: Digest, translate: Translator) -> EditionLength:
    in_full = full_messages(digest, digest.items, translate)
    messages = {
        layout: len(digest_messages(digest, ContentPreferences(layout=layout, language=translate.language), translate))
        for layout in Layout
    }
    return EditionLength(messages, sum(len(message.text.plain) for message in in_full))


def edition_notice(report: EditionReport, translate: Translator) -> Message:
    """Return the message about a file that was read and whose edition goes out."""
    digest = report.digest
    names = {"file": bold(source_name(report.file, translate, is_own=False))}
    if report.variant and digest.date is not None:
        template = translate("🌐 {file} was read: the {language} text of the edition of {date}.")
        if report.is_from_chat:
            template = translate("🌐 Published in the chat: {file}, the {language} text of the edition of {date}.")
        heading = format_text(template, {**names, **_variant_names(report.variant, digest.date, translate)})
    elif report.is_from_chat and report.is_correction:
        heading = format_text(translate("✏️ Corrected in the chat: {file}."), names)
    elif report.is_from_chat and report.goes_out:
        heading = format_text(translate("📥 Published in the chat: {file}."), names)
    elif not report.goes_out:
        heading = format_text(translate("📥 {file} is stored for reading; it is too old to go out by itself."), names)
    elif report.is_correction:
        heading = format_text(translate("✏️ {file} was read again: the edition is corrected."), names)
    else:
        heading = format_text(translate("📥 {file} was read, and its edition goes out."), names)
    parts: list[Text | str] = [
        heading,
        join("\n", (bold(digest.title), *read_lines(digest, report.lengths[translate.language], translate))),
        _recipients(report, translate),
        *picture_lines(digest, translate),
        *problem_lines(digest, translate, report.now.astimezone(ZoneInfo(report.zone)).date()),
        *(
            []
            if report.sending is None or report.sending is SendNow.SENT or digest.date is None
            else [_not_sent(report.sending, digest.date, translate)]
        ),
        *([] if report.is_written else [translate("⚠️ It could not be written into the folder.")]),
        *([] if report.question is None else question_parts(report.question, translate)),
    ]
    shown_in = (report.variant,) if report.variant in LANGUAGES else ()
    preview = button("👁 " + translate("Preview"), CommandName.PREVIEW, digest.date or "", *shown_in)
    some_wait = report.reach.without > report.reach.at_once
    may_send = digest.date and some_wait and not report.variant and report.sending is not SendNow.SENT
    row = (preview, *((send_now_button(digest.date, translate),) if digest.date and may_send else ()))
    asked = () if report.question is None else question_rows(report.question, translate)
    doubt = (
        ((question_button(digest.date, translate),),)
        if digest.date and leaves_doubt(digest) and not report.variant
        else ()
    )
    return Message(join("\n\n", parts), (*asked, *doubt, row))


def _recipients(report: EditionReport, translate: Translator) -> str:
    """Return who gets it and when."""
    if report.variant:
        return variant_line(report.variant, report.variant_readers, translate)
    if report.sending is SendNow.SENT and (people := report.reach.without):
        goes = translate.ngettext(
            "🚀 It goes to {n} subscriber at once.", "🚀 It goes to {n} subscribers at once.", people
        ).format(n=people)
        return "\n".join([goes, *nothing_lines(report.reach, translate)])
    return "\n".join(reach_lines(report.reach, translate, zone=report.zone, now=report.now, slot=report.digest.slot))


def variant_line(language: str, readers: int, translate: Translator) -> str:
    """Return who gets a variant."""
    if not readers:
        template = translate("Nobody has chosen {language}; everybody gets the original.")
        return template.format(language=LANGUAGE_NAMES.get(language, language))
    return translate.ngettext(
        "It is for {n} subscriber who has chosen {language}; all others get the original, and who has had the edition "
        "already gets it no second time.",
        "It is for {n} subscribers who have chosen {language}; all others get the original, and who has had the "
        "edition already gets it no second time.",
        readers,
    ).format(n=readers, language=LANGUAGE_NAMES.get(language, language))


def waiting_variant_notice(file: str, day: date, language: str, translate: Translator) -> Message:
    """Return the message about a variant whose edition has no original yet."""
    names: dict[str, Text | str | int] = {
        "file": bold(source_name(file, translate, is_own=False)),
        **_variant_names(language, day, translate),
    }
    return Message(join("\n\n", variant_waits(names, language, translate)))


def variant_waits(names: dict[str, Text | str | int], language: str, translate: Translator) -> list[Text]:
    """Return that a variant waits for its original, and how to say that it is the original itself."""
    waits = translate(
        "⏳ {file} is the {language} text of the edition of {date}, which has no original yet, so nobody gets it. "
        "It goes out together with the original: a file whose name has no language."
    )
    own = translate("Is {language} the language of your newsletter? Then set DEFAULT_LANGUAGE={code}.")
    parts = [format_text(waits, names)]
    return [*parts, format_text(own, {**names, "code": language})] if language in LANGUAGES else parts


def _variant_names(language: str, day: date, translate: Translator) -> dict[str, Text | str | int]:
    return {"language": LANGUAGE_NAMES.get(language, language), "date": format_full_day(day, translate)}


def _not_sent(sending: SendNow, day: date, translate: Translator) -> str:
    return "⚠️ " + translate("It was not sent at once.") + " " + refusal_text(sending, day, translate)


def read_lines(digest: Digest, length: EditionLength, translate: Translator) -> Iterator[str]:
    """Yield the day, what was read, and the messages that it makes in each layout."""
    if digest.date is not None:
        yield format_full_day(digest.date, translate)
    yield counted_line(digest, length.characters, translate)
    for layout, count in length.messages.items():
        yield messages_line(layout_name(layout, translate), count, translate)


def messages_line(layout: str, count: int, translate: Translator) -> str:
    """Return how many messages an edition is in a layout."""
    messages = translate.ngettext("{n} message", "{n} messages", count).format(n=count)
    return translate("{layout}: {messages}").format(layout=layout, messages=messages)


def counted_line(digest: Digest, characters: int, translate: Translator) -> str:
    """Return what was read, counted, in one line."""
    sections = len({item.section for item in digest.items if item.section})
    categories = len({name for item in digest.items for name in item.categories})
    counted = (
        format_item_count(len(digest.items), translate),
        translate.ngettext("{n} section", "{n} sections", sections).format(n=sections) if sections else "",
        translate.ngettext("{n} category", "{n} categories", categories).format(n=categories) if categories else "",
        translate("with commentary") if digest.commentary.plain.strip() else translate("without commentary"),
        translate.ngettext("{n} character", "{n} characters", characters).format(n=characters),
    )
    return " · ".join(filter(None, counted))


def reach_lines(
    reach: Reach, translate: Translator, *, zone: str, now: datetime, slot: str = DEFAULT_SLOT
) -> Iterator[str]:
    """Yield who gets it and when, a line for each kind of recipients that there are."""
    if slot != DEFAULT_SLOT:
        names = {"slot": slot_title(slot, translate)}
        yield translate("🗓 {slot}: for those who have switched it on in /settings.").format(**names)
    yield from had_lines(reach, translate)
    if reach.at_once:
        yield translate.ngettext(
            "⏰ {n} subscriber gets it now.", "⏰ {n} subscribers get it now.", reach.at_once
        ).format(n=reach.at_once)
    if reach.first is not None and reach.last is not None:
        yield _in_time(reach, reach.first, reach.last, translate, zone, now)
    if reach.late_from is not None:
        template = translate.ngettext(
            "⏳ {n} subscriber gets it on a later day, from {moment} on, unless there is a newer one by then.",
            "⏳ {n} subscribers get it on a later day, from {moment} on, unless there is a newer one by then.",
            reach.late,
        )
        yield template.format(n=reach.late, moment=format_moment(reach.late_from, zone, translate, now))
    if reach.superseded:
        yield translate.ngettext(
            "⏳ {n} subscriber does not get it: a newer one is due for them.",
            "⏳ {n} subscribers do not get it: a newer one is due for them.",
            reach.superseded,
        ).format(n=reach.superseded)
    if reach.too_late:
        yield translate.ngettext(
            "⏳ {n} subscriber does not get it: it came too late for their time.",
            "⏳ {n} subscribers do not get it: it came too late for their times.",
            reach.too_late,
        ).format(n=reach.too_late)
    if reach.other_days:
        yield translate.ngettext(
            "{n} subscriber has chosen other weekdays.", "{n} subscribers have chosen other weekdays.", reach.other_days
        ).format(n=reach.other_days)
    yield from nothing_lines(reach, translate)
    if reach == Reach() and slot != DEFAULT_SLOT:
        yield translate("Nobody has done so yet.")
    elif reach == Reach():
        yield translate("At the moment nobody is subscribed, or everybody has paused.")


def _in_time(reach: Reach, first: datetime, last: datetime, translate: Translator, zone: str, now: datetime) -> str:
    n = reach.in_time
    until = format_moment(last, zone, translate, now)
    if first == last:
        template = translate.ngettext("⏰ {n} subscriber gets it {moment}.", "⏰ {n} subscribers get it {moment}.", n)
        return template.format(n=n, moment=until)
    since = format_moment(first, zone, translate, now)
    return translate("⏰ {n} subscribers get it: the first {first}, the last {last}.").format(
        n=n, first=since, last=until
    )
