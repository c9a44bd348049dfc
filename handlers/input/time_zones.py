"""Time zones as people name them: a zone's id, an offset, a city or a country in; the zone, or near misses, out.

Names are CLDR's in both languages (by Babel), the zones' own ids, and a few cities more (`places`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.core import get_global

from domain.names import fold_name
from handlers.input.city_names import CLOCKS, MAIN_ZONES, MORE_CITIES, MORE_COUNTRIES
from handlers.input.numerals import chinese_numerals_to_digits, normalize
from views.time_zone_names import LOCALES, city_name

_LONGEST = 48  # characters: no place has a longer name, and a longer text need not be compared with every one
_OFFSET = re.compile(r"(?:utc|gmt)?\s*(?P<sign>[+\-−])\s*(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?")
_HOURS = re.compile(r"(?:utc|gmt)?\s*(\d{1,2})")
_DISTRICT = re.compile(r"([东東西])\s*(\d{1,2})\s*[区區]?")  # as they are numbered in Chinese: 东八区 is UTC+8
_OF_A_CLOCK = re.compile("(?:时间|時間|时区|時區|time)$")  # after a place's name
_SEASONS = tuple(timedelta(days=days) for days in (0, 91, 182, 273))
_REGIONS = {"Asia", "Europe", "Africa", "America"}  # before an id's city; elsewhere names like "West" come after it
_OF_ITS_OWN = {"asia", "europe", "africa"}  # no zone, however much they look like one


@dataclass(frozen=True, slots=True)
class TimeZoneMatch:
    """What a text says about a zone: `zone`, if it is certain, else what was probably meant (perhaps nothing)."""

    zone: str | None = None
    candidates: tuple[str, ...] = ()


class TimeZoneLookup:
    """All places by their folded names. Loaded once at start."""

    def __init__(self, places: dict[str, str], countries: dict[str, tuple[str, ...]], names: dict[str, str]) -> None:
        self._places = places
        self._countries = countries
        self._ids = names
        self._clocks = {zone: ZoneInfo(zone) for zone in set(places.values())}  # zoneinfo itself keeps only a few

    @classmethod
    def load(cls) -> TimeZoneLookup:
        known = available_timezones()
        zones = [zone for zone in get_global("zone_territories") if zone in known and not zone.startswith("Etc/")]
        places: dict[str, str] = {}
        for zone, cities in MORE_CITIES.items():
            places |= dict.fromkeys(map(_bare, cities.split()), zone)
        for locale in LOCALES.values():
            places |= {_bare(city_name(zone, locale)): zone for zone in zones}
        ids = {zone.lower(): _current(zone, known) for zone in known if "/" in zone or zone == "UTC"}
        places = dict(_former_names(known)) | places | {_bare(zone.split("/")[-1]): zone for zone in zones}
        return cls(places, dict(_countries(known)) | CLOCKS, ids)

    def find(self, words: str, now: datetime) -> TimeZoneMatch:
        """The zone that a text names, or what it may have meant. `now` says which offsets hold."""
        said = normalize(words)
        if said.replace(" ", "_") in self._ids:
            return TimeZoneMatch(self._ids[said.replace(" ", "_")])
        if found := _DISTRICT.fullmatch(chinese_numerals_to_digits(said)):
            said = f"{'-' if found[1] == '西' else '+'}{found[2]}"
        if found := _OFFSET.fullmatch(said.replace(".5", ":30")):
            return self._at_offset(found, now)
        if found := _HOURS.fullmatch(said):  # east or west? Whoever asks sees the two clocks
            there = (self.find(f"{sign}{found[1]}", now).zone for sign in "+-")
            return TimeZoneMatch(candidates=tuple(dict.fromkeys(zone for zone in there if zone is not None)))
        name = _bare(said)
        return self._by_name(name if name in self._places else _OF_A_CLOCK.sub("", name), now)

    def _by_name(self, name: str, now: datetime) -> TimeZoneMatch:
        if name in self._places:
            return TimeZoneMatch(self._places[name])
        if name in self._countries:
            return _one_or_several(self._countries[name], now)
        if not name or len(name) > _LONGEST or name in _OF_ITS_OWN:
            return TimeZoneMatch()
        close = get_close_matches(name, self._places, n=6, cutoff=0.6 if len(name) > 2 else 0.5)
        return TimeZoneMatch(candidates=tuple(dict.fromkeys(self._places[match] for match in close))[:3])

    def _at_offset(self, found: re.Match[str], now: datetime) -> TimeZoneMatch:
        size = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
        offset = size if found["sign"] == "+" else -size
        hours, rest = divmod(offset, timedelta(hours=1))
        if not rest and -12 <= hours <= 14:
            return TimeZoneMatch("UTC" if not hours else f"Etc/GMT{-hours:+d}")
        keeping = tuple(self._keeping(offset, now))
        steady = [zone for zone in keeping if len(_offsets(self._clocks[zone], now)) == 1]
        return TimeZoneMatch(steady[0]) if steady else TimeZoneMatch(candidates=keeping[:3])

    def _keeping(self, offset: timedelta, now: datetime) -> Iterable[str]:
        """Zones that have the offset at some time of the year, those of big cities first."""
        zones = [zone for zone, clock in self._clocks.items() if offset in _offsets(clock, now)]
        return sorted(zones, key=lambda zone: (zone not in MAIN_ZONES, zone))


def _bare(name: str) -> str:
    """The name as it is compared: folded, and without accents (`zurich` for `Zürich`)."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", fold_name(name)) if not unicodedata.combining(sign))


