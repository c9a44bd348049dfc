"""Digests: read Markdown files, find their items, and render them as text, Markdown and paginated messages.

`file -> parsing -> segmentation -> Digest -> rendering`

The package is pure: it reads no clock and does no I/O.
"""
