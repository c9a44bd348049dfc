"""Where a digest's title and day stand besides `title:` and `date:`."""

from __future__ import annotations

from datetime import UTC, date

import pytest

from digest.model import Digest
from digest.parsing.dates import find_date, names_day
from digest.reader import read_digests
from digest.segmentation.classifier import Classifier

NEWS = "- [A kite](https://a.example/1) flies\n- [A boat](https://a.example/2) sinks\n"


def _read(text: str) -> Digest:
    return read_digests(text.encode(), classifier=Classifier())[0]


@pytest.mark.parametrize(
    ("beginning", "title"),
    [
        ("# #228 Brighter icons\n\n*The week.*\n\n# News\n\n", "#228 Brighter icons"),
        ("# Morning · 2026-11-24\n\nTwo of forty.\n\n# Picks\n\n", "Morning · 2026-11-24"),
        ("## Gazette (2026-11-24)\n\n", "Gazette (2026-11-24)"),
        ("Issue 30, November 22\n\n# Sunday links\n\nHi!\n\n## Linkage\n\n", "Sunday links"),
        ("**📰 Daily recap – November 24, 2026**\n\n### Harbour\n\n", "📰 Daily recap – November 24, 2026"),
        ("**🗞 Дайджест за 24 ноября**\n\nСобрали главное.\n\n", "🗞 Дайджест за 24 ноября"),
        ("产品观察（第 61 期）\n\n各位好。\n\n", "产品观察（第 61 期）"),
        ("创投早知道｜11月24日 星期二\n\n早上好。\n\n", "创投早知道｜11月24日 星期二"),
        ("今日游戏早报 11.24\n\n早上好，今天周二。\n\n", "今日游戏早报 11.24"),
        ("Harbour Brief 24 November\n\nGood morning.\n\n", "Harbour Brief 24 November"),
        ("Morning news: 11/24\n\nGood morning.\n\n", "Morning news: 11/24"),
        (
            "# Briefing: robots\nGenerated at noon\n\n# Results\n\n## One\n\nText.\n\n# More\n\n## Two\n\n",
            "Briefing: robots",
        ),
        ("---\ntitle: Goods #31: shelves\n---\n", "Goods #31: shelves"),
        ("---\ntitle: Goods # a remark\n---\n", "Goods"),
        ("---\nsubject: 'Thing #331 / Hobbies'\n---\n", "Thing #331 / Hobbies"),
        ("---\ntitle: 2026-11-24\n---\n# Developers' day 2026-11-24\n\n> Four.\n\n", "Developers' day 2026-11-24"),
    ],
)
def test_title_of_a_digest(beginning: str, title: str) -> None:
    digest = _read(beginning + NEWS)
    assert digest.title == title
    assert title not in digest.intro.plain
    assert "A kite flies" in [item.headline for item in digest.items]


@pytest.mark.parametrize(
    "beginning",
    ["# One of two\n\nText.\n\n# The other one\n\nText.\n\n", "Hello 2026!\n\n", "1. One\n", "Version 11.24\n\n"],
)
def test_first_line_is_no_title_without_a_sign_of_one(beginning: str) -> None:
    assert _read(beginning + NEWS).title in ("", "2026-11-24")


@pytest.mark.parametrize("field", ["publish_date", "pub_date", "published", "published_at"])
def test_day_in_a_field_of_another_tool(field: str) -> None:
    assert _read(f"---\n{field}: '2026-11-21T13:00:00Z'\n---\n{NEWS}").date == date(2026, 11, 21)


@pytest.mark.parametrize("text", ["24 de noviembre de 2026", "24 ноября 2026", "2026년 11월 24일", "24 November 2026"])
def test_dates_in_words(text: str) -> None:
    match = find_date(f"— {text} —", UTC)
    assert match is not None
    assert match.day == date(2026, 11, 24)


@pytest.mark.parametrize(("text", "found"), [("24 ноября", True), ("November 24", True), ("24 boats", False)])
def test_days_without_a_year(text: str, found: bool) -> None:
    assert names_day(text, UTC) is found
