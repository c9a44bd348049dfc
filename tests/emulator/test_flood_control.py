"""Flood limits: rolling windows, bursts, groups, paid broadcasts, and the 429 over HTTP."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.client import EmulatorClient, Message, run_emulator
from emulator.errors import TooManyRequests
from emulator.flood_control import FloodControl, FloodLimits
from tests.emulator.conftest import BotApi


class ManualClock:
    """Monotonic clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def gate(clock: ManualClock) -> FloodControl:
    return FloodControl(FloodLimits(enabled=True), clock)


def refused(gate: FloodControl, chat_id: int, *, group: bool = False, paid: bool = False) -> int:
    """Return the seconds to wait; 0 if the call is accepted."""
    try:
        gate.check_and_count(chat_id, group=group, paid=paid)
    except TooManyRequests as error:
        return error.parameters["retry_after"]
    return 0


def test_thirty_per_rolling_second(gate: FloodControl, clock: ManualClock) -> None:
    assert [refused(gate, n) for n in range(20)] == [0] * 20
    clock.now += 0.6
    assert [refused(gate, n) for n in range(20, 32)] == [0] * 10 + [1, 1]
    clock.now += 0.39
    assert refused(gate, 40) == 1
    clock.now += 0.01
    assert [refused(gate, n) for n in range(40, 61)] == [0] * 20 + [1]


def test_refused_calls_are_not_counted(gate: FloodControl, clock: ManualClock) -> None:
    for n in range(200):
        refused(gate, n)
    clock.now += 1.0
    assert [refused(gate, 1000 + n) for n in range(31)] == [0] * 30 + [1]


def test_one_per_second_in_chat_after_burst(gate: FloodControl, clock: ManualClock) -> None:
    assert [refused(gate, 7) for _ in range(5)] == [0, 0, 0, 1, 1]
    clock.now += 1
    assert [refused(gate, 7) for _ in range(2)] == [0, 1]
    clock.now += 10
    assert [refused(gate, 7) for _ in range(4)] == [0, 0, 0, 1]


def test_twenty_per_minute_in_group(gate: FloodControl, clock: ManualClock) -> None:
    for _ in range(20):
        clock.now += 1
        assert refused(gate, -5, group=True) == 0
    clock.now += 1
    assert refused(gate, -5, group=True) == 40
    assert refused(gate, 5) == 0


def test_paid_broadcasts_have_own_window(gate: FloodControl) -> None:
    assert [refused(gate, n, paid=True) for n in range(1001)] == [0] * 1000 + [1]
    assert refused(gate, 5000) == 0


def test_tracked_chats_are_bounded(clock: ManualClock) -> None:
    gate = FloodControl(FloodLimits(enabled=True, per_second=1_000_000), clock)
    for n in range(60_000):
        clock.now += 0.001
        refused(gate, n, group=n % 2 == 0)
    assert len(gate._busy_until) <= 21_000
    assert len(gate._group_sends) <= 61_000 // 2


@given(st.lists(st.floats(0, 0.05), min_size=40, max_size=120))
def test_rolling_second_never_exceeds_thirty(waits: list[float]) -> None:
    clock = ManualClock()
    gate = FloodControl(FloodLimits(enabled=True), clock)
    sent: list[float] = []
    for chat, wait in enumerate(waits):
        clock.now += wait
        if not refused(gate, chat):
            sent.append(clock.now)
    for first, thirty_first in zip(sent, sent[30:], strict=False):
        assert thirty_first >= first + 1.0


async def test_limits_are_checked_before_rights(api: BotApi, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", started=True)
    await ann.block()
    await emulator.set_limits(enabled=True)
    statuses = [(await api.call("sendMessage", chat_id=ann.id, text="a"))["status"] for _ in range(4)]
    assert statuses == [403, 403, 403, 429]


async def test_limits_over_http(api: BotApi, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", started=True)
    for _ in range(40):
        await api.result("sendMessage", chat_id=ann.id, text="a")  # limits are off by default
    await emulator.set_limits(enabled=True)
    answers = [await api.call("sendMessage", chat_id=ann.id, text="a") for _ in range(4)]
    assert [answer["status"] for answer in answers] == [200, 200, 200, 429]
    assert answers[3]["description"] == "Too Many Requests: retry after 1"
    assert answers[3]["parameters"] == {"retry_after": 1}
    url = f"{api.base}/sendMessage"
    async with api.session.post(url, json={"chat_id": ann.id, "text": "a"}) as response:
        assert response.headers["Retry-After"] == "1"
    await ann.send_press(await _ask(api, ann.id, emulator), "A")
    [update] = await api.get_updates()
    await api.result("answerCallbackQuery", callback_query_id=update["callback_query"]["id"])
    assert len(await emulator.log(ann.id, kind="bot_message")) == 44


async def _ask(api: BotApi, chat_id: int, emulator: EmulatorClient) -> Message:
    await emulator.set_limits(chat_burst=3)  # a change resets the counters
    keyboard = {"inline_keyboard": [[{"text": "A", "callback_data": "a"}]]}
    await api.result("sendMessage", chat_id=chat_id, text="q", reply_markup=keyboard)
    entry = (await emulator.log(chat_id, kind="bot_message"))[-1]
    assert entry.message is not None
    return entry.message


async def test_limits_enabled_from_start() -> None:
    async with run_emulator(limits=True) as emulator:
        assert (await emulator.state())["limits"]["enabled"] is True
