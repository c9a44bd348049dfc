"""Ephemeral messages: who may be sent one (Bot API 10.3, ephemeral_message_parameters)."""

from dataclasses import dataclass

from emulator.errors import BadRequest
from emulator.models import Chat
from emulator.parameters import Parameters, parse_leading_integer
from emulator.telegram import Telegram

CALLBACK_QUERY_SECONDS = 15
"""For how long after a press a bot that is no administrator may answer it by an ephemeral message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EphemeralParameters:
    """The member who alone gets a message, and the press that it answers ('': none)."""

    receiver_user_id: int
    callback_query_id: str


def read_ephemeral_parameters(params: Parameters) -> EphemeralParameters | None:
    """Parse ephemeral_message_parameters; None if they are absent."""
    value = params.json("ephemeral_message_parameters", "can't parse ephemeral message parameters JSON object")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise BadRequest("object expected as ephemeral message parameters")
    if value.get("replace_callback_query_message"):
        raise BadRequest("an ephemeral message in place of another one is not emulated")
    return EphemeralParameters(
        receiver_user_id=parse_leading_integer(str(value.get("receiver_user_id", ""))),
        callback_query_id=str(value.get("callback_query_id", "")),
    )


def check_receiver(tg: Telegram, chat: Chat, ephemeral: EphemeralParameters) -> None:
    """Check that the receiver is a member, and that the bot administers the group or answers their press in time."""
    if chat.type not in ("group", "supergroup"):
        raise BadRequest("BOT_NOT_ADMIN")
    member = chat.members.get(ephemeral.receiver_user_id)
    if member is None or not member.is_member or ephemeral.receiver_user_id == tg.bot.id:
        raise BadRequest("USER_NOT_PARTICIPANT")
    if ephemeral.callback_query_id:
        query = tg.queries.take(ephemeral.callback_query_id, inline=False)
        is_theirs = (query.user_id, query.chat_id) == (ephemeral.receiver_user_id, chat.id)
        if is_theirs and tg.queries.age(query) <= CALLBACK_QUERY_SECONDS:
            return
    bot = chat.members.get(tg.bot.id)
    if bot is None or bot.status != "administrator":
        raise BadRequest("CHAT_ADMIN_REQUIRED")
