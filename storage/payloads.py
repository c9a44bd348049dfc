"""Bodies: what is sent, rendered once for all who get the same. Parameters in, the frozen JSON out.

Every button of a body ends in `.b<body id>`: a press on one proves that the body arrived.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import delete, func, insert, select

from domain.chat.callback_data import with_payload_id
from storage import kv
from storage.database import Tx
from storage.schema import payloads

HIGHEST = "highest body"
"""The mark of the highest id ever given: an id that came back would let an old button settle a new row."""


GAP = 1_000_000
"""More bodies than are made between a backup and the loss of what came after it: years of mornings."""


@dataclass(frozen=True, slots=True)
class NewPayload:
    """A body to be stored: for whom (no taste: for everybody), which part, and the method's parameters."""

    taste_id: int | None
    part: int
    method: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Payload:
    """A stored body: a Bot API method and its JSON, all but the receiver."""

    id: int
    method: str
    json: bytes

    def for_recipient(self, chat_id: int, *, topic_id: int | None, silent: bool) -> bytes:
        """Return the JSON body of the call for one recipient."""
        topic = b"" if topic_id is None else b'"message_thread_id":%d,' % topic_id
        silence = b'"disable_notification":true,' if silent else b""
        return b'{"chat_id":%d,%s%s%s' % (chat_id, topic, silence, self.json[1:])


async def add(tx: Tx, run_id: int, version: int, drafts: Sequence[NewPayload]) -> None:
    """Freeze bodies of a run's version."""
    if not drafts:
        return
    highest = max(int(await kv.get(tx, HIGHEST) or 0), await tx.scalar(select(func.max(payloads.c.id))) or 0)
    rows = [
        {
            "id": body_id,
            "run_id": run_id,
            "version": version,
            "taste_id": draft.taste_id,
            "part": draft.part,
            "method": draft.method,
            "json": msgspec.json.encode(signed(draft.parameters, body_id)),
        }
        for body_id, draft in enumerate(drafts, highest + 1)
    ]
    await tx.execute(insert(payloads), rows)
    await kv.put(tx, HIGHEST, str(highest + len(rows)))


async def skip_ids(tx: Tx) -> None:
    """Ids that a restored backup does not know of may have been given since it was made: begin far above them."""
    await kv.put(tx, HIGHEST, str(int(await kv.get(tx, HIGHEST) or 0) + GAP))


async def get_many(tx: Tx, body_ids: Iterable[int]) -> list[Payload]:
    """The bodies of these ids, as far as there are any."""
    columns = select(payloads.c.id, payloads.c.method, payloads.c.json)
    rows = await tx.execute(columns.where(payloads.c.id.in_(list(body_ids))))
    return [Payload(row.id, row.method, row.json) for row in rows]


async def delete_all(tx: Tx, run_id: int) -> None:
    """Drop all bodies of a run that nobody has a row of."""
    await tx.execute(delete(payloads).where(payloads.c.run_id == run_id))


def signed(parameters: dict[str, Any], body_id: int) -> dict[str, Any]:
    """Return the parameters with the payload's id in every button that has room for it."""
    markup = parameters.get("reply_markup")
    if not isinstance(markup, dict) or "inline_keyboard" not in markup:
        return parameters
    return parameters | {"reply_markup": with_payload_id(markup, body_id)}
