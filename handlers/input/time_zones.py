"""Time zones by what people type: a zone's id, an offset, a city, a state or a country, in English or Chinese.

Names come from CLDR in each language of the bot (by Babel), from the zones' ids, and from `city_names` and `regions`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.core import get_global

from domain.chat.event import Coordinates
from domain.chat.i18n import LOCALES
from domain.names import fold_name
from handlers.input.city_names import CLOCKS, MAIN_ZONES, MORE_CITIES, MORE_COUNTRIES
from handlers.input.numerals import chinese_numerals_to_digits, normalize
from handlers.input.regions import REGION_CODES, REGIONS
from handlers.input.written_forms import simplify
from views.time_zone_names import city_name

_FEW_ZONES = 2
"""Zones of a country up to which its code is taken for it, too, if it is that of a state as well."""

_MAX_CANDIDATES = 6
_MAX_NEAR_NAMES = 3
_MIN_SIMILARITY = 0.8  # one wrong letter of five
_MIN_SIMILARITY_OF_FOUR = 0.75
_MIN_SIMILARITY_CHINESE = 0.66  # one wrong character of three
_MIN_NEAR_CHARACTERS = 3  # of two, a wrong one is half the name
_MAX_NAME_CHARACTERS = 48
"""Longest name that is compared with all places, or divided into those of a city and its state; none is longer."""

_OFFSET = re.compile(r"(?:utc|gmt)?\s*(?P<sign>[+\-−])\s*(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?")
_BARE_HOURS = re.compile(r"(?:utc|gmt)?\s*(\d{1,2})")
_DISTRICT = re.compile(r"([东東西])\s*(\d{1,2})\s*[区區]?")  # as they are numbered in Chinese: 东八区 is UTC+8
_CLOCK_SUFFIX = re.compile("(?:时间|时区|time)$")  # "time" or "zone" after a place's name
_AREA_WORDS = re.compile(
    r"^(?:stateof|provinceof|republicof|cityof)(?=.)"
    r"|(?<=.)(?:state|province|prefecture|oblast|krai|republic|autonomousregion|city"
    r"|特别行政区|自治区|边疆区|共和国|省|市|州|郡|都|府)$"
)
"""What people add to the name of a state, a province or a city."""
_COMMAS = re.compile("[,、;]")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_SEASON_STARTS = tuple(timedelta(days=days) for days in (0, 91, 182, 273))
_REGIONS = {"Asia", "Europe", "Africa", "America"}  # before an id's city; elsewhere names like "West" come after it
_CONTINENTS = {"asia", "europe", "africa"}  # no zones, though their names are similar to some


@dataclass(frozen=True, slots=True)
class TimeZoneMatch:
    """The zone that a text names, if that is certain; else the zones that were probably meant (perhaps none)."""

    zone: str | None = None
    candidates: tuple[str, ...] = ()


class TimeZoneLookup:
    """Finds time zones by the names of places. Loaded once at start."""

    def __init__(
        self,
        places: dict[str, str],
        countries: dict[str, tuple[str, ...]],
        regions: dict[str, tuple[str, ...]],
        names: dict[str, str],
        country_codes: dict[str, tuple[str, ...]],
    ) -> None:
        self._places = places
        self._countries = countries
        self._country_codes = country_codes
        self._regions = regions
        self._ids = names
        self._clocks = {zone: ZoneInfo(zone) for zone in set(places.values())}  # zoneinfo itself keeps only a few

    @classmethod
    def load(cls) -> TimeZoneLookup:
        known = available_timezones()
        zones = [zone for zone in get_global("zone_territories") if zone in known and not zone.startswith("Etc/")]
        places: dict[str, str] = {}
        for zone, cities in MORE_CITIES.items():
            places |= dict.fromkeys(map(_comparable, cities.split()), zone)
        for locale in LOCALES.values():
            places |= {_comparable(city_name(zone, locale)): zone for zone in zones}
        ids = {zone.lower(): _current_id(zone, known) for zone in known if "/" in zone or zone == "UTC"}
        places = dict(_former_names(known)) | places | {_comparable(zone.split("/")[-1]): zone for zone in zones}
        regions: dict[str, tuple[str, ...]] = {}
        for name, own in REGIONS:
            regions[_comparable(name)] = (*regions.get(_comparable(name), ()), *own)
        codes = {territory.lower(): zones for territory, zones in _zones_by_territory(known)}
        return cls(places, dict(_countries(known)) | CLOCKS, regions, ids, codes)

    def find(self, words: str, now: datetime) -> TimeZoneMatch:
        """Return the zone that a text names, or the candidates. `now` tells which offsets are in use."""
        return self._find(words, now, with_near=True)

    def _find(self, words: str, now: datetime, *, with_near: bool) -> TimeZoneMatch:
        text = normalize(words)
        if text.replace(" ", "_") in self._ids:
            return TimeZoneMatch(self._ids[text.replace(" ", "_")])
        if match := _DISTRICT.fullmatch(chinese_numerals_to_digits(text)):
            text = f"{'-' if match[1] == '西' else '+'}{match[2]}"
        if match := _OFFSET.fullmatch(text.replace(".5", ":30")):
            return self._at_offset(match, now)
        if match := _BARE_HOURS.fullmatch(text):  # east or west of Greenwich: both are offered
            zones = (self.find(f"{sign}{match[1]}", now).zone for sign in "+-")
            return TimeZoneMatch(candidates=tuple(dict.fromkeys(zone for zone in zones if zone is not None)))
        return self._by_name(text, now, with_near=with_near)

    def named(self, words: str, now: datetime) -> TimeZoneMatch:
        """Return the zone that a text names, or those of a country or state; no similar names."""
        return self._find(words, now, with_near=False)

    def at(self, location: Coordinates) -> tuple[str, ...]:
        """Return the zones in use at a place, the most usual first: one nearly everywhere, also at sea."""
        from tzfpy import get_tzs  # noqa: PLC0415 - 35 MB and 0.25 s, which only a shared place is worth

        return tuple(self._ids[zone.lower()] for zone in get_tzs(location.longitude, location.latitude))

    def is_name(self, name: str) -> bool:
        """Return whether a name is that of a city, a state or a country."""
        return bool(self._zones(name))

    def is_city_or_region(self, name: str) -> bool:
        """Return whether a name is that of a city, or of a state or province; False if only of a country."""
        comparable = _comparable(name)
        return comparable in self._places or comparable in self._regions

    def _by_name(self, text: str, now: datetime, *, with_near: bool) -> TimeZoneMatch:
        first, *others = map(str.strip, _COMMAS.split(text))
        country, *cities = map(str.strip, text.split("-"))  # `USA-Chicago`; the names of some cities have a hyphen
        zones = self._place_within(first, others, with_near=with_near)
        if not zones and with_near and cities:
            zones = self._place_within(country, cities, with_near=False)
        if zones or not with_near:
            return _one_or_several(zones, now)
        if near := self._near(_comparable(first.rpartition("/")[2]), now):
            return TimeZoneMatch(candidates=near)
        return _one_or_several(self._place_within(country, cities, with_near=True), now)

    def _zones(self, name: str) -> tuple[str, ...]:
        """Return the zones of all places of a name, which may have a word such as `province` or `time` with it."""
        whole = _comparable(name)
        bare = _CLOCK_SUFFIX.sub("", whole)
        for known in (whole, bare, _AREA_WORDS.sub("", bare)):
            city = (self._places[known],) if known in self._places else ()
            if zones := (*city, *self._countries.get(known, ()), *self._regions.get(known, ())):
                return tuple(dict.fromkeys(zones))
        return ()

    def _area(self, name: str) -> tuple[str, ...]:
        """Return the zones of what a place lies in, be it the code of a state or of a country.

        Of a code of both (`CA`, `DE`) those of the state, and of the country if these are few.
        """
        code = _comparable(name)
        state, country = REGION_CODES.get(code, ()), self._country_codes.get(code, ())
        return (*state, *(country if not state or len(country) <= _FEW_ZONES else ())) or self._zones(name)

    def _is_area(self, name: str) -> bool:
        """Return whether other places lie in a place: a state or a country, by its name or code."""
        areas = REGION_CODES, self._country_codes, self._countries, self._regions
        return any(_comparable(name) in each for each in areas)

    def _place_within(self, name: str, areas: list[str], *, with_near: bool) -> tuple[str, ...]:
        """Return the zones of a place and what it lies in: `Portland, Oregon, USA`.

        With near ones, a city that is unknown, or known only elsewhere, has the zones of its state or country.
        """
        zone = self._ids.get(name.replace(" ", "_"))
        zones = self._place(name, with_near=with_near) if zone is None else (zone,)
        for area in filter(None, areas):
            within = self._area(area)
            common = tuple(each for each in zones if each in (*within, *self._country_codes.get(_comparable(area), ())))
            if not common and not with_near:
                return ()
            is_only_city = within and not self._is_area(area)  # `Tokyo, Paris`: both are offered
            zones = common or ((*zones, *within) if is_only_city else within or zones)
        return zones

    def _place(self, text: str, *, with_near: bool) -> tuple[str, ...]:
        """Return the zones of a place, perhaps with what it lies in but no comma: `portland oregon`, `浙江省杭州市`.

        Only with near ones may that be a code: in a sentence, `in` and `or` are words.
        """
        if (zones := self._zones(text)) or len(text) > _MAX_NAME_CHARACTERS:
            return zones
        for name, area in _divided(text):
            if within := self._area(area) if with_near else self._zones(area):
                zones = tuple(zone for zone in self._place(name, with_near=with_near) if zone in within)
                if zones:
                    return zones
        return ()

    def _near(self, name: str, now: datetime) -> tuple[str, ...]:
        """Return the zones of the names that a name is probably a misspelling of."""
        if not _MIN_NEAR_CHARACTERS <= len(name) <= _MAX_NAME_CHARACTERS or name in _CONTINENTS:
            return ()
        names = {*self._places, *self._countries, *self._regions}
        close = get_close_matches(name, names, n=_MAX_NEAR_NAMES, cutoff=_min_similarity(name))
        matches = (_one_or_several(self._zones(each), now) for each in close)
        zones = (zone for match in matches for zone in (match.zone, *match.candidates) if zone is not None)
        return tuple(dict.fromkeys(zones))[:_MAX_CANDIDATES]

    def _at_offset(self, match: re.Match[str], now: datetime) -> TimeZoneMatch:
        size = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
        offset = size if match["sign"] == "+" else -size
        hours, rest = divmod(offset, timedelta(hours=1))
        if not rest and -12 <= hours <= 14:
            return TimeZoneMatch("UTC" if not hours else f"Etc/GMT{-hours:+d}")
        zones = tuple(self._zones_with_offset(offset, now))
        steady = [zone for zone in zones if len(_yearly_offsets(self._clocks[zone], now)) == 1]
        return TimeZoneMatch(steady[0]) if steady else TimeZoneMatch(candidates=zones[:3])

    def _zones_with_offset(self, offset: timedelta, now: datetime) -> Iterable[str]:
        """Return the zones that have an offset at some time of the year, those of big cities first."""
        zones = [zone for zone, clock in self._clocks.items() if offset in _yearly_offsets(clock, now)]
        return sorted(zones, key=lambda zone: (zone not in MAIN_ZONES, zone))


@lru_cache(maxsize=8192)
def _comparable(name: str) -> str:
    """Return a name folded, without accents and in simplified characters: `zurich` for `Zürich`, `旧金` for `舊金`."""
    plain = (sign for sign in unicodedata.normalize("NFKD", fold_name(name)) if not unicodedata.combining(sign))
    return simplify("".join(plain))


def _min_similarity(name: str) -> float:
    """Return how similar a name has to be to another one, of which it is a misspelling then."""
    if len(name) == 3 and _CHINESE.fullmatch(name):
        return _MIN_SIMILARITY_CHINESE
    return _MIN_SIMILARITY_OF_FOUR if len(name) == 4 else _MIN_SIMILARITY


def _divided(text: str) -> Iterator[tuple[str, str]]:
    """Yield the ways to divide a text into a place and what it lies in, which comes first in Chinese."""
    for blank in re.finditer(r"\s+", text):
        yield text[: blank.start()], text[blank.end() :]
    whole = "".join(text.split())
    if _CHINESE.fullmatch(whole):
        for end in range(len(whole) - 1, 0, -1):
            yield whole[end:], whole[:end]


def guess_zone(tag: str, default: str) -> str:
    """Return the zone that the language of an app makes likely; `default` if it tells little (`zh`, `en`, none)."""
    language, _, rest = tag.replace("-", "_").partition("_")
    if language.lower() in ("", "en", "zh") and rest.lower() in ("", "hans"):
        return default
    territory = _territory(language.lower(), rest)
    zones = get_global("territory_zones").get(territory, ())
    return next((zone for zone in MAIN_ZONES if zone in zones), zones[0] if zones else default)


def _territory(language: str, rest: str) -> str:
    parts = rest.split("_")
    if len(parts[-1]) == 2:
        return parts[-1].upper()
    likely = get_global("likely_subtags")
    tag = f"{language}_{parts[0].title()}" if parts[0] else language
    return str(likely.get(tag, likely.get(language, ""))).split("_")[-1]


def _current_id(zone: str, known: set[str]) -> str:
    """Return the current id of a zone: `America/New_York` for `US/Eastern`."""
    newest = get_global("zone_aliases").get(zone, zone)
    return newest if newest in known and not newest.startswith("Etc/") else zone


def _former_names(known: set[str]) -> Iterable[tuple[str, str]]:
    """Yield cities by their names in former ids (`Calcutta`), with their zones."""
    for old, new in get_global("zone_aliases").items():
        region, _, city = old.rpartition("/")
        if region in _REGIONS and new in known:
            yield _comparable(city), new


def _countries(known: set[str]) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Yield the folded names of countries with their zones, the most likely first."""
    for territory, zones in _zones_by_territory(known):
        for locale in LOCALES.values():
            if name := Locale.parse(locale).territories.get(territory):
                for alias in (name, *MORE_COUNTRIES.get(territory, "").split()):
                    yield _comparable(alias), zones


