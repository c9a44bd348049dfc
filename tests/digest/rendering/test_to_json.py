"""The JSON object of `digestbot check --json`."""

from __future__ import annotations

import json

from digest.rendering.to_json import digest_to_json
from tests.digest.reading import read


def test_every_key_and_its_nesting() -> None:
    digest = read(
        "今天。\n\n## 产品\n\n1. [甲](https://e.org/1)\n\n   **乙**[丙](https://e.org/2)\n\n"
        "---\n\n### 点评\n\n好。\n\n---\n\n广告"
    )
    shown = json.loads(json.dumps(digest_to_json(digest, "a/b.md")))
    problems = shown.pop("problems")
    assert shown == {
        "path": "a/b.md",
        "date": "2025-09-12",
        "slot": "morning",
        "language": "",
        "title": "早报",
        "categories": [],
        "intro": "今天。",
        "items": [
            {
                "position": 1,
                "number": "1",
                "headline": "甲",
                "url": "https://e.org/1",
                "body": "乙丙",
                "section": "产品",
                "categories": ["产品"],
                "links": [{"text": "甲", "url": "https://e.org/1"}, {"text": "丙", "url": "https://e.org/2"}],
            }
        ],
        "commentary": "好。",
        "trailing": "广告",
        "form": "numbered-list",
    }
    assert problems == [
        {
            "line": 22,
            "column": 1,
            "level": "info",
            "code": "D406-trailing-left-out",
            "message": "Text after the news is left out: “广告”.",
        }
    ]


def test_no_date_is_null() -> None:
    assert digest_to_json(read("1. 甲", head="---\ntitle: T\n---\n"), "x")["date"] is None
