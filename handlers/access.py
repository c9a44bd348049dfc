"""Who may subscribe: strangers at the door, and /access, with which bot admins let them in.

access                         who may subscribe, and all that waits
access policy invited          change it (owners only; `anyone` is asked first)
access link 10 30              make an invitation for 10 people within 30 days (0: no bound)
access links                   the invitations that work; `show 3` one of them, `revoke 3` ends it
access asked 2                 a page of the requests (`admitted`, `declined`)
access 4201                    somebody; `admit` lets them in, `decline` does not, or takes them out; the decision that
                               a button shows follows (`admit declined`): of another one the admin is told first
join                           a stranger asks to be let in, by a button only
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from domain.audit import AuditAction
from domain.chat.action import Action, Send
from domain.chat.commands import CommandName
from domain.chat.message import Message
from domain.chat.roles import Role
from domain.chat.start_payload import invitation_secret
from domain.chat.text import Text
from domain.subscription.admission import MAX_INVITATIONS, SETTLED, AdmissionDecision, AdmissionPolicy
from domain.subscription.subscriber import LeftReason, Subscriber
from handlers import subscription
from handlers.audit import record
from handlers.context import Context, Services
from handlers.request import Request, reply_short, reply_text, reply_with
from storage import admissions, audit, bots, chat_administrators, invitations, roles, subscribers
from storage.database import Tx
from views.access import (
    CONFIRMED,
    MAX_DAYS,
    MAX_PEOPLE,
    NO_BOUND,
    PAGE_PEOPLE,
    access_screen,
    admitted_message,
    closed_message,
    decided_already,
    decided_line,
    decline_question,
    declined_message,
    invitation_problem,
    invitation_screen,
    invitations_screen,
    open_question,
    people_screen,
    person_admission_screen,
    request_notice,
    request_sent,
    too_many_requests_wait,
)
from views.refusals import button_expired, private_chat_only, unreadable_words, with_problem
from views.roles import nobody_meant

log = structlog.get_logger(__name__)

OPEN_COMMANDS = frozenset({CommandName.PRIVACY, CommandName.EXPORT, CommandName.ERASE, CommandName.JOIN})
"""What strangers may use: whatever is kept about them is theirs."""

_VERBS = {"admit": AdmissionDecision.ADMITTED, "decline": AdmissionDecision.DECLINED}
_RECORDED = {
    AdmissionDecision.ADMITTED: AuditAction.ADMITTED,
    AdmissionDecision.DECLINED: AuditAction.DECLINED,
}

_CHAT_ID = re.compile(r"-?[1-9][0-9]{0,15}")
_NUMBER = re.compile("[0-9]{1,6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """What stands about a person or chat, with the line that says who decided it; `subscriber`: if it is active."""

    person: int
    decision: AdmissionDecision | None
    subscriber: Subscriber | None
    decided: Text | None


async def is_admitted(tx: Tx, policy: AdmissionPolicy, role: Role | None, *, chat_id: int, user_id: int) -> bool:
    """Return whether a person may read and subscribe in a chat, by the chat's admission or their own.

    A chat that an admin took out stays out, whoever speaks in it.
    """
    if policy is AdmissionPolicy.ANYONE or role is not None:
        return True
    if await admissions.admits(tx, policy, chat_id):
        return True
    if chat_id == user_id or await admissions.decision(tx, chat_id) is AdmissionDecision.DECLINED:
        return False
    return await admissions.admits(tx, policy, user_id)


async def may_read(tx: Tx, user_id: int, services: Services) -> bool:
    """Return whether somebody may read the digest outside of a chat with the bot."""
    policy = await admissions.policy(tx, default=services.admission_policy)
    role = await roles.get(tx, user_id, owners=services.owners)
    return await is_admitted(tx, policy, role, chat_id=user_id, user_id=user_id)


async def enter(request: Request, context: Context, *, has_rights: bool) -> Context:
    """Let a stranger in, or the group of an administrator, who comes by an invitation; return the context after that.

    A group counts as one of those whom the invitation is for.
    """
    secret = invitation_of(request)
    invitation = None if secret is None or not has_rights else await invitations.find(context.tx, secret)
    if invitation is None:
        return context
    decision = await _decision(request, context)
    if decision is AdmissionDecision.DECLINED or not await invitations.use(context.tx, invitation.id, now=context.now):
        return context
    if decision is AdmissionDecision.ASKED and request.origin.chat.is_private:
        admitted = AdmissionDecision.ADMITTED
        await admissions.decide(context.tx, context.user_id, admitted, former=decision, now=context.now)
    log.info("invitation_used", invitation=invitation.id)
    return replace(context, is_admitted=True)


async def closed(request: Request, context: Context) -> list[Action]:
    """Tell a stranger how to get in, or why their invitation does not let them in; and nothing else."""
    chat, translate = request.origin.chat, context.translate
    if request.command is None and not chat.is_private and request.press is None:
        return []  # the command may be another bot's
    decision = await _decision(request, context)
    message = closed_message(context.admission_policy, decision, chat.kind, translate)
    secret = invitation_of(request)
    if secret is not None and decision is not AdmissionDecision.DECLINED:
        invitation = await invitations.find(context.tx, secret)
        state = None if invitation is None else invitation.state(context.now)
        message = with_problem(invitation_problem(state, translate), message)
    return reply_short(request, message)


def invitation_of(request: Request) -> str | None:
    """Return the secret of the invitation with which somebody starts the bot.

    A link for groups makes Telegram add the bot to the group that is chosen, and send `/start@bot inv_SECRET` there.
    """
    is_start = request.command is CommandName.START and request.press is None
    return invitation_secret(request.arguments) if is_start else None


async def _decision(request: Request, context: Context) -> AdmissionDecision | None:
    """Return what stands about somebody, or about the group that they speak in."""
    of_chat = await admissions.decision(context.tx, request.origin.chat.id)
    if of_chat is AdmissionDecision.DECLINED:
        return of_chat
    return await admissions.decision(context.tx, context.user_id)


async def join(request: Request, context: Context) -> list[Action]:
    """Ask the admins once to let a person in; subscribe a person who has been let in meanwhile."""
    translate = context.translate
    if not request.origin.chat.is_private or request.press is None:
        return reply_text(request, button_expired(translate))
    if context.is_admitted:
        return await subscription.start(request, context)
    decision = await admissions.decision(context.tx, context.user_id)
    if context.admission_policy is not AdmissionPolicy.APPROVED or decision is not None:
        return await closed(request, context)
    stored = await admissions.request(context.tx, context.user_id, now=context.now)
    if stored is None:
        return reply_text(request, too_many_requests_wait(translate))
    waits = closed_message(context.admission_policy, AdmissionDecision.ASKED, request.origin.chat.kind, translate)
    answer = reply_with(request, waits, toast=request_sent(translate))
    if not stored.is_told:
        return answer
    return [*answer, *await _tell_admins(context, stored.waiting)]


async def _tell_admins(context: Context, waiting: int) -> list[Action]:
    notices: list[Action] = []
    for admin in await roles.holders(context.tx, Role.ADMIN, owners=context.services.owners):
        chat = await chat_administrators.reachable_chat(context.tx, admin)
        if chat is not None:
            translate = context.services.translations.translator(chat.preferences.language)
            notices.append(Send(admin, request_notice(context.user_id, waiting, translate)))
    return notices


async def access(request: Request, context: Context) -> list[Action]:
    """Show who may subscribe, or decide about it."""
    if not request.origin.chat.is_private:
        return reply_text(request, private_chat_only(context.translate))
    words = request.arguments.lower().split()
    if not words and request.reply_to_message_id is not None:
        if request.person_id is None:
            return reply_text(request, nobody_meant(context.translate))
        return await _show_person(request, context, request.person_id)
    match words:
        case []:
            return await _show(request, context)
        case ["policy", name, *confirmed] if name in set(AdmissionPolicy):
            is_sure = request.press is not None and confirmed == [CONFIRMED]
            return await _choose_policy(request, context, AdmissionPolicy(name), is_sure=is_sure)
        case ["links"]:
            return await _show_invitations(request, context)
        case ["link", people, days] if _NUMBER.fullmatch(people) and _NUMBER.fullmatch(days):
            return await _invite(request, context, int(people), int(days))
        case ["show" | "revoke" as verb, number] if _NUMBER.fullmatch(number):
            return await _show_invitation(request, context, int(number), is_revoked=verb == "revoke")
        case [name, *page] if name in set(AdmissionDecision) and _NUMBER.fullmatch(" ".join(page) or "1"):
            return await _list(request, context, AdmissionDecision(name), max(1, int(" ".join(page) or "1")))
        case [person, *decided] if _CHAT_ID.fullmatch(person) and _is_decision(decided):
            return await _decide(request, context, int(person), decided)
    example = "/access link 10 30" if words[0] == "link" else "/access 4201"
    problem = unreadable_words(" ".join(words), example, context.translate)
    return reply_with(request, with_problem(problem, await _screen(context)))


async def _show(request: Request, context: Context, toast: str = "") -> list[Action]:
    return reply_with(request, await _screen(context), toast=toast)


async def _screen(context: Context) -> Message:
    counts = {decision: await admissions.count(context.tx, decision) for decision in AdmissionDecision}
    return access_screen(
        await admissions.policy(context.tx, default=context.services.admission_policy),
        await invitations.count_open(context.tx, now=context.now),
        counts,
        context.translate,
        is_owner=context.may(Role.OWNER),
    )


async def _choose_policy(request: Request, context: Context, policy: AdmissionPolicy, *, is_sure: bool) -> list[Action]:
    """Change who may subscribe; opening the bot to anyone is asked first."""
    former = context.admission_policy
    if not context.may(Role.OWNER) or policy is former:
        return await _show(request, context)
    if policy is AdmissionPolicy.ANYONE and not is_sure:
        return reply_with(request, open_question(context.translate))
    await admissions.set_policy(context.tx, policy)
    await record(context, AuditAction.ADMISSION_POLICY, detail=f"{former} {policy}")
    return await _show(request, context, toast=context.translate("Saved."))


async def _show_invitations(request: Request, context: Context) -> list[Action]:
    listed = await invitations.open_ones(context.tx, now=context.now, limit=MAX_INVITATIONS)
    zone, may_add = context.subscriber.schedule.zone, len(listed) < MAX_INVITATIONS
    return reply_with(
        request, invitations_screen(listed, context.translate, zone=zone, now=context.now, may_add=may_add)
    )


async def _invite(request: Request, context: Context, people: int, days: int) -> list[Action]:
    """Make an invitation, and show its link."""
    if await invitations.count_open(context.tx, now=context.now) >= MAX_INVITATIONS:
        return await _show_invitations(request, context)
    is_bounded = people > MAX_PEOPLE or days > MAX_DAYS
    people, days = min(people, MAX_PEOPLE), min(days, MAX_DAYS)
    invitation = await invitations.add(
        context.tx,
        context.services.new_secret(),
        max_uses=None if people == NO_BOUND else people,
        ends_at=None if days == NO_BOUND else context.now + timedelta(days=days),
        now=context.now,
    )
    await record(context, AuditAction.INVITATION_MADE, detail=f"{invitation.id} {people} {days}")
    return await _show_invitation(request, context, invitation.id, is_bounded=is_bounded)


async def _show_invitation(
    request: Request, context: Context, number: int, *, is_revoked: bool = False, is_bounded: bool = False
) -> list[Action]:
    """Show an invitation, after it was taken back if that is wanted."""
    toast = ""
    if is_revoked and await invitations.revoke(context.tx, number, now=context.now):
        await record(context, AuditAction.INVITATION_REVOKED, detail=str(number))
        toast = context.translate("Taken back.")
    invitation = await invitations.get(context.tx, number)
    if invitation is None:
        return reply_text(request, button_expired(context.translate))
    username, zone = await bots.username(context.tx), context.subscriber.schedule.zone
    screen = invitation_screen(
        invitation, username, context.translate, zone=zone, now=context.now, is_bounded=is_bounded
    )
    return reply_with(request, screen, toast=toast)


async def _list(request: Request, context: Context, decision: AdmissionDecision, page: int) -> list[Action]:
    total = await admissions.count(context.tx, decision)
    start = (page - 1) * PAGE_PEOPLE
    people = await admissions.listed(context.tx, decision, start=start, limit=PAGE_PEOPLE)
    return reply_with(request, people_screen(decision, people, page, total, context.translate))


async def _show_person(request: Request, context: Context, person: int, toast: str = "") -> list[Action]:
    return reply_with(request, _person_screen(await _standing(context, person), context), toast=toast)


def _person_screen(standing: _Standing, context: Context) -> Message:
    return person_admission_screen(
        standing.person,
        standing.decision,
        context.translate,
        is_subscribed=standing.subscriber is not None,
        decided=standing.decided,
    )


async def _standing(context: Context, person: int) -> _Standing:
    """Return what stands about somebody, and who decided it, if an admin did."""
    known, decision = await subscribers.get(context.tx, person), await admissions.decision(context.tx, person)
    entry = await audit.newest_about(context.tx, person, *_RECORDED.values())
    decided = None
    if entry is not None and decision is not None and _RECORDED.get(decision) is entry.action:
        zone, reader = context.subscriber.schedule.zone, context.user_id
        decided = decided_line(entry, context.translate, reader=reader, zone=zone, now=context.now)
    return _Standing(
        person=person,
        decision=decision,
        subscriber=known if known is not None and known.active else None,
        decided=decided,
    )


def _is_decision(words: list[str]) -> bool:
    """Return whether words behind a person's number decide about them, or nothing."""
    return words[:1] == [] or words[0] in _VERBS


