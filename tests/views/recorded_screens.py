"""Screens that no reader sees every day, as the texts and buttons that they are made of.

`python -m tests.views.recorded_screens` writes them to `tests/views/screens/LANGUAGE.txt`, to be read before a commit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from digest.reader import Reading
from domain.audit import ERASED, OPERATOR, AuditAction, AuditEntry
from domain.chat.event import Chat, ChatKind
from domain.chat.frozen_message import FrozenMessage
from domain.chat.i18n import Translations, Translator
from domain.chat.message import Message
from domain.chat.roles import Role
from domain.chat.text import Text
from domain.delivery.broadcast import Broadcast
from domain.delivery.progress import Counts, FailureCount, RecipientCounts, RunMessageKind, Trouble, Wishes
from domain.delivery.reasons import DeliveryReason, RunStateReason
from domain.delivery.segment import EditionTitles, Segment, SegmentSize, SentEdition
from domain.delivery.send_now import SendNow
from domain.delivery.states import RunPurpose, RunState
from domain.edition_day import EditionDay
from domain.subscription.admission import AdmissionDecision, AdmissionPolicy, Invitation, InvitationState
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences
from domain.subscription.reach import Reach
from domain.subscription.subscriber import Subscriber
from tests.delivery.harness import edition
from tests.views.progress import run_progress
from views import (
    access,
    albums,
    audit,
    drafts,
    my_chats,
    privacy,
    readings,
    roles,
    run_reports,
    segments,
    send_now,
    withdrawals,
)
from views.run_figures import figures_in_one_line
from views.run_reports import Speed

FOLDER = Path(__file__).parent / "screens"
LANGUAGES = "en", "zh", "zh-hant"
NOW = datetime(2025, 9, 12, 1, 17, tzinfo=UTC)
DAY = date(2025, 9, 12)
ZONE = "Asia/Shanghai"
GROUP = Subscriber(
    id=7, chat=Chat(-1007, ChatKind.GROUP, title="Readers' club"), schedule=Schedule(ZONE, 480),
    preferences=ContentPreferences(),
)  # fmt: skip
CHANNEL = Subscriber(
    id=8, chat=Chat(-1008, ChatKind.CHANNEL, title="News <fast>"), schedule=Schedule(ZONE, 480),
    preferences=ContentPreferences(),
)  # fmt: skip


def screens(translate: Translator) -> Iterator[tuple[str, Message]]:
    """Yield each screen with a name."""
    yield from _access(translate)
    yield from _roles(translate)
    yield from _chats(translate)
    yield from _editions(translate)
    yield from _audit(translate)
    yield from _runs(translate)
    yield from _segments(translate)
    for is_private in (True, False):
        whose = "private" if is_private else "group"
        yield f"privacy, {whose}", privacy.privacy_message(translate, is_private=is_private, backup_days=30)
        yield f"erase?, {whose}", privacy.erase_question(translate, 4201, is_private=is_private, backup_days=None)
        erased = privacy.erased_message(translate, is_private=is_private, stands_in_settings=is_private)
        yield f"erased, {whose}", erased


def _audit(translate: Translator) -> Iterator[tuple[str, Message]]:
    entries = [
        AuditEntry(at=NOW, action=AuditAction.ROLE_CHANGED, actor=9001, person=4201, detail="none admin"),
        AuditEntry(at=NOW - timedelta(days=1), action=AuditAction.PUBLISHED, actor=OPERATOR, edition=DAY, detail="1"),
    ]
    yield "audit log, second page", audit.audit_message(entries, 2, 45, translate, broadcasts={}, zone=ZONE, now=NOW)
    yield "audit log, no entry", audit.audit_message([], 1, 0, translate, broadcasts={}, zone=ZONE, now=NOW)
    details = {
        AuditAction.ROLE_CHANGED: "admin none",
        AuditAction.DRAFT_CONFIRMED: "now",
        AuditAction.ADMISSION_POLICY: "anyone approved",
        AuditAction.INVITATION_MADE: "7 25 14",
        AuditAction.QUIET_HOURS: "1320 480",
        AuditAction.SEGMENT_SAVED: "Friends",
    }
    acts = [AuditEntry(at=NOW, action=each, actor=9001, detail=details.get(each, "3")) for each in AuditAction]
    acts += [
        AuditEntry(at=NOW, action=AuditAction.DRAFT_CONFIRMED, actor=9001, edition=DAY, detail="later"),
        AuditEntry(at=NOW, action=AuditAction.QUIET_HOURS, actor=9001),
        AuditEntry(at=NOW, action=AuditAction.CORRECTED, edition=DAY, run_id=5, detail="2"),
        AuditEntry(at=NOW, action=AuditAction.RUN_PAUSED, actor=ERASED, run_id=5),
        AuditEntry(at=NOW, action=AuditAction.ADMITTED, actor=9001, person=ERASED),
        AuditEntry(at=NOW, action=AuditAction.BROADCAST_RECALLED, actor=9001, run_id=14),
        AuditEntry(at=NOW, action=AuditAction.RUN_CANCELLED, actor=9001, run_id=2),
    ]
    words = "Tonight at eight we are live, and all of you are welcome"
    message = FrozenMessage(message_id=1, kind="text", method="sendMessage", parameters={"text": words})
    named = {14: Broadcast(messages=(message,))}
    yield (
        "audit log, each act",
        audit.audit_message(acts, 1, len(acts), translate, broadcasts=named, zone=ZONE, now=NOW),
    )


def _runs(translate: Translator) -> Iterator[tuple[str, Message]]:
    people = RecipientCounts(pending=3, in_flight=1, sent=3, failed=1, skipped=2)
    counts = Counts(recipients=10, pending=4, in_flight=1, sent=3, unconfirmed=1, failed=1, skipped=2, people=people)
    trouble = Trouble(
        [FailureCount(reason, "Bad Request: <why>", 3) for reason in (DeliveryReason.BLOCKED, DeliveryReason.REJECTED)],
        [1001, 1002],
    )
    editions = [
        run_progress(purpose=purpose, counts=counts)
        for purpose in (RunPurpose.DIGEST, RunPurpose.CORRECTION, RunPurpose.RECAP, RunPurpose.WITHDRAWAL)
    ]
    broadcast = run_progress(purpose=RunPurpose.BROADCAST, edition=None, counts=counts)
    recall = run_progress(purpose=RunPurpose.RECALL, edition=None, counts=counts)
    for run in (*editions, broadcast):
        is_admins = run.purpose not in (RunPurpose.CORRECTION, RunPurpose.WITHDRAWAL)
        for state in (RunState.RUNNING, RunState.FINISHED):
            for kind in (RunMessageKind.CARD, RunMessageKind.REPORT) if is_admins else (RunMessageKind.CARD,):
                shown = replace(run, state=state)
                message = run_reports.run_message(kind, shown, trouble, Speed(2.5), translate, offer_resend=True)
                yield f"{run.purpose}, {state}, {kind}", message
    for run in (*editions, broadcast, recall):
        yield f"{run.purpose}, in one line", Message(Text(figures_in_one_line(run, translate)))
    changed = replace(broadcast, state=RunState.FINISHED, recall=recall, edit=replace(recall, purpose=RunPurpose.EDIT))
    yield "broadcast, recalled", run_reports.report(changed, Trouble(), translate, offer_resend=False)
    yield "recall?", run_reports.recall_question(broadcast, translate)
    digest = editions[0]
    for reason in (RunStateReason.ADMIN, RunStateReason.WITHDRAWN, RunStateReason.SUPERSEDED):
        cancelled = replace(digest, state=RunState.CANCELLED, state_reason=reason)
        yield f"cancelled, {reason}", run_reports.report(cancelled, Trouble(), translate, offer_resend=False)
    by_another = replace(broadcast, state=RunState.CANCELLED, state_reason=RunStateReason.ADMIN, cancelled_by=7)
    yield "cancelled, by another admin", run_reports.report(by_another, Trouble(), translate, offer_resend=False)
    paused = replace(digest, state=RunState.PAUSED, state_reason=RunStateReason.REJECTIONS, state_detail="Bad Request")
    yield (
        "paused",
        run_reports.run_message(RunMessageKind.PAUSE_NOTICE, paused, trouble, Speed(), translate, offer_resend=True),
    )
    wished = replace(digest, state=RunState.FINISHED, missed=2, wishes=Wishes(7, 2, ((3, 4), (1, 2))))
    yield "report with wishes", run_reports.report(wished, Trouble(), translate, offer_resend=False)
    old = replace(digest, state=RunState.FINISHED, counts=replace(counts, people=None))
    yield "report, of an older version", run_reports.report(old, Trouble(), translate, offer_resend=False)
    nobody = replace(digest, state=RunState.FINISHED, counts=Counts())
    yield "report, nobody", run_reports.report(nobody, Trouble(), translate, offer_resend=False)
    for detail in ("Bad Request: BALANCE_TOO_LOW", "Too Many Requests: retry after 3", "Bad Request: <why>"):
        yield f"payment refused, {detail}", run_reports.payment_refused_notice(detail, translate)
    yield "no edition", run_reports.missing_edition_notice(DAY, translate)
    yield "no edition yet", run_reports.reminder(NOW + timedelta(hours=2), translate, zone=ZONE, now=NOW)
    for refusal in SendNow:
        if refusal is not SendNow.SENT:
            yield f"not sent, {refusal}", Message(Text(send_now.refusal_text(refusal, DAY, translate)))
    for reach in (Reach(in_time=1), Reach(in_time=3, nothing=4, had=2)):
        yield f"send now to {reach.in_time}?", send_now.send_now_question(DAY, "A <title>", reach, translate)
    for reach in (
        Reach(nothing=1),
        Reach(nothing=4, had=2),
        Reach(had=2),
        Reach(had=2, unconfirmed=1, refused=3),
        Reach(),
    ):
        text = send_now.nobody_left_text(reach, translate)
        yield (
            f"send now to nobody, nothing for {reach.nothing}, refused by {reach.refused}, had by {reach.had}",
            Message(Text(text)),
        )


def _access(translate: Translator) -> Iterator[tuple[str, Message]]:
    counts = {AdmissionDecision.ASKED: 3, AdmissionDecision.ADMITTED: 12, AdmissionDecision.DECLINED: 1}
    for policy in AdmissionPolicy:
        yield f"access, {policy}", access.access_screen(policy, 2, counts, translate, is_owner=True)
        for decision in (None, AdmissionDecision.ASKED, AdmissionDecision.DECLINED):
            if policy is not AdmissionPolicy.ANYONE:
                closed = access.closed_message(policy, decision, ChatKind.PRIVATE, translate)
                yield f"closed, {policy}, {decision}", closed
    yield "access, of an admin", access.access_screen(AdmissionPolicy.INVITED, 0, {}, translate, is_owner=False)
    yield "open to anyone?", access.open_question(translate)
    links = [
        Invitation(
            id=number,
            secret=f"secret-{number}",
            uses=number - 1,
            made_at=NOW,
            max_uses=25 if number % 2 else None,
            ends_at=NOW + timedelta(days=number),
        )
        for number in range(1, 8)
    ]
    for may_add in (True, False):
        name = "invitations" if may_add else "invitations, as many as there can be"
        yield (
            name,
            access.invitations_screen(links[:: 1 if may_add else 7], translate, zone=ZONE, now=NOW, may_add=may_add),
        )
    yield "no invitations", access.invitations_screen([], translate, zone=ZONE, now=NOW, may_add=True)
    for state, at in ((InvitationState.OPEN, NOW), (InvitationState.ENDED, NOW + timedelta(days=2))):
        yield f"invitation, {state}", access.invitation_screen(links[0], "a_bot", translate, zone=ZONE, now=at)
    people = access.people_screen(AdmissionDecision.ASKED, [4201, 4202], 1, 25, translate)
    yield "people who ask", people
    for decision in AdmissionDecision:
        person = access.person_admission_screen(4201, decision, translate, is_subscribed=True)
        yield f"person, {decision}", person
    entry = AuditEntry(at=NOW, action=AuditAction.ADMITTED, actor=7, person=4201)
    for reader in (7, 8):
        decided = access.decided_line(entry, translate, reader=reader, zone=ZONE, now=NOW)
        question = access.decline_question(4201, AdmissionDecision.ADMITTED, translate, decided=decided)
        yield f"decline, decided by {'the reader' if reader == 7 else 'another'}?", question
    yield "decline?", access.decline_question(4201, None, translate)
    yield "somebody asks", access.request_notice(4201, 3, translate)
    yield "admitted", access.admitted_message(translate)
    for was_in in (True, False):
        message = access.declined_message(translate, was_in=was_in)
        yield f"declined, {'was' if was_in else 'was not'} subscribed", message


def _roles(translate: Translator) -> Iterator[tuple[str, Message]]:
    staff = {9001: Role.OWNER, 4201: Role.ADMIN, 4202: Role.EDITOR}
    yield "roles", roles.roles_screen(staff, frozenset({9001}), translate)
    many = dict.fromkeys(range(1, roles.MAX_LISTED + 3), Role.OWNER)
    yield "roles, more than fit", roles.roles_screen(many, frozenset(many), translate)
    for role in (None, *Role):
        person = roles.person_screen(4201, role, translate, stands_in_settings=role is Role.OWNER)
        yield f"person, {role}", person
        if role is not Role.EDITOR:
            question = roles.change_question(4201, Role.EDITOR, role, translate, is_own=role is None)
            yield f"change to {role}?", question
        yield f"new role, {role}", roles.new_role_message(role, translate)


def _chats(translate: Translator) -> Iterator[tuple[str, Message]]:
    yield "my chats", my_chats.my_chats_screen([GROUP, CHANNEL], "a_bot", translate)
    yield "no chats", my_chats.my_chats_screen([], "a_bot", translate)
    for chat in (GROUP, CHANNEL):
        yield f"{chat.chat.kind} added", my_chats.added_message(chat, translate)
        yield f"{chat.chat.kind} removed", my_chats.removed_message(chat, translate)
        yield f"{chat.chat.kind} silenced", my_chats.silenced_message(chat, translate)
        yield f"{chat.chat.kind} refuses pins", my_chats.pin_refused_message(chat, translate)
    yield "topic gone", my_chats.topic_gone_message(GROUP, translate)
    yield "topic renamed", my_chats.topic_renamed_message(GROUP, "News", "Daily", translate)
    yield "topic closed", my_chats.topic_closed_message(GROUP, "News", translate)


def _editions(translate: Translator) -> Iterator[tuple[str, Message]]:
    found = [edition(DAY + timedelta(days=number)) for number in range(12)]
    yield "draft refused", drafts.refused_draft("day <1>.md", replace(found[0], is_draft=True), translate, DAY)
    yield "two editions in a file", drafts.several_days("days.md", found[:2], translate)
    yield "twelve editions in a file", drafts.several_days("days.md", found, translate)
    yield "picture refused", albums.refused_picture_notice("https://example.org/1.png", "too <big>", translate)
    yield "when?", drafts.time_question(5, translate)
    yield "when? not understood", drafts.time_refused(5, translate)
    two = [Reading("a", tuple(f"Headline {number}" for number in range(1, 14))), Reading("b", ("One long story",))]
    yield "two readings", readings.readings_question(DAY, two, translate)
    yield "reading chosen", readings.settled_question("day <1>.md", translate)
    yield "withdrawn", withdrawals.withdrawn_edition(DAY, translate)
    nearest = [DAY - timedelta(days=1), DAY + timedelta(days=1)]
    yield "withdrawn, for readers", withdrawals.withdrawn_for_readers(DAY, nearest, translate, DAY)


def _segments(translate: Translator) -> Iterator[tuple[str, Message]]:
    evening, morning = EditionDay.of(DAY, "evening"), EditionDay.of(DAY)
    listed = [
        (EditionTitles(evening, {"": "2025-09-12 晚报：今天的八件事，一条条说给你听"}), SentEdition(evening)),
        (EditionTitles(morning, {"": "早报", "en": "Morning paper"}), SentEdition(morning)),
        (EditionTitles(morning, {"": "早报", "en": "Morning paper"}), SentEdition(morning, "en")),
        (EditionTitles(EditionDay.of(DAY - timedelta(days=1)), {"": ""}, is_withdrawn=True), SentEdition(evening)),
    ]
    names = segments.SegmentNames({}, frozenset({SentEdition(EditionDay.of(date(2025, 7, 1)))}))
    shown = segments.EditionsView(
        verb="missed",
        segment=Segment(language="en", had="2025-07-01", missed=f"{DAY}.en"),
        size=SegmentSize(12, 1, 0),
        editions=tuple((titles, sent, SegmentSize(1234 + n)) for n, (titles, sent) in enumerate(listed)),
        names=names,
        page=1,
        pages=3,
    )
    yield "editions that people missed", segments.editions_screen(5, shown, translate)
    saved = Segment(had=str(evening))
    view = segments.AudienceView(
        segment=saved,
        choices=((segments.SegmentChoice("saved", "saved 0", saved, is_on=True, name="Night <owls>"), SegmentSize(3)),),
        size=SegmentSize(3),
        names=names,
        has_editions=True,
    )
    yield "a saved choice", segments.audience_screen(5, view, translate)


def written(language: str) -> str:
    """Return all screens in a language, each with its buttons below it."""
    parts = []
    for name, message in screens(Translations.load().translator(language)):
        rows = [
            " | ".join(f"[{each.text}] {each.callback_data or each.url}" for each in row) for row in message.keyboard
        ]
        parts.append("\n".join((f"=== {name}", message.text.plain, *rows)))
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    for code in LANGUAGES:
        (FOLDER / f"{code}.txt").write_text(written(code), encoding="utf-8")
