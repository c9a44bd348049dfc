"""Updates of any shape: read as far as events need them, skipped by their id, or refused; never an exception."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.chat.event import BotMembership, ButtonPress, ChatMigration, Command, Coordinates, Event, TextMessage
from tests.conformance.transports import DRIVERS, FakeHandler, UnlimitedRateLimiter, closed_circuit_breaker
from tests.examples import examples
from tests.hostile_server import HostileServer, http_response
from transport.driver import ApiCallFailed, UpdateSource

TOKEN = "77:token"
ANN = {"id": 7, "is_bot": False, "first_name": "Ann", "language_code": "en"}
PRIVATE = {"id": 7, "type": "private", "first_name": "Ann"}
MESSAGE = {
    "message_id": 3,
    "date": 1764000000,
    "chat": PRIVATE,
    "from": ANN,
    "text": "/news 😀 world",
    "entities": [{"type": "bot_command", "offset": 0, "length": 5}, {"type": "bold", "offset": 6, "length": 2}],
    "reply_to_message": {"message_id": 2, "date": 1764000000, "chat": PRIVATE, "text": "before"},
}
MEMBER = {"user": {"id": 77, "is_bot": True, "first_name": "Bot"}, "status": "member"}
UPDATES: dict[str, dict[str, Any]] = {
    "message": {"update_id": 5, "message": MESSAGE},
    "press": {
        "update_id": 5,
        "callback_query": {"id": "9", "from": ANN, "message": MESSAGE, "chat_instance": "1", "data": "pressed"},
    },
    "membership": {
        "update_id": 5,
        "my_chat_member": {
            "chat": {"id": -100, "type": "supergroup", "title": "News"},
            "from": ANN,
            "date": 1764000000,
            "old_chat_member": MEMBER,
            "new_chat_member": MEMBER,
        },
    },
}
LARGEST_ID = 2**52
SOMEBODY = {"type": "hidden_user", "date": 1764000000, "sender_user_name": "Somebody"}


def changed(**fields: Any) -> bytes:
    """Return a message's update with some fields of the message changed."""
    return json.dumps({"update_id": 5, "message": MESSAGE | fields}).encode()


WITHOUT_ID = [
    b"",
    b"null",
    b"[]",
    b"true",
    b'"update"',
    b"{}",
    b'{"update_id":"5"}',
    b'{"update_id":null}',
    b'{"update_id":true}',
    b'{"update_id":5.0}',
    b'{"update_id":0}',
    b'{"update_id":-5}',
    b'{"update_id":2147483648}',
    b'{"update_id":99999999999999999999}',
    b'{"update_id":' + b"9" * 5000 + b"}",
    b'{"update_id":NaN}',
    b'{"update_id":[5]}',
    b'{"update_id":5,"message":' + b"[" * 10_000,
    b"[" * 10_000,
    b"\xb4\xed\xce\xf3",
    changed(text="\ud800"),
]

WITH_ID_ONLY = [
    changed(chat={"id": 7.5, "type": "private"}),
    changed(chat={"id": "7", "type": "private"}),
    changed(chat={"id": [7], "type": "private"}),
    changed(chat={"id": 2**63, "type": "private"}),
    changed(chat={"id": -(2**63), "type": "private"}),
    changed(chat={"id": LARGEST_ID + 1, "type": "private"}),
    changed(chat={"id": 7, "type": "newsroom"}),
    changed(chat={"type": "private"}),
    changed(chat=None),
    changed(chat=[]),
    changed(message_id="3"),
    changed(message_id=-3),
    changed(message_id=2**63),
    changed(message_id=None),
    changed(**{"from": {"id": 2**70, "is_bot": False, "first_name": "Ann"}}),
    changed(**{"from": {"id": True, "is_bot": False, "first_name": "Ann"}}),
    changed(**{"from": "Ann"}),
    changed(text=7),
    changed(text=["/news"]),
    changed(entities={"type": "bold"}),
    changed(entities=[{"type": "bold", "offset": -1, "length": 2}]),
    changed(entities=[{"type": "bold", "offset": 0, "length": 2**40}]),
    changed(entities=[{"type": "bold", "offset": 0.5, "length": 2}]),
    changed(entities=[{"type": "bold"}]),
    changed(entities=[None]),
    changed(migrate_to_chat_id="-1009"),
    changed(migrate_to_chat_id=2**63),
    changed(is_topic_message="yes"),
    changed(message_thread_id=-1),
    b'{"update_id":5,"message":7}',
    b'{"update_id":5,"message":[]}',
    b'{"update_id":5,"message":"\xb4\xed"}',
    b'{"update_id":5,"callback_query":{"id":9}}',
    b'{"update_id":5,"my_chat_member":{"chat":{}}}',
    b'{"update_id":5,"message":null}',
    b'{"update_id":5,"telepathy":{"thought":"hello"}}',
    b'{"update_id":5}',
]

