"""Database schema; `migrations/` brings older databases to it.

bots ─┬─ subscribers ─┬─ schedules            when an edition is due (shared)
      │               ├─ content_preferences  what a subscriber wants to see of it (shared)
      │               ├─ slot_schedules       when other slots of the day are due, for those who chose them
      │               ├─ setting_changes      the last changes, to be undone
      │               ├─ chat_administrators  who looks after which group or channel
      │               ├─ forum_topics         names of a group's topics
      │               └─ pins                 groups and channels that want the newest digest pinned
      ├─ digests        editions as written and as read
      ├─ indexed_items  their items, to be searched
      ├─ saved_items    items that people have saved
      ├─ item_reads     how often items were opened by a button
      ├─ votes          what readers want more and less of
      ├─ searches       words that people page through the results of
      ├─ pictures       what editions send as photos: bytes, and Telegram's file ids
      ├─ drafts         editions that editors have sent in the chat and not published yet
      ├─ source_files   files of the folder that need to be remembered
      ├─ runs ─┬─ waves            one per schedule: when the run is due there
      │        ├─ run_messages     reports and notices about it that admins have got
      │        ├─ broadcasts       what an author has composed
      │        ├─ contents         what is shown: layout, language, items
      │        ├─ run_contents     which content each content preferences get
      │        ├─ payloads         rendered Bot API calls per version, content and part
      │        ├─ former_versions  editions before a correction, for those who had a part of them
      │        └─ deliveries       the ledger: one row per recipient and part
      ├─ leases         which process owns the bot (PostgreSQL)
      ├─ start_failures why a process could not start the bot
      ├─ inbox          updates that a webhook took in and the owner has not handled (PostgreSQL)
      ├─ updates        processed marks, so that a repeated update has no second effect
      ├─ roles          bot admins beside those in the settings
      ├─ invitations    links by which somebody may subscribe where not anyone may
      ├─ admissions     people and chats let in or declined there, or waiting
      ├─ audit_log      who did what
      ├─ retry_after    until when Telegram wants no more calls
      └─ kv             facts about the bot that belong to no row of another table

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


# The bots of this database.
bots = Table(
    "bots",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(32), nullable=False, unique=True),
    # Where the bot's token is: `env:NAME` or `file:/path`.
    Column("token", Text, nullable=False),
    Column("state", String(16), nullable=False, server_default=text("'running'")),
    # JSON object of what its operator set for it alone.
    Column("settings", Text, nullable=False, server_default=text("'{}'")),
    # Every claim ever made; below the high-water mark beside the database: that was restored from a backup.
    Column("claim_count", BigInteger, nullable=False, server_default="0"),
    # Local day on which an operator accepted such a database; editions up to it go to nobody.
    Column("restored_on", String(10)),
    # Last day whose edition was looked for.
    Column("checked_morning", String(10)),
    # Last day before which editors were reminded of its edition.
    Column("reminded_morning", String(10)),
    # Its name at Telegram, to which links lead; '' until it has signed in for the first time.
    Column("username", String(64), nullable=False, server_default=text("''")),
    # Who may subscribe, as an owner chose in the chat; null: as the settings say.
    Column("admission_policy", String(16)),
)

# Which process owns a bot, on PostgreSQL. Every transaction of the owner holds the row, so nothing that changes often
# may stand in it.
leases = Table(
    "leases",
    metadata,
    Column("bot_id", ForeignKey("bots.id"), primary_key=True),
    # Raised by each change of the owner; what carries an older one changes nothing.
    Column("epoch", BigInteger, nullable=False),
    # '' once it was handed on and nobody has taken it yet.
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

# A time of day on some weekdays, shared by all subscribers who chose it.
schedules = Table(
    "schedules",
    metadata,
    Column("id", Id, primary_key=True),
    Column("zone", String(64), nullable=False),
    Column("minute_of_day", SmallInteger, nullable=False),
    # Bit 0 is Monday.
    Column("weekdays", SmallInteger, nullable=False),
    UniqueConstraint("zone", "minute_of_day", "weekdays"),
)

# What a subscriber wants to see of a digest, shared.
content_preferences = Table(
    "content_preferences",
    metadata,
    Column("id", Id, primary_key=True),
    Column("layout", String(16), nullable=False),
    Column("language", String(8), nullable=False),
    # JSON list of category keys, or '' for all.
    Column("categories", Text, nullable=False),
    Column("buttons", String(8), nullable=False, server_default=text("'answer'")),
    Column("muted_words", Text, nullable=False, server_default=text("''")),
    Column("muted_categories", Text, nullable=False, server_default=text("''")),
    # The last message has room for a signature, which is the subscriber's own.
    Column("signed", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("layout", "language", "categories", "buttons", "muted_words", "muted_categories", "signed"),
)

# Every chat that ever wrote to the bot; only active ones get the digest.
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
    # Why Telegram refused the rich layout that was chosen; since then the chat has the full one.
    Column("rich_refusal", String(32)),
    Column("schedule_id", ForeignKey("schedules.id")),
    Column("preferences_id", ForeignKey("content_preferences.id")),
    # When it last became active.
    Column("joined_at", UTCDateTime),
    Column("left_at", UTCDateTime),
    Column("left_reason", String(32)),
    # End of its last pause, past or to come: what was due before that stays away.
    Column("paused_until", UTCDateTime),
    Column("last_seen_at", UTCDateTime),
    # Line under a group's or channel's digest.
    Column("signature", Text),
    # Row of the chat whose settings the person has opened last.
    Column("setup_id", BigInteger),
    # What they were asked there.
    Column("setup_question", String(16)),
    # The data of the button that says yes to what the bot asked last.
    Column("question", String(64)),
    # When that was asked; it is over once the person was seen after it, by a program that knows no questions, too.
    Column("question_at", UTCDateTime),
    # When the weekly recap comes; 0 is Monday.
    Column("recap_weekday", SmallInteger),
    # When that was chosen.
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

# The slots other than the default one that subscribers have chosen, each with its schedule.
slot_schedules = Table(
    "slot_schedules",
    metadata,
    Column("bot_id", ForeignKey("bots.id"), primary_key=True),
    Column("subscriber_id", BigInteger, primary_key=True, autoincrement=False),
    Column("slot", String(12), primary_key=True),
    Column("schedule_id", ForeignKey("schedules.id"), nullable=False),
    # What is due before stays away: when the slot was chosen, or the end of a pause of it.
    Column("since", UTCDateTime, nullable=False),
    Index("ix_slot_schedules_schedule", "bot_id", "slot", "schedule_id", "subscriber_id"),
)

# The last changes of each subscriber's settings.
setting_changes = Table(
    "setting_changes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("bot_id", ForeignKey("bots.id"), nullable=False),
    Column("subscriber_id", ForeignKey("subscribers.id"), nullable=False),
    # Who made the change.
    Column("user_id", BigInteger, nullable=False),
    Column("setting", String(16), nullable=False),
    # The setting's former value as JSON; '' once the change was undone.
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

# Chats that want the newest digest pinned.
pins = Table(
    "pins",
    metadata,
    Column("bot_id", ForeignKey("bots.id"), primary_key=True),
    Column("subscriber_id", BigInteger, primary_key=True, autoincrement=False),
    # Day of the last edition for which a pin was asked of Telegram; `slot` is that edition's.
    Column("edition", String(10)),
    Column("slot", String(12), nullable=False, server_default=text(f"'{DEFAULT_SLOT}'")),
    # When that edition was published.
    Column("published_at", UTCDateTime),
    # The pinned message.
    Column("message_id", BigInteger),
    # The message before it, until its unpinning is asked for.
    Column("former_message_id", BigInteger),
    # Telegram refused the last pin for want of rights, and the administrators know.
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

# Links that let people subscribe to a bot that is not open to anyone.
invitations = Table(
    "invitations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("bot_id", ForeignKey("bots.id"), nullable=False),
    Column("secret", String(32), nullable=False),
    # Null: without that bound.
    Column("max_uses", Integer),
    # How many came in by the link.
    Column("uses", Integer, nullable=False, server_default="0"),
    # Null: without that bound.
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

# What was done with a bot, by whom.
audit_log = Table(
    "audit_log",
    metadata,
    Column("id", Id, primary_key=True),
    Column("bot_id", ForeignKey("bots.id"), nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("action", String(32), nullable=False),
    # Null for what a file did, -1 for an act on the command line, 0 for somebody who was erased.
    Column("actor", BigInteger),
    # Whom a change of a role was about; 0 for somebody who was erased.
    Column("person", BigInteger),
    Column("run_id", BigInteger),
    # Name of an edition.
    Column("edition", String(23)),
    Column("detail", Text, nullable=False, server_default=text("''")),
    Index("ix_audit_log_bot_id", "bot_id", "id"),
)

# The newest version of each edition: its original's file, and what was read of all its texts. Beside it, a row for each
# variant in another language, with its file and what was read of that.
digests = Table(
    "digests",
    metadata,
    Column("bot_id", ForeignKey("bots.id"), primary_key=True),
    Column("date", String(10), primary_key=True),
    Column("slot", String(12), primary_key=True, default=DEFAULT_SLOT),
    # '' for the original.
    Column("language", String(8), primary_key=True, default=""),
    # Means nothing in the row of a variant, nor does `published_at`.
    Column("version", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("published_at", UTCDateTime, nullable=False),
    Column("content_hash", String(64), nullable=False),
    # Hashes of the visible contents that corrections took the place of, separated by blanks.
    Column("former_hashes", Text, nullable=False, server_default=text("''")),
    Column("path", Text, nullable=False),
    Column("source", LargeBinary, nullable=False),
    Column("source_hash", String(64), nullable=False),
    Column("parsed", LargeBinary, nullable=False),
    Column("stored_at", UTCDateTime, nullable=False),
    # Hash of the content whose items are in the index.
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

# The items of the editions, to be searched (`storage.item_index`).
indexed_items = Table(
    "indexed_items",
    metadata,
    # Rises with the day.
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
    # Separated by line breaks.
    Column("categories", Text, nullable=False),
    # From these the database itself keeps its index: `indexed_items_fts` of SQLite by triggers, and on PostgreSQL the
    # generated column `vector`.
    Column("tokens", Text, nullable=False),
    Index("ix_indexed_items_edition", "bot_id", "date", "slot", "language"),
)

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

# Items that people have saved, as they were then.
saved_items = Table(
    "saved_items",
    metadata,
    Column("bot_id", ForeignKey("bots.id"), primary_key=True),
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("date", String(10), primary_key=True),
    Column("slot", String(12), primary_key=True, default=DEFAULT_SLOT),
    Column("language", String(8), primary_key=True, default=""),
    # The headline's hash, which outlives a change of positions.
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
# names.
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
    # What was read of `source`.
    Column("parsed", LargeBinary, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    # To be published.
    Column("confirmed", Boolean, nullable=False, server_default=false()),
    # From when on it may be published, if the author has said so.
    Column("publish_at", UTCDateTime),
    # It goes out whatever the windows.
    Column("at_once", Boolean, nullable=False, server_default=false()),
    # The author's next text says from when on it is published.
    Column("asks_time", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("bot_id", "date", "slot", "language"),
)

# Pictures that editions send as photos.
pictures = Table(
    "pictures",
    metadata,
    Column("bot_id", ForeignKey("bots.id"), primary_key=True),
    # Hash of its bytes or of its address.
    Column("key", String(64), primary_key=True),
    Column("url", Text, nullable=False),
    # Bytes of a file, which go once they are not needed.
    Column("data", LargeBinary),
    # Under which Telegram has it for this bot.
    Column("file_id", Text),
    # Why there is no file id.
    Column("refusal", Text),
    Column("refused_ids", Integer, nullable=False, server_default="0"),
    Column("added_at", UTCDateTime, nullable=False),
)

# Source files that need to be remembered.
source_files = Table(
    "source_files",
    metadata,
    Column("bot_id", ForeignKey("bots.id"), primary_key=True),
    Column("path", String(255), primary_key=True),
    # Publishing its digests has begun and not ended.
    Column("unfinished", Boolean, nullable=False, server_default=false()),
    # Of the content about which the admins were told that it cannot be published.
    Column("rejected_hash", String(64)),
    # Of the bytes that were ingested last, whether an edition was stored from them or not.
    Column("ingested_hash", String(64)),
    # Of the bytes whose editions the editors were told of.
    Column("reported_hash", String(64)),
)

# One thing that goes out to many recipients. A run that was withdrawn is no longer the one of its edition: that gets
# another one when it is published again.
runs = Table(
    "runs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("bot_id", ForeignKey("bots.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    # A broadcast has none.
    Column("date", String(10)),
    Column("slot", String(12), nullable=False, default=DEFAULT_SLOT),
    Column("language", String(8), nullable=False, default=""),
    Column("version", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("state_reason", String(32), nullable=False, server_default=text("''")),
    Column("state_detail", Text, nullable=False, server_default=text("''")),
    # Whether it pays for speed.
    Column("payment", String(16), nullable=False, server_default=text("'free'")),
    # Why it pays no more.
    Column("payment_detail", Text, nullable=False, server_default=text("''")),
    Column("published_at", UTCDateTime, nullable=False),
    Column("finished_at", UTCDateTime),
    Column("reported_at", UTCDateTime),
    # What the admins were told last.
    Column("reported_figures", Text),
    # `version` has payloads for all content preferences up to this id.
    Column("rendered_up_to_preferences_id", BigInteger, nullable=False, server_default="0"),
    # Deliveries by state as JSON, once the rows are deleted.
    Column("counts", Text, nullable=False, server_default=text("''")),
    # How often the run's figures changed other than by sending.
    Column("change_count", Integer, nullable=False, server_default="0"),
    # Up to this change its messages show them.
    Column("shown_change_count", Integer, nullable=False, server_default="0"),
    # The admin who started it; `card_*` is the message that shows them its progress.
    Column("actor", BigInteger),
    Column("card_chat_id", BigInteger),
    Column("card_message_id", BigInteger),
    # The broadcast whose messages a recall deletes.
    Column("recalled_run_id", BigInteger),
    # The run of the edition whose messages a correction changes to `version`, or a withdrawal takes away.
    Column("corrected_run_id", BigInteger),
    # The broadcast whose messages a run pins or unpins.
    Column("pinned_run_id", BigInteger),
    # How long it waits for its edition's photos.
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

# What an author has composed for a broadcast.
broadcasts = Table(
    "broadcasts",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    # JSON (domain/delivery/broadcast.py).
    Column("content", LargeBinary, nullable=False),
    # An album takes further messages of this id while it is a draft.
    Column("album_id", String(64), nullable=False),
    # What the author was asked last.
    Column("asked", String(16), nullable=False, server_default=text("''")),
    # What they have said to it.
    Column("answered", Text, nullable=False, server_default=text("''")),
)

# What is shown of a run, whoever gets it. A broadcast has one content, which is empty but for its key.
contents = Table(
    "contents",
    metadata,
    Column("id", Id, primary_key=True),
    Column("run_id", ForeignKey("runs.id"), nullable=False),
    Column("layout", String(16), nullable=False),
    Column("language", String(8), nullable=False),
    # The items in order, separated by commas.
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

# When a run is due for a schedule.
waves = Table(
    "waves",
    metadata,
    Column("id", Id, primary_key=True),
    Column("run_id", ForeignKey("runs.id"), nullable=False),
    # Null for everybody (a broadcast).
    Column("schedule_id", ForeignKey("schedules.id")),
    Column("due_at", UTCDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    # Planned up to this subscriber.
    Column("cursor", BigInteger, nullable=False, server_default="0"),
    # Number of people for whom it came too late.
    Column("missed", Integer, nullable=False, server_default="0"),
    # An editor sent it at that instant, whatever the windows.
    Column("at_once", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("run_id", "schedule_id"),
    Index(
        "ix_waves_waiting", "due_at", sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'")
    ),
)

# The ledger: the state of each part for each recipient.
deliveries = Table(
    "deliveries",
    metadata,
    Column("run_id", BigInteger, primary_key=True),
    Column("subscriber_id", BigInteger, primary_key=True),
    Column("part", SmallInteger, primary_key=True),
    Column("content_id", BigInteger, nullable=False),
    # Payload of `content_id` that the row got when it was planned, or by a correction before anything was sent to the
    # recipient.
    Column("payload_id", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(32)),
    # Telegram's own words, where `reason` does not say all.
    Column("error", Text),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    # The part was unconfirmed and went out again, so it may have arrived before.
    Column("resent", Boolean, nullable=False, server_default=false()),
    # Telegram may have taken Stars for it, at most once.
    Column("paid", Boolean, nullable=False, server_default=false()),
    Column("not_before", UTCDateTime),
    # Rows that delete or edit a message have it from the first on.
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

# Until when Telegram wants no messages to a chat.
retry_after = Table(
    "retry_after",
    metadata,
    Column("bot_id", ForeignKey("bots.id"), primary_key=True),
    # 0: to any chat.
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("until", UTCDateTime, nullable=False),
    # For how long Telegram said so.
    Column("seconds", Float, nullable=False),
)

# Ids that are given out by counting, because they are needed before their rows are stored; none is given twice.
id_sequences = Table(
    "id_sequences",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("highest", BigInteger, nullable=False),
)

# One row.
supported_programs = Table(
    "supported_programs",
    metadata,
    # The newest migration that a program must know. Newer ones have added what it can do without.
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
