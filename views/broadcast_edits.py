"""The messages around the edit of a broadcast that was sent."""

from __future__ import annotations

from domain.chat.callback_data import button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Button, Message
from domain.chat.text import Text, join
from domain.delivery.broadcast import Broadcast
from views.broadcast import quoted


def edit_question(run_id: int, broadcast: Broadcast, translate: Translator) -> Message:
    """Ask for the new text or caption of a broadcast, and say what of it stays."""
    if broadcast.kind == "text":
        asked = translate("Send me the new text. It takes the place of this one wherever it arrived; buttons stay.")
    else:
        asked = translate(
            "Send me the new caption. It takes the place of this one wherever it arrived; "
            "the file itself and the buttons stay."
        )
    return Message(join("\n", (quoted(broadcast, translate), asked)), ((_leave(run_id, translate),),))


def edit_card(run_id: int, people: int, translate: Translator) -> Message:
    """Ask below the preview whether what was sent is to be edited."""
    asked = translate.ngettext(
        "⬆️ So it will be. {n} subscriber has it now; who has not had it yet gets the new text.",
        "⬆️ So it will be. {n} subscribers have it now; who has not had it yet gets the new text.",
        people,
    ).format(n=people)
    confirm = button("✏️ " + translate("Edit ({n})").format(n=people), CommandName.RUN, run_id, "rewrite")
    return Message(Text(asked), ((confirm, _leave(run_id, translate)),))


def edit_settled(people: int | None, translate: Translator) -> Message:
    """Say what was decided about an edit: it goes to so many people, or (None) nothing changes."""
    if people is None:
        return Message(Text(translate("It stays as it is.")))
    told = translate.ngettext(
        "✏️ It is being edited for {n} subscriber. The card of the broadcast shows how far it is.",
        "✏️ It is being edited for {n} subscribers. The card of the broadcast shows how far it is.",
        people,
    )
    return Message(Text(told.format(n=people)))


def not_editable(broadcast: Broadcast, translate: Translator) -> str:
    """Say why a broadcast stays as it was sent."""
    if broadcast.kind == "album":
        return translate("An album stays as it was sent. You can recall it and send another one.")
    if broadcast.kind == "poll":
        return translate("Telegram lets nobody edit a poll. You can recall it and send another one.")
    return translate("This has no text that could be edited. You can recall it and send another one.")


def only_words(translate: Translator) -> Message:
    """Say that a file that was sent stays."""
    text = translate(
        "What was sent keeps its file; only the words can be edited. You can recall it and send another one."
    )
    return Message(Text(text))


def too_long(run_id: int, most: int, translate: Translator) -> Message:
    text = translate("Telegram allows {n} characters at most here. Please send a shorter text.").format(n=most)
    return Message(Text(text), ((_leave(run_id, translate),),))


def _leave(run_id: int, translate: Translator) -> Button:
    return button("✖️ " + translate("No"), CommandName.RUN, run_id, "leave")