READ_BY_NO_FRAMEWORK = [changed(date=10**18), changed(date="today"), changed(photo=7), changed(reply_to_message={})]


GET_ME = http_response(200, b'{"ok":true,"result":{"id":77,"is_bot":true,"first_name":"Bot","username":"bot"}}')


@asynccontextmanager
async def updates_from(
    driver_name: str, handler: FakeHandler, poll_answers: Iterable[bytes] = ()
) -> AsyncIterator[UpdateSource[Any]]:
    """Yield the update source of a driver that has signed in; its polls get the answers, one after the other."""
    answers = iter(poll_answers)
    async with HostileServer().running() as server:
        server.answer = lambda method: GET_ME if method == "getMe" else next(answers)
        driver = DRIVERS[driver_name](
            TOKEN, server.url, UnlimitedRateLimiter(), closed_circuit_breaker(), poll_seconds=0, grace_seconds=5
        )
        await driver.sign_in()
        yield driver.update_source(handler, handler)
        await driver.close()


async def test_an_update_without_an_id_is_refused(driver_name: str) -> None:
    async with updates_from(driver_name, FakeHandler()) as source:
        for body in WITHOUT_ID:
            with pytest.raises(ValueError, match="not an update"):
                source.decode(body)


async def test_an_unreadable_update_keeps_only_its_id(driver_name: str) -> None:
    handler = FakeHandler()
    async with updates_from(driver_name, handler) as source:
        for body in WITH_ID_ONLY:
            update = source.decode(body)
            assert (update.id, update.chat_id, update.sender_id) == (5, 0, 0), body
            assert await source.dispatch(update.raw) == []
            assert handler.received == [], body
        for body in READ_BY_NO_FRAMEWORK:
            assert await source.dispatch(source.decode(body).raw) == []
            assert handler.received == [], body
        await source.dispatch(source.decode(changed()).raw)
    assert len(handler.received) == 1


VENUE = {"location": {"latitude": -33.9, "longitude": 151.2}, "title": "Pier", "address": "1"}
PLACES: list[tuple[dict[str, Any], Coordinates | None]] = [
    ({"location": {"latitude": 52.5, "longitude": 13}}, Coordinates(52.5, 13)),
    ({"venue": VENUE, "location": VENUE["location"]}, Coordinates(-33.9, 151.2)),
    ({"venue": VENUE}, Coordinates(-33.9, 151.2)),
    ({"location": {"latitude": 91, "longitude": 13}}, None),
    ({"location": {"latitude": 0, "longitude": -1e300}}, None),
]


async def test_shared_place_is_read_if_it_is_on_earth(driver_name: str) -> None:
    handler = FakeHandler()
    message = {name: value for name, value in MESSAGE.items() if name not in ("text", "entities")}
    async with updates_from(driver_name, handler) as source:
        for fields, wanted in PLACES:
            body = json.dumps({"update_id": 5, "message": message | fields}).encode()
            await source.dispatch(source.decode(body).raw)
            event = handler.received[-1]
            assert isinstance(event, TextMessage)
            assert event.location == wanted
        forwarded = json.dumps({"update_id": 5, "message": message | PLACES[0][0] | {"forward_origin": SOMEBODY}})
        await source.dispatch(source.decode(forwarded.encode()).raw)
        event = handler.received[-1]
        assert isinstance(event, TextMessage)
        assert event.location is None, "where somebody else is"
    assert len(handler.received) == len(PLACES) + 1


