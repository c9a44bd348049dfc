"""setMyCommands, getMyCommands and deleteMyCommands."""

import re
from typing import Any

from emulator.access import check_access
from emulator.command_table import Command, CommandScope
from emulator.errors import BadRequest
from emulator.parameters import Parameters, parse_leading_integer
from emulator.telegram import Telegram

MAX_COMMANDS = 100
_COMMAND_NAME = re.compile(r"[a-z0-9_]{1,32}")
_SCOPES_WITHOUT_CHAT = ("default", "all_private_chats", "all_group_chats", "all_chat_administrators")
_SCOPES_WITH_CHAT = ("chat", "chat_administrators", "chat_member")


def set_my_commands(tg: Telegram, params: Parameters) -> bool:
    commands = _read_commands(params)
    scope, language = _read_scope_and_language(tg, params)
    tg.commands.set(scope, language, commands)
    tg.events.publish("commands", {"commands": tg.commands.as_json()})
    return True


def get_my_commands(tg: Telegram, params: Parameters) -> list[Command]:
    return tg.commands.get(*_read_scope_and_language(tg, params))


def delete_my_commands(tg: Telegram, params: Parameters) -> bool:
    scope, language = _read_scope_and_language(tg, params)
    tg.commands.set(scope, language, [])
    tg.events.publish("commands", {"commands": tg.commands.as_json()})
    return True


def _read_commands(params: Parameters) -> list[Command]:
    items = params.json("commands", "can't parse commands JSON object")
    if items is None:
        return []
    if not isinstance(items, list):
        raise BadRequest("expected an Array of BotCommand")
    commands = [_read_command(item) for item in items]
    if len(commands) > MAX_COMMANDS:
        raise BadRequest("BOT_COMMANDS_TOO_MUCH")
    return commands


def _read_command(fields: Any) -> Command:
    if not isinstance(fields, dict):
        raise BadRequest("can't parse BotCommand: expected an Object")
    for name in ("command", "description"):
        if fields.get(name) is None:
            raise BadRequest(f"can't parse BotCommand: Can't find field \"{name}\"")
        if not isinstance(fields[name], str):
            raise BadRequest(f'can\'t parse BotCommand: Field "{name}" must be of type String')
    command = fields["command"].strip().removeprefix("/")
    description = fields["description"].strip()
    if not command:
        raise BadRequest("command must be non-empty")
    if not _COMMAND_NAME.fullmatch(command):
        raise BadRequest("BOT_COMMAND_INVALID")
    if not description:
        raise BadRequest("command description must be non-empty")
    if len(description) > 256:
        raise BadRequest("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": command, "description": description}


def _read_scope_and_language(tg: Telegram, params: Parameters) -> tuple[CommandScope, str]:
    scope = _read_scope(tg, params)
    language = params.text("language_code")
    if language and not re.fullmatch("[a-z]{2}", language):
        raise BadRequest("invalid language code specified")
    return scope, language


def _read_scope(tg: Telegram, params: Parameters) -> CommandScope:
    fields = params.json("scope", "can't parse BotCommandScope JSON object")
    if fields is None:
        return CommandScope("default")
    if not isinstance(fields, dict):
        raise BadRequest("can't parse BotCommandScope: BotCommandScope must be an Object")
    kind = fields.get("type")
    if kind is None:
        raise BadRequest("can't parse BotCommandScope: Can't find field \"type\"")
    if kind in _SCOPES_WITHOUT_CHAT:
        return CommandScope(kind)
    if kind not in _SCOPES_WITH_CHAT:
        raise BadRequest("can't parse BotCommandScope: Unsupported type specified")
    chat_id = _read_scope_chat_id(tg, fields.get("chat_id"))
    if kind != "chat_member":
        return CommandScope(kind, chat_id)
    user_id = fields.get("user_id")
    if not isinstance(user_id, int) or user_id <= 0:
        raise BadRequest("can't parse BotCommandScope: Invalid user_id specified")
    return CommandScope(kind, chat_id, user_id)


def _read_scope_chat_id(tg: Telegram, value: Any) -> int:
    text = str(value if value is not None else "")
    if not text:
        raise BadRequest("can't parse BotCommandScope: Empty chat_id specified")
    chat = tg.store.find_chat(text if text.startswith("@") else parse_leading_integer(text))
    if chat is None:
        raise BadRequest("chat not found")
    check_access(tg, chat, write=False)
    return chat.id
