"""answerCallbackQuery and answerInlineQuery: the bot's answer to a press or a typed query -> shown to that person."""

from typing import Any

from emulator.errors import BadRequest
from emulator.formatting import finish_text, read_inner_text
from emulator.keyboards import check_markup, parse_markup
from emulator.parameters import Parameters
from emulator.telegram import Telegram

TOAST_LENGTH = 200
MOST_RESULTS = 50


def answer_callback_query(tg: Telegram, p: Parameters) -> bool:
    query = tg.queries.answer(p.text("callback_query_id"), inline=False)
    text = p.text("text")
    if len(text) > TOAST_LENGTH:
        raise BadRequest("MESSAGE_TOO_LONG")
    toast = {
        "callback_query_id": query.id,
        "user_id": query.user_id,
        "chat_id": query.chat_id,
        "message_id": query.message_id,
        "text": text,
        "show_alert": p.flag("show_alert"),
        "url": p.text("url") or None,
    }
    tg.note("callback_answer", query.chat_id, message_id=query.message_id, detail=toast)
    tg.hub.publish("callback_answer", toast)
    return True


def answer_inline_query(tg: Telegram, p: Parameters) -> bool:
    """Articles with a text are checked whole; other kinds of results are passed on as they are."""
    results = p.json("results", "can't parse inline query results JSON object")
    if not isinstance(results, list):
        raise BadRequest("expected an Array of inline query results")
    if len(results) > MOST_RESULTS:
        raise BadRequest("RESULTS_TOO_MUCH")
    _check_results(results)
    query = tg.queries.answer(p.text("inline_query_id"), inline=True)
    answer = {
        "inline_query_id": query.id,
        "user_id": query.user_id,
        "results": results,
        "is_personal": p.flag("is_personal"),
        "next_offset": p.text("next_offset"),
        "button": p.json("button", "can't parse inline query results button JSON object"),
    }
    tg.note("inline_answer", query.user_id, detail=answer)
    tg.hub.publish("inline_answer", answer)
    return True


def _check_results(results: list[Any]) -> None:
    seen: set[str] = set()
    for result in results:
        if not isinstance(result, dict):
            raise BadRequest("can't parse InlineQueryResult: expected an Object")
        for name in ("type", "id"):
            if not isinstance(result.get(name), str):
                raise BadRequest(f"can't parse InlineQueryResult: Can't find field \"{name}\"")
        if not result["id"] or len(result["id"].encode()) > 64:
            raise BadRequest("RESULT_ID_INVALID")
        if result["id"] in seen:
            raise BadRequest("RESULT_ID_DUPLICATE")
        seen.add(result["id"])
        _check_article(result)


def _check_article(result: dict[str, Any]) -> None:
    content = result.get("input_message_content")
    if isinstance(content, dict) and "message_text" in content:
        finish_text(read_inner_text(content))
    elif result["type"] == "article" and not isinstance(content, dict):
        raise BadRequest("can't parse InlineQueryResult: Can't find field \"input_message_content\"")
    if result["type"] == "article" and not result.get("title"):
        raise BadRequest("can't parse InlineQueryResult: Can't find field \"title\"")
    if result.get("reply_markup") is not None:
        check_markup(parse_markup(result["reply_markup"]), only_inline=True)
