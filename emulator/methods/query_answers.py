"""answerCallbackQuery and answerInlineQuery."""

import re
from typing import Any

from emulator.errors import BadRequest
from emulator.formatting import format_text, read_input_message_text
from emulator.keyboards import parse_markup, validate_markup
from emulator.parameters import Parameters
from emulator.telegram import Telegram

MAX_ANSWER_CHARACTERS = 200
MAX_INLINE_RESULTS = 50
MAX_OFFSET_BYTES = 64


def answer_callback_query(tg: Telegram, params: Parameters) -> bool:
    query = tg.queries.take(params.text("callback_query_id"), inline=False)
    text = params.text("text")
    if len(text) > MAX_ANSWER_CHARACTERS:
        raise BadRequest("MESSAGE_TOO_LONG")
    url = params.text("url")
    if url and not _opens_the_bot(url, tg.bot.username):
        raise BadRequest("URL_INVALID")
    answer = {
        "callback_query_id": query.id,
        "user_id": query.user_id,
        "chat_id": query.chat_id,
        "message_id": query.message_id,
        "text": text,
        "show_alert": params.boolean("show_alert"),
        "url": url or None,
    }
    tg.log_event("callback_answer", query.chat_id, message_id=query.message_id, detail=answer)
    tg.events.publish("callback_answer", answer)
    return True


def _opens_the_bot(url: str, username: str | None) -> bool:
    """Return whether an address is a deep link to the bot; all others are for games (Bot API, answerCallbackQuery)."""
    link = re.fullmatch(r"(?:https?://)?(?:t|telegram)\.me/(\w+)\?start=[A-Za-z0-9_-]{0,64}", url, re.ASCII)
    return link is not None and link[1].lower() == (username or "").lower()


def answer_inline_query(tg: Telegram, params: Parameters) -> bool:
    """Answer an inline query; articles with a text are validated, other results are passed on unchanged."""
    results = params.json("results", "can't parse inline query results JSON object")
    if not isinstance(results, list):
        raise BadRequest("expected an Array of inline query results")
    if len(results) > MAX_INLINE_RESULTS:
        raise BadRequest("RESULTS_TOO_MUCH")
    _validate_results(results)
    if len(params.text("next_offset").encode()) > MAX_OFFSET_BYTES:
        raise BadRequest("NEXT_OFFSET_INVALID")
    button = params.json("button", "can't parse inline query results button JSON object")
    _validate_button(button)
    query = tg.queries.take(params.text("inline_query_id"), inline=True)
    answer = {
        "inline_query_id": query.id,
        "user_id": query.user_id,
        "results": results,
        "is_personal": params.boolean("is_personal"),
        "next_offset": params.text("next_offset"),
        "button": button,
    }
    tg.log_event("inline_answer", query.user_id, detail=answer)
    tg.events.publish("inline_answer", answer)
    return True


def _validate_button(button: Any) -> None:
    """Check the button above the results, which opens the private chat with a payload, or a Web App."""
    if button is None:
        return
    if not isinstance(button, dict):
        raise BadRequest("object expected as inline query results button")
    if not button.get("text"):
        raise BadRequest("can't parse inline query results button: Can't find field \"text\"")
    if "web_app" in button:
        return
    if "start_parameter" not in button:
        raise BadRequest("inline query results button must have exactly one optional field")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", str(button["start_parameter"]), re.ASCII):
        raise BadRequest("START_PARAM_INVALID" if button["start_parameter"] else "START_PARAM_EMPTY")


def _validate_results(results: list[Any]) -> None:
    seen_ids: set[str] = set()
    for result in results:
        if not isinstance(result, dict):
            raise BadRequest("can't parse InlineQueryResult: expected an Object")
        for name in ("type", "id"):
            if not isinstance(result.get(name), str):
                raise BadRequest(f"can't parse InlineQueryResult: Can't find field \"{name}\"")
        if not result["id"] or len(result["id"].encode()) > 64:
            raise BadRequest("RESULT_ID_INVALID")
        if result["id"] in seen_ids:
            raise BadRequest("RESULT_ID_DUPLICATE")
        seen_ids.add(result["id"])
        _validate_article(result)


def _validate_article(result: dict[str, Any]) -> None:
    content = result.get("input_message_content")
    if isinstance(content, dict) and "message_text" in content:
        format_text(read_input_message_text(content))
    elif result["type"] == "article" and not isinstance(content, dict):
        raise BadRequest("can't parse InlineQueryResult: Can't find field \"input_message_content\"")
    if result["type"] == "article" and not result.get("title"):
        raise BadRequest("can't parse InlineQueryResult: Can't find field \"title\"")
    if result.get("reply_markup") is not None:
        validate_markup(parse_markup(result["reply_markup"]), only_inline=True)
