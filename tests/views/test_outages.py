"""Messages about an outage, in both languages."""

from __future__ import annotations

import pytest

from domain.chat.i18n import Translations
from domain.delivery.outage import Outage
from tests.delivery.harness import MORNING
from views import outages

TEXTS = Translations.load()
OUTAGE = Outage(since=MORNING, seconds=754, reason="ConnectionRefusedError (111)", unconfirmed=3)


@pytest.mark.parametrize(
    ("language", "parts"),
    [
        ("en", ("since 08:00", "ConnectionRefusedError (111)", "goes on by itself")),
        ("zh", ("从 08:00 起", "ConnectionRefusedError (111)", "自动接着发")),
    ],
)
def test_notice_says_what_fails_since_when(language: str, parts: tuple[str, ...]) -> None:
    notice = outages.outage_notice(OUTAGE, TEXTS.translator(language), zone="Asia/Shanghai")
    missing = [part for part in parts if part not in notice.text.plain]
    assert missing == []


@pytest.mark.parametrize(
    ("language", "parts"), [("en", ("after 13 min", "Not confirmed: 3")), ("zh", ("13 分钟", "未确认：3"))]
)
def test_notice_says_how_long_it_took_and_what_it_cost(language: str, parts: tuple[str, ...]) -> None:
    notice = outages.outage_over_notice(OUTAGE, TEXTS.translator(language))
    missing = [part for part in parts if part not in notice.text.plain]
    assert missing == []


def test_notice_of_a_harmless_outage_names_no_unconfirmed_sends() -> None:
    harmless = Outage(since=MORNING, seconds=2, reason="x", unconfirmed=0)
    assert "confirmed" not in outages.outage_over_notice(harmless, TEXTS.translator("en")).text.plain
