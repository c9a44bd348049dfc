"""The database in one SQLite file, used by one process at a time."""