def is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return False
    return True


def poll_answer(*updates: bytes) -> bytes:
    return http_response(200, b'{"ok":true,"result":[' + b",".join(updates) + b"]}")


async def test_a_poll_loses_only_the_updates_that_cannot_be_read(driver_name: str) -> None:
    odd = [body for body in WITHOUT_ID if is_json(body)]
    assert len(odd) > 10
    answers = poll_answer(*odd, *WITH_ID_ONLY, changed()), poll_answer(*odd), poll_answer()
    async with updates_from(driver_name, FakeHandler(), answers) as source:
        updates = await source.fetch(None)
        assert [update.chat_id for update in updates] == [0] * len(WITH_ID_ONLY) + [7]
        with pytest.raises(ApiCallFailed, match="no ids"):  # else the same poll would be repeated at once
            await source.fetch(None)
        assert list(await source.fetch(None)) == []


ODD_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.sampled_from([0, -1, 2**31, 2**53, 2**63, "private", "channel", "creator", ""])
    | st.floats()
    | st.text(st.characters(), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "type", "text", "offset", "x"]), inner, max_size=3)
    ),
    max_leaves=4,
)


def paths(value: Any, prefix: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths to all values within a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [prefix] * bool(prefix) + [path for key, inner in items for path in paths(inner, (*prefix, key))]


@st.composite
def odd_updates(draw: st.DrawFn) -> bytes:
    """Return a valid update with up to three values replaced or removed."""
    update = copy.deepcopy(draw(st.sampled_from(list(UPDATES.values()))))
    for _ in range(draw(st.integers(1, 3))):
        choices = paths(update)
        if not choices:
            break
        *parents, last = draw(st.sampled_from(choices))
        owner = update
        for key in parents:
            owner = owner[key]
        if draw(st.booleans()):
            owner[last] = draw(ODD_VALUES)
        else:
            del owner[last]
    return json.dumps(update).encode()


def check_event(event: Event) -> None:
    """Fail if an event contains what storage or a reply could not bear."""
    numbers = [event.origin.update_id, event.origin.chat.id, event.origin.user.id, event.origin.chat.topic_id or 0]
    texts = [event.origin.chat.title, event.origin.user.name, event.origin.user.language]
    match event:
        case Command():
            numbers += [event.message_id, event.reply_to_message_id or 0]
            texts += [event.name, event.arguments]
        case TextMessage():
            numbers += [event.message_id]
            texts += [event.text]
        case ButtonPress():
            numbers += [event.message_id]
            texts += [event.callback_query_id, event.data]
        case ChatMigration():
            numbers += [event.new_chat_id]
        case BotMembership():
            assert isinstance(event.is_member, bool)
    for number in numbers:
        assert type(number) is int
        assert abs(number) <= LARGEST_ID
    for text in texts:
        text.encode()


def test_any_update_is_an_event_or_skipped_or_refused(driver_name: str) -> None:
    with asyncio.Runner() as runner:
        received: list[Event] = []
        sources = updates_from(driver_name, FakeHandler(received=received))
        source = runner.run(sources.__aenter__())

        @settings(max_examples=examples(200), deadline=None)
        @given(odd_updates())
        def handle(body: bytes) -> None:
            received.clear()
            try:
                update = source.decode(body)
            except ValueError:
                return
            assert {type(number) for number in (update.id, update.chat_id, update.sender_id)} == {int}
            runner.run(source.dispatch(update.raw))
            for event in received:
                check_event(event)

        handle()
        runner.run(sources.__aexit__(None, None, None))
