"""Payloads: rendered Bot API calls, and the contents they show.

A payload never changes once it is stored, but for the file ids of photos where Telegram refuses the former ones.

Every button carries the payload's id: a press on one proves that the message arrived.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import and_, delete, exists, insert, select, update

from domain.chat.callback_data import with_payload_id
from domain.chat.signature import with_signature
from domain.subscription.preferences import ReaderButtons
from storage import id_sequences, upsert
from storage.database import Tx
from storage.schema import contents, former_versions, payloads, run_contents

ID_SEQUENCE = "payloads"
"""Name of the sequence of ids: an id that is given again would let an old button settle a new delivery."""

SKIPPED_IDS = 1_000_000
"""Ids left out after a restore: more than are given between a backup and the restore, in years of editions."""


@dataclass(frozen=True, slots=True)
class Content:
    """What is shown of a run: layout, interface language, positions of the items in order, and what buttons do.

    `signed`: the last part has room for the recipient's signature.
    """

    layout: str
    language: str
    item_positions: tuple[int, ...]
    buttons: ReaderButtons = ReaderButtons.ANSWER
    signed: bool = False


ALBUM_METHOD = "sendMediaGroup"
"""The only method that makes several messages."""

PHOTO_METHOD = "sendPhoto"

BROADCAST_CONTENT = Content("", "", ())
"""The one content of a broadcast, of its edits, and of its recall."""

PHOTOS_PART = 1000
"""Number of the part that has an edition's photos: more than any edition has messages. Corrections leave it as it is.

The messages of its album after the first have the numbers that follow.
"""

DELETE_METHOD = "deleteMessage"
"""The method of the payload that deletes messages, whichever they are."""

EDIT_METHOD = "editMessageText"
"""The method that gives a message the text or the rich content of a payload."""

CAPTION_METHOD = "editMessageCaption"
"""The method of the payload that gives the file of a broadcast another caption."""

PIN_METHOD, UNPIN_METHOD = "pinChatMessage", "unpinChatMessage"
"""The methods of the payloads that pin and unpin the messages of a broadcast."""

_METHODS_FOR_MESSAGES = (DELETE_METHOD, CAPTION_METHOD, PIN_METHOD, UNPIN_METHOD)

WITHDRAWN = "withdrawn"
"""Layout of a correction's content that takes the place of a part which is too old to be deleted."""

DELETION_CONTENT = Content("delete", "", ())
"""The content of a correction whose payload deletes a part that a version does not have."""


@dataclass(frozen=True, slots=True)
class NewPayload:
    """A payload to be stored: its part, and the method with its parameters."""

    part: int
    method: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RenderedContent:
    """A content, the content preferences that get it, and its payloads."""

    content: Content
    preferences_ids: tuple[int, ...]
    payloads: tuple[NewPayload, ...]


@dataclass(frozen=True, slots=True)
class Payload:
    """A stored payload: a Bot API method and its JSON parameters without the recipient.

    `takes_signature`: it is the last part of a content that has room for the recipient's signature.
    """

    id: int
    method: str
    json: bytes
    takes_signature: bool = False

    @property
    def message_count(self) -> int:
        """How many messages the call makes; more than one for an album."""
        return len(_decode_album(self.json).media) if self.method == ALBUM_METHOD else 1

    @property
    def has_files(self) -> bool:
        """Whether the call names files that Telegram has."""
        return self.method in (ALBUM_METHOD, PHOTO_METHOD)

    @property
    def file_ids(self) -> list[str]:
        """The ids of the photos that the call sends."""
        if self.method == PHOTO_METHOD:
            return [_decode_photo(self.json).photo]
        return [item.media for item in _decode_photos(self.json).media] if self.method == ALBUM_METHOD else []

    def for_recipient(
        self, chat_id: int, *, topic_id: int | None, silent: bool, paid: bool = False, signature: str = ""
    ) -> bytes:
        """Return the JSON body of the call for one recipient; `paid` lets Telegram take Stars for it."""
        topic = b"" if topic_id is None else b'"message_thread_id":%d,' % topic_id
        silence = _SILENCE if silent and not self.json.startswith(_SILENCE, 1) else b""
        payment = b'"allow_paid_broadcast":true,' if paid else b""
        return b'{"chat_id":%d,%s%s%s%s' % (chat_id, topic, silence, payment, self._signed(signature)[1:])

    @property
    def message_method(self) -> str:
        """Return the method that gives this content to a message that a recipient has, or deletes or pins that."""
        return self.method if self.method in _METHODS_FOR_MESSAGES else EDIT_METHOD

    def for_message(self, chat_id: int, message_id: int, signature: str = "") -> bytes:
        """Return the JSON body of the call about a message that a recipient has."""
        rest = b"}" if self.json == b"{}" else b"," + self._signed(signature)[1:]
        return b'{"chat_id":%d,"message_id":%d%s' % (chat_id, message_id, rest)

    def _signed(self, signature: str) -> bytes:
        """Return the parameters with the recipient's signature, if this is the part for it."""
        if not signature or not self.takes_signature:
            return self.json
        return msgspec.json.encode(with_signature(msgspec.json.decode(self.json), signature))


