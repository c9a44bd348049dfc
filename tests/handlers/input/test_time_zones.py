"""Time zones by what people type."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.input.city_names import MAIN_ZONES, MORE_CITIES
from handlers.input.regions import REGION_CODES, REGIONS
from handlers.input.time_zones import guess_zone
from tests.handlers.dialogue import NOON, TIME_ZONES
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
        ("California", "America/Los_Angeles"),
        ("State of California", "America/Los_Angeles"),
        ("加州", "America/Los_Angeles"),
        ("加利福尼亚州", "America/Los_Angeles"),
        ("Arizona", "America/Phoenix"),
        ("亞利桑那", "America/Phoenix"),
        ("Hawaii", "Pacific/Honolulu"),
        ("New York State", "America/New_York"),
        ("纽约州", "America/New_York"),
        ("Washington State", "America/Los_Angeles"),
        ("华盛顿州", "America/Los_Angeles"),
        ("Quebec", "America/Toronto"),
        ("Québec", "America/Toronto"),
        ("Queensland", "Australia/Brisbane"),
        ("浙江省", "Asia/Shanghai"),
        ("浙江", "Asia/Shanghai"),
        ("广东", "Asia/Shanghai"),
        ("廣東省", "Asia/Shanghai"),
        ("內蒙古自治區", "Asia/Shanghai"),
        ("广西壮族自治区", "Asia/Shanghai"),
        ("杭州市", "Asia/Shanghai"),
        ("香港特别行政区", "Asia/Hong_Kong"),
        ("東京都", "Asia/Tokyo"),
        ("Minas Gerais", "America/Sao_Paulo"),
        ("Ceará", "America/Fortaleza"),
        ("Novosibirsk Oblast", "Asia/Novosibirsk"),
        ("新西伯利亚州", "Asia/Novosibirsk"),
        ("鞑靼斯坦共和国", "Europe/Moscow"),
        ("舊金山", "America/Los_Angeles"),
        ("慕尼黑", "Europe/Berlin"),
        ("聖保羅", "America/Sao_Paulo"),
        ("Berlin, Germany", "Europe/Berlin"),
        ("Europe/Berlin, Germany", "Europe/Berlin"),
        ("Mannheim, Germany", "Europe/Berlin"),
        ("Berlin, Brandenburg", "Europe/Berlin"),
        ("New York, USA", "America/New_York"),
        ("Berlin, DE", "Europe/Berlin"),
        ("Berlin DE", "Europe/Berlin"),
        ("Toronto, CA", "America/Toronto"),
        ("Montreal, QC, CA", "America/Toronto"),
        ("Tel Aviv, IL", "Asia/Jerusalem"),
        ("Buenos Aires, AR", "America/Argentina/Buenos_Aires"),
        ("Bogota, CO", "America/Bogota"),
        ("Casablanca, MA", "Africa/Casablanca"),
        ("Lima, PE", "America/Lima"),
        ("Mumbai, IN", "Asia/Kolkata"),
        ("Jakarta, ID", "Asia/Jakarta"),
        ("Lyon, FR", "Europe/Paris"),
        ("Palo Alto, CA", "America/Los_Angeles"),
        ("New York, NY", "America/New_York"),
        ("Portland, Oregon", "America/Los_Angeles"),
        ("Portland, OR", "America/Los_Angeles"),
        ("Portland OR", "America/Los_Angeles"),
        ("Portland, Maine, USA", "America/New_York"),
        ("Washington, DC", "America/New_York"),
        ("Washington DC", "America/New_York"),
        ("Georgia, USA", "America/New_York"),
        ("Victoria, BC", "America/Vancouver"),
        ("Victoria, Australia", "Australia/Melbourne"),
        ("Perth, WA", "Australia/Perth"),
        ("San Jose, Costa Rica", "America/Costa_Rica"),
        ("San Jose, California", "America/Los_Angeles"),
        ("Dublin, CA", "America/Los_Angeles"),
        ("Urumqi, China", "Asia/Urumqi"),
        ("浙江杭州", "Asia/Shanghai"),
        ("中国浙江省杭州市", "Asia/Shanghai"),
        ("美国加州", "America/Los_Angeles"),
        ("美国，洛杉矶", "America/Los_Angeles"),
        ("加拿大 温哥华", "America/Vancouver"),
        ("USA-Chicago", "America/Chicago"),
    ],
)
def test_certain_zones(words: str, zone: str) -> None:
    assert TIME_ZONES.find(words, NOON).zone == zone


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
        ("Texas", "America/Chicago"),
        ("Texas", "America/Denver"),
        ("德州", "America/Denver"),
        ("Ontario", "America/Winnipeg"),
        ("Xinjiang", "Asia/Urumqi"),
        ("新疆維吾爾自治區", "Asia/Shanghai"),
        ("Portland", "America/Los_Angeles"),
        ("波特兰", "America/New_York"),
        ("Georgia", "Asia/Tbilisi"),
        ("Georgia", "America/New_York"),
        ("Washington", "America/New_York"),
        ("Washington", "America/Los_Angeles"),
        ("Califronia", "America/Los_Angeles"),
        ("旧金三", "America/Los_Angeles"),
        ("port-au-prinse", "America/Port-au-Prince"),
        ("guinea-bisau", "Africa/Bissau"),
        ("Europe/Berln", "Europe/Berlin"),
        ("Tokyo, Paris", "Asia/Tokyo"),
        ("Tokyo, Paris", "Europe/Paris"),
        ("Anytown, DE", "America/New_York"),
        ("Anytown, DE", "Europe/Berlin"),
        ("London, Ontario", "America/Toronto"),
        ("Paris, Texas", "America/Chicago"),
        ("Saint Petersburg, Florida", "America/New_York"),
    ],
)
def test_candidates(words: str, zone: str) -> None:
    read = TIME_ZONES.find(words, NOON)
    assert read.zone is None
    assert zone in read.candidates


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("Berln", ("Europe/Berlin", "Europe/Zurich")),  # Bern
        ("Shanghia", ("Asia/Shanghai",)),
        ("Pensylvania", ("America/New_York",)),
        ("zhejang", ("Asia/Shanghai",)),
    ],
)
def test_only_close_spellings_are_offered(words: str, offered: tuple[str, ...]) -> None:
    assert TIME_ZONES.find(words, NOON).candidates == offered


@pytest.mark.parametrize("words", ["chicago in", "portland or", "tokyo, paris", "london, ontario", "hello, japan"])
def test_words_of_a_sentence_are_no_state(words: str) -> None:
    """Only who was asked for a place means by `or` the state of Oregon."""
    read = TIME_ZONES.named(words, NOON)
    assert (read.zone, read.candidates) == (None, ())


def test_names_of_regions_have_existing_zones() -> None:
    zones = {zone for _, own in REGIONS for zone in own} | {zone for own in REGION_CODES.values() for zone in own}
    assert zones <= available_timezones()


@pytest.mark.parametrize("words", ["West", "South", "Eastern", "General", "Central", "Acre"])
def test_parts_of_former_ids_that_are_no_cities_are_not_certain(words: str) -> None:
    """`Australia/West` and `US/Eastern` name a part of a country after it."""
    assert TIME_ZONES.find(words, NOON).zone is None


def test_former_ids_lead_to_current_ones() -> None:
    """Except to those that name no place."""
    former = ["Asia/Saigon", "Pacific/Truk", "US/Pacific", "Etc/Zulu", "Etc/Greenwich"]
    current = ["Asia/Ho_Chi_Minh", "Pacific/Chuuk", "America/Los_Angeles", "Etc/Zulu", "Etc/Greenwich"]
    assert [TIME_ZONES.find(zone, NOON).zone for zone in former] == current


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
        "长野",
        "柏淋",
        "Frotzland",
        ",",
    ],
)
def test_unknown_places(words: str) -> None:
    read = TIME_ZONES.find(words, NOON)
    assert (read.zone, read.candidates) == (None, ())


@given(st.text(max_size=60))
def test_lookup_never_fails_and_finds_existing_zones(words: str) -> None:
    read = TIME_ZONES.find(words, NOON)
    for zone in (read.zone, *read.candidates):
        assert zone is None or zone in available_timezones()
        assert zone is None or len(f"timezone {zone}.s") <= 64


@given(st.integers(-12, 14))
def test_whole_offsets_are_kept(hours: int) -> None:
    zone = TIME_ZONES.find(f"{hours:+d}", NOON).zone
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
