"""Withdrawals of editions: what editors are asked and shown, and what readers see in place of what they had."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Button, Message
from domain.chat.text import Text, bold, format_text, join
from domain.delivery.progress import Progress
from domain.delivery.states import RunState
from domain.delivery.withdrawal import WithdrawalFigures, WithdrawalOutlook
from domain.edition_day import slot_of
from domain.subscription.reach import Reach
from views.dates import format_full_day
from views.edition_report import reach_lines
from views.not_found import day_button, next_edition_line
from views.roles import person_link
from views.run_figures import messages_in_words
from views.send_now import send_now_button
from views.settings import SettingsView


def withdrawn_edition(day: date, translate: Translator) -> Message:
    """Return what takes the place of a message that Telegram deletes no more."""
    return Message(Text(withdrawn_text(day, translate)))


def withdrawn_text(day: date, translate: Translator) -> str:
    return translate("The digest of {date} was withdrawn.").format(date=format_full_day(day, translate))


def withdrawn_for_readers(day: date, nearest: Iterable[date], translate: Translator, today: date) -> Message:
    """Say that the edition of a day was withdrawn, and offer the nearest ones."""
    rows = tuple((day_button(other, translate, today),) for other in nearest)
    return Message(Text(withdrawn_text(day, translate)), rows)


def withdrawn_without_others(day: date, view: SettingsView) -> Message:
    """Say that the newest edition was withdrawn and there is no other one, and when the next one may come."""
    none = view.translate("There is no other one at the moment.")
    return Message(Text(f"{withdrawn_text(day, view.translate)}\n{none}") + next_edition_line(view))


def withdrawal_question(
    day: date, title: str, outlook: WithdrawalOutlook, waiting: int, translate: Translator
) -> Message:
    """Return the question whether an edition is to be withdrawn, with what that does; `waiting` are to get it yet."""
    heading = translate("🗑 Withdraw the digest of {date}?").format(date=format_full_day(day, translate))
    gone = translate(
        "Nobody finds it any more: not by its day, by search or among what they saved. You can publish it again later."
    )
    lines = [title, *_outlook_lines(outlook, waiting, translate)]
    yes = button("🗑 " + translate("Withdraw"), CommandName.WITHDRAW, day, "yes", target=ReplyTarget.IN_PLACE)
    no = button("✖️ " + translate("No"), CommandName.WITHDRAW, day, "no", target=ReplyTarget.IN_PLACE)
    return Message(join("\n\n", [bold(heading), "\n".join(filter(None, lines)), gone]), ((yes, no),))


def _outlook_lines(outlook: WithdrawalOutlook, waiting: int, translate: Translator) -> Iterable[str]:
    if outlook.is_forgotten:
        yield translate("It went out more than thirty days ago: its messages are not known any more, and they stay.")
    elif outlook.people:
        n = outlook.people
        yield translate.ngettext("{n} subscriber has it.", "{n} subscribers have it.", n).format(n=n)
    else:
        yield translate("Nobody has it yet.")
    if outlook.young:
        n = outlook.young
        yield translate.ngettext("· {n} message is deleted.", "· {n} messages are deleted.", n).format(n=n)
    if outlook.old:
        n = outlook.old
        yield translate.ngettext(
            "· {n} message is older than 48 hours: a note that it was withdrawn takes its place.",
            "· {n} messages are older than 48 hours: a note that they were withdrawn takes their place.",
            n,
        ).format(n=n)
    if outlook.out_of_reach:
        n = outlook.out_of_reach
        yield translate.ngettext(
            "· {n} of them has removed me, and keeps it.", "· {n} of them have removed me, and keep it.", n
        ).format(n=n)
    if outlook.unconfirmed:
        n = outlook.unconfirmed
        yield translate.ngettext(
            "· {n} message may have arrived; it is deleted as soon as a press of its buttons shows that.",
            "· {n} messages may have arrived; each is deleted as soon as a press of its buttons shows that.",
            n,
        ).format(n=n)
    if waiting:
        n = waiting
        yield translate.ngettext(
            "{n} subscriber is still to get it, and does not.", "{n} subscribers are still to get it, and do not.", n
        ).format(n=n)


def withdrawal_card(
    day: date, figures: WithdrawalFigures | None, translate: Translator, *, is_over: bool = True
) -> Message:
    """Return what became of a withdrawn edition, with the button that publishes it again.

    `figures` are None if nobody had it. `is_over`: nothing more is going to be taken back.
    """
    heading = translate("🗑 The digest of {date} is withdrawn.").format(date=format_full_day(day, translate))
    lines = list(_figure_lines(figures, translate)) if figures is not None else []
    if not lines:
        lines = [translate("Nobody had it.") if is_over else translate("Its messages are being looked for.")]
    again = button("📢 " + translate("Publish it again…"), CommandName.WITHDRAW, day, "again")
    return Message(join("\n", [bold(heading), *lines]), ((again,),))


def _figure_lines(figures: WithdrawalFigures, translate: Translator) -> Iterable[str]:
    if figures.deleted:
        yield translate("Deleted: {n}").format(n=messages_in_words(figures.deleted, translate))
    if figures.edited:
        yield translate("Replaced by a note: {n}").format(n=messages_in_words(figures.edited, translate))
    if figures.to_go:
        yield translate("To go: {n}").format(n=messages_in_words(figures.to_go, translate))
    if figures.kept:
        kept = messages_in_words(figures.kept, translate)
        still_there = translate(
            "Still there: {n}; the recipient has left, the group became a supergroup, or Telegram refused."
        )
        yield still_there.format(n=kept)
    if figures.unconfirmed:
        unconfirmed = messages_in_words(figures.unconfirmed, translate)
        yield translate("Not confirmed, may have arrived: {n}").format(n=unconfirmed)


def withdrawal_progress(run: Progress, translate: Translator) -> Message:
    """Return the card of the run that takes back what was delivered of an edition."""
    day = run.edition or run.published_at.date()
    is_over = run.state in (RunState.FINISHED, RunState.CANCELLED)
    return withdrawal_card(day, run.withdrawal, translate, is_over=is_over)


def withdrawn_notice(editor: int, day: date, title: str, people: int, translate: Translator) -> Message:
    """Tell another editor who withdrew an edition, and how many had it."""
    names: dict[str, Text | str | int] = {"who": person_link(editor), "date": format_full_day(day, translate)}
    heading = format_text(translate("🗑 {who} has withdrawn the digest of {date}."), names)
    had = translate.ngettext("{n} subscriber had it.", "{n} subscribers had it.", people).format(n=people)
    shown = button("🗑 " + translate("What became of it"), CommandName.WITHDRAW, day)
    return Message(join("\n", [heading, *filter(None, (title, had))]), ((shown,),))


def restored_notice(editor: int, day: date, title: str, translate: Translator) -> Message:
    """Tell another editor who published a withdrawn edition again."""
    names: dict[str, Text | str | int] = {"who": person_link(editor), "date": format_full_day(day, translate)}
    heading = format_text(translate("📢 {who} has published the digest of {date} again."), names)
    return Message(join("\n", [heading, *filter(None, (title,))]), ((_preview(day, translate),),))


def restore_question(
    day: date, title: str, reach: Reach, translate: Translator, *, zone: str, now: datetime
) -> Message:
    """Return the question whether a withdrawn edition is to be published again, with who gets it when."""
    heading = translate("📢 Publish the digest of {date} again?").format(date=format_full_day(day, translate))
    yes = button(
        "📢 " + translate("Publish again"), CommandName.WITHDRAW, day, "again yes", target=ReplyTarget.IN_PLACE
    )
    no = button("✖️ " + translate("No"), CommandName.WITHDRAW, day, "no", target=ReplyTarget.IN_PLACE)
    who = "\n".join(reach_lines(reach, translate, zone=zone, now=now, slot=slot_of(day)))
    again = _again_line(reach, translate)
    return Message(join("\n\n", [bold(heading), *filter(None, (title, who, again))]), ((yes, no),))


def _again_line(reach: Reach, translate: Translator) -> str:
    """Return who gets a withdrawn edition twice, or how those get it who do not by themselves; '' without anybody."""
    if reach.by_itself:
        return translate("Those who get it get it even if they had it before.")
    return translate("Publish it and then press “Send now…” to send it to them.") if reach.without else ""


def restored_message(day: date, reach: Reach, translate: Translator, *, zone: str, now: datetime) -> Message:
    """Say that a withdrawn edition is published again, and who gets it when."""
    heading = translate("📢 The digest of {date} is published again.").format(date=format_full_day(day, translate))
    who = "\n".join(reach_lines(reach, translate, zone=zone, now=now, slot=slot_of(day)))
    rows = ((send_now_button(day, translate),),) if reach.without > reach.at_once else ()
    return Message(join("\n\n", [bold(heading), who]), rows)


def withdrawn_file_notice(file: str, day: date, translate: Translator) -> Message:
    """Return the notice that a file of a withdrawn edition was saved, with what an editor can do."""
    names: dict[str, Text | str | int] = {"file": bold(file), "date": format_full_day(day, translate)}
    text = translate(
        "⚠️ {file} was saved. The digest of {date} is withdrawn, so nothing of it was published; it is only stored."
    )
    return Message(format_text(text, names), ((_preview(day, translate), _again(day, translate)),))


def _preview(day: date, translate: Translator) -> Button:
    return button("👁 " + translate("Preview"), CommandName.PREVIEW, day)


def _again(day: date, translate: Translator) -> Button:
    return button("📢 " + translate("Publish it again…"), CommandName.WITHDRAW, day, "again")
