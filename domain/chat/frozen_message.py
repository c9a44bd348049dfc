"""Freeze a received message as the Bot API call that sends the same again, by file id and text.

What becomes of the original changes nothing: Telegram keeps files, and the rest is in the call. Only a poll with shared
votes needs its original (see `forwarding`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

FILE_KINDS = ("animation", "photo", "video", "audio", "voice", "video_note", "sticker", "document")
"""Fields of a Message with a file, in the order in which they are looked for: an animation has `document` too."""

NAMED_FILE_KINDS = ("animation", "video", "audio", "document")
"""Those whose files have a name that their author chose."""

MIN_ALBUM_MESSAGES, MAX_ALBUM_MESSAGES = 2, 10

_WITHOUT_CAPTION = ("video_note", "sticker")
_DETECTED_ENTITIES = frozenset(
    ("mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card_number")
)
"""Types of entities that Telegram finds itself, and ignores from a bot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenMessage:
    """A method with its parameters, other than the recipient. Messages of one `album_id` were sent together.

    `kind` is the field of the Message that holds its content; `is_forwarded`: somebody else wrote it first.
    `file_name` and `file_bytes` describe the file where Telegram tells them; else '' and 0.
    """

    message_id: int
    kind: str
    method: str
    parameters: dict[str, Any] = field(default_factory=dict)
    album_id: str = ""
    is_forwarded: bool = False
    file_name: str = ""
    file_bytes: int = 0

    @property
    def text(self) -> str:
        """The text or caption, or a poll's question; '' if there is none."""
        parameters = self.parameters
        return str(parameters.get("text") or parameters.get("caption") or parameters.get("question") or "")

    @property
    def file_id(self) -> str:
        """The file that it sends; '' if there is none."""
        return str(self.parameters.get(self.kind, "")) if self.kind in FILE_KINDS else ""

    @property
    def entities(self) -> list[dict[str, Any]]:
        """The styles of the text or caption."""
        return list(self.parameters.get("entities") or self.parameters.get("caption_entities") or ())

    def as_album_item(self) -> dict[str, Any]:
        """Return the InputMedia that sends the file within an album."""
        item = {name: value for name, value in self.parameters.items() if name != self.kind}
        return {"type": self.kind, "media": self.parameters[self.kind], **item}

    def forwarding(self, chat_id: int) -> FrozenMessage:
        """Return the call that forwards the original from its chat: who votes in it there and here votes together."""
        parameters = {"from_chat_id": chat_id, "message_id": self.message_id}
        return replace(self, method="forwardMessage", parameters=parameters)


def freeze(message: Mapping[str, Any]) -> FrozenMessage | None:
    """Return a Message of the Bot API as a call; None if a bot cannot send the same (a dice, a story, an invoice)."""
    for kind, make in _CALLS.items():
        if message.get(kind):
            call = make(kind, message)
            break
    else:
        return None
    if call is None:
        return None
    method, parameters = call
    file = message[kind] if kind in NAMED_FILE_KINDS else {}
    return FrozenMessage(
        message_id=int(message["message_id"]),
        kind=kind,
        method=method,
        parameters=parameters,
        album_id=str(message.get("media_group_id") or ""),
        is_forwarded=bool(message.get("forward_origin")),
        file_name=str(file.get("file_name") or ""),
        file_bytes=int(file.get("file_size") or 0),
    )


def sendable_entities(entities: Any) -> list[dict[str, Any]]:
    """Return the entities without those that Telegram finds itself."""
    return [dict(entity) for entity in entities or () if entity["type"] not in _DETECTED_ENTITIES]


_Call = tuple[str, dict[str, Any]] | None


def _text(_kind: str, message: Mapping[str, Any]) -> _Call:
    parameters = {"text": message["text"], "entities": sendable_entities(message.get("entities"))}
    return "sendMessage", parameters | _present(message, "link_preview_options")


def _file(kind: str, message: Mapping[str, Any]) -> _Call:
    stored = message[kind]
    file = max(stored, key=lambda size: size["width"] * size["height"]) if kind == "photo" else stored
    method = "send" + "".join(map(str.capitalize, kind.split("_")))
    parameters: dict[str, Any] = {kind: file["file_id"]}
    if kind in _WITHOUT_CAPTION:
        return method, parameters
    if message.get("caption"):
        entities = sendable_entities(message.get("caption_entities"))
        parameters |= {"caption": message["caption"], "caption_entities": entities}
    if message.get("has_media_spoiler"):
        parameters["has_spoiler"] = True
    return method, parameters | _present(message, "show_caption_above_media")


def _poll(_kind: str, message: Mapping[str, Any]) -> _Call:
    """Return the call for a new poll like it; None for a quiz whose answer Telegram does not tell."""
    poll = message["poll"]
    parameters = {
        "question": poll["question"],
        "question_entities": sendable_entities(poll.get("question_entities")),
        "options": [
            {"text": option["text"], "text_entities": sendable_entities(option.get("text_entities"))}
            for option in poll["options"]
        ],
        **_present(poll, "is_anonymous", "type", "allows_multiple_answers"),
    }
    if poll.get("type") != "quiz":
        return "sendPoll", parameters
    answer = _present(poll, "correct_option_id", "correct_option_ids")
    explained = _present(poll, "explanation", "explanation_entities")
    return ("sendPoll", parameters | answer | explained) if answer else None


def _venue(_kind: str, message: Mapping[str, Any]) -> _Call:
    venue = message["venue"]
    more = _present(venue, "foursquare_id", "foursquare_type", "google_place_id", "google_place_type")
    return "sendVenue", {**_point(venue["location"]), "title": venue["title"], "address": venue["address"], **more}


def _location(_kind: str, message: Mapping[str, Any]) -> _Call:
    return "sendLocation", _point(message["location"])


def _contact(_kind: str, message: Mapping[str, Any]) -> _Call:
    return "sendContact", _present(message["contact"], "phone_number", "first_name", "last_name", "vcard")


def _point(location: Mapping[str, Any]) -> dict[str, Any]:
    return {"latitude": location["latitude"], "longitude": location["longitude"]}


def _present(fields: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: fields[name] for name in names if fields.get(name) is not None}


_CALLS: Mapping[str, Callable[[str, Mapping[str, Any]], _Call]] = {
    "text": _text,
    **dict.fromkeys(FILE_KINDS, _file),
    "poll": _poll,
    "venue": _venue,
    "location": _location,
    "contact": _contact,
}
"""Which field of a Message makes which call, in the order in which they are looked for: a venue has `location` too."""
