"""Read the action and style of a RichMessageButton; its label is rich text."""

from typing import Any

from emulator.keyboards import MAX_CALLBACK_DATA_BYTES
from emulator.links import find_url_error, normalize_url
from emulator.rich import fields
from emulator.rich.fields import FieldError, Json
from emulator.rich.findings import Findings

MAX_COPIED_CHARACTERS = 256
STYLES = ("danger", "success", "primary", "link")
STRING_ACTIONS = ("url", "callback_data", "switch_inline_query", "switch_inline_query_current_chat")
OBJECT_ACTIONS = ("copy_text", "disabled")
UNSUPPORTED_ACTIONS = ("web_app", "login_url", "switch_inline_query_chosen_chat")


def read_button(value: Any, findings: Findings) -> Json:
    """Return the button without its label. Raises FieldError."""
    if not isinstance(value, dict):
        raise FieldError("InlineButton must be an Object")
    if value.get("text") is None:
        raise FieldError('Can\'t find field "text"')
    style = fields.string(value, "style", "")
    kind, action = _read_action(value)
    if style and style not in STYLES:
        raise FieldError("Invalid button style specified")
    if style == "link" and kind != "callback_data":
        raise FieldError('Only callback buttons may have the style "link"')
    return {kind: _check_action(kind, action, findings)} | ({"style": style} if style else {})


def _read_action(value: Json) -> tuple[str, Any]:
    for name in UNSUPPORTED_ACTIONS:
        if value.get(name) is not None:
            raise FieldError(f'this emulator does not hold buttons with "{name}"')
    actions: list[tuple[str, Any]] = [
        (name, fields.string(value, name)) for name in STRING_ACTIONS if value.get(name) is not None
    ]
    actions += [(name, fields.json_object(value, name)) for name in OBJECT_ACTIONS if value.get(name) is not None]
    used = [(name, action) for name, action in actions if action != "" or name.startswith("switch_inline_query")]
    if not used:
        raise FieldError("Text buttons are unallowed in the inline keyboard")
    if len(used) > 1:
        raise FieldError("Exactly one type of the button must be specified")
    return used[0]


def _check_action(kind: str, action: Any, findings: Findings) -> Any:
    if kind == "url":
        url = action if action.startswith("tg://user?id=") else normalize_url(action)
        if not url:
            findings.refuse(f"inline keyboard button URL '{action}' is invalid: {find_url_error(action)}")
        return url
    if kind == "callback_data" and len(action.encode()) > MAX_CALLBACK_DATA_BYTES:
        findings.refuse("BUTTON_DATA_INVALID")
    if kind == "copy_text":
        text = fields.string(action, "text")
        if not 1 <= len(text) <= MAX_COPIED_CHARACTERS:
            findings.refuse("BUTTON_COPY_TEXT_INVALID")
        return {"text": text}
    return {} if kind == "disabled" else action