class _Album(msgspec.Struct):
    media: list[msgspec.Raw]


class _Photo(msgspec.Struct):
    photo: str


class _Media(msgspec.Struct):
    media: str


class _Photos(msgspec.Struct):
    media: list[_Media]


_decode_photo = msgspec.json.Decoder(_Photo).decode
_decode_photos = msgspec.json.Decoder(_Photos).decode
_decode_album = msgspec.json.Decoder(_Album).decode
_SILENCE = b'"disable_notification":true,'


async def add(tx: Tx, run_id: int, version: int, rendered: Sequence[RenderedContent]) -> None:
    """Store the contents of a run's version, their payloads, and which content preferences get them.

    A content that has its payloads of this version already keeps them.
    """
    if not rendered:
        return
    content_ids = await _get_or_create_contents(tx, run_id, [one.content for one in rendered])
    of_version = payloads.c.run_id == run_id, payloads.c.version == version
    stored = set(await tx.scalars(select(payloads.c.content_id).where(*of_version).distinct()))
    new = [
        (content_ids[one.content], payload)
        for one in rendered
        if content_ids[one.content] not in stored
        for payload in one.payloads
    ]
    await _insert_payloads(tx, run_id, version, new)
    links = [
        {"run_id": run_id, "preferences_id": preferences_id, "content_id": content_ids[one.content]}
        for one in rendered
        for preferences_id in one.preferences_ids
    ]
    if links:
        await tx.execute(insert(run_contents), links)


async def put_photos(tx: Tx, run_id: int, version: int, photos: Mapping[Content, NewPayload]) -> None:
    """Store the photos of contents; those that are stored take new file ids."""
    of_photos = payloads.c.run_id == run_id, payloads.c.version == version, payloads.c.part == PHOTOS_PART
    known = set(await tx.scalars(select(payloads.c.content_id).where(*of_photos)))
    new: list[tuple[int, NewPayload]] = []
    for content, payload in photos.items():
        at = await content_id(tx, run_id, content)
        if at in known:
            values = {"method": payload.method, "json": msgspec.json.encode(payload.parameters)}
            await tx.execute(update(payloads).where(*of_photos, payloads.c.content_id == at).values(values))
        elif at is not None:
            new.append((at, payload))
    await _insert_payloads(tx, run_id, version, new)


async def contents_of_version(tx: Tx, run_id: int, version: int, layouts: Collection[str]) -> frozenset[Content]:
    """Return the contents of some layouts that a version of a run has payloads for."""
    of_version = payloads.c.run_id == run_id, payloads.c.version == version, payloads.c.content_id == contents.c.id
    rows = await tx.execute(select(contents).where(*of_version, contents.c.layout.in_(layouts)).distinct())
    return frozenset(read_content(row) for row in rows)


