"""Rendering of a digest: as Markdown in the reference form, as JSON, and as paginated messages."""
