"""What the bot reads of a Message beside its text."""

from __future__ import annotations

from typing import Any

import pytest

from domain.chat.event import Coordinates
from transport.message_parsing import location_of


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ({"location": {"latitude": 52.5, "longitude": 13}}, Coordinates(52.5, 13)),
        ({"venue": {"location": {"latitude": -90, "longitude": 180}}}, Coordinates(-90, 180)),
        ({"location": {"latitude": 52.5}}, None),
        ({"location": {"longitude": 13}}, None),
        ({"location": {"latitude": "52.5", "longitude": 13}}, None),
        ({"location": {"latitude": 52.5, "longitude": None}}, None),
        ({"location": {"latitude": 90.1, "longitude": 0}}, None),
        ({"location": {"latitude": 0, "longitude": -180.1}}, None),
        ({"venue": {}}, None),
        ({}, None),
    ],
)
def test_place_is_read_if_it_is_one_on_earth(message: dict[str, Any], wanted: Coordinates | None) -> None:
    assert location_of(message) == wanted