def guess_zone(tag: str, house: str) -> str:
    """The zone that an app's language makes likely; the house's where it says little (`zh`, `en`, nothing)."""
    language, _, rest = tag.replace("-", "_").partition("_")
    if language.lower() in ("", "en", "zh") and rest.lower() in ("", "hans"):
        return house
    territory = _territory(language.lower(), rest)
    zones = get_global("territory_zones").get(territory, ())
    return next((zone for zone in MAIN_ZONES if zone in zones), zones[0] if zones else house)


def _territory(language: str, rest: str) -> str:
    parts = rest.split("_")
    if len(parts[-1]) == 2:
        return parts[-1].upper()
    likely = get_global("likely_subtags")
    tag = f"{language}_{parts[0].title()}" if parts[0] else language
    return str(likely.get(tag, likely.get(language, ""))).split("_")[-1]


def _current(zone: str, known: set[str]) -> str:
    """A zone by the id that holds today: `America/New_York` for `US/Eastern`."""
    newest = get_global("zone_aliases").get(zone, zone)
    return newest if newest in known and not newest.startswith("Etc/") else zone


def _former_names(known: set[str]) -> Iterable[tuple[str, str]]:
    """Cities by the names that ids had for them once (`Calcutta`), and their zones."""
    for old, new in get_global("zone_aliases").items():
        region, _, city = old.rpartition("/")
        if region in _REGIONS and new in known:
            yield _bare(city), new


def _countries(known: set[str]) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Countries' folded names and their zones, the most likely first."""
    for territory, zones in get_global("territory_zones").items():
        there = [zone for zone in zones if zone in known]
        ranked = tuple(sorted(there, key=lambda zone: (zone not in MAIN_ZONES, zone)))
        for locale in LOCALES.values():
            name = Locale.parse(locale).territories.get(territory)
            if name and ranked and territory.isalpha() and territory != "ZZ":
                for each in (name, *MORE_COUNTRIES.get(territory, "").split()):
                    yield _bare(each), ranked[:1] if territory == "CN" else ranked


def _one_or_several(zones: tuple[str, ...], now: datetime) -> TimeZoneMatch:
    """A country's zone, or one for each offset it has."""
    by_offset: dict[timedelta | None, str] = {}
    for zone in zones:
        by_offset.setdefault(now.astimezone(ZoneInfo(zone)).utcoffset(), zone)
    several = tuple(by_offset.values())
    return TimeZoneMatch(several[0]) if len(several) == 1 else TimeZoneMatch(candidates=several[:6])


def _offsets(clock: ZoneInfo, now: datetime) -> set[timedelta | None]:
    """All that a zone has in the course of a year."""
    return {(now + season).astimezone(clock).utcoffset() for season in _SEASONS}
