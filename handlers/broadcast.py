"""A broadcast's beginning: an admin's message in; its exact preview, and a draft to be sent or thrown away, out.

/broadcast -> draft, preview, card with the number of recipients -> [Send] -> a run, which delivery finds
"""

from __future__ import annotations

from dataclasses import replace

from domain.chat.action import Action, Copy, Send
from domain.chat.callback_data import Place, button
from domain.chat.i18n import Say
from domain.chat.message import Message
from domain.chat.text import Text, bold, fill
from domain.delivery.progress import Card
from domain.delivery.states import RunState
from handlers.context import Context
from handlers.request import Asked, show, tell
from storage import runs, subscribers


async def broadcast(asked: Asked, context: Context) -> list[Action]:
    """`/broadcast` drafts; a press on the draft's card sends it or throws it away."""
    if asked.press is not None:
        return await _decide(asked, context)
    say, chat = context.say, asked.origin.chat
    if not chat.is_private:
        return tell(asked, say("Please do that in our private chat."))
    audience = await subscribers.audience(context.tx)
    if not audience.active:
        return tell(asked, say("Nobody is subscribed at the moment, so there is nobody to send it to."))
    if asked.said:
        message = Message(asked.said, preview=True)
        run_id = await _draft(context, asked, "sendMessage", message.as_json())
        return [Send(chat.id, message), _card(asked, run_id, audience.active, say)]
    if asked.replies_to is not None:
        body: dict[str, object] = {"from_chat_id": chat.id, "message_id": asked.replies_to}
        run_id = await _draft(context, asked, "copyMessage", body)
        return [Copy(chat.id, chat.id, asked.replies_to), _card(asked, run_id, audience.active, say)]
    return tell(
        asked, say("Write your text after /broadcast, or reply with /broadcast to the message you want to send.")
    )


async def _draft(context: Context, asked: Asked, method: str, body: dict[str, object]) -> int:
    return await runs.draft_broadcast(
        context.tx, actor=asked.origin.person.id, method=method, body=body, now=context.now
    )


def _card(asked: Asked, run_id: int, recipients: int, say: Say) -> Action:
    """What will become the live card: how many get it, and the two ways on."""
    count = say.many("{n} subscriber", "{n} subscribers", recipients).format(n=recipients)
    text = fill(say("⬆️ This is exactly what {recipients} will get."), {"recipients": bold(count)})
    rows = (
        (
            button("📣 " + say("Send"), f"broadcast {run_id} send"),
            button("🗑 " + say("Discard"), f"broadcast {run_id} discard"),
        ),
    )
    return Send(asked.origin.chat.id, Message(text, rows))


async def _decide(asked: Asked, context: Context) -> list[Action]:
    """The admin's word. Only the first one counts, and only the author's."""
    number, _, word = asked.arguments.partition(" ")
    actor, say, press = asked.origin.person.id, context.say, asked.press
    if press is None or not number.isdecimal() or len(number) > 15:
        return tell(asked, say("This button no longer works."))
    run_id = int(number)
    if word == "send":
        card = Card(asked.origin.chat.id, press.message)
        done = await runs.confirm(context.tx, run_id, actor=actor, card=card, now=context.now)
        return tell(asked, say("On its way.") if done else await _already(run_id, context))
    if word == "discard" and await runs.discard(context.tx, run_id, actor=actor):
        gone = Message(Text(say("🗑 Discarded. Nothing was sent.")))
        return show(replace(asked, place=Place.HERE), gone, toast=say("Discarded."))
    return tell(asked, await _already(run_id, context))


async def _already(run_id: int, context: Context) -> str:
    """Why a draft's button does nothing any more."""
    say, found = context.say, await runs.progress(context.tx, run_id)
    if found is None or found.state is RunState.DRAFT:
        return say("Only the author of a broadcast can send it.")
    if found.state is RunState.CANCELLED:
        return say("This broadcast was discarded.")
    return say("This broadcast has been sent already; it goes out once.")
