"""setMyCommands, getMyCommands, deleteMyCommands: command lists per scope and language."""

import re
from typing import Any

from emulator.commands import Command, Scope
from emulator.errors import BadRequest
from emulator.parameters import Parameters, leading_integer
from emulator.reach import check_access
from emulator.telegram import Telegram

MOST = 100
_NAME = re.compile(r"[a-z0-9_]{1,32}")
_WIDE_SCOPES = ("default", "all_private_chats", "all_group_chats", "all_chat_administrators")
_CHAT_SCOPES = ("chat", "chat_administrators", "chat_member")


def set_my_commands(tg: Telegram, p: Parameters) -> bool:
    commands = _read_commands(p)
    scope, language = _read_where(tg, p)
    tg.commands.set(scope, language, commands)
    tg.hub.publish("commands", {"commands": tg.commands.view()})
    return True


def get_my_commands(tg: Telegram, p: Parameters) -> list[Command]:
    return tg.commands.get(*_read_where(tg, p))


def delete_my_commands(tg: Telegram, p: Parameters) -> bool:
    scope, language = _read_where(tg, p)
    tg.commands.set(scope, language, [])
    tg.hub.publish("commands", {"commands": tg.commands.view()})
    return True


def _read_commands(p: Parameters) -> list[Command]:
    given = p.json("commands", "can't parse commands JSON object")
    if given is None:
        return []
    if not isinstance(given, list):
        raise BadRequest("expected an Array of BotCommand")
    commands = [_read_command(one) for one in given]
    if len(commands) > MOST:
        raise BadRequest("BOT_COMMANDS_TOO_MUCH")
    return commands


def _read_command(given: Any) -> Command:
    if not isinstance(given, dict):
        raise BadRequest("can't parse BotCommand: expected an Object")
    for name in ("command", "description"):
        if given.get(name) is None:
            raise BadRequest(f"can't parse BotCommand: Can't find field \"{name}\"")
        if not isinstance(given[name], str):
            raise BadRequest(f'can\'t parse BotCommand: Field "{name}" must be of type String')
    command = given["command"].strip().removeprefix("/")
    description = given["description"].strip()
    if not command:
        raise BadRequest("command must be non-empty")
    if not _NAME.fullmatch(command):
        raise BadRequest("BOT_COMMAND_INVALID")
    if not description:
        raise BadRequest("command description must be non-empty")
    if len(description) > 256:
        raise BadRequest("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": command, "description": description}


def _read_where(tg: Telegram, p: Parameters) -> tuple[Scope, str]:
    scope = _read_scope(tg, p)
    language = p.text("language_code")
    if language and not re.fullmatch("[a-z]{2}", language):
        raise BadRequest("invalid language code specified")
    return scope, language


def _read_scope(tg: Telegram, p: Parameters) -> Scope:
    given = p.json("scope", "can't parse BotCommandScope JSON object")
    if given is None:
        return Scope("default")
    if not isinstance(given, dict):
        raise BadRequest("can't parse BotCommandScope: BotCommandScope must be an Object")
    kind = given.get("type")
    if kind is None:
        raise BadRequest("can't parse BotCommandScope: Can't find field \"type\"")
    if kind in _WIDE_SCOPES:
        return Scope(kind)
    if kind not in _CHAT_SCOPES:
        raise BadRequest("can't parse BotCommandScope: Unsupported type specified")
    chat_id = _scope_chat(tg, given.get("chat_id"))
    if kind != "chat_member":
        return Scope(kind, chat_id)
    user_id = given.get("user_id")
    if not isinstance(user_id, int) or user_id <= 0:
        raise BadRequest("can't parse BotCommandScope: Invalid user_id specified")
    return Scope(kind, chat_id, user_id)


def _scope_chat(tg: Telegram, given: Any) -> int:
    text = str(given if given is not None else "")
    if not text:
        raise BadRequest("can't parse BotCommandScope: Empty chat_id specified")
    chat = tg.world.find_chat(text if text.startswith("@") else leading_integer(text))
    if chat is None:
        raise BadRequest("chat not found")
    check_access(tg, chat, write=False)
    return chat.id
