"""Read the parameter `rich_message` and turn it into a RichMessage, in Telegram's order of checks.

JSON -> blocks -> (the caller looks up the chat) -> values, limits -> photos and users
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

from emulator import api_objects
from emulator.errors import BadRequest
from emulator.parameters import Parameters
from emulator.rich import fields
from emulator.rich.blocks import BlockReader
from emulator.rich.fields import FieldError, Json
from emulator.rich.findings import Findings
from emulator.rich.photos import PhotoReference, photo_sizes, store_web_photo
from emulator.rich.text import RichTextReader
from emulator.rich.values import UserMention
from emulator.telegram import Telegram

SOURCES = ("blocks", "html", "markdown")


@dataclass(slots=True)
class ParsedRichMessage:
    """Rich message parsed but not yet checked, with the finished content as a cache."""

    content: Json
    findings: Findings
    finished: msgspec.Raw | None = None

    @property
    def has_photos(self) -> bool:
        return self.findings.media > 0


def read_rich_message(params: Parameters) -> ParsedRichMessage:
    """Parse the parameter `rich_message`. Raises BadRequest."""
    raw = params.raw("rich_message")
    if not raw:
        raise BadRequest("rich message must be non-empty")
    return _parse(raw)


@lru_cache(maxsize=64)  # a broadcast sends the same message to everybody
def _parse(raw: bytes) -> ParsedRichMessage:
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        raise BadRequest("can't parse rich message JSON object") from None
    if not isinstance(value, dict):
        raise BadRequest("object expected as rich message")
    try:
        return _read(value)
    except FieldError as error:
        raise BadRequest(f"can't parse InputRichBlock: {error}") from None


def _read(value: Json) -> ParsedRichMessage:
    used = [name for name in SOURCES if value.get(name) is not None]
    if not used:
        raise BadRequest("rich message must be non-empty")
    if len(used) > 1:
        raise BadRequest("exactly one of the fields blocks, html and markdown must be used in a rich message")
    if used != ["blocks"]:
        raise BadRequest(f"this emulator reads rich messages from blocks only, not from {used[0]}")
    findings = Findings()
    is_rtl = fields.boolean(value, "is_rtl")
    texts = RichTextReader(findings, detect=not fields.boolean(value, "skip_entity_detection"))
    content: Json = {"blocks": BlockReader(findings, texts).read_all(value, 1)}
    findings.check_limits()
    return ParsedRichMessage(content | ({"is_rtl": True} if is_rtl else {}), findings)


def rich_content(tg: Telegram, params: Parameters, parsed: ParsedRichMessage) -> msgspec.Raw:
    """Return the checked RichMessage as JSON, with photos and mentioned users. Raises BadRequest."""
    if parsed.findings.refusal is not None:
        raise BadRequest(parsed.findings.refusal)
    if parsed.finished is not None and not parsed.findings.depends_on_state:
        for url in parsed.findings.web_photos:
            store_web_photo(tg, url)  # it may have been dropped since, or belong to another emulator
        return parsed.finished

    def resolve(reference: Any) -> Any:
        if isinstance(reference, PhotoReference):
            return photo_sizes(tg, params, reference)
        return _mention(tg, reference)

    parsed.finished = msgspec.Raw(msgspec.json.encode(parsed.content, enc_hook=resolve))
    return parsed.finished


def _mention(tg: Telegram, mention: UserMention) -> Any:
    user = tg.store.users.get(mention.user_id)
    if user is None:
        return mention.text
    return {"type": "text_mention", "text": mention.text, "user": api_objects.user_object(user, tg.bot.id)}
