"""A page of the audit log, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from domain.audit import AuditAction, AuditEntry
from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.chat.roles import Role
from domain.chat.text import Text, bold, format_text, join
from domain.delivery.broadcast import Broadcast
from domain.delivery.states import BotState
from domain.subscription.admission import AdmissionPolicy
from domain.subscription.calendar import local_date
from views.access import policy_name
from views.broadcast import broadcast_name
from views.dates import format_day, format_moment, format_time
from views.roles import actor_name, role_name

PAGE_ENTRIES = 10

_ACTION_NAMES: Mapping[AuditAction, Callable[[Translator], str]] = {
    AuditAction.ROLE_CHANGED: lambda translate: translate("role changed"),
    AuditAction.PUBLISHED: lambda translate: translate("edition published"),
    AuditAction.CORRECTED: lambda translate: translate("edition corrected"),
    AuditAction.READING_CHOSEN: lambda translate: translate("one of two readings chosen"),
    AuditAction.DRAFT_CONFIRMED: lambda translate: translate("edition from the chat confirmed"),
    AuditAction.CORRECTION_CONFIRMED: lambda translate: translate("delivered messages corrected"),
    AuditAction.CORRECTION_DISCARDED: lambda translate: translate("delivered messages left as they are"),
    AuditAction.WITHDRAWN: lambda translate: translate("edition withdrawn"),
    AuditAction.RESTORED: lambda translate: translate("withdrawn edition published again"),
    AuditAction.SENT_NOW: lambda translate: translate("edition sent at once"),
    AuditAction.BROADCAST_COMPOSED: lambda translate: translate("broadcast composed"),
    AuditAction.BROADCAST_CONFIRMED: lambda translate: translate("broadcast sent"),
    AuditAction.BROADCAST_SCHEDULED: lambda translate: translate("broadcast scheduled"),
    AuditAction.BROADCAST_CHANGED: lambda translate: translate("scheduled broadcast taken back to be changed"),
    AuditAction.BROADCAST_DISCARDED: lambda translate: translate("broadcast discarded"),
    AuditAction.RUN_PAUSED: lambda translate: translate("delivery paused"),
    AuditAction.RUN_RESUMED: lambda translate: translate("delivery resumed"),
    AuditAction.RUN_CANCELLED: lambda translate: translate("delivery cancelled"),
    AuditAction.RUN_RESENT: lambda translate: translate("unconfirmed messages sent again"),
    AuditAction.RUN_RETRIED: lambda translate: translate("failed messages tried again"),
    AuditAction.BROADCAST_RECALLED: lambda translate: translate("broadcast recalled"),
    AuditAction.BROADCAST_EDITED: lambda translate: translate("broadcast edited"),
    AuditAction.BROADCAST_PINNED: lambda translate: translate("broadcast pinned"),
    AuditAction.BROADCAST_UNPINNED: lambda translate: translate("broadcast unpinned"),
    AuditAction.QUIET_HOURS: lambda translate: translate("quiet hours changed"),
    AuditAction.ADMISSION_POLICY: lambda translate: translate("who may subscribe changed"),
    AuditAction.INVITATION_MADE: lambda translate: translate("invitation made"),
    AuditAction.INVITATION_REVOKED: lambda translate: translate("invitation taken back"),
    AuditAction.ADMITTED: lambda translate: translate("reader let in"),
    AuditAction.DECLINED: lambda translate: translate("reader declined or taken out"),
    AuditAction.SEGMENT_SAVED: lambda translate: translate("choice of recipients saved"),
    AuditAction.SEGMENT_FORGOTTEN: lambda translate: translate("choice of recipients forgotten"),
    AuditAction.BOT_STATE_SET: lambda translate: translate("bot paused, drained or resumed"),
    AuditAction.CHATS_IMPORTED: lambda translate: translate("chats of another bot subscribed"),
}


def page_count(total: int) -> int:
    return max(1, -(-total // PAGE_ENTRIES))


def audit_message(
    entries: Sequence[AuditEntry],
    page: int,
    total: int,
    translate: Translator,
    *,
    broadcasts: Mapping[int, Broadcast],
    zone: str,
    now: datetime,
) -> Message:
    """Return a page of the log, the newest entries first, with instants by the clock of `zone`.

    `broadcasts`: what the entries' runs send, edit, pin or recall, by their ids, as long as it is kept.
    """
    heading = bold("🧾 " + translate("Audit log"))
    if not entries:
        return Message(join("\n\n", (heading, translate("Nothing has been recorded yet."))))
    lines = [_entry(entry, translate, broadcasts, zone, now) for entry in entries]
    here, pages = ReplyTarget.IN_PLACE, page_count(total)
    turns = (
        *([button("◀", CommandName.AUDIT, page - 1, target=here)] if page > 1 else []),
        *([button(f"{page} / {pages}", CommandName.AUDIT, page, target=here)] if pages > 1 else []),
        *([button("▶", CommandName.AUDIT, page + 1, target=here)] if page < pages else []),
    )
    return Message(join("\n\n", (heading, *lines)), (turns,) if turns else ())


def _entry(
    entry: AuditEntry, translate: Translator, broadcasts: Mapping[int, Broadcast], zone: str, now: datetime
) -> Text:
    """Return an entry: when and who, and below it what, and about what."""
    first = join(" · ", (format_moment(entry.at, zone, translate, now), actor_name(entry.actor, translate)))
    return join("\n", (first, _act(entry, translate, broadcasts, local_date(now, zone))))


def entry_in_words(entry: AuditEntry, translate: Translator, broadcasts: Mapping[int, Broadcast]) -> str:
    """Return who did what, and about what, in one line of plain text."""
    return join(" · ", (actor_name(entry.actor, translate), _act(entry, translate, broadcasts))).plain


def _act(
    entry: AuditEntry, translate: Translator, broadcasts: Mapping[int, Broadcast], today: date | None = None
) -> Text:
    """Return what was done, and about what."""
    act, subject = Text(_ACTION_NAMES[entry.action](translate)), _subject(entry, translate, broadcasts, today)
    return format_text(translate("{act}: {subject}"), {"act": act, "subject": subject}) if subject.plain else act


def _subject(entry: AuditEntry, translate: Translator, broadcasts: Mapping[int, Broadcast], today: date | None) -> Text:
    """Return what an act was about; a broadcast by its words, or by its number once they are not kept."""
    parts: list[Text | str] = []
    if entry.person is not None:
        parts.append(actor_name(entry.person, translate))
    if entry.edition is not None:
        parts.append(format_day(entry.edition, translate, today))
    elif entry.run_id is not None:
        broadcast = broadcasts.get(entry.run_id)
        parts.append(f"#{entry.run_id}" if broadcast is None else broadcast_name(broadcast, translate))
    detail = _detail(entry, translate)
    return join(" · ", [*parts, *([detail] if detail else [])])


def _detail(entry: AuditEntry, translate: Translator) -> str:
    match entry.action:
        case AuditAction.ROLE_CHANGED:
            former, _, role = entry.detail.partition(" ")
            return f"{_role(former, translate)} → {_role(role, translate)}"
        case AuditAction.PUBLISHED | AuditAction.CORRECTED:
            return translate("version {n}").format(n=entry.detail)
        case AuditAction.DRAFT_CONFIRMED:
            return {"now": translate("at once"), "later": translate("at a chosen time")}.get(entry.detail, "")
        case AuditAction.ADMISSION_POLICY:
            policies = (AdmissionPolicy(value) for value in entry.detail.split() if value in set(AdmissionPolicy))
            return " → ".join(policy_name(policy, translate) for policy in policies)
        case AuditAction.INVITATION_MADE:
            return entry.detail.partition(" ")[0]
        case AuditAction.BOT_STATE_SET:
            states: Mapping[str, str] = {
                BotState.RUNNING: translate("runs"),
                BotState.PAUSED: translate("paused"),
                BotState.DRAINING: translate("drained"),
            }
            return states.get(entry.detail, "")
        case AuditAction.QUIET_HOURS if entry.detail:
            start, end = map(int, entry.detail.split())
            return f"{format_time(start)}–{format_time(end)}"
        case AuditAction.QUIET_HOURS:
            return translate("none")
        case _:
            return entry.detail


def _role(value: str, translate: Translator) -> str:
    return role_name(Role(value) if value in set(Role) else None, translate)
