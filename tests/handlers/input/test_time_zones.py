"""Time zones by what people type."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.input.city_names import MAIN_ZONES, MORE_CITIES
from handlers.input.time_zones import guess_zone
from tests.handlers.dialogue import ATLAS, NOON
from views.time_zone_names import zone_name


@pytest.mark.parametrize(
    ("words", "zone"),
    [
        ("Asia/Shanghai", "Asia/Shanghai"),
        ("asia/shanghai", "Asia/Shanghai"),
        ("America/New York", "America/New_York"),
        ("上海", "Asia/Shanghai"),
        ("北京", "Asia/Shanghai"),
        ("Beijing", "Asia/Shanghai"),
        ("shen zhen", "Asia/Shanghai"),
        ("San Francisco", "America/Los_Angeles"),
        ("布宜诺斯艾利斯", "America/Argentina/Buenos_Aires"),
        ("加尔各答", "Asia/Kolkata"),
        ("德国", "Europe/Berlin"),
        ("Japan", "Asia/Tokyo"),
        ("中国", "Asia/Shanghai"),
        ("UTC", "UTC"),
        ("gmt+0", "UTC"),
        ("+8", "Etc/GMT-8"),
        ("-5", "Etc/GMT+5"),
        ("−5", "Etc/GMT+5"),
        ("GMT+14", "Etc/GMT-14"),
        ("+08:00", "Etc/GMT-8"),
        ("+0530", "Asia/Kolkata"),
        ("UTC+5:45", "Asia/Kathmandu"),
        ("+5.5", "Asia/Kolkata"),
        ("UK", "Europe/London"),
        ("England", "Europe/London"),
        ("Deutschland", "Europe/Berlin"),
        ("EST", "America/New_York"),
        ("PST", "America/Los_Angeles"),
        ("CET", "Europe/Berlin"),
        ("GMT", "UTC"),
        ("Calcutta", "Asia/Kolkata"),
        ("Kiev", "Europe/Kyiv"),
        ("Saigon", "Asia/Ho_Chi_Minh"),
        ("US/Eastern", "America/New_York"),
        ("北京时间", "Asia/Shanghai"),
        ("Beijing time", "Asia/Shanghai"),
        ("日本时间", "Asia/Tokyo"),
        ("东八区", "Etc/GMT-8"),
        ("西五区", "Etc/GMT+5"),
        ("东 8 区", "Etc/GMT-8"),
        ("拉萨", "Asia/Shanghai"),
        ("石家庄", "Asia/Shanghai"),
        ("HK", "Asia/Hong_Kong"),
        ("Zürich", "Europe/Zurich"),
        ("São Paulo", "America/Sao_Paulo"),
        ("Koln", "Europe/Berlin"),
        ("Wien", "Europe/Vienna"),
        ("Asia/Calcutta", "Asia/Kolkata"),
    ],
)
def test_certain_zones(words: str, zone: str) -> None:
    assert ATLAS.find(words, NOON).zone == zone


@pytest.mark.parametrize(
    ("words", "zone"),
    [
        ("Berln", "Europe/Berlin"),
        ("Shanghia", "Asia/Shanghai"),
        ("美国", "America/New_York"),
        ("Australia", "Australia/Sydney"),
        ("-3:30", "America/St_Johns"),
        ("+12:45", "Pacific/Chatham"),
        ("US", "America/New_York"),
        ("USA", "America/New_York"),
        ("America", "America/Los_Angeles"),
        ("CST", "Asia/Shanghai"),
        ("CST", "America/Chicago"),
        ("8", "Etc/GMT-8"),
        ("8", "Etc/GMT+8"),
        ("UTC 8", "Etc/GMT-8"),
        ("13", "Etc/GMT-13"),
        ("柏淋", "Europe/Berlin"),
    ],
)
def test_candidates(words: str, zone: str) -> None:
    read = ATLAS.find(words, NOON)
    assert read.zone is None
    assert zone in read.candidates


@pytest.mark.parametrize("words", ["West", "South", "Eastern", "General", "Central", "Acre"])
def test_parts_of_former_ids_that_are_no_cities_are_not_certain(words: str) -> None:
    """`Australia/West` and `US/Eastern` name a part of a country after it."""
    assert ATLAS.find(words, NOON).zone is None


def test_former_ids_lead_to_current_ones() -> None:
    """Except to those that name no place."""
    former = ["Asia/Saigon", "Pacific/Truk", "US/Pacific", "Etc/Zulu", "Etc/Greenwich"]
    current = ["Asia/Ho_Chi_Minh", "Pacific/Chuuk", "America/Los_Angeles", "Etc/Zulu", "Etc/Greenwich"]
    assert [ATLAS.find(zone, NOON).zone for zone in former] == current


@pytest.mark.parametrize(
    "words",
    [
        "",
        "   ",
        "🙂",
        "<3",
        "qqqqxxxx",
        "+15",
        "-13",
        "+5:17",
        "asia",
        "x" * 5000,
        "时间",
        "time",
        "东十五区",
        "15",
        "Unknown Region",
    ],
)
def test_unknown_places(words: str) -> None:
    read = ATLAS.find(words, NOON)
    assert (read.zone, read.candidates) == (None, ())


@given(st.text(max_size=60))
def test_lookup_never_fails_and_finds_existing_zones(words: str) -> None:
    read = ATLAS.find(words, NOON)
    for zone in (read.zone, *read.candidates):
        assert zone is None or zone in available_timezones()
        assert zone is None or len(f"timezone {zone}.s") <= 64


@given(st.integers(-12, 14))
def test_whole_offsets_are_kept(hours: int) -> None:
    zone = ATLAS.find(f"{hours:+d}", NOON).zone
    assert zone is not None
    offset = datetime(2025, 1, 1, tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    assert offset.total_seconds() == hours * 3600


@pytest.mark.parametrize(
    ("zone", "english", "chinese"),
    [
        ("Asia/Shanghai", "Shanghai", "上海"),
        ("America/New_York", "New York", "纽约"),
        ("Etc/GMT-8", "UTC+8", "UTC+8"),
        ("Etc/GMT+5", "UTC−5", "UTC−5"),
        ("UTC", "UTC", "UTC"),
        ("Asia/Kolkata", "Kolkata", "加尔各答"),
    ],
)
def test_zone_by_its_own_name(zone: str, english: str, chinese: str) -> None:
    assert (zone_name(zone, "en"), zone_name(zone, "zh")) == (english, chinese)


def test_all_zones_have_names_and_extra_cities_have_zones() -> None:
    for zone in available_timezones():
        assert zone_name(zone, "en")
        assert zone_name(zone, "zh")
    assert {*MORE_CITIES, *MAIN_ZONES} <= available_timezones()


@pytest.mark.parametrize(
    ("tag", "zone"),
    [
        ("", "Asia/Shanghai"),
        ("zh", "Asia/Shanghai"),
        ("zh-hans", "Asia/Shanghai"),
        ("zh-hant", "Asia/Taipei"),
        ("zh-HK", "Asia/Hong_Kong"),
        ("en", "Asia/Shanghai"),
        ("en-GB", "Europe/London"),
        ("en_US", "America/New_York"),
        ("pt-br", "America/Sao_Paulo"),
        ("es", "Europe/Madrid"),
        ("ko", "Asia/Seoul"),
        ("xx", "Asia/Shanghai"),
        ("x-y-z", "Asia/Shanghai"),
    ],
)
def test_guess_zone_from_language(tag: str, zone: str) -> None:
    assert guess_zone(tag, "Asia/Shanghai") == zone


@given(st.text(max_size=20))
def test_guess_zone_never_fails(tag: str) -> None:
    assert guess_zone(tag, "Asia/Shanghai") in available_timezones()
