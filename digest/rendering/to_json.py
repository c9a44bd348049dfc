"""Convert a digest to the JSON object that `digestbot check --json` prints; texts are plain."""

from __future__ import annotations

from typing import Any

from digest.model import Digest, Item, Problem


def digest_to_json(digest: Digest, path: str) -> dict[str, Any]:
    """Return the digest as one JSON object; `date` is YYYY-MM-DD or None, `slot` that of the day.

    `language` is the one that the file names, '' for none.
    """
    return {
        "path": path,
        "date": digest.date.isoformat() if digest.date else None,
        "slot": digest.slot,
        "language": digest.language,
        "title": digest.title,
        "categories": list(digest.categories),
        "intro": digest.intro.plain,
        "items": [_item(item) for item in digest.items],
        "commentary": digest.commentary.plain,
        "trailing": digest.trailing.plain,
        "form": digest.source_form,
        "problems": [_problem(problem) for problem in digest.problems],
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "position": item.position,
        "number": item.written_number,
        "headline": item.headline,
        "url": item.url,
        "body": item.body.plain,
        "section": item.section,
        "categories": list(item.categories),
        "links": [{"text": link.text, "url": link.url} for link in item.links],
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "line": problem.line,
        "column": problem.column,
        "level": problem.severity.value,
        "code": problem.code,
        "message": problem.message,
    }
