"""Fallbacks: rows whose rich message Telegram refused take another content of the same edition."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, exists, select, update

from domain.delivery.reasons import DeliveryReason
from domain.delivery.states import DeliveryState
from domain.subscription.subscriber import RichRefusal
from storage.database import Tx
from storage.payloads import DELETION_CONTENT, WITHDRAWN, Content, read_content
from storage.predicates import IS_PENDING, written
from storage.replaced_rows import skip_rows, write_rows
from storage.schema import contents, deliveries, payloads, subscribers


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedDelivery:
    """A pending part whose rich message was refused: its content, its version and the reason."""

    subscriber_id: int
    part: int
    version: int
    content: Content
    refusal: RichRefusal


async def fail_before_later_parts(tx: Tx, run_id: int, subscriber_ids: Collection[int], *, now: datetime) -> None:
    """Fail refused deliveries of recipients who may have had a later part: an admin let them go out again.

    Another content would repeat what they have, or leave a gap that nobody sees.
    """
    later = deliveries.alias("later")
    has_later = exists().where(
        later.c.run_id == deliveries.c.run_id,
        later.c.subscriber_id == deliveries.c.subscriber_id,
        later.c.part > deliveries.c.part,
        later.c.state.in_((DeliveryState.SENT, DeliveryState.UNCONFIRMED, DeliveryState.IN_FLIGHT)),
    )
    failed = {"state": DeliveryState.FAILED, "reason": DeliveryReason.REJECTED, "changed_at": now}
    refused_of_run = _refused(run_id, subscriber_ids)
    await tx.execute(update(deliveries).where(*refused_of_run, has_later).values(failed))


async def refused(tx: Tx, run_id: int, subscriber_ids: Collection[int]) -> list[RefusedDelivery]:
    """Return the refused deliveries of some recipients of a run, at most one for each: parts go in order."""
    columns = deliveries.c.subscriber_id, deliveries.c.part, deliveries.c.reason
    rows = await tx.execute(
        select(*columns, payloads.c.version, *_CONTENT)
        .where(
            *_refused(run_id, subscriber_ids),
            payloads.c.id == deliveries.c.payload_id,
            contents.c.id == deliveries.c.content_id,
        )
        .order_by(deliveries.c.subscriber_id)
    )
    return [
        RefusedDelivery(
            subscriber_id=row.subscriber_id,
            part=row.part,
            version=row.version,
            content=read_content(row),
            refusal=RichRefusal(row.reason),
        )
        for row in rows
    ]


async def replace_content(
    tx: Tx, run_id: int, version: int, content_id: int, replaced: Sequence[RefusedDelivery], *, now: datetime
) -> None:
    """Give each recipient a content's payloads from the refused part on.

    Its further parts get rows; rows of parts that it does not have are skipped.
    """
    statement = write_rows(tx, _ROWS)
    for delivery in replaced:
        values = {
            "run": run_id,
            "version": version,
            "content": content_id,
            "subscriber": delivery.subscriber_id,
            "from_part": delivery.part,
        }
        await tx.execute(statement, values)
        await tx.execute(_SKIP_OTHERS, values | {"now": now})


def _refused(run_id: int, subscriber_ids: Collection[int]) -> tuple[ColumnElement[bool], ...]:
    return (
        deliveries.c.run_id == run_id,
        deliveries.c.subscriber_id.in_(subscriber_ids),
        IS_PENDING,
        deliveries.c.reason.in_(list(RichRefusal)),
    )


_CONTENT = contents.c.layout, contents.c.language, contents.c.item_positions, contents.c.buttons, contents.c.signed
_OF_CONTENT = and_(
    payloads.c.run_id == bindparam("run"),
    payloads.c.version == bindparam("version"),
    payloads.c.content_id == bindparam("content"),
)
_ROWS = (
    select(
        payloads.c.run_id,
        subscribers.c.id,
        payloads.c.part,
        payloads.c.content_id,
        payloads.c.id,
        written(DeliveryState.PENDING),
    )
    .select_from(subscribers.join(payloads, and_(_OF_CONTENT, payloads.c.part >= bindparam("from_part"))))
    .where(subscribers.c.id == bindparam("subscriber"))
)
# What a correction deletes or withdraws is deleted or withdrawn whatever the layout.
_SKIP_OTHERS = skip_rows(
    deliveries.c.subscriber_id == bindparam("subscriber"),
    deliveries.c.part >= bindparam("from_part"),
    deliveries.c.content_id.in_(
        select(contents.c.id).where(
            contents.c.run_id == bindparam("run"), contents.c.layout.not_in((DELETION_CONTENT.layout, WITHDRAWN))
        )
    ),
    payloads_kept=_OF_CONTENT,
    reason=DeliveryReason.OTHER_LAYOUT,
)
