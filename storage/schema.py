"""The tables. What each is for stands above it; `migrations/` brings a database of any age to what stands here.

subscribers ─┬─ schedules   when their morning is (shared)
             └─ tastes      what they want of a digest (shared)
digests ── runs ─┬─ waves       one per schedule in use: when the run is due there
                 ├─ bodies      one per taste in use and part: what is sent, frozen
                 └─ deliveries  one per recipient and part: what became of it
updates, marks   what has been done already, and what must survive a restart
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.column_types import UTCDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


# When somebody's morning is; shared by all who have the same. `weekdays` has bit 0 for Monday.
schedules = Table(
    "schedules",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("zone", String(64), nullable=False),
    Column("minute", SmallInteger, nullable=False),
    Column("weekdays", SmallInteger, nullable=False),
    UniqueConstraint("zone", "minute", "weekdays"),
)

# What somebody wants of a digest; shared. `categories` is a JSON list of folded names, or '' for all.
content_preferences = Table(
    "tastes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("form", String(16), nullable=False),
    Column("language", String(8), nullable=False),
    Column("categories", Text, nullable=False),
    UniqueConstraint("form", "language", "categories"),
)

# Every chat that ever spoke to the bot; only the active ones get the digest. `joined_at` is when they last became so.
subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("chat_id", BigInteger, nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("topic", BigInteger),
    Column("active", Boolean, nullable=False),
    Column("silent", Boolean, nullable=False),
    Column("language_chosen", Boolean, nullable=False),
    Column("schedule_id", ForeignKey("schedules.id"), nullable=False),
    Column("taste_id", ForeignKey("tastes.id"), nullable=False),
    Column("joined_at", UTCDateTime),
    Column("left_at", UTCDateTime),
    Column("left_reason", String(32)),
    Column("seen_at", UTCDateTime, nullable=False),
    Index(
        "ix_subscribers_schedule_active",
        "schedule_id",
        "id",
        sqlite_where=text("active = 1"),
        postgresql_where=text("active"),
    ),
    Index("ix_subscribers_active", "id", sqlite_where=text("active = 1"), postgresql_where=text("active")),
)

# One edition a day: the newest version, as the editor wrote it and as it was read.
digests = Table(
    "digests",
    metadata,
    Column("edition", String(10), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("published_at", UTCDateTime, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("path", Text, nullable=False),
    Column("source", LargeBinary, nullable=False),
    Column("parsed", LargeBinary, nullable=False),
    Column("stored_at", UTCDateTime, nullable=False),
)

# One thing that goes out to many. `card_*` is the admin's live progress card; `actor` the admin who started it.
# `rendered_upto`: the newest taste that `version` has its bodies for. `counts`: JSON, once its deliveries are pruned.
runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("edition", String(10)),
    Column("version", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("state_reason", String(32), nullable=False, server_default=text("''")),
    Column("state_detail", Text, nullable=False, server_default=text("''")),
    Column("published_at", UTCDateTime, nullable=False),
    Column("finished_at", UTCDateTime),
    Column("reported_at", UTCDateTime),
    Column("rendered_upto", Integer, nullable=False, server_default="0"),
    Column("counts", Text, nullable=False, server_default=text("''")),
    Column("actor", BigInteger),
    Column("card_chat", BigInteger),
    Column("card_message", BigInteger),
    UniqueConstraint("edition"),
)

# What is sent: a Bot API method and its JSON, all but the receiver; frozen when made. No taste: for everybody.
payloads = Table(
    "bodies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", ForeignKey("runs.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("taste_id", ForeignKey("tastes.id")),
    Column("part", SmallInteger, nullable=False),
    Column("method", String(32), nullable=False),
    Column("json", LargeBinary, nullable=False),
    UniqueConstraint("run_id", "version", "taste_id", "part"),
)

# When a run is due for a schedule. No schedule: for everybody at once (a broadcast).
# `cursor`: planned up to this subscriber. `missed`: how many people it came too late for.
waves = Table(
    "waves",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", ForeignKey("runs.id"), nullable=False),
    Column("schedule_id", ForeignKey("schedules.id")),
    Column("due_at", UTCDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("cursor", Integer, nullable=False, server_default="0"),
    Column("missed", Integer, nullable=False, server_default="0"),
    UniqueConstraint("run_id", "schedule_id"),
    Index(
        "ix_waves_waiting", "due_at", sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'")
    ),
)

# What became of each part for each recipient: the ledger.
deliveries = Table(
    "deliveries",
    metadata,
    Column("run_id", Integer, primary_key=True),
    Column("subscriber_id", Integer, primary_key=True),
    Column("part", SmallInteger, primary_key=True),
    Column("body_id", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("not_before", UTCDateTime),
    Column("message_id", BigInteger),
    Column("reason", String(32)),
    Column("error", Text),
    Column("changed_at", UTCDateTime),
    Index(
        "ix_deliveries_pending",
        "run_id",
        "subscriber_id",
        "part",
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
    Index(
        "ix_deliveries_in_flight",
        "run_id",
        "subscriber_id",
        sqlite_where=text("state = 'in_flight'"),
        postgresql_where=text("state = 'in_flight'"),
    ),
    Index(
        "ix_deliveries_unconfirmed",
        "run_id",
        "subscriber_id",
        sqlite_where=text("state = 'unconfirmed'"),
        postgresql_where=text("state = 'unconfirmed'"),
    ),
    sqlite_with_rowid=False,
)

# Updates of Telegram's that have had their effect.
updates = Table(
    "updates",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("done_at", UTCDateTime, nullable=False),
)

# Single facts that must survive a restart: a 429's end, the day without an edition that the admins were told of.
kv = Table(
    "marks",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