async def _decide(request: Request, context: Context, person: int, words: list[str]) -> list[Action]:
    """Let somebody in, decline them or take them out, and tell them; a subscriber is taken out after a question.

    What an admin has decided is changed only by a button that shows it, not by one of a request that another admin
    answered meanwhile.
    """
    wanted, standing = _VERBS.get(" ".join(words[:1])), await _standing(context, person)
    if wanted is None:
        return reply_with(request, _person_screen(standing, context))
    if wanted is standing.decision:
        return await _show_decided(request, context, person, wanted)
    pressed_words = words[1:] if request.press is not None else []
    is_seen = standing.decision not in SETTLED or standing.decision in pressed_words
    is_sure = is_seen and CONFIRMED in pressed_words
    if wanted is AdmissionDecision.DECLINED and standing.subscriber is not None and not is_sure:
        question = decline_question(person, standing.decision, context.translate, decided=standing.decided)
        return reply_with(request, question)
    former = standing.decision
    if not is_seen or not await admissions.decide(context.tx, person, wanted, former=former, now=context.now):
        return await _show_decided(request, context, person, wanted)
    return await _apply(request, context, wanted, standing)


async def _show_decided(request: Request, context: Context, person: int, wanted: AdmissionDecision) -> list[Action]:
    """Show what was decided already, and by whom."""
    standing, is_pressed = await _standing(context, person), request.press is not None
    answer = decided_already(wanted, standing.decision, context.translate, is_pressed=is_pressed)
    screen = _person_screen(standing, context)
    return reply_with(request, screen if is_pressed else with_problem(answer, screen), toast=answer)


