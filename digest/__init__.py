"""Digests: Markdown in, Digest and Messages out; and the calendar, which says whose morning it is. Pure."""
