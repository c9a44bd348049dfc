"""The screens on which owners give and take roles, and what somebody is told whose role changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet

from domain.audit import ERASED, OPERATOR
from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Button, Message
from domain.chat.roles import Role
from domain.chat.text import Style, Text, bold, format_text, join, link, styled
from views.examples import with_examples
from views.shortening import quoted_words

NO_ROLE = "none"
"""Argument of the command that takes a role."""

CONFIRMED = "yes"

MAX_LISTED = 90
"""People on the screen, a button each."""

_HERE = ReplyTarget.IN_PLACE

_ROLE_NAMES: Mapping[Role, Callable[[Translator], str]] = {
    Role.EDITOR: lambda translate: translate("editor"),
    Role.ADMIN: lambda translate: translate("admin"),
    Role.OWNER: lambda translate: translate("owner"),
}

_ROLE_RIGHTS: Mapping[Role, Callable[[Translator], str]] = {
    Role.EDITOR: lambda translate: translate("Editors look after the editions, and hear what is wrong with them."),
    Role.ADMIN: lambda translate: translate("Admins broadcast and see figures too."),
    Role.OWNER: lambda translate: translate("Owners give and take roles too."),
}


def role_name(role: Role | None, translate: Translator) -> str:
    return translate("no role") if role is None else _ROLE_NAMES[role](translate)


def person_link(user_id: int) -> Text:
    """Return somebody's id, which the app opens; the bot keeps no names."""
    return link(str(user_id), f"tg://user?id={user_id}")


def actor_name(user_id: int | None, translate: Translator) -> Text:
    """Return who did what the audit log records."""
    if user_id is None:
        return Text(translate("by a file"))
    if user_id == OPERATOR:
        return Text(translate("the operator, on the server"))
    return Text(translate("somebody who was erased")) if user_id == ERASED else person_link(user_id)


def roles_screen(staff: Mapping[int, Role], owners: AbstractSet[int], translate: Translator) -> Message:
    """List everybody with a role, and say how somebody gets one."""
    listed = list(staff.items())[:MAX_LISTED]
    lines = [_entry(user_id, role, owners, translate) for user_id, role in listed]
    left_out = len(staff) - len(listed)
    if left_out:
        lines.append(
            Text(translate.ngettext("… and {n} more person", "… and {n} more people", left_out).format(n=left_out))
        )
    rights = "\n".join(rights(translate) for rights in _ROLE_RIGHTS.values())
    how = translate(
        "To give somebody a role, share their contact with me, or forward me a message of theirs and reply /roles to "
        "it, or write /roles with their number: `/roles 4201 editor`"
    )
    parts = (bold("👥 " + translate("Roles")), join("\n", lines), rights, with_examples(how))
    rows = [
        (button(f"{user_id} · {role_name(role, translate)}", CommandName.ROLES, user_id, target=_HERE),)
        for user_id, role in listed
        if user_id not in owners
    ]
    return Message(join("\n\n", [part for part in parts if part]), tuple(rows))


def person_screen(user_id: int, role: Role | None, translate: Translator, *, stands_in_settings: bool) -> Message:
    """Show somebody's role, with a button for each other one."""
    text = join("", (person_link(user_id), " – ", role_name(role, translate)))
    if stands_in_settings:
        settled = translate("They stand in the settings (ADMIN_IDS); only the operator can change that.")
        return Message(join("\n\n", (text, settled)), ((_back(translate),),))
    rights = "\n".join(rights(translate) for rights in _ROLE_RIGHTS.values())
    choices: list[Button] = [
        button(_as(other, translate), CommandName.ROLES, user_id, other, target=_HERE)
        for other in Role
        if other is not role
    ]
    rows = [tuple(choices)]
    if role is not None:
        rows.append((button("✖ " + translate("Take the role"), CommandName.ROLES, user_id, NO_ROLE, target=_HERE),))
    return Message(join("\n\n", (text, rights)), (*rows, (_back(translate),)))


def change_question(
    user_id: int, former: Role | None, role: Role | None, translate: Translator, *, is_own: bool
) -> Message:
    """Ask before a role is given, changed or taken."""
    change = bold(f"{role_name(former, translate)} → {role_name(role, translate)}")
    question = format_text(translate("{person}: {change}?"), {"person": person_link(user_id), "change": change})
    lines: list[Text | str] = [question]
    if role is not None:
        lines.append(_ROLE_RIGHTS[role](translate))
    if is_own:
        lines.append(translate("That is you: afterwards only another owner can give you the role again."))
    value = NO_ROLE if role is None else role.value
    yes = button("✓ " + translate("Yes"), CommandName.ROLES, user_id, value, CONFIRMED, target=_HERE)
    no = button("✖ " + translate("No"), CommandName.ROLES, user_id, target=_HERE)
    return Message(join("\n\n", lines), ((yes, no),))


def changed_toast(role: Role | None, translate: Translator) -> str:
    """Return the toast for a change that is made."""
    return (
        translate("The role is taken.")
        if role is None
        else translate("Now: {role}").format(role=role_name(role, translate))
    )


def new_role_message(role: Role | None, translate: Translator) -> Message:
    """Tell somebody the role that they have now."""
    if role is None:
        return Message(Text(translate("You no longer have a role here. The digest goes on as you have set it.")))
    said = translate("You have a new role here: {role}.").format(role=role_name(role, translate))
    help_button = button("❓ " + translate("What I can do"), CommandName.HELP)
    return Message(Text(f"{said}\n{_ROLE_RIGHTS[role](translate)}"), ((help_button,),))


def last_owner(translate: Translator) -> str:
    return translate("Somebody has to remain an owner. Make another person an owner first.")


def nobody_meant(translate: Translator) -> str:
    """Say that the message replied to does not tell a person."""
    return translate(
        "I cannot tell who that is: their account is hidden, or it is no person. Write /roles with their number, "
        "which @userinfobot tells them."
    )


def unreadable_person(word: str, translate: Translator) -> Text:
    """Say that a word names no person: Telegram does not find people for bots by their names."""
    text = translate(
        "I cannot read “{word}” as a person. Write their number, which @userinfobot tells them: {example}, or answer "
        "a message of theirs with /roles."
    )
    return format_text(text, {"word": quoted_words(word), "example": styled("/roles 4201 editor", Style.CODE)})


def _entry(user_id: int, role: Role, owners: AbstractSet[int], translate: Translator) -> Text:
    by_operator = f" · {translate('by the operator')}" if user_id in owners else ""
    return join("", (person_link(user_id), f" – {role_name(role, translate)}{by_operator}"))


def _as(role: Role, translate: Translator) -> str:
    return "→ " + role_name(role, translate)


def _back(translate: Translator) -> Button:
    return button("← " + translate("Roles"), CommandName.ROLES, target=_HERE)
