"""Times of day, numerals and dates as people type them."""

from calendar import month_abbr, month_name
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.input.dates import find_impossible_date, looks_like_date, parse_date
from handlers.input.numerals import chinese_numerals_to_digits
from handlers.input.times import is_unambiguous_time, parse_frequency, parse_shift, parse_time
from views.dates import format_time

TODAY = date(2025, 9, 12)


@pytest.mark.parametrize(
    ("words", "time"),
    [
        ("8", "08:00"),
        ("8:30", "08:30"),
        ("8.30", "08:30"),
        ("0830", "08:30"),
        ("830", "08:30"),
        ("８：３０", "08:30"),
        (" 8 am ", "08:00"),
        ("8:30pm", "20:30"),
        ("12am", "00:00"),
        ("12 p.m.", "12:00"),
        ("12 a.m.", "00:00"),
        ("8 p.m.", "20:00"),
        ("23:59", "23:59"),
        ("24:00", "00:00"),
        ("8点", "08:00"),
        ("早上8点", "08:00"),
        ("上午 8 点", "08:00"),
        ("八点半", "08:30"),
        ("晚上九点半", "21:30"),
        ("下午3点一刻", "15:15"),
        ("八点三刻", "08:45"),
        ("1am", "01:00"),
        ("夜里1点", "01:00"),
        ("夜里五点", "05:00"),
        ("晚上1点半", "01:30"),
        ("晚4点", "04:00"),
        ("晚上5点", "17:00"),
        ("夜里11点", "23:00"),
        ("下午1点", "13:00"),
        ("8点05分", "08:05"),
        ("8点5分", "08:05"),
        ("二十三点五十", "23:50"),
        ("凌晨12点", "00:00"),
        ("晚上12点", "00:00"),
        ("中午12点", "12:00"),
        ("中午11点", "11:00"),
        ("中午1点", "13:00"),
        ("差10分8点", "07:50"),
        ("8点差10分", "07:50"),
        ("晚上差一刻8点", "19:45"),
    ],
)
def test_parse_time(words: str, time: str) -> None:
    minute = parse_time(words)
    assert minute is not None
    assert format_time(minute) == time


@pytest.mark.parametrize(
    "words", ["", "24", "24:30", "8:60", "8:5", "13pm", "0am", "noonish", "99999", "-8", "8-30", "八百"]
)
def test_parse_time_rejects_other_texts(words: str) -> None:
    assert parse_time(words) is None


@given(st.integers(0, 1439))
def test_formatted_times_are_parsed(minute: int) -> None:
    assert parse_time(format_time(minute)) == minute


@given(st.text(max_size=30))
def test_reading_never_fails(words: str) -> None:
    minute = parse_time(words)
    assert minute is None or 0 <= minute < 1440
    assert not is_unambiguous_time(words) or minute is not None


@pytest.mark.parametrize(
    ("words", "certain"), [("8:30", True), ("8点", True), ("8pm", True), ("8", False), ("9.12", False)]
)
def test_bare_number_is_no_unambiguous_time(words: str, certain: bool) -> None:
    assert is_unambiguous_time(words) is certain


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("第三条", "第3条"),
        ("十", "10"),
        ("十二", "12"),
        ("二十", "20"),
        ("二十三", "23"),
        ("二〇二五", "2025"),
        ("十十", "十十"),
    ],
)
def test_chinese_numerals(words: str, digits: str) -> None:
    assert chinese_numerals_to_digits(words) == digits


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("2025-09-12", date(2025, 9, 12)),
        ("2025.9.1", date(2025, 9, 1)),
        ("2025/09/01", date(2025, 9, 1)),
        ("20250901", date(2025, 9, 1)),
        ("2025年9月1日", date(2025, 9, 1)),
        ("9月1日", date(2025, 9, 1)),
        ("9-1", date(2025, 9, 1)),
        ("12月31日", date(2024, 12, 31)),
        ("9月11日周四", date(2025, 9, 11)),
        ("9月11日 星期四", date(2025, 9, 11)),
        ("11 Sep", date(2025, 9, 11)),
        ("Thu, 11 Sep", date(2025, 9, 11)),
        ("Sept 11", date(2025, 9, 11)),
        ("September 11th, 2024", date(2024, 9, 11)),
        ("31 Dec", date(2024, 12, 31)),
        ("today", TODAY),
        ("今天", TODAY),
        ("昨天", date(2025, 9, 11)),
        ("Yesterday", date(2025, 9, 11)),
        ("前天", date(2025, 9, 10)),
        ("last friday", date(2025, 9, 5)),
        ("past friday", date(2025, 9, 5)),
        ("previous friday", date(2025, 9, 5)),
    ],
)
def test_parse_date(words: str, day: date) -> None:
    assert parse_date(words, TODAY) == day


