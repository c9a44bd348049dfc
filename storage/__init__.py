"""Queries over one database with SQLAlchemy Core: one module per table or noun, rules live above."""
