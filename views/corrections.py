"""Corrections of editions that were delivered: what recipients and editors read about them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import takewhile
from typing import Protocol

from digest.model import Digest, Item
from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Button, Keyboard, Message
from domain.chat.text import Text, bold, join
from views.dates import format_day, format_full_day

_SHOWN_LINES = 16
"""Lines of a difference that a phone shows at once, with the buttons."""

_CONTEXT_CHARACTERS = 12
_CHANGE_CHARACTERS = 60


class CorrectionQuestion(Protocol):
    """A correction that waits for an editor: how many subscribers have the former version, and both versions."""

    @property
    def run_id(self) -> int: ...

    @property
    def edition(self) -> date: ...

    @property
    def people(self) -> int: ...

    @property
    def former(self) -> Digest: ...

    @property
    def current(self) -> Digest: ...


def belongs_to_edition(edition: date, translate: Translator) -> Button:
    """Return the button that says which edition a part belongs to that was sent after the others."""
    label = translate("📎 Belongs to the digest of {date}").format(date=format_day(edition, translate))
    return button(label, CommandName.DIGEST, edition)


def withdrawn_part(edition: date, translate: Translator) -> Message:
    """Return what takes the place of a message that is no part of its edition any more."""
    notice = translate("This message was withdrawn: the digest of {date} was corrected.")
    return Message(Text(notice.format(date=format_day(edition, translate))))


def correction_card(question: CorrectionQuestion, translate: Translator) -> Message:
    """Return the question whether what was delivered of an edition is to be edited."""
    title = translate("✏️ The digest of {date} was corrected").format(date=format_full_day(question.edition, translate))
    return Message(
        join("\n\n", [bold(title), *question_parts(question, translate)]), question_rows(question, translate)
    )


def question_parts(question: CorrectionQuestion, translate: Translator) -> list[str]:
    """Return the difference, and how many have the former version."""
    lines = list(difference_lines(question.former, question.current, translate))
    more = len(lines) - _SHOWN_LINES
    if more > 0:
        lines = [*lines[:_SHOWN_LINES], translate.ngettext("… and {n} more", "… and {n} more", more).format(n=more)]
    people = translate.ngettext(
        "{n} subscriber has the former version.", "{n} subscribers have the former version.", question.people
    ).format(n=question.people)
    photos = ""
    if {photo.key for photo in question.former.photos} != {photo.key for photo in question.current.photos}:
        photos = translate("🖼 The photos that were sent stay as they are; only texts are edited.")
    return [part for part in ("\n".join(lines), photos, people) if part]


def question_rows(question: CorrectionQuestion, translate: Translator) -> Keyboard:
    """Return the buttons that correct what was delivered, or leave it."""
    here = ReplyTarget.IN_PLACE
    yes = translate.ngettext("✏️ Correct for {n} subscriber", "✏️ Correct for {n} subscribers", question.people)
    leave = translate("Leave it as it is")
    return (
        (button(yes.format(n=question.people), CommandName.CORRECT, question.run_id, "yes", target=here),),
        (button(leave, CommandName.CORRECT, question.run_id, "no", target=here),),
    )


def difference_lines(former: Digest, current: Digest, translate: Translator) -> Iterator[str]:
    """Yield what differs between two versions, a line each: `+` for what is new, `-` for what is gone."""
    yield from _reworded(former.title, current.title)
    yield from _reworded(former.intro.plain, current.intro.plain)
    counterparts = {item.position: _counterpart(item, former) for item in current.items}
    kept = {before.position for before in counterparts.values() if before is not None}
    yield from (f"- {item.position}. {item.headline}" for item in former.items if item.position not in kept)
    for item in current.items:
        before = counterparts[item.position]
        if before is None:
            yield f"+ {item.position}. {item.headline}"
            continue
        yield from _reworded(before.headline, item.headline)
        if before.body.plain != item.body.plain:
            yield f"{item.position}. {item.headline}" if before.headline == item.headline else f"{item.position}."
            yield from _reworded(before.body.plain, item.body.plain)
        if before.url != item.url:
            yield from (f"- {before.url}", f"+ {item.url}")
    yield from _reworded(former.commentary.plain, current.commentary.plain)


def _counterpart(item: Item, former: Digest) -> Item | None:
    """Return the same item of the former version: with its headline, else with its link."""
    by_headline = (other for other in former.items if other.headline == item.headline)
    by_link = (other for other in former.items if item.url and other.url == item.url)
    return next(by_headline, None) or next(by_link, None)


def _reworded(before: str, after: str) -> Iterator[str]:
    """Yield the first place where two texts differ, before and after."""
    if before == after:
        return
    start = _common_length(before, after)
    end = _common_length(before[start:][::-1], after[start:][::-1])
    for sign, text in (("-", before), ("+", after)):
        changed = text[max(0, start - _CONTEXT_CHARACTERS) : len(text) - end + _CONTEXT_CHARACTERS].replace("\n", " ")
        if changed:
            shown = changed if len(changed) <= _CHANGE_CHARACTERS else changed[: _CHANGE_CHARACTERS - 1] + "…"
            yield f"{sign} {shown}"


def _common_length(one: str, other: str) -> int:
    """Return how many characters two texts have in common at their beginnings."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
