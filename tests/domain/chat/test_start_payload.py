"""Deep links: what `/start` with a payload opens, and the links that carry one."""

from __future__ import annotations

import pytest

from domain.chat.commands import CommandName
from domain.chat.start_payload import (
    OpenedPlace,
    group_invitation_link,
    invitation_link,
    invitation_secret,
    parse_start_payload,
    reading_link,
)

SECRET = "0123456789abcdef_-"


@pytest.mark.parametrize(
    ("payload", "opened"),
    [
        ("chats", OpenedPlace(CommandName.CHATS, "")),
        ("i_2026-11-26_3", OpenedPlace(CommandName.ITEM, "2026-11-26 3")),
        ("i_2026-11-26-evening_0012", OpenedPlace(CommandName.ITEM, "2026-11-26-evening 12")),
        ("d_2026-11-26", OpenedPlace(CommandName.DIGEST, "2026-11-26")),
        ("d_2026-11-26-evening", OpenedPlace(CommandName.DIGEST, "2026-11-26-evening")),
    ],
)
def test_payload_opens_a_place(payload: str, opened: OpenedPlace) -> None:
    assert parse_start_payload(payload) == opened


@pytest.mark.parametrize("payload", ["", "open", "chat", "i_2026-11-26", "i_2026-11-26_12345", "d_2026-11-26_3", "d_"])
def test_what_leads_nowhere_is_a_plain_start(payload: str) -> None:
    assert parse_start_payload(payload) is None


@pytest.mark.parametrize(
    ("callback_data", "payload"),
    [
        ("item 2026-11-26 3", "i_2026-11-26_3"),
        ("item 2026-11-26-evening 3 c5", "i_2026-11-26-evening_3"),
        ("digest 2026-11-26", "d_2026-11-26"),
        ("items 2026-11-26 1", "d_2026-11-26"),
        ("today", "open"),
    ],
)
def test_buttons_of_readers_lead_to_their_place(callback_data: str, payload: str) -> None:
    assert reading_link("news_bot", callback_data) == f"https://t.me/news_bot?start={payload}"


def test_buttons_of_others_lead_nowhere() -> None:
    assert reading_link("news_bot", "settings") is None
    assert reading_link("news_bot", "no such button") is None


def test_invitation_is_known_by_its_secret() -> None:
    assert invitation_link("news_bot", SECRET) == f"https://t.me/news_bot?start=inv_{SECRET}"
    assert group_invitation_link("news_bot", SECRET) == f"https://t.me/news_bot?startgroup=inv_{SECRET}"
    assert invitation_secret(f"inv_{SECRET}") == SECRET
    assert invitation_secret("inv_short") is None
