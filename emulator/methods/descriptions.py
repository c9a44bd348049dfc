"""setMyDescription, setMyShortDescription, and what they have set."""

import re

from emulator.errors import BadRequest
from emulator.parameters import Parameters
from emulator.telegram import Telegram

MAX_CHARACTERS = {"description": 512, "short_description": 120}


def set_my_description(tg: Telegram, params: Parameters) -> bool:
    return _set(tg, params, "description")


def set_my_short_description(tg: Telegram, params: Parameters) -> bool:
    return _set(tg, params, "short_description")


def get_my_description(tg: Telegram, params: Parameters) -> dict[str, str]:
    return _get(tg, params, "description")


def get_my_short_description(tg: Telegram, params: Parameters) -> dict[str, str]:
    return _get(tg, params, "short_description")


def _set(tg: Telegram, params: Parameters, kind: str) -> bool:
    text, language = params.text(kind).strip(), _read_language(params)
    if len(text) > MAX_CHARACTERS[kind]:
        raise BadRequest(f"{kind.upper()}_TOO_LONG")
    if text:
        tg.descriptions[kind, language] = text
    else:
        tg.descriptions.pop((kind, language), None)
    tg.events.publish("descriptions", {"descriptions": tg.long_descriptions()})
    return True


def _get(tg: Telegram, params: Parameters, kind: str) -> dict[str, str]:
    return {kind: tg.descriptions.get((kind, _read_language(params)), "")}


def _read_language(params: Parameters) -> str:
    language = params.text("language_code")
    if language and not re.fullmatch("[a-z]{2}", language):
        raise BadRequest("invalid language code specified")
    return language
