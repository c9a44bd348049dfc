"""Telegram Stars: the balance, what paid broadcasts take of it, and when they are refused."""

from typing import Any

import msgspec
import pytest

from emulator.client import EmulatorClient, EmulatorError
from emulator.errors import ApiError, BadRequest, TooManyRequests
from emulator.flood_control import FloodControl, FloodLimits
from emulator.methods.sending import copy_message, send_message
from emulator.models import User
from emulator.parameters import Parameters
from emulator.stars import MESSAGE_NANOSTARS
from emulator.telegram import Telegram
from tests.emulator.conftest import BotApi
from tests.emulator.test_flood_control import ManualClock

PEOPLE = range(1000, 3100)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def tg(clock: ManualClock) -> Telegram:
    """Return a Telegram with limits, paid broadcasts, 100 Stars, and people who have started the bot."""
    telegram = Telegram(User(4242, "Bot"))
    telegram.flood_control = FloodControl(FloodLimits(enabled=True), clock)
    telegram.stars.has_paid_broadcasts, telegram.stars.nanostars = True, 1000 * MESSAGE_NANOSTARS
    for number in PEOPLE:
        user = User(number, "Ann", started=True)
        telegram.store.put_user(user)
        telegram.store.get_or_create_private_chat(user)
    return telegram


def send(tg: Telegram, chat_id: int, *, paid: bool) -> ApiError | None:
    """Send a message; return its error."""
    values = {"chat_id": chat_id, "text": "x"} | ({"allow_paid_broadcast": True} if paid else {})
    try:
        send_message(tg, Parameters({name: msgspec.Raw(msgspec.json.encode(value)) for name, value in values.items()}))
    except ApiError as error:
        return error
    return None


def charged(tg: Telegram) -> int:
    """Return for how many messages Stars were taken."""
    return 1000 - tg.stars.nanostars // MESSAGE_NANOSTARS


def test_only_messages_above_the_free_rate_are_billed(tg: Telegram, clock: ManualClock) -> None:
    assert [send(tg, number, paid=True) for number in PEOPLE[:30]] == [None] * 30
    assert charged(tg) == 0
    assert [send(tg, number, paid=True) for number in PEOPLE[30:75]] == [None] * 45
    assert charged(tg) == 45
    clock.now += 1.001
    assert [send(tg, number, paid=False) for number in PEOPLE[100:120]] == [None] * 20
    assert [send(tg, number, paid=True) for number in PEOPLE[200:215]] == [None] * 15
    assert charged(tg) == 45 + 5


def test_paid_messages_have_their_own_limit(tg: Telegram) -> None:
    assert [send(tg, number, paid=True) for number in PEOPLE[:1000]] == [None] * 1000
    assert isinstance(send(tg, PEOPLE[1000], paid=True), TooManyRequests)
    assert [send(tg, number, paid=False) for number in PEOPLE[1001:1031]] == [None] * 30
    assert isinstance(send(tg, PEOPLE[1031], paid=False), TooManyRequests)
    assert charged(tg) == 970


def test_copies_are_billed_as_messages_are(tg: Telegram) -> None:
    assert [send(tg, number, paid=True) for number in PEOPLE[:30]] == [None] * 30
    values: dict[str, Any] = {"chat_id": PEOPLE[40], "from_chat_id": PEOPLE[0], "allow_paid_broadcast": True}
    values["message_id"] = next(iter(tg.store.list_messages(PEOPLE[0]))).message_id
    copy_message(tg, Parameters({name: msgspec.Raw(msgspec.json.encode(value)) for name, value in values.items()}))
    assert charged(tg) == 1


def test_message_that_is_not_sent_costs_nothing(tg: Telegram) -> None:
    assert [send(tg, number, paid=True) for number in PEOPLE[:30]] == [None] * 30
    tg.store.users[PEOPLE[50]].blocked = True
    assert send(tg, PEOPLE[50], paid=True) is not None
    assert charged(tg) == 0


def test_empty_balance_refuses_what_would_be_billed(tg: Telegram, clock: ManualClock) -> None:
    tg.stars.nanostars = 2 * MESSAGE_NANOSTARS + 1
    errors = [send(tg, number, paid=True) for number in PEOPLE[:34]]
    assert errors[:32] == [None] * 32
    for error in errors[32:]:
        assert isinstance(error, BadRequest)
        assert str(error) == "Bad Request: BALANCE_TOO_LOW"
    assert tg.stars.nanostars == 1
    clock.now += 1.001
    assert send(tg, PEOPLE[60], paid=True) is None


def test_paid_broadcasts_that_are_not_enabled_are_ordinary_messages(tg: Telegram) -> None:
    tg.stars.has_paid_broadcasts = False
    assert [send(tg, number, paid=True) for number in PEOPLE[:30]] == [None] * 30
    assert isinstance(send(tg, PEOPLE[30], paid=True), TooManyRequests)
    assert charged(tg) == 0


async def test_balance_over_http(api: BotApi, emulator: EmulatorClient) -> None:
    assert await api.result("getMyStarBalance") == {"amount": 0}
    await emulator.set_stars(12.3, paid_broadcasts=True)
    assert await api.result("getMyStarBalance") == {"amount": 12, "nanostar_amount": 300_000_000}
    await emulator.set_limits(per_second=1)
    user = await emulator.create_user("Ann", started=True)
    for _ in range(3):
        await api.result("sendMessage", chat_id=user.id, text="x", allow_paid_broadcast=True)
    assert 12.0 <= await emulator.star_balance() <= 12.3
    with pytest.raises(EmulatorError, match="balance"):
        await emulator.set_stars(-1)