async def content_id(tx: Tx, run_id: int, content: Content) -> int | None:
    """Return the id of a run's content, or None if it is not stored."""
    stored = select(contents.c.id).where(
        contents.c.run_id == run_id,
        contents.c.layout == content.layout,
        contents.c.language == content.language,
        contents.c.item_positions == _write_positions(content),
        contents.c.buttons == content.buttons,
        contents.c.signed == content.signed,
    )
    found: int | None = await tx.scalar(stored)
    return found


def read_content(row: Any) -> Content:
    """Return the content in a row."""
    positions = tuple(map(int, filter(None, row.item_positions.split(","))))
    return Content(row.layout, row.language, positions, ReaderButtons(row.buttons), row.signed)


async def skip_ids(tx: Tx) -> None:
    """Leave out the ids that may have been given since the backup was made from which the database was restored."""
    await id_sequences.reserve(tx, ID_SEQUENCE, SKIPPED_IDS)


async def get_many(tx: Tx, payload_ids: Iterable[int]) -> list[Payload]:
    """Return the payloads with these ids, as far as they exist."""
    following = payloads.alias("following")
    is_followed = exists().where(
        following.c.run_id == payloads.c.run_id,
        following.c.version == payloads.c.version,
        following.c.content_id == payloads.c.content_id,
        following.c.part == payloads.c.part + 1,
    )
    takes_signature = and_(contents.c.signed, ~is_followed, payloads.c.part < PHOTOS_PART).label("takes_signature")
    columns = select(payloads.c.id, payloads.c.method, payloads.c.json, takes_signature)
    wanted = payloads.c.id.in_(list(payload_ids)), contents.c.id == payloads.c.content_id
    rows = await tx.execute(columns.where(*wanted))
    return [Payload(row.id, row.method, row.json, bool(row.takes_signature)) for row in rows]


async def delete_all(tx: Tx, run_id: int) -> None:
    """Delete the payloads of a run without delivery rows, and the versions that they were rendered from."""
    for table in (payloads, run_contents, contents, former_versions):
        await tx.execute(delete(table).where(table.c.run_id == run_id))


async def unlink_preferences(tx: Tx, run_id: int) -> None:
    """Forget which content preferences get which content: a new version may show them others."""
    await tx.execute(delete(run_contents).where(run_contents.c.run_id == run_id))


async def _get_or_create_contents(tx: Tx, run_id: int, wanted: Sequence[Content]) -> dict[Content, int]:
    rows = [
        {
            "run_id": run_id,
            "layout": content.layout,
            "language": content.language,
            "item_positions": _write_positions(content),
            "buttons": content.buttons.value,
            "signed": content.signed,
        }
        for content in wanted
    ]
    await tx.execute(upsert.insert(tx, contents).on_conflict_do_nothing(), rows)
    stored = await tx.execute(select(contents).where(contents.c.run_id == run_id))
    ids = {read_content(row): row.id for row in stored}
    return {content: ids[content] for content in wanted}


def _write_positions(content: Content) -> str:
    return ",".join(map(str, content.item_positions))


async def _insert_payloads(tx: Tx, run_id: int, version: int, new: Sequence[tuple[int, NewPayload]]) -> None:
    """Insert payloads, each with the id of its content."""
    if not new:
        return
    first_id = await id_sequences.reserve(tx, ID_SEQUENCE, len(new))
    rows = [
        {
            "id": payload_id,
            "run_id": run_id,
            "version": version,
            "content_id": content_id,
            "part": payload.part,
            "method": payload.method,
            "json": msgspec.json.encode(_with_payload_id(payload.parameters, payload_id)),
        }
        for payload_id, (content_id, payload) in enumerate(new, first_id)
    ]
    await tx.execute(insert(payloads), rows)


def _with_payload_id(parameters: dict[str, Any], payload_id: int) -> dict[str, Any]:
    """Return the parameters with the payload's id in every button that has room for it."""
    with_buttons = {name: parameters[name] for name in ("reply_markup", "rich_message") if name in parameters}
    marked: dict[str, Any] = with_payload_id(with_buttons, payload_id)
    return parameters | marked
