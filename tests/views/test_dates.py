"""Dates and the next delivery in words."""

from datetime import UTC, date, datetime

import pytest

from domain.subscription.calendar import Schedule
from domain.subscription.next_delivery import NextDelivery
from tests.handlers.dialogue import TEXTS
from views.dates import format_day, format_moment, format_next_delivery, format_weekdays

SHANGHAI = Schedule("Asia/Shanghai", 480)


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2025, 9, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "english", "chinese"),
    [
        (_at(12, 6), "today (Fri) at 14:00", "今天（周五）14:00"),
        (_at(13, 0), "tomorrow (Sat) at 08:00", "明天（周六）08:00"),
        (_at(15, 0), "Mon, 15 Sep at 08:00", "9月15日周一 08:00"),
        (_at(15, 0).replace(year=2026), "Tue, 15 Sep 2026 at 08:00", "2026年9月15日 周二 08:00"),
    ],
)
def test_format_moment(at: datetime, english: str, chinese: str) -> None:
    now = _at(12, 2)
    assert format_moment(at, "Asia/Shanghai", TEXTS.translator("en"), now) == english
    assert format_moment(at, "Asia/Shanghai", TEXTS.translator("zh"), now) == chinese


def test_day_of_another_year_is_shown_with_its_year() -> None:
    translate, today = TEXTS.translator("en"), date(2026, 12, 2)
    assert format_day(date(2026, 12, 31), translate, today) == "Thu, 31 Dec"
    assert format_day(date(2027, 1, 1), translate, today) == "Fri, 1 Jan 2027"
    assert format_day(date(2025, 12, 31), translate, today) == "Wed, 31 Dec 2025"


def test_today_and_tomorrow_are_local() -> None:
    assert "tomorrow" in format_moment(_at(13, 10), "Pacific/Auckland", TEXTS.translator("en"), _at(12, 11))
    assert "today" in format_moment(_at(13, 10), "Pacific/Auckland", TEXTS.translator("en"), _at(12, 13))


@pytest.mark.parametrize(
    ("coming", "english", "chinese"),
    [
        (NextDelivery(_at(13, 0), is_known=True), "tomorrow (Sat) at 08:00", "明天（周六）08:00"),
        (
            NextDelivery(_at(13, 0)),
            "tomorrow (Sat) at 08:00, if a new edition is out",
            "明天（周六）08:00，有新的一期就送",
        ),
        (NextDelivery(_at(12, 1), is_known=True), "any moment now", "马上就到"),
        (
            NextDelivery(_at(12, 1), until=_at(12, 6)),
            "as soon as a new edition is out, if that is before 14:00",
            "14:00 前有新的一期，就马上送",
        ),
    ],
)
def test_next_delivery_promises_what_can_be_kept(coming: NextDelivery, english: str, chinese: str) -> None:
    for language, words in (("en", english), ("zh", chinese)):
        assert format_next_delivery(coming, SHANGHAI, TEXTS.translator(language), _at(12, 1)).plain == words


def test_next_delivery_is_shown_in_the_devices_zone() -> None:
    told = format_next_delivery(NextDelivery(_at(13, 0), is_known=True), SHANGHAI, TEXTS.translator("en"), _at(12, 1))
    whole = {"offset": 0, "length": 23}
    assert [entity.to_bot_api() for entity in told.entities()] == [
        {"type": "bold", **whole},
        {"type": "date_time", "unix_time": 1757721600, "date_time_format": "wt", **whole},
    ]
    later = format_next_delivery(NextDelivery(_at(22, 0)), SHANGHAI, TEXTS.translator("en"), _at(12, 1))
    assert later.spans[-1].value.endswith(" wDt")


@pytest.mark.parametrize(
    ("days", "english", "chinese"),
    [
        (0b1111111, "every day", "每天"),
        (0b0011111, "Monday to Friday", "周一至周五"),
        (0b1100000, "Saturday and Sunday", "周六和周日"),
        (0b0010101, "Mon, Wed, Fri", "周一、周三、周五"),
    ],
)
def test_format_weekdays(days: int, english: str, chinese: str) -> None:
    assert (format_weekdays(days, TEXTS.translator("en")), format_weekdays(days, TEXTS.translator("zh"))) == (
        english,
        chinese,
    )
