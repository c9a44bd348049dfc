"""Database schema; `migrations/` brings older databases to it.

bots ─┬─ subscribers ─┬─ schedules            when an edition is due (shared)
      │               ├─ content_preferences  what a subscriber wants to see of it (shared)
      │               ├─ slot_schedules       when other slots of the day are due, for those who chose them
      │               └─ setting_changes      the last changes, to be undone
      ├─ digests        editions as written and as read
      ├─ indexed_items  their items, to be searched
      ├─ saved_items    items that people have saved
      ├─ item_reads     how often items were opened by a button
      ├─ searches       words that people page through the results of
      ├─ runs ─┬─ waves         one per schedule: when the run is due there
      │        ├─ run_messages  reports and notices about it that admins have got
      │        ├─ broadcasts    what an author has composed
      │        ├─ contents      what is shown: layout, language, items
      │        ├─ run_contents  which content each content preferences get
      │        ├─ payloads      rendered Bot API calls per version, content and part
      │        └─ deliveries    the ledger: one row per recipient and part
      ├─ leases         which process owns the bot (PostgreSQL)
      ├─ inbox          updates that a webhook took in and the owner has not handled (PostgreSQL)
      ├─ start_failures why a process could not start the bot
      ├─ pictures       what editions send as photos: bytes, and Telegram's file ids
      ├─ invitations, admissions  who may subscribe
      └─ drafts, updates, roles, audit_log, chat_administrators, pins, forum_topics, retry_after, source_files, kv

id_sequences        ids that are given out by counting
supported_programs  how old a program may be to run on this schema
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
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
    false,
    text,
)

from domain.edition_day import DEFAULT_SLOT
from storage.column_types import UTCDateTime

FIRST_BOT_ID = 1
"""Id of the bot that every database has from the first migration on; its settings are those of the process."""

Id = BigInteger().with_variant(Integer(), "sqlite")
"""Type of generated ids; SQLite generates them for INTEGER PRIMARY KEY only."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


# The bots of this database. `token` says where a bot's token is (`env:NAME` or `file:/path`), and `settings` is a JSON
# object of what its operator set for it alone. `claim_count` counts every claim ever made: a count below the high-water
# mark beside the database means that it was restored from a backup. `restored_on` is the local day on which an operator
# accepted such a database; editions up to it go to nobody. `checked_morning` is the last day whose edition was looked
# for, `reminded_morning` the last one before which editors were reminded of it. `username` is its name at Telegram, to
# which links lead; '' until it has signed in for the first time. `admission_policy`: who may subscribe, as an owner
# chose in the chat; null: as the settings say.
bots = Table(
    "bots",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(32), nullable=False, unique=True),
    Column("token", Text, nullable=False),
    Column("state", String(16), nullable=False, server_default=text("'running'")),
    Column("settings", Text, nullable=False, server_default=text("'{}'")),
    Column("claim_count", BigInteger, nullable=False, server_default="0"),
    Column("restored_on", String(10)),
    Column("checked_morning", String(10)),
    Column("reminded_morning", String(10)),
    Column("username", String(64), nullable=False, server_default=text("''")),
    Column("admission_policy", String(16)),
)