@pytest.mark.parametrize("month", range(1, 13))
def test_each_month_has_its_name_and_its_short_one(month: int) -> None:
    day = date(2024, month, 7)
    for name in (month_name[month], month_abbr[month], f"{month_abbr[month]}."):
        for words in (f"{name} 7, 2024", f"7th of {name} 2024"):
            assert parse_date(words, TODAY) == day
        assert find_impossible_date(f"the {name} 32") == f"{name} 32".lower()


@pytest.mark.parametrize(
    "words", ["novel 5", "marathon 12", "5 decibels", "market 9", "3 mayors", "5 junes", "may-fly 4"]
)
def test_word_that_begins_like_a_month_is_no_date(words: str) -> None:
    assert parse_date(words, TODAY) is None
    assert find_impossible_date(words.replace("5", "55")) == ""


@pytest.mark.parametrize(
    ("today", "latest"),
    [
        (date(2025, 9, 12), date(2024, 2, 29)),
        (date(2028, 2, 28), date(2024, 2, 29)),
        (date(2028, 2, 29), date(2028, 2, 29)),
        (date(2104, 2, 28), date(2096, 2, 29)),
    ],
)
@pytest.mark.parametrize("words", ["29 Feb", "2月29日"])
def test_leap_day_without_a_year_is_the_latest(words: str, today: date, latest: date) -> None:
    assert parse_date(words, today) == latest


@pytest.mark.parametrize(("words", "expected"), [("2025-13-40", True), ("20251340", True), ("9月", False), ("", False)])
def test_looks_like_date(words: str, *, expected: bool) -> None:
    assert looks_like_date(words) is expected


@pytest.mark.parametrize(
    "words",
    [
        "",
        "2025-13-01",
        "2025-02-30",
        "0000-01-01",
        "2月30日",
        "3",
        "tomorrow",
        "第3条",
        "31 Feb",
        "may",
        "may 3 friends",
        "march",
    ],
)
def test_parse_date_rejects_other_texts(words: str) -> None:
    assert parse_date(words, TODAY) is None


@given(st.text(max_size=20), st.dates())
def test_parse_date_never_fails(words: str, today: date) -> None:
    parse_date(words, today)


@pytest.mark.parametrize(
    ("words", "minute"),
    [
        ("半夜12点", 0),
        ("半夜十二点", 0),
        ("深夜十一点", 23 * 60),
        ("三更半夜两点", 120),
        ("半夜1点半", 90),
        ("夜里12点", 0),
    ],
)
def test_times_of_the_night_are_of_the_night(words: str, minute: int) -> None:
    assert parse_time(words) == minute


@pytest.mark.parametrize(
    "words",
    ["我一天吃三次药", "一天看两次新闻的人", "i run twice a day", "twice a day keeps the doctor away", "每天两点"],
)
def test_what_happens_often_is_no_wish_for_the_digest(words: str) -> None:
    assert parse_frequency(words) is None


@pytest.mark.parametrize("words", ["会议提前了", "早上8点", "晚一点", "30分钟后", "later", "an hour", "晚1500分钟"])
def test_what_names_no_while_moves_no_time(words: str) -> None:
    assert parse_shift(words) is None
