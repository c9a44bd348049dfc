"""An admin's hand on what goes out: a run's buttons and /stats in; the run's new state, and the figures, out."""

from __future__ import annotations

from domain.chat.action import Action
from domain.chat.i18n import Say
from domain.chat.message import Message
from domain.chat.text import Text, bold, join
from domain.delivery.progress import Progress
from domain.delivery.states import RunState
from handlers.context import Context
from handlers.request import Asked, show, tell
from storage import runs, subscribers
from views.dates import write_day, write_moment
from views.settings import LANGUAGE_NAMES

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
            return tell(asked, say("Resumed.") if done else await _unmoved(run_id, context))
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
    recent = await runs.recent(context.tx, _SHOWN)
    last = [_run_lines(run, context) for run in recent if run.total or run.state is not RunState.CANCELLED]
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
    left = run.pending + run.in_flight
    state = write_state(run.state, say)
    if run.state is RunState.RUNNING and not left and run.next_due is not None and run.next_due > context.now:
        state = say("Next: {when}").format(when=write_moment(run.next_due, zone, say, context.now))
    return join("\n", (bold(name), f"{when} · {state}", _figures(run, left, say)))


def _figures(run: Progress, left: int, say: Say) -> str:
    """What became of its parts; what there is none of is not told."""
    figures = (
        (say("{n} sent"), run.sent),
        (say("{n} failed"), run.failed),
        (say("{n} unconfirmed"), run.unconfirmed - run.in_flight),  # what has just left is no worry yet
        (say("{n} skipped"), run.skipped),
        (say("{n} to go"), left),
    )
    told = [words.format(n=count) for words, count in figures if count]
    return say(", ").join(told) or figures[0][0].format(n=0)