async def _apply(request: Request, context: Context, decided: AdmissionDecision, former: _Standing) -> list[Action]:
    """Record a decision that is stored, take out whom it takes out, and tell them; show how it stands."""
    person, is_declined = former.person, decided is AdmissionDecision.DECLINED
    notices = [] if person == context.user_id else await _inform(context, former, is_declined=is_declined)
    if is_declined and former.subscriber is not None:
        await subscribers.deactivate(context.tx, former.subscriber.id, LeftReason.TAKEN_OUT, now=context.now)
    await record(context, _RECORDED[decided], person=person)
    toast = context.translate("Declined.") if is_declined else context.translate("Let in.")
    return [*await _show_person(request, context, person, toast), *notices]


async def _inform(context: Context, former: _Standing, *, is_declined: bool) -> list[Action]:
    """Tell somebody what was decided about them, if that changes anything for them and a message may arrive there."""
    chat = await chat_administrators.reachable_chat(context.tx, former.person)
    is_subscribed = former.subscriber is not None
    if chat is None or not chat.chat.is_private or (is_subscribed and not is_declined):
        return []
    translate = context.services.translations.translator(chat.preferences.language)
    if is_declined:
        was_in = is_subscribed or former.decision is AdmissionDecision.ADMITTED
        return [Send(former.person, declined_message(translate, was_in=was_in))]
    return [Send(former.person, admitted_message(translate))]
