"""Roles of bot admins, given and taken by owners: /roles and its buttons.

roles                     everybody with a role
roles 4201                one person
roles 4201 editor         ask whether they shall be an editor (`none`: have no role)
roles 4201 editor yes     the answer, from a button only
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import structlog

from domain.audit import AuditAction
from domain.chat.action import Action, Send
from domain.chat.roles import Role
from handlers.audit import record
from handlers.context import Context
from handlers.request import Request, reply_text, reply_with
from storage import chat_administrators
from storage import roles as stored_roles
from views.refusals import private_chat_only, unreadable_words
from views.roles import (
    CONFIRMED,
    NO_ROLE,
    change_question,
    changed_toast,
    last_owner,
    new_role_message,
    nobody_meant,
    person_screen,
    roles_screen,
    unreadable_person,
)

log = structlog.get_logger(__name__)

_CHOICES: Mapping[str, Role | None] = {
    **{role.value: role for role in Role},
    "编辑": Role.EDITOR,
    "管理员": Role.ADMIN,
    "所有者": Role.OWNER,
    NO_ROLE: None,
    "无": None,
    "編輯": Role.EDITOR,
    "管理員": Role.ADMIN,
    "擁有者": Role.OWNER,
    "無": None,
}
"""What may be written after a person's id."""

_USER_ID = re.compile(r"[1-9][0-9]{0,15}")


async def roles(request: Request, context: Context) -> list[Action]:
    """Show who has which role, ask before a change, or make it."""
    if not request.origin.chat.is_private:
        return reply_text(request, private_chat_only(context.translate))
    words = request.arguments.lower().split()
    user_id = _user_id(words[0]) if words and _user_id(words[0]) is not None else request.person_id
    if user_id is None:
        return await _nobody(request, context, words)
    if (unread := _unread(words)) and request.press is None:
        example = f"/roles {user_id} {Role.EDITOR}"
        return reply_text(request, unreadable_words(" ".join(unread), example, context.translate))
    chosen = next((word for word in words if word in _CHOICES), None)
    if chosen is None:
        return await _show_person(request, context, user_id)
    role = _CHOICES[chosen]
    if request.press is not None and words[-1] == CONFIRMED:
        return await _change(request, context, user_id, role)
    return await _ask(request, context, user_id, role)


def _user_id(word: str) -> int | None:
    return int(word) if _USER_ID.fullmatch(word) else None


async def _nobody(request: Request, context: Context, words: list[str]) -> list[Action]:
    """Answer where no person is told: list everybody, or say what could not be read."""
    if request.reply_to_message_id is not None:
        return reply_text(request, nobody_meant(context.translate))
    if words:
        return reply_text(request, unreadable_person(words[0], context.translate))
    return await _list(request, context)


def _unread(words: list[str]) -> list[str]:
    """Return the words that are neither a person, a role nor the answer of a button."""
    return [word for word in words if _user_id(word) is None and word not in _CHOICES and word != CONFIRMED]


async def _list(request: Request, context: Context) -> list[Action]:
    owners = context.services.owners
    staff = await stored_roles.get_all(context.tx, owners=owners)
    return reply_with(request, roles_screen(staff, owners, context.translate))


async def _show_person(request: Request, context: Context, user_id: int, toast: str = "") -> list[Action]:
    owners = context.services.owners
    role = await stored_roles.get(context.tx, user_id, owners=owners)
    stands_in_settings = user_id in owners
    screen = person_screen(user_id, role, context.translate, stands_in_settings=stands_in_settings)
    return reply_with(request, screen, toast=toast)


async def _ask(request: Request, context: Context, user_id: int, role: Role | None) -> list[Action]:
    """Ask before a change; where nothing would change, show the person."""
    owners = context.services.owners
    former = await stored_roles.get(context.tx, user_id, owners=owners)
    if former is role or user_id in owners:
        return await _show_person(request, context, user_id)
    is_own = user_id == context.user_id
    return reply_with(request, change_question(user_id, former, role, context.translate, is_own=is_own))


async def _change(request: Request, context: Context, user_id: int, role: Role | None) -> list[Action]:
    """Make a change, and tell whom it is about, if a message may arrive there."""
    owners, translate = context.services.owners, context.translate
    former = await stored_roles.get(context.tx, user_id, owners=owners)
    if former is role or user_id in owners:
        return await _show_person(request, context, user_id)
    if not await stored_roles.change(context.tx, user_id, role, owners=owners):
        return reply_text(request, last_owner(translate))
    log.info("role_changed", user=user_id, role=role and role.value, former=former and former.value, by=context.user_id)
    detail = f"{former or NO_ROLE} {role or NO_ROLE}"
    await record(context, AuditAction.ROLE_CHANGED, person=user_id, detail=detail)
    context.services.on_role_change(user_id, by=context.user_id)
    told = await _inform(context, user_id, role)
    if user_id == context.user_id:  # who may not see roles any more
        return [*reply_with(request, new_role_message(role, translate), toast=changed_toast(role, translate)), *told]
    return [*await _show_person(request, context, user_id, changed_toast(role, translate)), *told]


async def _inform(context: Context, user_id: int, role: Role | None) -> list[Action]:
    chat = await chat_administrators.reachable_chat(context.tx, user_id)
    if chat is None or user_id == context.user_id:
        return []
    translate = context.services.translations.translator(chat.preferences.language)
    return [Send(user_id, new_role_message(role, translate))]
