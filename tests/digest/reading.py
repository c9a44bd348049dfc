"""Short ways for tests to read a digest and to say what was read."""

from __future__ import annotations

from textwrap import dedent

from digest.model import Digest, Item
from digest.reader import read_digests
from digest.segmentation.classifier import Classifier

HEAD = "---\ntitle: 早报\ndate: 2025-09-12T08:00:00+08:00\n---\n\n"


def read(text: str, *, head: str = HEAD, name: str = "") -> Digest:
    """The one digest of a text (indented as it suits the test), under a front matter, without words for categories."""
    (digest,) = read_digests((head + dedent(text).strip("\n") + "\n").encode(), name=name, classifier=Classifier())
    return digest


def heads(digest: Digest) -> list[tuple[str, str]]:
    """Headline and own link of every item."""
    return [(item.headline, item.url) for item in digest.items]


def bodies(digest: Digest) -> list[str]:
    """Every item's body, plain."""
    return [item.body.plain for item in digest.items]


def codes(digest: Digest) -> list[str]:
    """The codes of its problems."""
    return [problem.code for problem in digest.problems]


def only(digest: Digest) -> Item:
    """Its one item."""
    (item,) = digest.items
    return item
