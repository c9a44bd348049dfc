"""Time zones by what people type: a zone's id, an offset, a city or a country, in English or Chinese.

Names come from CLDR in both languages (by Babel), from the zones' ids, and from `city_names`.
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

from domain.chat.event import Coordinates
from domain.chat.i18n import LOCALES
from domain.names import fold_name
from handlers.input.city_names import CLOCKS, MAIN_ZONES, MORE_CITIES, MORE_COUNTRIES
from handlers.input.numerals import chinese_numerals_to_digits, normalize
from views.time_zone_names import city_name

_MAX_CANDIDATES = 6
_MIN_SIMILARITY = 0.6
_MIN_SIMILARITY_SHORT = 0.5  # for names of one or two characters, as many Chinese ones are
_MAX_NAME_CHARACTERS = 48
"""Longest name that is compared with all places; none is longer."""

_OFFSET = re.compile(r"(?:utc|gmt)?\s*(?P<sign>[+\-−])\s*(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?")
_BARE_HOURS = re.compile(r"(?:utc|gmt)?\s*(\d{1,2})")
_DISTRICT = re.compile(r"([东東西])\s*(\d{1,2})\s*[区區]?")  # as they are numbered in Chinese: 东八区 is UTC+8
_CLOCK_SUFFIX = re.compile("(?:时间|時間|时区|時區|time)$")  # "time" or "zone" after a place's name
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
            places |= dict.fromkeys(map(_comparable, cities.split()), zone)
        for locale in LOCALES.values():
            places |= {_comparable(city_name(zone, locale)): zone for zone in zones}
        ids = {zone.lower(): _current_id(zone, known) for zone in known if "/" in zone or zone == "UTC"}
        places = dict(_former_names(known)) | places | {_comparable(zone.split("/")[-1]): zone for zone in zones}
        return cls(places, dict(_countries(known)) | CLOCKS, ids)

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
        name = _comparable(text)
        known = name if name in self._places else _CLOCK_SUFFIX.sub("", name)
        return self._by_name(known, now, with_near=with_near)

    def named(self, words: str, now: datetime) -> TimeZoneMatch:
        """Return the zone that a text names, or those of a country; no similar names."""
        return self._find(words, now, with_near=False)

    def at(self, location: Coordinates) -> tuple[str, ...]:
        """Return the zones in use at a place, the most usual first: one nearly everywhere, also at sea."""
        from tzfpy import get_tzs  # noqa: PLC0415 - 35 MB and 0.25 s, which only a shared place is worth

        return tuple(self._ids[zone.lower()] for zone in get_tzs(location.longitude, location.latitude))

    def is_name(self, name: str) -> bool:
        """Return whether a name is that of a city or country."""
        comparable = _comparable(name)
        return comparable in self._places or comparable in self._countries

    def _by_name(self, name: str, now: datetime, *, with_near: bool) -> TimeZoneMatch:
        if name in self._places:
            return TimeZoneMatch(self._places[name])
        if name in self._countries:
            return _one_or_several(self._countries[name], now)
        if not with_near or not name or len(name) > _MAX_NAME_CHARACTERS or name in _CONTINENTS:
            return TimeZoneMatch()
        close = get_close_matches(
            name, self._places, n=_MAX_CANDIDATES, cutoff=_MIN_SIMILARITY if len(name) > 2 else _MIN_SIMILARITY_SHORT
        )
        return TimeZoneMatch(candidates=tuple(dict.fromkeys(self._places[match] for match in close))[:3])

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


def _comparable(name: str) -> str:
    """Return a name folded and without accents, to be compared: `zurich` for `Zürich`."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", fold_name(name)) if not unicodedata.combining(sign))


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
    for territory, zones in get_global("territory_zones").items():
        ranked = tuple(sorted(known.intersection(zones), key=lambda zone: (zone not in MAIN_ZONES, zone)))
        for locale in LOCALES.values():
            name = Locale.parse(locale).territories.get(territory)
            if name and ranked and territory.isalpha() and territory != "ZZ":
                for alias in (name, *MORE_COUNTRIES.get(territory, "").split()):
                    yield _comparable(alias), ranked[:1] if territory == "CN" else ranked


def _one_or_several(zones: tuple[str, ...], now: datetime) -> TimeZoneMatch:
    """Return a country's zone, or a candidate for each of its offsets."""
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