def _zones_by_territory(known: set[str]) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Yield the codes of countries with their zones, the most likely first."""
    for territory, zones in get_global("territory_zones").items():
        ranked = tuple(sorted(known.intersection(zones), key=lambda zone: (zone not in MAIN_ZONES, zone)))
        if ranked and territory.isalpha() and territory != "ZZ":
            yield territory, ranked


def _one_or_several(zones: tuple[str, ...], now: datetime) -> TimeZoneMatch:
    """Return the only zone, or a candidate for each of their offsets; no match without a zone.

    All of China goes by one clock; that of Urumqi is offered only where it comes first.
    """
    if zones[:1] == ("Asia/Shanghai",):
        zones = tuple(zone for zone in zones if zone != "Asia/Urumqi")
    by_offset: dict[timedelta | None, str] = {}
    for zone in zones:
        by_offset.setdefault(now.astimezone(ZoneInfo(zone)).utcoffset(), zone)
    candidates = tuple(by_offset.values())
    if len(candidates) == 1:
        return TimeZoneMatch(candidates[0])
    return TimeZoneMatch(candidates=candidates[:_MAX_CANDIDATES])


def _yearly_offsets(clock: ZoneInfo, now: datetime) -> set[timedelta | None]:
    """Return all UTC offsets of a zone in the course of a year."""
    return {(now + season).astimezone(clock).utcoffset() for season in _SEASON_STARTS}