# Which process owns a bot, on PostgreSQL; `owner` is '' once it was handed on and nobody has taken it yet. Each change
# of the owner raises `epoch`; what carries an older one changes nothing. Every transaction of the owner holds the row,
# so nothing that changes often may stand in it.
leases = Table(
    "leases",
    metadata,
    Column("bot_id", ForeignKey("bots.id"), primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("owner", Text, nullable=False),
    Column("since", UTCDateTime, nullable=False),
)

# Why a process could not start a bot, until some process has started it.
start_failures = Table(
    "start_failures",
    metadata,
    Column("bot_id", ForeignKey("bots.id"), primary_key=True),
    Column("process", String(255), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("failed_at", UTCDateTime, nullable=False),
)

# A time of day on some weekdays, shared by all subscribers who chose it. Bit 0 of `weekdays` is Monday.
schedules = Table(
    "schedules",
    metadata,
    Column("id", Id, primary_key=True),
    Column("zone", String(64), nullable=False),
    Column("minute_of_day", SmallInteger, nullable=False),
    Column("weekdays", SmallInteger, nullable=False),
    UniqueConstraint("zone", "minute_of_day", "weekdays"),
)

# What a subscriber wants to see of a digest, shared. `categories` is a JSON list of category keys, or '' for all.
# `signed`: the last message has room for a signature, which is the subscriber's own.
content_preferences = Table(
    "content_preferences",
    metadata,
    Column("id", Id, primary_key=True),
    Column("layout", String(16), nullable=False),
    Column("language", String(8), nullable=False),
    Column("categories", Text, nullable=False),
    Column("buttons", String(8), nullable=False, server_default=text("'answer'")),
    Column("muted_words", Text, nullable=False, server_default=text("''")),
    Column("muted_categories", Text, nullable=False, server_default=text("''")),
    Column("signed", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("layout", "language", "categories", "buttons", "muted_words", "muted_categories", "signed"),
)

# Every chat that ever wrote to the bot; only active ones get the digest. `joined_at` is when it last became active.
# `paused_until` is the end of its last pause, past or to come: what was due before that stays away.
# `rich_refusal`: it chose the rich layout, and why Telegram refused it there; since then it has the full one.
# `signature` is the line under a group's or channel's digest. `setup_id` is the row of the chat whose settings a person
# has opened last, and `setup_question` what they were asked there. `recap_weekday` (0 is Monday) is when the weekly
# recap comes, chosen at `recap_since`.
# Of one that was erased the row stays for the ledger's sums, without chat, settings and times; nobody is found by it.
subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("bot_id", ForeignKey("bots.id"), nullable=False),
    Column("chat_id", BigInteger),
    Column("kind", String(16), nullable=False),
    Column("title", Text),
    Column("topic_id", BigInteger),
    Column("active", Boolean, nullable=False),
    Column("silent", Boolean, nullable=False),
    Column("language_chosen", Boolean, nullable=False),
    Column("rich_refusal", String(32)),
    Column("schedule_id", ForeignKey("schedules.id")),
    Column("preferences_id", ForeignKey("content_preferences.id")),
    Column("joined_at", UTCDateTime),
    Column("left_at", UTCDateTime),
    Column("left_reason", String(32)),
    Column("paused_until", UTCDateTime),
    Column("last_seen_at", UTCDateTime),
    Column("signature", Text),
    Column("setup_id", BigInteger),
    Column("setup_question", String(16)),
    Column("recap_weekday", SmallInteger),
    Column("recap_since", UTCDateTime),
    UniqueConstraint("bot_id", "chat_id"),
    Index(
        "ix_subscribers_schedule_active",
        "bot_id",
        "schedule_id",
        "id",
        sqlite_where=text("active = 1"),
        postgresql_where=text("active"),
    ),
    Index("ix_subscribers_active", "bot_id", "id", sqlite_where=text("active = 1"), postgresql_where=text("active")),
    Index(
        "ix_subscribers_recap",
        "bot_id",
        "recap_weekday",
        "schedule_id",
        sqlite_where=text("recap_weekday IS NOT NULL"),
        postgresql_where=text("recap_weekday IS NOT NULL"),
    ),
)

# The slots other than the default one that subscribers have chosen, each with its schedule. What is due before `since`
# stays away: that is when the slot was chosen, or the end of a pause of it.
slot_schedules = Table(
    "slot_schedules",
    metadata,
    Column("bot_id", ForeignKey("bots.id"), primary_key=True),
    Column("subscriber_id", BigInteger, primary_key=True, autoincrement=False),
    Column("slot", String(12), primary_key=True),
    Column("schedule_id", ForeignKey("schedules.id"), nullable=False),
    Column("since", UTCDateTime, nullable=False),
    Index("ix_slot_schedules_schedule", "bot_id", "slot", "schedule_id", "subscriber_id"),
)

# The last changes of each subscriber's settings: who made them, which setting, and its former value as JSON ('' once
# it was undone).
setting_changes = Table(
    "setting_changes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("bot_id", ForeignKey("bots.id"), nullable=False),
    Column("subscriber_id", ForeignKey("subscribers.id"), nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("setting", String(16), nullable=False),
    Column("former", Text, nullable=False),
    Index("ix_setting_changes_subscriber_id", "subscriber_id", "id"),
)

# Who set up a group or channel, or let the bot in there: it is among their own chats. No permission: Telegram is asked.
chat_administrators = Table(
    "chat_administrators",
    metadata,
    Column("bot_id", ForeignKey("bots.id"), primary_key=True),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("subscriber_id", BigInteger, primary_key=True, autoincrement=False),
    Index("ix_chat_administrators_subscriber_id", "subscriber_id"),
)

# Chats that want the newest digest pinned. `edition` is the day of the last one for which a pin was asked of Telegram,
# `slot` its slot, `published_at` when it was published, `message_id` the message, `former_message_id` the one before it
# until its unpinning is asked for. `refused`: Telegram refused the last pin for want of rights, and the administrators
# know.
pins = Table(
    "pins",
    metadata,
    Column("bot_id", ForeignKey("bots.id"), primary_key=True),
    Column("subscriber_id", BigInteger, primary_key=True, autoincrement=False),
    Column("edition", String(10)),
    Column("slot", String(12), nullable=False, server_default=text(f"'{DEFAULT_SLOT}'")),
    Column("published_at", UTCDateTime),
    Column("message_id", BigInteger),
    Column("former_message_id", BigInteger),
    Column("refused", Boolean, nullable=False, server_default=false()),
)

# Topics of forums, as far as service messages have told of them.
forum_topics = Table(
    "forum_topics",
    metadata,
    Column("bot_id", ForeignKey("bots.id"), primary_key=True),
    Column("subscriber_id", BigInteger, primary_key=True, autoincrement=False),
    Column("topic_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("closed", Boolean, nullable=False),
)

# Roles of people who may administer a bot.
roles = Table(
    "roles",
    metadata,
    Column("bot_id", ForeignKey("bots.id"), primary_key=True),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("role", String(16), nullable=False),
)

# Links that let people subscribe to a bot that is not open to anyone. `uses` counts who came in by it; null as
# `max_uses` or `ends_at`: without that bound.
invitations = Table(
    "invitations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("bot_id", ForeignKey("bots.id"), nullable=False),
    Column("secret", String(32), nullable=False),
    Column("max_uses", Integer),
    Column("uses", Integer, nullable=False, server_default="0"),
    Column("ends_at", UTCDateTime),
    Column("made_at", UTCDateTime, nullable=False),
    Column("revoked_at", UTCDateTime),
    UniqueConstraint("bot_id", "secret"),
)

# People and chats whom an admin let in or declined, and people who wait for that.
admissions = Table(
    "admissions",
    metadata,
    Column("bot_id", ForeignKey("bots.id"), primary_key=True),
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("decision", String(16), nullable=False),
    Column("changed_at", UTCDateTime, nullable=False),
)

# What was done with a bot, by whom. `actor` is null for what a file did, -1 for an act on the command line, and 0 for
# somebody who was erased; so is `person`, whom a change of a role was about. `edition` is the name of an edition.
audit_log = Table(
    "audit_log",
    metadata,
    Column("id", Id, primary_key=True),
    Column("bot_id", ForeignKey("bots.id"), nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("action", String(32), nullable=False),
    Column("actor", BigInteger),
    Column("person", BigInteger),
    Column("run_id", BigInteger),
    Column("edition", String(23)),
    Column("detail", Text, nullable=False, server_default=text("''")),
    Index("ix_audit_log_bot_id", "bot_id", "id"),
)

# The newest version of each edition: its original's file, and what was read of all its texts; `language` is ''. Beside
# it, a row for each variant in another language, with its file and what was read of that. `published_at` and `version`
# of these mean nothing.
# `former_hashes`: of the visible contents that corrections took the place of, separated by blanks. `indexed_hash`: of
# the content whose items are in the index.
digests = Table(
    "digests",
    metadata,
    Column("bot_id", ForeignKey("bots.id"), primary_key=True),
    Column("date", String(10), primary_key=True),
    Column("slot", String(12), primary_key=True, default=DEFAULT_SLOT),
    Column("language", String(8), primary_key=True, default=""),
    Column("version", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("published_at", UTCDateTime, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("former_hashes", Text, nullable=False, server_default=text("''")),
    Column("path", Text, nullable=False),
    Column("source", LargeBinary, nullable=False),
    Column("source_hash", String(64), nullable=False),
    Column("parsed", LargeBinary, nullable=False),
    Column("stored_at", UTCDateTime, nullable=False),
    Column("indexed_hash", String(64), nullable=False, server_default=text("''")),
    Column("withdrawn_at", UTCDateTime),
    Index("ix_digests_path", "bot_id", "path"),
    Index(
        "ix_digests_other_slots",
        "bot_id",
        "slot",
        "date",
        sqlite_where=text(f"slot <> '{DEFAULT_SLOT}'"),
        postgresql_where=text(f"slot <> '{DEFAULT_SLOT}'"),
    ),
    Index(
        "ix_digests_unindexed",
        "bot_id",
        "date",
        sqlite_where=text("indexed_hash <> content_hash"),
        postgresql_where=text("indexed_hash <> content_hash"),
    ),
)

# The items of the editions, to be searched (`storage.item_index`). `id` rises with the day. `categories` are separated
# by line breaks. From `tokens` the database itself keeps its index: `indexed_items_fts` of SQLite by triggers, and on
# PostgreSQL the generated column `vector`.
indexed_items = Table(
    "indexed_items",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("bot_id", ForeignKey("bots.id"), nullable=False),
    Column("date", String(10), nullable=False),
    Column("slot", String(12), nullable=False, default=DEFAULT_SLOT),
    Column("language", String(8), nullable=False, default=""),
    Column("position", Integer, nullable=False),
    Column("published_at", UTCDateTime, nullable=False),
    Column("headline", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("categories", Text, nullable=False),
    Column("tokens", Text, nullable=False),
    Index("ix_indexed_items_edition", "bot_id", "date", "slot", "language"),
)

# Items that people have saved, as they were then. `key` is the headline's hash, which outlives a change of positions.
# What a person wants more or less of: one row for an item by its key, or for an edition as a whole ('', position 0).
votes = Table(
    "votes",
    metadata,
    Column("bot_id", ForeignKey("bots.id"), primary_key=True),
    Column("date", String(10), primary_key=True),
    Column("slot", String(12), primary_key=True, default=DEFAULT_SLOT),
    Column("language", String(8), primary_key=True, default=""),
    Column("key", String(10), primary_key=True),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, nullable=False),
    Column("wants_more", Boolean, nullable=False),
    Column("voted_at", UTCDateTime, nullable=False),
    Index("ix_votes_user", "bot_id", "user_id"),
)

# How often each item of an edition was opened by a button, by the item's key; nobody is named.
item_reads = Table(
    "item_reads",
    metadata,
    Column("bot_id", ForeignKey("bots.id"), primary_key=True),
    Column("date", String(10), primary_key=True),
    Column("slot", String(12), primary_key=True, default=DEFAULT_SLOT),
    Column("key", String(10), primary_key=True),
    Column("reads", BigInteger, nullable=False),
)

saved_items = Table(
    "saved_items",
    metadata,
    Column("bot_id", ForeignKey("bots.id"), primary_key=True),
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("date", String(10), primary_key=True),
    Column("slot", String(12), primary_key=True, default=DEFAULT_SLOT),
    Column("language", String(8), primary_key=True, default=""),
    Column("key", String(10), primary_key=True),
    Column("headline", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("saved_at", UTCDateTime, nullable=False),
)

# Words that people search for, because a button has no room for them; the newest ones of each person in a chat.
searches = Table(
    "searches",
    metadata,
    Column("id", Id, primary_key=True),
    Column("bot_id", ForeignKey("bots.id"), nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("words", Text, nullable=False),
    Column("since", String(10)),
    Column("until", String(10)),
    Index("ix_searches_user", "bot_id", "chat_id", "user_id", "id"),
)

# Editions that editors have sent in the chat and not published yet, one for each slot of a day and language that a text
# names. `parsed` is what was read of `source`. `confirmed`: to be published, from `publish_at` on if that is set;
# `at_once`: whatever the windows. `asks_time`: the author's next text says from when on.
drafts = Table(
    "drafts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("bot_id", ForeignKey("bots.id"), nullable=False),
    Column("date", String(10), nullable=False),
    Column("slot", String(12), nullable=False, default=DEFAULT_SLOT),
    Column("language", String(8), nullable=False, default=""),
    Column("author", BigInteger, nullable=False),
    Column("message_id", BigInteger, nullable=False),
    Column("name", String(255), nullable=False),
    Column("source", LargeBinary, nullable=False),
    Column("parsed", LargeBinary, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("confirmed", Boolean, nullable=False, server_default=false()),
    Column("publish_at", UTCDateTime),
    Column("at_once", Boolean, nullable=False, server_default=false()),
    Column("asks_time", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("bot_id", "date", "slot", "language"),
)

# Pictures that editions send as photos, by the hash of their bytes or their address. `data` are the bytes of a file,
# which go once they are not needed. `file_id`: under which Telegram has it for this bot. `refusal`: why there is none.
pictures = Table(
    "pictures",
    metadata,
    Column("bot_id", ForeignKey("bots.id"), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("url", Text, nullable=False),
    Column("data", LargeBinary),
    Column("file_id", Text),
    Column("refusal", Text),
    Column("refused_ids", Integer, nullable=False, server_default="0"),
    Column("added_at", UTCDateTime, nullable=False),
)

# Source files that need to be remembered. `unfinished`: publishing its digests has begun and not ended.
# `rejected_hash`: of the content about which the admins were told that it cannot be published.
# `ingested_hash`: of the bytes that were ingested last, whether an edition was stored from them or not.
# `reported_hash`: of the bytes whose editions the editors were told of.
source_files = Table(
    "source_files",
    metadata,
    Column("bot_id", ForeignKey("bots.id"), primary_key=True),
    Column("path", String(255), primary_key=True),
    Column("unfinished", Boolean, nullable=False, server_default=false()),
    Column("rejected_hash", String(64)),
    Column("ingested_hash", String(64)),
    Column("reported_hash", String(64)),
)

# One thing that goes out to many recipients; a broadcast has no date.
# `photos_until`: how long it waits for its edition's photos. `actor` is the admin who started it,
# `card_*` the message that shows them its progress. `rendered_up_to_preferences_id`: `version` has payloads for all
# content preferences up to this id. `reported_figures`: what the admins were told last. `counts`: the deliveries by
# state as JSON, once the rows are deleted. `change_count` counts the changes of a run's figures other than by sending;
# up to `shown_change_count` its messages show them. `payment`: whether it pays for speed, `payment_detail` why no more.
# `recalled_run_id`: the broadcast whose messages a recall deletes. `corrected_run_id`: the run of the edition whose
# messages a correction changes to `version`, or a withdrawal takes away. `pinned_run_id`: the broadcast whose messages
# a run pins or unpins. A run that was withdrawn is no longer the one
# of its edition: that gets another one when it is published again.
runs = Table(
    "runs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("bot_id", ForeignKey("bots.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("date", String(10)),
    Column("slot", String(12), nullable=False, default=DEFAULT_SLOT),
    Column("language", String(8), nullable=False, default=""),
    Column("version", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("state_reason", String(32), nullable=False, server_default=text("''")),
    Column("state_detail", Text, nullable=False, server_default=text("''")),
    Column("payment", String(16), nullable=False, server_default=text("'free'")),
    Column("payment_detail", Text, nullable=False, server_default=text("''")),
    Column("published_at", UTCDateTime, nullable=False),
    Column("finished_at", UTCDateTime),
    Column("reported_at", UTCDateTime),
    Column("reported_figures", Text),
    Column("rendered_up_to_preferences_id", BigInteger, nullable=False, server_default="0"),
    Column("counts", Text, nullable=False, server_default=text("''")),
    Column("change_count", Integer, nullable=False, server_default="0"),
    Column("shown_change_count", Integer, nullable=False, server_default="0"),
    Column("actor", BigInteger),
    Column("card_chat_id", BigInteger),
    Column("card_message_id", BigInteger),
    Column("recalled_run_id", BigInteger),
    Column("corrected_run_id", BigInteger),
    Column("pinned_run_id", BigInteger),
    Column("photos_until", UTCDateTime),
    Index(
        "uq_runs_digest",
        "bot_id",
        "date",
        "slot",
        "language",
        unique=True,
        sqlite_where=text("kind = 'digest' AND state_reason <> 'withdrawn'"),
        postgresql_where=text("kind = 'digest' AND state_reason <> 'withdrawn'"),
    ),
    Index(
        "uq_runs_recap",
        "bot_id",
        "date",
        unique=True,
        sqlite_where=text("kind = 'recap'"),
        postgresql_where=text("kind = 'recap'"),
    ),
)

# Reports and notices about a run that admins have got, other than its card. They follow every later change.
# The run is part of the key: two bots number their messages to one admin alike.
run_messages = Table(
    "run_messages",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
)

# What an author has composed for a broadcast, as JSON (domain/delivery/broadcast.py). An album takes further messages
# of its `album_id` while it is a draft. `asked` is what the author was asked last, `answered` what they
# have said to it.
broadcasts = Table(
    "broadcasts",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("album_id", String(64), nullable=False),
    Column("asked", String(16), nullable=False, server_default=text("''")),
    Column("answered", Text, nullable=False, server_default=text("''")),
)

# What is shown of a run, whoever gets it: `item_positions` are the items in order, separated by commas.
# A broadcast has one content, which is empty but for its key.
contents = Table(
    "contents",
    metadata,
    Column("id", Id, primary_key=True),
    Column("run_id", ForeignKey("runs.id"), nullable=False),
    Column("layout", String(16), nullable=False),
    Column("language", String(8), nullable=False),
    Column("item_positions", Text, nullable=False),
    Column("buttons", String(8), nullable=False, server_default=text("'answer'")),
    Column("signed", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("run_id", "layout", "language", "item_positions", "buttons", "signed"),
)

# The content that subscribers with some content preferences get of a run's current version; no row: nothing.
run_contents = Table(
    "run_contents",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("preferences_id", ForeignKey("content_preferences.id"), primary_key=True),
    Column("content_id", ForeignKey("contents.id"), nullable=False),
    sqlite_with_rowid=False,
)

# A Bot API method and its JSON parameters without the recipient; never changed once stored.
payloads = Table(
    "payloads",
    metadata,
    Column("id", Id, primary_key=True),
    Column("run_id", ForeignKey("runs.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("content_id", ForeignKey("contents.id"), nullable=False),
    Column("part", SmallInteger, nullable=False),
    Column("method", String(32), nullable=False),
    Column("json", LargeBinary, nullable=False),
    UniqueConstraint("run_id", "version", "content_id", "part"),
)

# Versions of an edition that a correction took the place of, for recipients who have had a part of them.
former_versions = Table(
    "former_versions",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("parsed", LargeBinary, nullable=False),
)

# When a run is due for a schedule; without a schedule (a broadcast) for everybody.
# `cursor`: planned up to this subscriber. `missed`: number of people for whom it came too late. `at_once`: an editor
# sent it at that instant, whatever the windows.
waves = Table(
    "waves",
    metadata,
    Column("id", Id, primary_key=True),
    Column("run_id", ForeignKey("runs.id"), nullable=False),
    Column("schedule_id", ForeignKey("schedules.id")),
    Column("due_at", UTCDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("cursor", BigInteger, nullable=False, server_default="0"),
    Column("missed", Integer, nullable=False, server_default="0"),
    Column("at_once", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("run_id", "schedule_id"),
    Index(
        "ix_waves_waiting", "due_at", sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'")
    ),
)

# The ledger: the state of each part for each recipient. `payload_id` is the payload of `content_id` that the row got
# when it was planned, or by a correction before anything was sent to the recipient. `error` holds Telegram's own words
# where `reason` does not say all. `resent`: the part was unconfirmed and went out again, so it may have arrived before.
# `paid`: Telegram may have taken Stars for it, at most once. Rows that delete or edit a message have its `message_id`
# from the first on.
deliveries = Table(
    "deliveries",
    metadata,
    Column("run_id", BigInteger, primary_key=True),
    Column("subscriber_id", BigInteger, primary_key=True),
    Column("part", SmallInteger, primary_key=True),
    Column("content_id", BigInteger, nullable=False),
    Column("payload_id", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(32)),
    Column("error", Text),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("resent", Boolean, nullable=False, server_default=false()),
    Column("paid", Boolean, nullable=False, server_default=false()),
    Column("not_before", UTCDateTime),
    Column("message_id", BigInteger),
    Column("changed_at", UTCDateTime),
    *(
        Index(
            f"ix_deliveries_{state}",
            *columns,
            sqlite_where=text(f"state = '{state}'"),
            postgresql_where=text(f"state = '{state}'"),
        )
        for state, columns in (
            ("pending", ("run_id", "subscriber_id", "part")),
            ("in_flight", ("run_id", "subscriber_id")),
            ("unconfirmed", ("run_id", "subscriber_id")),
        )
    ),
    sqlite_with_rowid=False,
    postgresql_with={"fillfactor": 60},  # each row is changed twice, and stays in its page (docs/decisions/0088)
)

# Updates that were processed, so that one that comes again has no second effect.
updates = Table(
    "updates",
    metadata,
    Column("bot_id", ForeignKey("bots.id"), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("processed_at", UTCDateTime, nullable=False),
)

# Updates that a webhook took in, in Telegram's JSON, until the owner of the bot has handled them.
inbox = Table(
    "inbox",
    metadata,
    Column("bot_id", ForeignKey("bots.id"), primary_key=True),
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("received_at", UTCDateTime, nullable=False),
    Index("ix_inbox_chat", "bot_id", "chat_id"),
)

# Until when Telegram wants no messages to a chat (0: to any chat), and for how many seconds it said so.
retry_after = Table(
    "retry_after",
    metadata,
    Column("bot_id", ForeignKey("bots.id"), primary_key=True),
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("until", UTCDateTime, nullable=False),
    Column("seconds", Float, nullable=False),
)

# Ids that are given out by counting, because they are needed before their rows are stored; none is given twice.
id_sequences = Table(
    "id_sequences",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("highest", BigInteger, nullable=False),
)

# One row: the newest migration that a program must know. Newer migrations have added what it can do without.
supported_programs = Table(
    "supported_programs",
    metadata,
    Column("oldest", String(32), primary_key=True),
)

# Facts about a bot that belong to no row of another table.
kv = Table(
    "kv",
    metadata,
    Column("bot_id", ForeignKey("bots.id"), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
