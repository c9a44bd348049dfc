"""Search: items of editions with an index, the searches that people page through, and what they save."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
oldest_program = "0001"

_SQLITE = (
    (
        "CREATE VIRTUAL TABLE indexed_items_fts USING fts5("
        "tokens, content='indexed_items', content_rowid='id', tokenize='ascii', columnsize=0)"
    ),
    (
        "CREATE TRIGGER indexed_items_added AFTER INSERT ON indexed_items BEGIN"
        " INSERT INTO indexed_items_fts (rowid, tokens) VALUES (new.id, new.tokens); END"
    ),
    (
        "CREATE TRIGGER indexed_items_deleted AFTER DELETE ON indexed_items BEGIN"
        " INSERT INTO indexed_items_fts (indexed_items_fts, rowid, tokens) VALUES ('delete', old.id, old.tokens); END"
    ),
)
"""Triggers keep the index, so it follows whoever changes the table."""

_POSTGRESQL = (
    (
        "ALTER TABLE indexed_items ADD COLUMN vector tsvector"
        " GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, tokens)) STORED"
    ),
    "CREATE INDEX ix_indexed_items_vector ON indexed_items USING gin (vector) WITH (fastupdate = off)",
)


def upgrade() -> None:
    op.add_column("digests", sa.Column("indexed_hash", sa.String(length=64), server_default="", nullable=False))
    op.create_index(
        "ix_digests_unindexed",
        "digests",
        ["bot_id", "date"],
        sqlite_where=sa.text("indexed_hash <> content_hash"),
        postgresql_where=sa.text("indexed_hash <> content_hash"),
    )
    op.create_table(
        "indexed_items",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("bot_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("date", sa.String(length=10), nullable=False),
        sa.Column("slot", sa.String(length=12), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("categories", sa.Text(), nullable=False),
        sa.Column("tokens", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["bot_id"], ["bots.id"], name=op.f("fk_indexed_items_bot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indexed_items")),
    )
    op.create_index("ix_indexed_items_edition", "indexed_items", ["bot_id", "date", "slot", "language"])
    op.create_table(
        "searches",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("bot_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("since", sa.String(length=10), nullable=True),
        sa.Column("until", sa.String(length=10), nullable=True),
        sa.ForeignKeyConstraint(["bot_id"], ["bots.id"], name=op.f("fk_searches_bot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_searches")),
    )
    op.create_index("ix_searches_user", "searches", ["bot_id", "chat_id", "user_id", "id"])
    op.create_table(
        "votes",
        sa.Column("bot_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("date", sa.String(length=10), nullable=False),
        sa.Column("slot", sa.String(length=12), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("key", sa.String(length=10), nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("wants_more", sa.Boolean(), nullable=False),
        sa.Column("voted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["bot_id"], ["bots.id"], name=op.f("fk_votes_bot_id")),
        sa.PrimaryKeyConstraint("bot_id", "date", "slot", "language", "key", "user_id", name=op.f("pk_votes")),
    )
    op.create_index("ix_votes_user", "votes", ["bot_id", "user_id"])
    op.create_table(
        "saved_items",
        sa.Column("bot_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("date", sa.String(length=10), nullable=False),
        sa.Column("slot", sa.String(length=12), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("key", sa.String(length=10), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["bot_id"], ["bots.id"], name=op.f("fk_saved_items_bot_id")),
        sa.PrimaryKeyConstraint("bot_id", "chat_id", "date", "slot", "language", "key", name=op.f("pk_saved_items")),
    )
    for statement in _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE:
        op.execute(statement)
