"""Helpers that read a digest and summarise the result."""

from __future__ import annotations

from textwrap import dedent

from digest.model import Digest, Item
from digest.reader import read_digests
from digest.segmentation.classifier import Classifier

HEAD = "---\ntitle: 早报\ndate: 2025-09-12T08:00:00+08:00\n---\n\n"


def read(text: str, *, head: str = HEAD, name: str = "") -> Digest:
    """Read the single digest of a dedented text under a front matter, without classifier words."""
    (digest,) = read_digests((head + dedent(text).strip("\n") + "\n").encode(), name=name, classifier=Classifier())
    return digest


def heads(digest: Digest) -> list[tuple[str, str]]:
    """Return headline and link of every item."""
    return [(item.headline, item.url) for item in digest.items]


def bodies(digest: Digest) -> list[str]:
    """Return every item's body as plain text."""
    return [item.body.plain for item in digest.items]


def codes(digest: Digest) -> list[str]:
    """Return the codes of the digest's problems."""
    return [problem.code for problem in digest.problems]


def only(digest: Digest) -> Item:
    """Return the digest's only item."""
    (item,) = digest.items
    return item
