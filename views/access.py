"""Who may subscribe: what strangers are told, and the screens on which bot admins decide about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from domain.audit import AuditEntry
from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.event import ChatKind
from domain.chat.i18n import Translator
from domain.chat.message import Button, Message
from domain.chat.start_payload import group_invitation_link, invitation_link
from domain.chat.text import Text, bold, format_text, join
from domain.subscription.admission import SETTLED, AdmissionDecision, AdmissionPolicy, Invitation, InvitationState
from views.dates import format_moment
from views.examples import with_examples
from views.onboarding import subscribe_row
from views.roles import actor_name, person_link

CONFIRMED = "yes"
MAX_PEOPLE, MAX_DAYS = 100_000, 3650
"""Bounds of an invitation."""

NO_BOUND = 0
"""In place of a number of people or days."""

PAGE_PEOPLE = 20

OFFERED_BOUNDS = ((1, 7), (10, 30), (NO_BOUND, 30), (NO_BOUND, NO_BOUND))
"""People and days of the invitations that buttons make."""

_HERE = ReplyTarget.IN_PLACE

_POLICY_NAMES: Mapping[AdmissionPolicy, Callable[[Translator], str]] = {
    AdmissionPolicy.ANYONE: lambda translate: translate("Anyone"),
    AdmissionPolicy.INVITED: lambda translate: translate("The invited"),
    AdmissionPolicy.APPROVED: lambda translate: translate("The approved"),
}

_POLICY_RULES: Mapping[AdmissionPolicy, Callable[[Translator], str]] = {
    AdmissionPolicy.ANYONE: lambda translate: translate("Whoever starts me may read and subscribe."),
    AdmissionPolicy.INVITED: lambda translate: translate(
        "Only whoever opens an invitation link, or was let in here, may read and subscribe."
    ),
    AdmissionPolicy.APPROVED: lambda translate: translate(
        "Strangers can ask to be let in, and you decide. Invitation links let people in as well."
    ),
}

_LISTS: Mapping[AdmissionDecision, Callable[[Translator], str]] = {
    AdmissionDecision.ASKED: lambda translate: translate("✋ Requests ({n})"),
    AdmissionDecision.ADMITTED: lambda translate: translate("✅ Those let in ({n})"),
    AdmissionDecision.DECLINED: lambda translate: translate("⛔ Those declined ({n})"),
}

_STANDING: Mapping[AdmissionDecision | None, Callable[[Translator], str]] = {
    None: lambda translate: translate("nothing is decided"),
    AdmissionDecision.ASKED: lambda translate: translate("waits for an answer"),
    AdmissionDecision.ADMITTED: lambda translate: translate("was let in"),
    AdmissionDecision.DECLINED: lambda translate: translate("was declined"),
}

_INVITATION_PROBLEMS: Mapping[InvitationState | None, Callable[[Translator], str]] = {
    None: lambda translate: translate("This invitation link is not one of mine; perhaps a part of it is missing."),
    InvitationState.REVOKED: lambda translate: translate("This invitation was taken back."),
    InvitationState.ENDED: lambda translate: translate("This invitation has ended."),
    InvitationState.USED_UP: lambda translate: translate(
        "This invitation is used up: as many have come in by it as it was made for."
    ),
}


def policy_name(policy: AdmissionPolicy, translate: Translator) -> str:
    return _POLICY_NAMES[policy](translate)


def closed_message(
    policy: AdmissionPolicy, decision: AdmissionDecision | None, kind: ChatKind, translate: Translator
) -> Message:
    """Tell a stranger, or a group that has none who may subscribe it, how to get in; and nothing else."""
    if kind is ChatKind.CHANNEL:
        return Message(
            Text(translate("This digest has chosen readers. An administrator who is one can subscribe this channel."))
        )
    if kind is not ChatKind.PRIVATE:
        return Message(
            Text(
                translate(
                    "This digest has chosen readers. An administrator who is one can subscribe this group. "
                    "So can one with an invitation link for groups."
                )
            )
        )
    if decision is AdmissionDecision.DECLINED:
        return Message(Text(translate("The people who run this digest have not let you in. I am sorry.")))
    if policy is not AdmissionPolicy.APPROVED:
        how = translate(
            "This digest goes to invited readers. Open your invitation link, and you are in. "
            "If you have none, ask the people who send it."
        )
        return Message(Text(how))
    if decision is AdmissionDecision.ASKED:
        return Message(Text(translate("Your request is with the admins. I write to you as soon as one has answered.")))
    how = translate(
        "Readers of this digest are let in by its admins. Shall I ask them? "
        "If you have an invitation link, open it, and you are in."
    )
    return Message(Text(how), ((button("✋ " + translate("Ask to be let in"), CommandName.JOIN, target=_HERE),),))


def invitation_problem(state: InvitationState | None, translate: Translator) -> str:
    """Return why an invitation link lets nobody in; None: there is no such invitation."""
    return _INVITATION_PROBLEMS[state](translate)


def request_sent(translate: Translator) -> str:
    return translate("I have asked them.")


def too_many_requests_wait(translate: Translator) -> str:
    return translate("Many others are waiting for an answer. Please ask again tomorrow.")


def request_notice(person_id: int, waiting: int, translate: Translator) -> Message:
    """Tell an admin that somebody asks to be let in, and how many others wait."""
    lines: list[Text | str] = [
        join("", ("✋ ", person_link(person_id), " – ", translate("asks to be let in and to read the digest.")))
    ]
    others = waiting - 1
    if others:
        more = translate.ngettext("{n} more waits: /access", "{n} more wait: /access", others)
        lines.append(more.format(n=others))
    return Message(join("\n", lines), (_decision_row(person_id, None, translate),))


def admitted_message(translate: Translator) -> Message:
    """Tell somebody that they were let in."""
    return Message(Text(translate("👋 You have been let in.")), (subscribe_row(translate),))


def declined_message(translate: Translator, *, was_in: bool) -> Message:
    """Tell somebody that they were not let in, or taken out."""
    if was_in:
        return Message(Text(translate("You are no longer a reader of this digest: an admin took you out.")))
    return Message(Text(translate("The people who run this digest have not let you in. I am sorry.")))


def access_screen(
    policy: AdmissionPolicy,
    open_invitations: int,
    counts: Mapping[AdmissionDecision, int],
    translate: Translator,
    *,
    is_owner: bool,
) -> Message:
    """Show who may subscribe, with the ways to decide about it."""
    kept = translate("Whoever has been subscribed before stays in, unless you decline them: `/access 4201`")
    lines: list[Text | str] = [
        bold("🚪 " + translate("Who may subscribe")),
        join("\n", (bold(policy_name(policy, translate)), _POLICY_RULES[policy](translate))),
        with_examples(kept),
    ]
    rows: list[tuple[Button, ...]] = []
    if is_owner:
        choices = (
            button(
                ("● " if choice is policy else "○ ") + policy_name(choice, translate),
                CommandName.ACCESS,
                "policy",
                choice,
                target=_HERE,
            )
            for choice in AdmissionPolicy
        )
        rows.append(tuple(choices))
    else:
        lines.append(translate("An owner can change that."))
    links = translate("🔗 Invitations ({n})").format(n=open_invitations)
    rows.append((button(links, CommandName.ACCESS, "links", target=_HERE),))
    lists = (
        button(name(translate).format(n=counts[decision]), CommandName.ACCESS, decision, target=_HERE)
        for decision, name in _LISTS.items()
        if counts.get(decision)
    )
    if row := tuple(lists):
        rows.append(row)
    return Message(join("\n\n", lines), tuple(rows))


def open_question(translate: Translator) -> Message:
    """Ask before everybody may read."""
    question = translate("Let anyone read and subscribe? Everything that was published is open to them then.")
    yes = button("✓ " + translate("Yes"), CommandName.ACCESS, "policy", AdmissionPolicy.ANYONE, CONFIRMED, target=_HERE)
    return Message(Text(question), ((yes, button("✖ " + translate("No"), CommandName.ACCESS, target=_HERE)),))


def invitations_screen(
    invitations: Sequence[Invitation], translate: Translator, *, zone: str, now: datetime, may_add: bool
) -> Message:
    """List the invitations that work, and offer new ones."""
    lines: list[Text | str] = [bold("🔗 " + translate("Invitations"))]
    lines += [
        f"{invitation.id} · {_bounds_line(invitation, translate, zone=zone, now=now)}" for invitation in invitations
    ]
    if not invitations:
        lines.append(translate("None at the moment."))
    shown = [button(str(each.id), CommandName.ACCESS, "show", each.id, target=_HERE) for each in invitations]
    rows = [tuple(shown[start : start + 5]) for start in range(0, len(shown), 5)]
    if may_add:
        other = translate("Other bounds: `/access link 25 14` makes one for 25 people within 14 days (0: no bound).")
        lines.append(with_examples(other))
        new = [
            button("➕ " + _offer(people, days, translate), CommandName.ACCESS, "link", people, days, target=_HERE)
            for people, days in OFFERED_BOUNDS
        ]
        rows += [tuple(new[:2]), tuple(new[2:])]
    else:
        lines.append(translate("There are as many as there can be: take one back first."))
    return Message(join("\n", lines), (*rows, (_back(translate),)))


def invitation_screen(
    invitation: Invitation, username: str, translate: Translator, *, zone: str, now: datetime, is_bounded: bool = False
) -> Message:
    """Show an invitation with its link, to be passed on; `is_bounded`: one for more was wished for than there is."""
    state = invitation.state(now)
    title = bold("🔗 " + translate("Invitation {n}").format(n=invitation.id))
    lines: list[Text | str] = [title, _bounds_line(invitation, translate, zone=zone, now=now)]
    back = button("← " + translate("Invitations"), CommandName.ACCESS, "links", target=_HERE)
    if state is not InvitationState.OPEN:
        return Message(join("\n\n", [*lines, invitation_problem(state, translate)]), ((back,),))
    if is_bounded:
        most = translate("An invitation is for at most {people} people and {days} days, or without an end (0).")
        lines.append(most.format(people=f"{MAX_PEOPLE:,}", days=f"{MAX_DAYS:,}"))
    lines.append(invitation_link(username, invitation.secret))
    for_group = translate("For a group, to be opened by its administrator:")
    lines.append(f"{for_group}\n{group_invitation_link(username, invitation.secret)}")
    if invitation.max_uses is None:
        lines.append(translate("Whoever opens it comes in: pass it on only to those whom you mean."))
    else:
        lines.append(translate("Whoever opens it first comes in: pass it on only to those whom you mean."))
    revoke = button("✖ " + translate("Take it back"), CommandName.ACCESS, "revoke", invitation.id, target=_HERE)
    return Message(join("\n\n", lines), ((revoke,), (back,)))


def people_screen(
    decision: AdmissionDecision, people: Sequence[int], page: int, total: int, translate: Translator
) -> Message:
    """List the people about whom a decision stands, a button each."""
    title = bold(_LISTS[decision](translate).format(n=total))
    hint = with_examples(translate("Somebody else: `/access 4201`, with their number"))
    rows: list[tuple[Button, ...]] = [
        (button(str(person), CommandName.ACCESS, person, target=_HERE),) for person in people
    ]
    turns = [
        *([button("◀", CommandName.ACCESS, decision, page - 1, target=_HERE)] if page > 1 else []),
        *([button("▶", CommandName.ACCESS, decision, page + 1, target=_HERE)] if page * PAGE_PEOPLE < total else []),
    ]
    if turns:
        rows.append(tuple(turns))
    return Message(join("\n\n", (title, hint)), (*rows, (_back(translate),)))


def person_admission_screen(
    person_id: int,
    decision: AdmissionDecision | None,
    translate: Translator,
    *,
    is_subscribed: bool,
    decided: Text | None = None,
) -> Message:
    """Show what is stored about a person, with buttons to decide; `decided`: who decided it, and when."""
    subscribed = translate("subscribed") if is_subscribed else translate("not subscribed")
    standing = join("", (person_link(person_id), f" – {_STANDING[decision](translate)} · {subscribed}"))
    text = join("\n", filter(None, (standing, decided)))
    return Message(text, (_decision_row(person_id, decision, translate), (_back(translate),)))


def decided_line(entry: AuditEntry, translate: Translator, *, reader: int, zone: str, now: datetime) -> Text:
    """Return who made a decision and when, for the admin who reads it."""
    who = Text(translate("you")) if entry.actor == reader else actor_name(entry.actor, translate)
    when = format_moment(entry.at, zone, translate, now)
    return format_text(translate("Decided by: {who} · {when}"), {"who": who, "when": when})


def decided_already(
    wanted: AdmissionDecision, standing: AdmissionDecision | None, translate: Translator, *, is_pressed: bool
) -> str:
    """Answer a decision that was not carried out, because another one stands that its maker had not seen."""
    if wanted is standing:
        return translate("That has been decided already.")
    if is_pressed:
        return translate("This was decided already. To change it, press again.")
    return translate("This was decided already. To change it, press the button.")


def decline_question(
    person_id: int, decision: AdmissionDecision | None, translate: Translator, *, decided: Text | None = None
) -> Message:
    """Ask before a subscriber is taken out; `decided`: who let them in, and when."""
    who = translate("is subscribed, and would get and read nothing more. Take them out?")
    words = "decline", CONFIRMED, *_seen(decision)
    yes = button("✓ " + translate("Yes"), CommandName.ACCESS, person_id, *words, target=_HERE)
    no = button("✖ " + translate("No"), CommandName.ACCESS, person_id, target=_HERE)
    return Message(join("\n", filter(None, (join(" ", (person_link(person_id), who)), decided))), ((yes, no),))


def _decision_row(person_id: int, decision: AdmissionDecision | None, translate: Translator) -> tuple[Button, ...]:
    """Return the buttons that decide otherwise than it stands; they carry what the admin sees."""
    seen, command = _seen(decision), CommandName.ACCESS
    admit = button("✅ " + translate("Let in"), command, person_id, "admit", *seen, target=_HERE)
    decline = button("⛔ " + translate("Decline"), command, person_id, "decline", *seen, target=_HERE)
    choices = {AdmissionDecision.ADMITTED: admit, AdmissionDecision.DECLINED: decline}
    return tuple(choice for decided, choice in choices.items() if decided is not decision)


def _seen(decision: AdmissionDecision | None) -> tuple[str, ...]:
    """Return what a button carries of an admin's decision, so that its press changes no other one."""
    return (decision,) if decision in SETTLED else ()


def _bounds_line(invitation: Invitation, translate: Translator, *, zone: str, now: datetime) -> str:
    """Return how many have come in, of how many, and until when."""
    if invitation.max_uses is None:
        used = translate("{n} came in").format(n=invitation.uses)
    else:
        used = translate("{n} of {most} came in").format(n=invitation.uses, most=invitation.max_uses)
    if invitation.ends_at is None:
        return f"{used} · {translate('without end')}"
    return f"{used} · " + translate("until {when}").format(when=format_moment(invitation.ends_at, zone, translate, now))


def _offer(people: int, days: int, translate: Translator) -> str:
    who = translate("any number")
    if people != NO_BOUND:
        who = translate.ngettext("{n} person", "{n} people", people).format(n=people)
    until = translate("without end")
    if days != NO_BOUND:
        until = translate.ngettext("{n} day", "{n} days", days).format(n=days)
    return translate("{people}, {time}").format(people=who, time=until)


def _back(translate: Translator) -> Button:
    return button("← " + translate("Who may subscribe"), CommandName.ACCESS, target=_HERE)
