"""An admin's hand on what goes out: a run's buttons and /stats in; the run's new state, and the figures, out."""

from __future__ import annotations

from domain.chat.action import Action
from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.chat.text import Text, bold, join
from domain.delivery.progress import Progress
from domain.delivery.reasons import RunStateReason
from domain.delivery.states import RunState
from handlers.context import Context
from handlers.request import Request, reply_text, reply_with
from storage import runs, subscribers
from views.dates import format_day, format_moment
from views.settings import LANGUAGE_NAMES

_SHOWN = 6


async def run(request: Request, context: Context) -> list[Action]:
    """`17 pause`, `resume`, `cancel`, `resend` or `refresh`. The card follows by itself."""
    number, _, word = request.arguments.partition(" ")
    translate, tx = context.translate, context.tx
    if not number.isdecimal() or len(number) > 15:
        return reply_text(request, translate("This button no longer works."))
    run_id = int(number)
    match word:
        case "pause":
            done = await runs.pause(tx, run_id, RunStateReason.ADMIN)
            return reply_text(request, translate("Paused.") if done else await _unmoved(run_id, context))
        case "resume":
            done = await runs.resume(tx, run_id)
            return reply_text(request, translate("Resumed.") if done else await _unmoved(run_id, context))
        case "cancel":
            done = await runs.cancel(tx, run_id, RunStateReason.ADMIN)
            return reply_text(request, translate("Cancelled.") if done else await _unmoved(run_id, context))
        case "resend":
            again = await runs.resend_unconfirmed(tx, run_id)
            going = translate.ngettext("{n} message goes out again.", "{n} messages go out again.", again).format(
                n=again
            )
            return reply_text(request, going if again else translate("There is nothing to send again."))
        case "refresh":
            return reply_text(request, await _unmoved(run_id, context))
        case _:
            return reply_text(request, translate("This button no longer works."))


async def stats(request: Request, context: Context) -> list[Action]:
    """How many there are, what they read, and how the last runs went."""
    translate = context.translate
    if not request.origin.chat.is_private:
        return reply_text(request, translate("Please do that in our private chat."))
    audience = await subscribers.audience(context.tx)
    spoken = await subscribers.languages(context.tx)
    read = translate(", ").join(f"{LANGUAGE_NAMES.get(code, code)} {count}" for code, count in spoken.items())
    counted = translate("{active} subscribed, {known} known").format(active=audience.active, known=audience.known)
    head = join("\n", filter(None, (bold("📊 " + translate("Subscribers")), counted, read)))
    recent = await runs.recent(context.tx, _SHOWN)
    last = [_run_lines(run, context) for run in recent if run.total or run.state is not RunState.CANCELLED]
    below = join("\n\n", last) if last else translate("Nothing has gone out yet.")
    text = join("\n\n", (head, bold("📤 " + translate("Last deliveries")), below))
    return reply_with(request, Message(text))


async def _unmoved(run_id: int, context: Context) -> str:
    """Where a run stands, for a press that changed nothing."""
    found = await runs.progress(context.tx, run_id)
    return (
        context.translate("This button no longer works.")
        if found is None
        else write_state(found.state, context.translate)
    )


def write_state(state: RunState, translate: Translator) -> str:
    """A run's state in words."""
    return {
        RunState.DRAFT: translate("Waiting for its author's word"),
        RunState.RUNNING: translate("On its way"),
        RunState.PAUSED: translate("Paused"),
        RunState.CANCELLED: translate("Cancelled"),
        RunState.FINISHED: translate("Finished"),
    }[state]


def _run_lines(run: Progress, context: Context) -> Text:
    """A run: what, when, where it stands, and its figures."""
    translate, zone = context.translate, context.subscriber.schedule.zone
    name = (
        translate("Broadcast")
        if run.edition is None
        else translate("Digest of {date}").format(date=format_day(run.edition, translate))
    )
    when = format_moment(run.published_at, zone, translate, context.now)
    left = run.pending + run.in_flight
    state = write_state(run.state, translate)
    if run.state is RunState.RUNNING and not left and run.next_due is not None and run.next_due > context.now:
        state = translate("Next: {when}").format(when=format_moment(run.next_due, zone, translate, context.now))
    return join("\n", (bold(name), f"{when} · {state}", _figures(run, left, translate)))


def _figures(run: Progress, left: int, translate: Translator) -> str:
    """What became of its parts; what there is none of is not told."""
    figures = (
        (translate("{n} sent"), run.sent),
        (translate("{n} failed"), run.failed),
        (translate("{n} unconfirmed"), run.unconfirmed),
        (translate("{n} skipped"), run.skipped),
        (translate("{n} to go"), left),
    )
    told = [words.format(n=count) for words, count in figures if count]
    return translate(", ").join(told) or figures[0][0].format(n=0)
