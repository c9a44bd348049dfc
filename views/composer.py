"""The card of a broadcast that is being composed, and what its author is asked."""

from __future__ import annotations

from dataclasses import dataclass

from domain.chat.callback_data import button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Button, Message
from domain.chat.text import Text, bold, format_text, join
from domain.delivery.broadcast import Broadcast, LinkButton
from domain.delivery.broadcast_time import NOW
from domain.delivery.segment import SegmentSize
from views.broadcast import PaidOffer, choice_lines, pay_button, quoted, size_in_words
from views.shortening import cut_to_width

_SHOWN_BUTTONS = 6
_NEVER_EDITED = ("poll", "sticker", "location", "venue", "contact", "video_note")
"""Kinds of messages that nobody can edit in their app."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastDraftView:
    """What the card of a draft shows: the broadcast, its recipients in number and in words, and when it goes out.

    `waiting`: who gets it later than at that time.
    """

    run_id: int
    broadcast: Broadcast
    size: SegmentSize
    who: str
    when: Text
    waiting: Text | None = None


def composer_card(view: BroadcastDraftView, translate: Translator, offer: PaidOffer | None = None) -> Message:
    """Return the card of a draft: what, to how many, all options, and the buttons that send it or throw it away.

    With an offer there are two ways to send it. Once confirmed it becomes the progress card of the run.
    """
    run_id, broadcast, size = view.run_id, view.broadcast, view.size
    recipients = bold(size_in_words(size, translate))
    lines: list[Text | str] = [quoted(broadcast, translate)]
    lines.append(format_text(translate("For {recipients}"), {"recipients": recipients}))
    if not broadcast.segment.is_everybody:
        lines.append(format_text(translate("👥 To: {who}"), {"who": bold(view.who)}))
    if broadcast.time != NOW:
        lines.append(format_text(translate("🕗 Goes out {when}"), {"when": view.when}))
    if view.waiting is not None:
        lines.append(view.waiting)
    lines += [_button_line(row) for row in broadcast.buttons[:_SHOWN_BUTTONS]]
    if broadcast.shares_votes:
        lines.append(translate("🗳 All vote in your poll: leave it above, I forward it from there."))
    if not any(message.is_forwarded for message in broadcast.messages) and broadcast.kind not in _NEVER_EDITED:
        lines.append(translate("✏️ You can still edit it up there: I show it to you anew before anything goes out."))
    if offer is not None and size.total:
        lines += [Text(), *choice_lines(offer, size.total, translate, is_later=broadcast.time != NOW)]
    return Message(
        join("\n", lines), (*_option_rows(run_id, broadcast, translate), *_send_rows(view, translate, offer))
    )


def button_question(run_id: int, translate: Translator) -> Message:
    """Ask for a button: its label, or several buttons at once."""
    text = translate(
        "What should the button say? Write it, and I ask where it leads. Or all at once, a row a line:\n\n"
        "Read more - https://example.org\nSite - https://example.org | Blog - https://blog.example.org"
    )
    return Message(Text(text), ((_back(run_id, translate),),))


def address_question(run_id: int, label: str, translate: Translator) -> Message:
    """Ask for the address of a button."""
    text = format_text(translate("Where does “{label}” lead? Send the link."), {"label": bold(label)})
    return Message(text, ((_back(run_id, translate),),))


def buttons_refused(run_id: int, line: str, translate: Translator) -> Message:
    """Say which line is no button."""
    text = translate("I cannot read this as a button with a link: {line}\n\nLike this: Read more - https://example.org")
    return Message(format_text(text, {"line": bold(cut_to_width(line, 100))}), ((_back(run_id, translate),),))


def label_refused(run_id: int, label: str, limit: int, translate: Translator) -> Message:
    """Say that the label of a button is too long."""
    told = translate("A button holds at most {limit} characters; this has {n}: {label}")
    shown = bold(cut_to_width(label, 100))
    text = format_text(told, {"limit": limit, "n": len(label), "label": shown})
    return Message(text, ((_back(run_id, translate),),))


def row_refused(run_id: int, line: str, limit: int, translate: Translator) -> Message:
    """Say that a line holds too many buttons."""
    text = translate("A row holds at most {limit} buttons; put the others on a line of their own: {line}")
    shown = bold(cut_to_width(line, 100))
    return Message(format_text(text, {"limit": limit, "line": shown}), ((_back(run_id, translate),),))


def address_refused(run_id: int, line: str, translate: Translator) -> Message:
    """Say that the answer to the question for a button's address is none."""
    text = translate("I cannot read this as a link: {line}\n\nLike this: https://example.org")
    return Message(format_text(text, {"line": bold(cut_to_width(line, 100))}), ((_back(run_id, translate),),))


def _button_line(row: tuple[LinkButton, ...]) -> str:
    return "🔗 " + " | ".join(f"{link.text} → {link.url}" for link in row)


def _option_rows(run_id: int, broadcast: Broadcast, translate: Translator) -> tuple[tuple[Button, ...], ...]:
    def option(label: str, verb: str, *, is_on: bool) -> Button:
        return button(f"{label} {'✅' if is_on else '◻️'}", CommandName.BROADCAST, run_id, verb)

    silent = option("🔕 " + translate("Silent"), "silent", is_on=broadcast.is_silent)
    protect = option("🔒 " + translate("No forwarding"), "protect", is_on=broadcast.is_protected)
    more = [option("📌 " + translate("Pin"), "pin", is_on=broadcast.is_pinned)]
    if broadcast.kind == "text":
        more.append(option("🖼 " + translate("No preview"), "preview", is_on=broadcast.hides_preview))
    if broadcast.kind == "poll":
        more.append(option("🗳 " + translate("Shared votes"), "votes", is_on=broadcast.shares_votes))
    links = [button("🔗 " + translate("Add a link button"), CommandName.BROADCAST, run_id, "buttons")]
    if broadcast.buttons:
        links.append(button("✖️ " + translate("No buttons"), CommandName.BROADCAST, run_id, "nobuttons"))
    to = button("👥 " + translate("To whom"), CommandName.BROADCAST, run_id, "to")
    when = button("🕗 " + translate("When"), CommandName.BROADCAST, run_id, "when")
    return tuple(filter(None, ((to, when), (silent, protect), tuple(more), tuple(links))))


def _send_rows(
    view: BroadcastDraftView, translate: Translator, offer: PaidOffer | None
) -> tuple[tuple[Button, ...], ...]:
    run_id, size, is_later = view.run_id, view.size, view.broadcast.time != NOW
    test = button("👁 " + translate("Test to me"), CommandName.BROADCAST, run_id, "test")
    discard = button("🗑 " + translate("Discard"), CommandName.BROADCAST, run_id, "discard")
    if not size.total:
        return ((test, discard),)
    if offer is None:
        return ((test, discard), (button("📣 " + translate("Send"), CommandName.BROADCAST, run_id, "send"),))
    label = translate("Schedule for free") if is_later else translate("Send for free")
    free = button(f"📣 {label}", CommandName.BROADCAST, run_id, "send")
    return ((test, discard), (free,), (pay_button(run_id, size.total, translate, is_later=is_later),))


def _back(run_id: int, translate: Translator) -> Button:
    return button("◀️ " + translate("Back"), CommandName.BROADCAST, run_id, "back")
