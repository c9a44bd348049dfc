"""What is remembered: SQLAlchemy Core over one database; one file per noun, every statement named by its function."""
