"""Alembic's entry: runs the migrations on the connection, and in the transaction, that `storage.migrate` hands over."""

from alembic import context

from storage.migrate import belongs_to_schema
from storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_object=belongs_to_schema,
    render_as_batch=True,
    render_item=context.config.attributes.get("render_item"),  # only for a new migration
    transactional_ddl=False,  # the transaction is the caller's, around all of it
)
context.run_migrations()
