"""The reply_markup of a request -> the markup of a message, checked as Telegram does, in its two steps.

Parsing comes before the chat is looked for (telegram-bot-api 10.0, get_reply_markup), the buttons' contents after
(tdlib 1.8.66, ReplyMarkup.cpp); what ends in capitals the data centre answers.
"""

from typing import Any

import msgspec

from emulator.errors import BadRequest
from emulator.links import checked_url
from emulator.parameters import Parameters

MOST_BUTTONS = 100
DATA_BYTES = 64
_KINDS = (
    "url", "callback_data", "callback_game", "pay", "switch_inline_query", "switch_inline_query_chosen_chat",
    "switch_inline_query_current_chat", "login_url", "web_app", "copy_text",
)  # fmt: skip
Markup = dict[str, Any]


def read_markup(p: Parameters) -> Markup | None:
    """The first step; None when there is none, or it holds nothing."""
    value = p.json("reply_markup", "can't parse reply keyboard markup JSON object")
    return None if value is None else parse_markup(value)


def parse_markup(value: Any) -> Markup | None:
    if not isinstance(value, dict):
        raise BadRequest("object expected as reply markup")
    keyboard = _rows(value.get("keyboard"), 'field "keyboard" must be an Array of Arrays')
    inline = _rows(
        value.get("inline_keyboard"), 'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'
    )
    if keyboard:
        return {**value, "keyboard": [[_reply_button(button) for button in row] for row in keyboard]}
    if inline:
        return {"inline_keyboard": [[_inline_button(button) for button in row] for row in inline]}
    for name in ("remove_keyboard", "force_reply"):
        if value.get(name) is True:
            return {key: part for key, part in value.items() if key in (name, "selective", "input_field_placeholder")}
    return None


def _rows(value: Any, failure: str) -> list[list[Any]]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        raise BadRequest(failure)
    return value


def _reply_button(button: Any) -> dict[str, Any]:
    if isinstance(button, str):
        return {"text": button}
    if not isinstance(button, dict):
        raise BadRequest("can't parse keyboard button: KeyboardButton must be a String or an Object")
    return {**button, "text": _text_of(button, "keyboard button")}


def _text_of(button: dict[str, Any], what: str) -> str:
    text = button.get("text")
    if text is None:
        raise BadRequest(f"can't parse {what}: Can't find field \"text\"")
    if not isinstance(text, str):
        raise BadRequest(f'can\'t parse {what}: Field "text" must be of type String')
    return text


def _inline_button(button: Any) -> dict[str, Any]:
    what = "inline keyboard button"
    if not isinstance(button, dict):
        raise BadRequest(f"can't parse {what}: InlineKeyboardButton must be an Object")
    text = _text_of(button, what)
    for kind in _KINDS:
        value = button.get(kind)
        if value is None or (kind in ("url", "callback_data") and value == ""):
            continue
        if kind in (
            "url",
            "callback_data",
            "switch_inline_query",
            "switch_inline_query_current_chat",
        ) and not isinstance(value, str):
            raise BadRequest(f'can\'t parse {what}: Field "{kind}" must be of type String')
        kept = {"text": text, kind: value}
        return {**kept, **{name: button[name] for name in ("style", "icon_custom_emoji_id") if button.get(name)}}
    raise BadRequest(f"can't parse {what}: Text buttons are unallowed in the inline keyboard")


def check_markup(markup: Markup | None, *, only_inline: bool = False) -> msgspec.Raw | None:
    """The second step; the markup as a message keeps it."""
    if markup is None:
        return None
    if only_inline and "inline_keyboard" not in markup:
        raise BadRequest("inline keyboard expected")
    rows = markup.get("inline_keyboard") or markup.get("keyboard") or []
    if "inline_keyboard" in markup:
        rows = markup["inline_keyboard"] = [[_checked_inline(button) for button in row] for row in rows if row]
    elif any(not button["text"] for row in rows for button in row):
        raise BadRequest("keyboard button text must be non-empty")
    if sum(len(row) for row in rows) > MOST_BUTTONS:
        raise BadRequest("REPLY_MARKUP_TOO_LONG")
    return msgspec.Raw(msgspec.json.encode(markup)) if rows or "inline_keyboard" not in markup else None


def _checked_inline(button: dict[str, Any]) -> dict[str, Any]:
    if not button["text"]:
        raise BadRequest("inline keyboard button text must be non-empty")
    if "url" in button:
        url = button["url"] if button["url"].startswith("tg://user?id=") else checked_url(button["url"])
        if not url:
            raise BadRequest(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
        return {**button, "url": url}
    if len(str(button.get("callback_data", "")).encode()) > DATA_BYTES:
        raise BadRequest("BUTTON_DATA_INVALID")
    return button
