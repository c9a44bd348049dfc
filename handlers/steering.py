"""An admin's hand on what goes out: a run's buttons and /stats in; the run's new state, and the figures, out."""

from __future__ import annotations

from chat.action import Action
from chat.message import Message
from chat.text import Text, bold, fill, join
from chat.texts import Say
from handlers.asked import Asked, show, tell
from handlers.context import Context
from handlers.screens import LANGUAGE_NAMES
from handlers.upcoming import write_day, write_moment
from storage import runs, subscribers
from storage.runs import Progress
from storage.schema import RunState

_SHOWN = 6


async def run(asked: Asked, context: Context) -> list[Action]:
    """`17 pause`, `resume`, `cancel`, `resend` or `refresh`. The card follows by itself."""
    number, _, word = asked.arguments.partition(" ")
    say, tx = context.say, context.tx
    if not number.isdecimal() or len(number) > 15:
        return tell(asked, say("This button no longer works."))
    run_id = int(number)
    match word:
        case "pause":
            done = await runs.pause(tx, run_id, "admin")
            return tell(asked, say("Paused.") if done else await _unmoved(run_id, context))
        case "resume":
            done = await runs.resume(tx, run_id)
            return tell(asked, say("It goes on.") if done else await _unmoved(run_id, context))
        case "cancel":
            done = await runs.cancel(tx, run_id)
            return tell(asked, say("Cancelled.") if done else await _unmoved(run_id, context))
        case "resend":
            again = await runs.resend_unconfirmed(tx, run_id)
            going = say.many("{n} message goes out again.", "{n} messages go out again.", again).format(n=again)
            return tell(asked, going if again else say("There is nothing to send again."))
        case "refresh":
            return tell(asked, await _unmoved(run_id, context))
        case _:
            return tell(asked, say("This button no longer works."))


async def stats(asked: Asked, context: Context) -> list[Action]:
    """How many there are, what they read, and how the last runs went."""
    say = context.say
    if not asked.origin.chat.is_private:
        return tell(asked, say("Please do that in our private chat."))
    audience = await subscribers.audience(context.tx)
    spoken = await subscribers.languages(context.tx)
    read = say(", ").join(f"{LANGUAGE_NAMES.get(code, code)} {count}" for code, count in spoken.items())
    counted = say("{active} subscribed, {known} known").format(active=audience.active, known=audience.known)
    head = join("\n", filter(None, (bold("📊 " + say("Subscribers")), counted, read)))
    last = [_run_lines(each, context) for each in await runs.recent(context.tx, _SHOWN)]
    below = join("\n\n", last) if last else say("Nothing has gone out yet.")
    text = join("\n\n", (head, bold("📤 " + say("Last deliveries")), below))
    return show(asked, Message(text))


async def _unmoved(run_id: int, context: Context) -> str:
    """Where a run stands, for a press that changed nothing."""
    found = await runs.progress(context.tx, run_id)
    return context.say("This button no longer works.") if found is None else write_state(found.state, context.say)


def write_state(state: RunState, say: Say) -> str:
    """A run's state in words."""
    return {
        RunState.DRAFT: say("Waiting for its author's word"),
        RunState.RUNNING: say("On its way"),
        RunState.PAUSED: say("Paused"),
        RunState.CANCELLED: say("Cancelled"),
        RunState.FINISHED: say("Finished"),
    }[state]


def _run_lines(run: Progress, context: Context) -> Text:
    """A run: what, when, where it stands, and its figures."""
    say, zone = context.say, context.subscriber.schedule.zone
    name = say("Broadcast") if run.edition is None else say("Digest of {date}").format(date=write_day(run.edition, say))
    when = write_moment(run.published, zone, say, context.now)
    figures = say("{sent} sent, {failed} failed, {unconfirmed} unconfirmed, {skipped} skipped, {pending} to go").format(
        sent=run.sent,
        failed=run.failed,
        unconfirmed=run.unconfirmed - run.in_flight,  # what has just left is no worry yet
        skipped=run.skipped,
        pending=run.pending + run.in_flight,
    )
    state = fill("{state} · {when}", {"state": write_state(run.state, say), "when": when})
    return join("\n", (bold(name), state, figures))
