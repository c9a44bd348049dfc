"""An edition's photos as one Bot API call: an album, or a single photo."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from digest.model import Digest, Picture
from digest.rendering.links import is_linkable
from digest.rendering.pagination.graphemes import boundary_before
from domain.chat import limits
from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.chat.text import Text, format_text
from domain.subscription.preferences import Layout
from views.digest_passages import shortened
from views.headlines import item_headline

_CAPTION_CHARACTERS = 200
"""Longest caption; each character has at most two UTF-16 units, so it is within Telegram's limit."""


@dataclass(frozen=True, slots=True)
class PhotoCall:
    """The method that sends photos, with its parameters but for the recipient."""

    method: str
    parameters: dict[str, Any]
    count: int


def album_call(
    digest: Digest, positions: Collection[int], layout: str, file_ids: Mapping[str, str]
) -> PhotoCall | None:
    """Return the call for the photos of what is shown of a digest; None if there are none.

    The rich layout shows pictures on the web itself.
    """
    shown = {0, len(digest.items) + 1, *positions}
    photos = [
        photo
        for photo in digest.photos
        if photo.position in shown and photo.key in file_ids and not (layout == Layout.RICH and is_linkable(photo.url))
    ]
    return photo_call(digest, photos, file_ids)


def photo_call(digest: Digest, photos: Iterable[Picture], file_ids: Mapping[str, str]) -> PhotoCall | None:
    """Return the call that sends photos, each with its item and words as its caption; None without photos."""
    media = [(file_ids[photo.key], _caption(digest, photo)) for photo in photos][: limits.ALBUM_PHOTOS]
    if not media:
        return None
    if len(media) == 1:
        [(file_id, caption)] = media
        return PhotoCall("sendPhoto", {"photo": file_id, **_captioned(caption)}, 1)
    listed = [{"type": "photo", "media": file_id, **_captioned(caption)} for file_id, caption in media]
    return PhotoCall("sendMediaGroup", {"media": listed}, len(listed))


def _captioned(caption: str) -> dict[str, str]:
    return {"caption": caption} if caption else {}


def _caption(digest: Digest, photo: Picture) -> str:
    """Return the number of a photo's item, and the words that stand for the photo or the item's headline."""
    words = " ".join(Text(photo.text).sanitized().plain.split())
    item = next((item for item in digest.items if item.position == photo.position), None)
    plain = words if item is None else f"{item.position}. {words or item_headline(item)}"
    if len(plain) <= _CAPTION_CHARACTERS:
        return plain
    return plain[: boundary_before(plain, _CAPTION_CHARACTERS, 0)].rstrip() + "…"


def refused_picture_notice(url: str, reason: str, translate: Translator) -> Message:
    """Return the message about a picture that Telegram does not take, so that its edition goes without it."""
    template = translate("🖼 Telegram does not take the picture {url}: {reason}\nThe edition goes out without it.")
    return Message(format_text(template, {"url": shortened(url), "reason": reason}))
