"""Pictures of editions: their bytes, and the file ids under which Telegram has them for a bot.

added with the edition -> uploaded once (delivery/picture_uploader.py) -> sent by file id to everybody
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update

from digest.model import Digest, Picture
from storage.database import Tx
from storage.schema import pictures, runs
from storage.upsert import insert

TRIED_FOR = timedelta(days=1)
"""How long after its edition came in a picture is uploaded; an edition goes out for no longer."""

BYTES_KEPT = timedelta(days=7)
"""How long bytes are kept that Telegram has: for a file id that is refused."""

KEPT = timedelta(days=365)
"""How long a picture's file id is kept, for those who open an item of an old edition."""

MAX_REFUSED_IDS = 2
"""How often a picture's file id may be refused before the picture is given up."""


@dataclass(frozen=True, slots=True)
class PendingPicture:
    """A picture that Telegram does not have yet: the bytes of its file, or its address alone."""

    key: str
    url: str
    data: bytes | None


async def add(tx: Tx, digest: Digest, files: Mapping[str, bytes], *, now: datetime) -> None:
    """Store a text's photos that are not stored yet. One that was given up is tried again."""
    for photo in digest.photos:
        data = files.get(photo.key)
        row = insert(tx, pictures).values(bot_id=tx.bot_id, key=photo.key, url=photo.url, data=data, added_at=now)
        again = {"data": row.excluded.data, "refusal": None, "refused_ids": 0, "added_at": now}
        unknown = pictures.c.file_id.is_(None)
        await tx.execute(row.on_conflict_do_update(index_elements=["bot_id", "key"], set_=again, where=unknown))


async def file_ids(tx: Tx, digest: Digest) -> dict[str, str] | None:
    """Return the file ids of the photos of all texts of an edition by key; None if one is still to be uploaded."""
    keys = {photo.key for photo in digest.all_photos}
    if not keys:
        return {}
    columns = select(pictures.c.key, pictures.c.file_id, pictures.c.refusal)
    rows = (await tx.execute(columns.where(_of_bot(tx), pictures.c.key.in_(keys)))).all()
    is_pending = len(rows) < len(keys) or any(row.file_id is None and row.refusal is None for row in rows)
    return None if is_pending else {row.key: row.file_id for row in rows if row.file_id is not None}


async def known_file_ids(tx: Tx, photos: Collection[Picture]) -> dict[str, str]:
    """Return the file ids of photos by key, as far as they are uploaded."""
    of_photos = _of_bot(tx), pictures.c.key.in_({photo.key for photo in photos}), pictures.c.file_id.is_not(None)
    return {
        row.key: row.file_id for row in await tx.execute(select(pictures.c.key, pictures.c.file_id).where(*of_photos))
    }


async def pending(tx: Tx, *, now: datetime) -> PendingPicture | None:
    """Return the next picture to be uploaded."""
    waiting = _of_bot(tx), _IS_PENDING, pictures.c.added_at > now - TRIED_FOR
    columns = select(pictures.c.key, pictures.c.url, pictures.c.data)
    row = (await tx.execute(columns.where(*waiting).order_by(pictures.c.added_at, pictures.c.key).limit(1))).first()
    return None if row is None else PendingPicture(row.key, row.url, row.data)


async def set_file_id(tx: Tx, key: str, file_id: str) -> None:
    """Note under which id Telegram has a picture; the first one stays."""
    await tx.execute(update(pictures).where(_of_bot(tx), pictures.c.key == key, _IS_PENDING).values(file_id=file_id))


async def give_up(tx: Tx, key: str, refusal: str) -> None:
    """Note why Telegram does not take a picture."""
    await tx.execute(update(pictures).where(_of_bot(tx), pictures.c.key == key, _IS_PENDING).values(refusal=refusal))


async def refusals(tx: Tx, keys: Collection[str]) -> dict[str, str]:
    """Return why Telegram does not take pictures, by key."""
    refused = _of_bot(tx), pictures.c.key.in_(keys), pictures.c.refusal.is_not(None)
    rows = await tx.execute(select(pictures.c.key, pictures.c.refusal).where(*refused))
    return {row.key: row.refusal for row in rows}


async def forget_file_ids(tx: Tx, refused: Iterable[str], *, now: datetime) -> None:
    """Have pictures uploaded again whose file ids Telegram refused, unless that has happened before."""
    values = {"file_id": None, "added_at": now, "refused_ids": pictures.c.refused_ids + 1}
    of_ids = _of_bot(tx), pictures.c.file_id.in_(list(refused))
    await tx.execute(update(pictures).where(*of_ids).values(values))
    too_often = _of_bot(tx), _IS_PENDING, pictures.c.refused_ids > MAX_REFUSED_IDS
    await tx.execute(update(pictures).where(*too_often).values(refusal="its file id is refused again and again"))


async def delete_before(tx: Tx, *, now: datetime) -> None:
    """Delete bytes that are not needed any more, and pictures of editions long past."""
    uploaded = _of_bot(tx), pictures.c.file_id.is_not(None), pictures.c.added_at < now - BYTES_KEPT
    given_up = _of_bot(tx), pictures.c.file_id.is_(None), pictures.c.added_at < now - TRIED_FOR
    await tx.execute(update(pictures).where(*uploaded, pictures.c.data.is_not(None)).values(data=None))
    await tx.execute(update(pictures).where(*given_up, pictures.c.data.is_not(None)).values(data=None))
    await tx.execute(delete(pictures).where(_of_bot(tx), pictures.c.added_at < now - KEPT))


async def runs_that_wait(tx: Tx, *, since: datetime) -> list[int]:
    """Return the runs whose photos are not decided yet, of editions that came in since then."""
    waiting = runs.c.bot_id == tx.bot_id, runs.c.photos_until >= since
    return list(await tx.scalars(select(runs.c.id).where(*waiting).order_by(runs.c.id)))


def _of_bot(tx: Tx) -> ColumnElement[bool]:
    return pictures.c.bot_id == tx.bot_id


_IS_PENDING = pictures.c.file_id.is_(None) & pictures.c.refusal.is_(None)
