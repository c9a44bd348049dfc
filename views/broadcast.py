"""The messages around a broadcast that is being drafted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator, gettext_noop
from domain.chat.message import Button, Message
from domain.chat.text import Style, Text, bold, format_text, join, styled
from domain.delivery.broadcast import Broadcast
from domain.delivery.payment import PAID_MESSAGES_PER_SECOND, max_cost_stars
from domain.delivery.reasons import RunStateReason
from domain.delivery.segment import SegmentSize
from domain.file_names import shown_name
from views.dates import format_duration
from views.roles import person_link
from views.shortening import cut_to_width

_QUOTED_WIDTH = 120
_NAMED_WIDTH = 40
_FILE_NAME_WIDTH = 60

KIND_NAMES = {
    "text": gettext_noop("📝 Text"),
    "album": gettext_noop("🖼 Album"),
    "photo": gettext_noop("🖼 Photo"),
    "video": gettext_noop("🎬 Video"),
    "animation": gettext_noop("🎬 Animation"),
    "audio": gettext_noop("🎵 Sound"),
    "voice": gettext_noop("🎙 Voice message"),
    "video_note": gettext_noop("🎬 Round video"),
    "sticker": gettext_noop("🙂 Sticker"),
    "document": gettext_noop("📄 File"),
    "poll": gettext_noop("📊 Poll"),
    "venue": gettext_noop("📍 Place"),
    "location": gettext_noop("📍 Place"),
    "contact": gettext_noop("👤 Contact"),
}
"""What a broadcast is, by the field of a Message that holds its content."""


@dataclass(frozen=True, slots=True)
class PaidOffer:
    """What an admin needs to know to choose between sending for free and sending for Telegram Stars.

    `per_second` is the free rate; `balance` is None if Telegram did not tell it.
    """

    per_second: float
    balance: int | None

    def is_affordable(self, recipients: int) -> bool:
        """Return whether the balance covers a message to so many recipients, or is unknown."""
        return self.balance is None or self.balance >= max_cost_stars(recipients)


def offer_card(run_id: int, broadcast: Broadcast, translate: Translator) -> Message:
    """Return the question below what an admin sent."""
    yes = button("📣 " + translate("Broadcast"), CommandName.BROADCAST, run_id, "open", target=ReplyTarget.IN_PLACE)
    test = button("👁 " + translate("Test to me"), CommandName.BROADCAST, run_id, "test")
    no = button("✖️ " + translate("No"), CommandName.BROADCAST, run_id, "discard")
    what = quoted(broadcast, translate, is_collecting=bool(broadcast.messages[0].album_id))
    return Message(join("\n", (what, translate("Shall I send this to your subscribers?"))), ((yes,), (test, no)))


def scheduled_entry(
    run_id: int,
    broadcast: Broadcast,
    due: Sequence[Text],
    translate: Translator,
    *,
    has_begun: bool,
    other_author: int | None = None,
) -> Message:
    """Return a broadcast that is due later, with buttons to cancel it and, as long as its author may, change it.

    `due` tells when it goes out, or who waits for it once it has begun.
    """
    lines = [quoted(broadcast, translate), *due]
    row = (_cancel_button(run_id, translate),) if has_begun else scheduled_row(run_id, translate)
    if other_author is not None:
        lines.append(format_text(translate("Author: {who}"), {"who": person_link(other_author)}))
        row = (_cancel_button(run_id, translate),)
    return Message(join("\n", lines), (row,))


def scheduled_row(run_id: int, translate: Translator) -> tuple[Button, ...]:
    """Return the buttons under a broadcast that is due later."""
    change = button("✏️ " + translate("Change"), CommandName.BROADCAST, run_id, "change")
    return (change, _cancel_button(run_id, translate))


def _cancel_button(run_id: int, translate: Translator) -> Button:
    return button("🛑 " + translate("Cancel"), CommandName.RUN, run_id, "cancel")


def quoted(broadcast: Broadcast, translate: Translator, *, is_collecting: bool = False) -> Text:
    """Return a quote of a broadcast: what kind of message it is, and how its text begins.

    `is_collecting`: it is the first message of an album, whose others are on their way.
    """
    kind = translate(KIND_NAMES["album"]) if is_collecting else _kind_in_words(broadcast, translate)
    text = " ".join(broadcast.text.split())
    words = cut_to_width(text, _QUOTED_WIDTH) if text else ""
    if broadcast.kind == "text":
        return styled(words or "…", Style.BLOCKQUOTE)
    return styled(f"{kind}\n{words}" if words else kind, Style.BLOCKQUOTE)


def broadcast_name(broadcast: Broadcast, translate: Translator) -> str:
    """Return what tells a broadcast from others in a line: how its text begins, or what kind of message it is."""
    text = Text(" ".join(broadcast.text.split())).sanitized().plain
    return cut_to_width(text, _NAMED_WIDTH) or _kind_in_words(broadcast, translate)


def _kind_in_words(broadcast: Broadcast, translate: Translator) -> str:
    """Return what a broadcast is; of an album how many messages, of a file its name and size if they are known."""
    if broadcast.kind == "album":
        return translate("🖼 Album of {n}").format(n=len(broadcast.messages))
    kind, message = translate(KIND_NAMES.get(broadcast.kind, KIND_NAMES["text"])), broadcast.messages[0]
    if message.file_name:
        kind = f"{kind.split()[0]} {cut_to_width(shown_name(message.file_name), _FILE_NAME_WIDTH)}"
    return f"{kind} · {_size_in_bytes(message.file_bytes)}" if message.file_bytes else kind


def _size_in_bytes(size: int) -> str:
    if size < 1000:
        return f"{size} B"
    return f"{size / 1000:.0f} kB" if size < 999_500 else f"{size / 1_000_000:.1f} MB"


def size_in_words(size: SegmentSize, translate: Translator) -> str:
    """Return how many get something: the number of people, groups and channels, each if there are any."""
    parts = [
        translate.ngettext("{n} person", "{n} people", size.people).format(n=size.people) if size.people else "",
        translate.ngettext("{n} group", "{n} groups", size.groups).format(n=size.groups) if size.groups else "",
        translate.ngettext("{n} channel", "{n} channels", size.channels).format(n=size.channels)
        if size.channels
        else "",
    ]
    return translate(", ").join(filter(None, parts)) or translate("nobody")


def not_affordable(offer: PaidOffer, recipients: int, translate: Translator) -> str:
    """Return the answer to the press that would pay more than the bot has."""
    return translate(
        "Not enough Stars: it may cost {stars} ⭐, and the bot has {balance} ⭐. Nothing was sent. "
        "Top up, or send it for free."
    ).format(stars=f"{max_cost_stars(recipients):,}", balance=f"{offer.balance or 0:,}")


def discarded_card(translate: Translator) -> Message:
    return Message(Text(translate("🗑 Discarded. Nothing was sent.")))


def draft_lost(translate: Translator) -> Message:
    """Say that the message is nothing any more that could be sent to all."""
    return Message(Text(translate("🗑 The way you have edited it, I cannot send it to all. The draft is discarded.")))


def reworded_since(translate: Translator) -> str:
    """Answer a press on the card of a former text."""
    return translate("You have edited the text since, so nothing was sent. Below is how it looks now.")


def reworded_card(translate: Translator) -> Message:
    """Return what the card of a former text becomes."""
    return Message(Text(translate("✏️ You have edited it since: this text no longer goes out.")))


def settled_card(reason: RunStateReason, translate: Translator) -> Message:
    """Return what a card becomes whose draft was settled before its number was known."""
    if reason is RunStateReason.REWORDED:
        return reworded_card(translate)
    if reason is RunStateReason.DISCARDED:
        return discarded_card(translate)
    return Message(Text(translate("This broadcast has been sent already; it goes out once.")))


def moved_card(broadcast: Broadcast, translate: Translator) -> Message:
    """Return what a former card of a draft becomes, so that one card alone has buttons."""
    return Message(join("\n", (quoted(broadcast, translate), translate("👇 The card is further down now."))))


def choice_lines(
    offer: PaidOffer, recipients: int, translate: Translator, *, is_later: bool = False
) -> list[Text | str]:
    """Return how long each way takes and what the fast one costs; `is_later`: from the time that was chosen on."""
    slow = format_duration(recipients / offer.per_second, translate)
    fast = format_duration(recipients / PAID_MESSAGES_PER_SECOND, translate)
    free, paid, stars = bold(translate("Free")), bold(translate("Fast")), bold(f"{max_cost_stars(recipients):,} ⭐")
    of_free, of_paid = translate("📣 {way}: about {time}"), translate("⚡ {way}: about {time}, costs at most {stars}")
    if is_later:
        of_free = translate("📣 {way}: about {time} from then on")
        of_paid = translate("⚡ {way}: about {time} from then on, costs at most {stars}")
    return [
        format_text(of_free, {"way": free, "time": slow}),
        format_text(of_paid, {"way": paid, "time": fast, "stars": stars}),
        _balance_line(offer, recipients, translate),
    ]


def _balance_line(offer: PaidOffer, recipients: int, translate: Translator) -> str:
    if offer.balance is None:
        return translate("The bot's Stars could not be read.")
    if not offer.is_affordable(recipients):
        return translate("The bot has {balance} ⭐ now, not enough for that.").format(balance=f"{offer.balance:,}")
    return translate("The bot has {balance} ⭐ now.").format(balance=f"{offer.balance:,}")


def pay_button(run_id: int, recipients: int, translate: Translator, *, is_later: bool = False) -> Button:
    """Return the button that agrees to pay at most what it says; `is_later`: the broadcast has a time."""
    stars = max_cost_stars(recipients)
    label = translate("Schedule fast, up to {stars} ⭐") if is_later else translate("Send fast, up to {stars} ⭐")
    return button("⚡ " + label.format(stars=f"{stars:,}"), CommandName.BROADCAST, run_id, "pay", stars)
