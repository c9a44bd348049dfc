"""setMyCommands: refused lists, and the list each user sees."""

from typing import Any

import pytest

from emulator.client import EmulatorClient
from tests.emulator.conftest import BotApi


def commands(*names: str) -> list[dict[str, str]]:
    return [{"command": name, "description": f"does {name}"} for name in names]


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"commands": "x"}, "can't parse commands JSON object"),
        ({"commands": {}}, "expected an Array of BotCommand"),
        ({"commands": [1]}, "can't parse BotCommand: expected an Object"),
        ({"commands": [{"command": "a"}]}, "can't parse BotCommand: Can't find field \"description\""),
        (
            {"commands": [{"command": 1, "description": "x"}]},
            'can\'t parse BotCommand: Field "command" must be of type String',
        ),
        ({"commands": commands("技术")}, "BOT_COMMAND_INVALID"),
        ({"commands": commands("Start")}, "BOT_COMMAND_INVALID"),
        ({"commands": commands("x" * 33)}, "BOT_COMMAND_INVALID"),
        ({"commands": commands("")}, "command must be non-empty"),
        ({"commands": [{"command": "a", "description": " "}]}, "command description must be non-empty"),
        ({"commands": [{"command": "a", "description": "x" * 257}]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ({"commands": commands(*(f"c{n}" for n in range(101)))}, "BOT_COMMANDS_TOO_MUCH"),
        ({"language_code": "zh-Hans"}, "invalid language code specified"),
        ({"scope": {"type": "galaxy"}}, "can't parse BotCommandScope: Unsupported type specified"),
        ({"scope": "{"}, "can't parse BotCommandScope JSON object"),
        ({"scope": {}}, "can't parse BotCommandScope: Can't find field \"type\""),
        ({"scope": 5}, "can't parse BotCommandScope: BotCommandScope must be an Object"),
        ({"scope": {"type": "chat"}}, "can't parse BotCommandScope: Empty chat_id specified"),
        ({"scope": {"type": "chat", "chat_id": 5}}, "chat not found"),
    ],
)
async def test_refused_commands(api: BotApi, values: dict[str, Any], error: str) -> None:
    assert await api.error("setMyCommands", **{"commands": commands("a"), **values}) == f"Bad Request: {error}"


async def test_command_list_of_user(api: BotApi, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", "zh-hans", started=True)
    bob = await emulator.create_user("Bob", "en", started=True)
    group = await emulator.create_group("G", ann, bob)
    await api.result("setMyCommands", commands=commands("default"))
    await api.result("setMyCommands", commands=commands("private"), scope={"type": "all_private_chats"})
    await api.result(
        "setMyCommands", commands=commands("siren"), scope={"type": "all_private_chats"}, language_code="zh"
    )
    await api.result("setMyCommands", commands=commands("boss"), scope={"type": "all_chat_administrators"})
    await api.result("setMyCommands", commands=commands("own"), scope={"type": "chat", "chat_id": bob.id})
    assert await ann.commands() == commands("siren")
    assert await bob.commands() == commands("own")
    assert await ann.commands(group) == commands("boss")
    assert await bob.commands(group) == commands("default")
    member = {"type": "chat_member", "chat_id": group.id, "user_id": bob.id}
    await api.result("setMyCommands", commands=commands("mine"), scope=member)
    assert await bob.commands(group) == commands("mine")
    await api.result("deleteMyCommands", scope=member)
    assert await bob.commands(group) == commands("default")


async def test_get_my_commands(api: BotApi) -> None:
    await api.result("setMyCommands", commands=commands("/a", "b"), language_code="en")
    assert await api.result("getMyCommands", language_code="en") == [
        {"command": "a", "description": "does /a"},
        {"command": "b", "description": "does b"},
    ]
    assert await api.result("getMyCommands") == []
