"""."""

from __future__ import annotations

import re

from babel import Locale
from babel.core import get_global


def zone_name(zone: str, language: str) -> str:
    """A zone as people call it: `上海`, `Berlin`, `UTC+8`."""
    if found := re.fullmatch(r"Etc/GMT([+-])(\d+)", zone):
        return f"UTC{'−' if found[1] == '+' else '+'}{found[2]}"
    if zone.startswith("Etc/") or "/" not in zone:
        return zone.rsplit("/", maxsplit=1)[-1]
    return city_name(zone, LOCALES[language])


def city_name(zone: str, locale: str) -> str:
    """CLDR's name of a zone's city, which it may keep under an older id of the zone; else the id's last word."""
    aliases = get_global("zone_aliases")
    newest = aliases.get(zone, zone)
    older = [old for old, new in aliases.items() if new == newest]
    names = Locale.parse(locale).time_zones
    cities = (names[known].get("city") for known in (zone, newest, *older) if known in names)
    return next((city for city in cities if city), zone.rsplit("/", maxsplit=1)[-1].replace("_", " "))


LOCALES = {"zh": "zh_Hans", "en": "en"}
"""CLDR's locale for each of our languages."""


BIG_CITIES = (
    "Asia/Shanghai",
    "Asia/Hong_Kong",
    "Asia/Taipei",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Asia/Seoul",
    "Asia/Kolkata",
    "Asia/Dubai",
    "Europe/Moscow",
    "Europe/Berlin",
    "Europe/Paris",
    "Europe/London",
    "America/Sao_Paulo",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "Australia/Sydney",
    "Pacific/Auckland",
)
"""The zones offered as buttons: from Shanghai westwards, then what lies east of it."""
