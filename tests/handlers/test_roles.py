"""Roles given and taken in the chat: who may, what is asked, who is told, and what each role may do at once."""

from __future__ import annotations

import pytest

from domain.chat.action import Send
from domain.chat.commands import CommandName
from domain.chat.roles import Role
from domain.chat.text import link
from handlers.routes import ROUTES
from storage import personal_data, roles
from tests.handlers.dialogue import ADMIN, Bot, Voice, private

ANN = 7
BOB = 8


async def _role(bot: Bot, user_id: int) -> Role | None:
    async with bot.database.read() as tx:
        return await roles.get(tx, user_id, owners=bot.admins)


async def _give(bot: Bot, user_id: int, role: Role) -> None:
    async with bot.database.write() as tx:
        assert await roles.change(tx, user_id, role, owners=bot.admins)


def _is_answered(voice: Voice) -> bool:
    return "didn't get that" not in voice.heard.text and voice.heard.text != ""


async def test_role_is_given_after_a_question_and_works_at_once(bot: Bot) -> None:
    ann, owner = private(bot, ANN), private(bot, ADMIN)
    await ann.say("/start")
    await ann.say("/stats")
    assert not _is_answered(ann)
    question = await owner.say(f"/roles {ANN} admin")
    assert "no role → admin?" in question.text
    assert await _role(bot, ANN) is None
    given = await owner.press("Yes")
    assert given.toast == "Now: admin"
    assert await _role(bot, ANN) is Role.ADMIN
    (told,) = [action for action in given.actions if isinstance(action, Send)]
    assert told.chat_id == ANN
    assert bot.role_changes == [(ANN, ADMIN)]
    await ann.say("/stats")
    assert _is_answered(ann)


async def test_no_changes_nothing_and_a_person_may_be_unknown(bot: Bot) -> None:
    owner = private(bot, ADMIN)
    await owner.say("/roles 4201 owner")
    answer = await owner.press("No")
    assert "4201 – no role" in answer.text
    assert await _role(bot, 4201) is None
    await owner.press("→ editor")
    answer = await owner.press("Yes")
    assert not [action for action in answer.actions if isinstance(action, Send)], "a stranger gets no message"
    assert await _role(bot, 4201) is Role.EDITOR
    listed = await owner.say("/roles")
    assert listed.labels == ["4201 · editor"]
    assert "1 – owner · by the operator" in listed.text
    assert link("4201", "tg://user?id=4201").spans[0].style in {span.style for span in listed.messages[0].text.spans}


@pytest.mark.parametrize("role", [None, *Role])
async def test_each_role_may_do_what_its_commands_say_and_no_more(bot: Bot, role: Role | None) -> None:
    if role is not None:
        await _give(bot, ANN, role)
    ann = private(bot, ANN)
    await ann.say("/start")
    for command, route in ROUTES.items():
        if route.permission.role is None or not route.typed:
            continue
        await ann.say(f"/{command}")
        may = role is not None and list(Role).index(role) >= list(Role).index(route.permission.role)
        assert _is_answered(ann) is may, (role, command)
        in_help = (await ann.say("/help")).text
        assert (f"/{command}" in in_help) is may


async def test_taken_role_refuses_even_old_buttons(bot: Bot) -> None:
    await _give(bot, ANN, Role.OWNER)
    ann, owner = private(bot, ANN), private(bot, ADMIN)
    await ann.say(f"/roles {BOB} owner")
    await owner.say(f"/roles {ANN}")
    await owner.press("Take the role")
    taken = await owner.press("Yes")
    assert taken.toast == "The role is taken."
    answer = await ann.press("Yes")
    assert answer.toast == "This button no longer works."
    assert await _role(bot, BOB) is None


async def test_last_owner_remains_and_the_settings_decide_about_their_own(bot: Bot) -> None:
    owner = private(bot, ADMIN)
    answer = await owner.say(f"/roles {ADMIN} editor")
    assert "only the operator can change that" in answer.text
    await owner.press_data(f"roles {ADMIN} none yes.e")
    assert await _role(bot, ADMIN) is Role.OWNER
    await _give(bot, ANN, Role.OWNER)
    bot.admins = frozenset()
    ann = private(bot, ANN)
    question = await ann.say(f"/roles {ANN} none")
    assert "That is you" in question.text
    answer = await ann.press("Yes")
    assert "remain an owner" in answer.toast
    await _give(bot, BOB, Role.OWNER)
    answer = await ann.press("Yes")
    assert "no longer have a role here" in answer.text
    assert await _role(bot, ANN) is None


async def test_person_is_told_by_a_forwarded_message_or_a_contact(bot: Bot) -> None:
    owner = private(bot, ADMIN)
    assert "7 – no role" in (await owner.say("/roles", about=ANN)).text
    assert "no role → editor?" in (await owner.say("/roles editor", about=ANN)).text
    assert "no role → owner?" in (await owner.say("/roles 7 所有者")).text
    contact = {"phone_number": "+49", "first_name": "Ann"}
    assert "7 – no role" in (await owner.sends(contact=contact | {"user_id": ANN})).text
    await _give(bot, BOB, Role.ADMIN)
    offered = await private(bot, BOB).sends(contact=contact | {"user_id": ANN})
    assert "no role" not in offered.text, "to an admin a contact is something to broadcast"
    for unknown in ("@alex editor", "-100123", "0", "99999999999999999"):
        assert f"I cannot read “{unknown.split()[0]}” as a person" in (await owner.say(f"/roles {unknown}")).text
    assert "cannot read “king”. Write it like this: /roles 7 editor" in (await owner.say("/roles 7 king")).text


async def test_typed_confirmation_changes_nothing(bot: Bot) -> None:
    owner = private(bot, ADMIN)
    answer = await owner.say(f"/roles {ANN} owner yes")
    assert "no role → owner?" in answer.text
    assert await _role(bot, ANN) is None


async def test_erasing_takes_the_role_and_its_menu(bot: Bot) -> None:
    await _give(bot, ANN, Role.EDITOR)
    ann = private(bot, ANN)
    await ann.say("/start")
    async with bot.database.read() as tx:
        assert [row["role"] for row in (await personal_data.export(tx, ANN))["roles"]] == ["editor"]
    await ann.say("/erase")
    await ann.press("Yes, erase it all")
    assert await _role(bot, ANN) is None
    assert bot.role_changes == [(ANN, ANN)]


def test_roles_command_is_an_owner_s() -> None:
    assert ROUTES[CommandName.ROLES].permission.role is Role.OWNER
    assert [role for role in Role if role.includes(Role.ADMIN)] == [Role.ADMIN, Role.OWNER]
