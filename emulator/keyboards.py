"""Parse and validate the reply_markup of a request in Telegram's two steps.

Parsing precedes the chat lookup (telegram-bot-api 10.0, get_reply_markup); validation of button contents follows it
(tdlib 1.8.66, ReplyMarkup.cpp). Errors in capitals come from Telegram's data centres.
"""

from typing import Any

import msgspec

from emulator.errors import BadRequest
from emulator.links import find_url_error, normalize_url
from emulator.parameters import Parameters

MAX_BUTTONS = 100
MAX_CALLBACK_DATA_BYTES = 64
_BUTTON_ACTIONS = (
    "url",
    "callback_data",
    "callback_game",
    "pay",
    "switch_inline_query",
    "switch_inline_query_chosen_chat",
    "switch_inline_query_current_chat",
    "login_url",
    "web_app",
    "copy_text",
)
Markup = dict[str, Any]


def read_markup(params: Parameters) -> Markup | None:
    """Parse the request's reply_markup (first step); None if it is absent or empty."""
    value = params.json("reply_markup", "can't parse reply keyboard markup JSON object")
    return None if value is None else parse_markup(value)


def parse_markup(value: Any) -> Markup | None:
    if not isinstance(value, dict):
        raise BadRequest("object expected as reply markup")
    keyboard = _read_rows(value.get("keyboard"), 'field "keyboard" must be an Array of Arrays')
    inline = _read_rows(
        value.get("inline_keyboard"), 'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'
    )
    if keyboard:
        return {**value, "keyboard": [[_read_reply_button(button) for button in row] for row in keyboard]}
    if inline:
        return {"inline_keyboard": [[_read_inline_button(button) for button in row] for row in inline]}
    for name in ("remove_keyboard", "force_reply"):
        if value.get(name) is True:
            return {key: part for key, part in value.items() if key in (name, "selective", "input_field_placeholder")}
    return None


def _read_rows(value: Any, error: str) -> list[list[Any]]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        raise BadRequest(error)
    return value


def _read_reply_button(button: Any) -> dict[str, Any]:
    if isinstance(button, str):
        return {"text": button}
    if not isinstance(button, dict):
        raise BadRequest("can't parse keyboard button: KeyboardButton must be a String or an Object")
    return {**button, "text": _button_text(button, "keyboard button")}


def _button_text(button: dict[str, Any], description: str) -> str:
    text = button.get("text")
    if text is None:
        raise BadRequest(f"can't parse {description}: Can't find field \"text\"")
    if not isinstance(text, str):
        raise BadRequest(f'can\'t parse {description}: Field "text" must be of type String')
    return text


def _read_inline_button(button: Any) -> dict[str, Any]:
    description = "inline keyboard button"
    if not isinstance(button, dict):
        raise BadRequest(f"can't parse {description}: InlineKeyboardButton must be an Object")
    text = _button_text(button, description)
    for kind in _BUTTON_ACTIONS:
        value = button.get(kind)
        if value is None or (kind in ("url", "callback_data") and value == ""):
            continue
        if kind in (
            "url",
            "callback_data",
            "switch_inline_query",
            "switch_inline_query_current_chat",
        ) and not isinstance(value, str):
            raise BadRequest(f'can\'t parse {description}: Field "{kind}" must be of type String')
        parsed = {"text": text, kind: value}
        return {**parsed, **{name: button[name] for name in ("style", "icon_custom_emoji_id") if button.get(name)}}
    raise BadRequest(f"can't parse {description}: Text buttons are unallowed in the inline keyboard")


def validate_markup(markup: Markup | None, *, only_inline: bool = False) -> msgspec.Raw | None:
    """Validate the buttons (second step) and return the markup as JSON; None if nothing is left."""
    if markup is None:
        return None
    if only_inline and "inline_keyboard" not in markup:
        raise BadRequest("inline keyboard expected")
    rows = markup.get("inline_keyboard") or markup.get("keyboard") or []
    if "inline_keyboard" in markup:
        rows = markup["inline_keyboard"] = [[_validate_inline_button(button) for button in row] for row in rows if row]
    elif any(not button["text"] for row in rows for button in row):
        raise BadRequest("keyboard button text must be non-empty")
    if sum(len(row) for row in rows) > MAX_BUTTONS:
        raise BadRequest("REPLY_MARKUP_TOO_LONG")
    return msgspec.Raw(msgspec.json.encode(markup)) if rows or "inline_keyboard" not in markup else None


def _validate_inline_button(button: dict[str, Any]) -> dict[str, Any]:
    if not button["text"]:
        raise BadRequest("inline keyboard button text must be non-empty")
    if "url" in button:
        url = button["url"] if button["url"].startswith("tg://user?id=") else normalize_url(button["url"])
        if not url:
            raise BadRequest(
                f"inline keyboard button URL '{button['url']}' is invalid: {find_url_error(button['url'])}"
            )
        return {**button, "url": url}
    if len(str(button.get("callback_data", "")).encode()) > MAX_CALLBACK_DATA_BYTES:
        raise BadRequest("BUTTON_DATA_INVALID")
    return button
