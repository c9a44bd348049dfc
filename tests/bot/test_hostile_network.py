"""The whole bot in a network that answers with anything: it stays alive, works afterwards, and logs nobody's words."""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot import command_menus
from bot.clock import Clock
from bot.files import write_atomically
from bot.serve import serve
from emulator.client import EmulatorClient, run_emulator
from tests.bot.harness import TIMEOUT_SECONDS, BotInstallation, load_settings_of, start_bot, subscribe_with_open_window
from tests.conformance.test_odd_updates import UPDATES, odd_updates
from tests.hostile_server import Answer, HostileServer, http_response
from tests.transport.foreign_pages import PAGES
from transport import circuit_breaker, polling

pytestmark = pytest.mark.slow

TOKEN = "4242:secret-loopback-token"
SECRET = TOKEN.partition(":")[2]
ADMIN = 9001

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
RESULTS = st.builds(lambda value: {"ok": True, "result": value}, JSON_VALUES)
ERRORS = st.fixed_dictionaries(
    {"ok": st.just(False), "error_code": st.sampled_from([0, 400, 403, 409, 500, 502, -1, 10**20, "400"])},
    optional={
        "description": st.sampled_from(["Bad Request: chat not found", "Forbidden: x", ""]) | st.text(max_size=20),
        "parameters": st.dictionaries(st.sampled_from(["retry_after", "migrate_to_chat_id"]), JSON_VALUES)
        | JSON_VALUES,
    },
)


def command(update_id: int) -> bytes:
    """Return the update of a command, from somebody new each time."""
    person = {"id": update_id, "is_bot": False, "first_name": "Ann", "language_code": "en"}
    message = UPDATES["message"]["message"] | {
        "chat": {"id": update_id, "type": "private", "first_name": "Ann"},
        "from": person,
        "text": "/start",
        "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
    }
    return json.dumps({"update_id": update_id, "message": message}).encode()


COMMAND = b"a command"
"""Stands for the update of a command whose id and person are new."""

POLLS = st.lists(odd_updates() | st.just(COMMAND), max_size=3)
BODIES = st.binary(max_size=200) | (JSON_VALUES | RESULTS | ERRORS).map(lambda value: json.dumps(value).encode())
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["Content-Length", "Transfer-Encoding", "Content-Encoding", "Location", "Retry-After", "X-Y"]),
        st.sampled_from(["0", "1", "-1", "99999999999999999999", "chunked", "gzip", "http://127.0.0.1:9/", "NaN"]),
    ),
    max_size=3,
)
STATUSES = st.sampled_from([200] * 6 + [100, 101, 204, 301, 302, 400, 403, 407, 409, 451, 500, 502, 503, 511, 599, 999])
RESPONSES = st.builds(
    lambda status, body, headers: http_response(status, body, *headers), STATUSES, BODIES, HEADERS
) | st.sampled_from([page.response for page in PAGES if len(page.response) < 1_000_000])


@st.composite
def raw_answers(draw: st.DrawFn) -> bytes:
    """Return a response, perhaps cut."""
    response = draw(RESPONSES)
    return response[: draw(st.integers(0, len(response)))] if draw(st.integers(0, 3)) == 0 else response


@dataclass(frozen=True, slots=True)
class Answers:
    """How the server answers its next call: with `updates`, if they are drawn and it is a poll, else with `raw`.

    A probe of the circuit breaker is passed on if `lets_probe_pass`: otherwise most runs would end in one long outage.
    """

    raw: bytes
    updates: list[bytes] | None
    lets_probe_pass: bool


ANSWERS = st.lists(st.builds(Answers, raw_answers(), st.none() | POLLS, st.booleans()), min_size=1, max_size=15)

SOME_ANSWERS = [b"", b"\0", *(http_response(status, b"{}") for status in (200, 404, 500))] * 8
"""Answers of every run: enough calls of each method meet something odd, whatever is drawn besides."""


def edition(headline: str) -> bytes:
    published = datetime.now(UTC) - timedelta(minutes=5)
    return f"---\ntitle: The day\ndate: {published.isoformat()}\n---\n\n1. [{headline}](https://a.example/1)\n".encode()


def answers_then_silence(
    answers: Iterable[Answers], new_ids: Iterator[int], done: asyncio.Event, *, signed_in: bool
) -> Answer:
    """Answer each call by the next of the answers; when there is none left, set `done` and cut all calls."""
    remaining = iter(answers)

    def answer(method: str) -> bytes | None:
        following = next(remaining, None)
        if following is None:
            done.set()
            return b""
        if method == "getMe" and signed_in and following.lets_probe_pass:
            return None
        if method != "getUpdates" or following.updates is None:
            return following.raw
        updates = [command(next(new_ids)) if update is COMMAND else update for update in following.updates]
        return http_response(200, b'{"ok":true,"result":[%b]}' % b",".join(updates))

    return answer


@asynccontextmanager
async def hostile_emulator() -> AsyncIterator[tuple[EmulatorClient, HostileServer]]:
    async with run_emulator(token=TOKEN) as emulator, HostileServer(emulator.api_url).running() as server:
        yield emulator, server


@pytest.fixture
def without_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "MAX_RETRY_SECONDS", 0.002)
    monkeypatch.setattr("bot.running_bot.FIRST_START_RETRY_SECONDS", 0.002)
    monkeypatch.setattr("bot.running_bot.MAX_START_RETRY_SECONDS", 0.002)
    for wait in ("FIRST_WAIT_SECONDS", "MAX_WAIT_SECONDS", "FATAL_WAIT_SECONDS"):
        monkeypatch.setattr(circuit_breaker, wait, 0.002)
    monkeypatch.setattr(command_menus, "FIRST_RETRY_SECONDS", 0.002)
    monkeypatch.setattr(command_menus, "MAX_RETRY_SECONDS", 0.1)


@pytest.mark.parametrize("driver", ["aiogram", "ptb"])
@pytest.mark.usefixtures("without_waits")
def test_bot_survives_any_answers_and_works_afterwards(driver: str, tmp_path: Path) -> None:
    """The first answers meet the sign-in; as soon as one passes for the bot's own name, all others meet the rest."""
    with asyncio.Runner() as runner:
        resources = hostile_emulator()
        emulator, server = runner.run(resources.__aenter__())
        installation = BotInstallation(tmp_path, emulator, (ADMIN,))
        stop = asyncio.Event()
        settings_of_bot = load_settings_of(installation, DRIVER=driver, API_URL=server.url)
        bot = runner.get_loop().create_task(serve(settings_of_bot, Clock(), stop))

        new_ids = itertools.count(1)

        async def play(answers: list[Answers]) -> None:
            done = asyncio.Event()
            signed_in = server.calls["getUpdates"] > 0
            server.answer = answers_then_silence(answers, new_ids, done, signed_in=signed_in)
            waiting = asyncio.ensure_future(done.wait())
            await asyncio.wait((bot, waiting), timeout=TIMEOUT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            assert not bot.done(), bot
            assert done.is_set()

        @settings(max_examples=40, deadline=None)
        @example([Answers(raw, [COMMAND] * 3, lets_probe_pass=True) for raw in SOME_ANSWERS])
        @given(ANSWERS)
        def fuzz(answers: list[Answers]) -> None:
            runner.run(play(answers))

        fuzz()
        runner.run(sign_in(server))
        fuzz()
        runner.run(check_that_the_bot_works(emulator, server, installation))
        assert server.calls["getUpdates"] > 40
        assert server.calls["sendMessage"] > 10
        stop.set()
        runner.run(asyncio.wait_for(bot, TIMEOUT_SECONDS))
        runner.run(resources.__aexit__(None, None, None))


async def sign_in(server: HostileServer) -> None:
    """Pass calls on until the bot polls, except for those that would be held open."""
    server.answer = lambda method: b"" if method in ("getUpdates", "setMyCommands") else None
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while not server.calls["getUpdates"]:
            await server.wait_for_calls(1)


async def check_that_the_bot_works(
    emulator: EmulatorClient, server: HostileServer, installation: BotInstallation
) -> None:
    server.answer = lambda _method: None
    ann = await emulator.create_user("Ann", language="en")
    await subscribe_with_open_window(ann)
    write_atomically(edition("Good news"), installation.digests / "today.md")
    message = await ann.next_message(lambda message: "Good news" in message.text, timeout=TIMEOUT_SECONDS)
    assert message.text
    assert await ann.commands()  # the fuzz met the menus too, and they were set again


WORDS = ("Wanderlust", "Kaleidoscope", "Serendipity")
"""A person's name, what they wrote, and what a stranger answers in Telegram's place."""


def odd_updates_with_words() -> Iterator[dict[str, Any]]:
    """Yield updates that no framework knows or can read, with a person's words in every text."""
    name, wrote, _ = WORDS
    person = {"id": 7, "is_bot": False, "first_name": name, "username": name, "language_code": "en"}
    message = UPDATES["message"]["message"] | {"from": person, "text": wrote}
    odd: list[dict[str, Any]] = [
        {"telepathy": {"from": person, "thought": wrote}},
        {wrote: {"from": person}},
        {"edited_message": message},
        {"poll_answer": {"poll_id": wrote, "user": person, "option_ids": wrote}},
        {"message": message | {"date": wrote}},
        {"message": message | {"entities": wrote}},
        {"message": message | {"chat": {"id": 7, "type": wrote, "title": wrote}}},
        {"message": message | {"poll": {"question": wrote}}},
        {"message": message | {"paid_media": wrote, "location": wrote, "web_app_data": {wrote: wrote}}},
        {"callback_query": {"id": wrote, "from": person, "data": wrote, "chat_instance": wrote, "message": wrote}},
        {"my_chat_member": {"chat": {"id": 7, "type": "private"}, "from": person, "new_chat_member": wrote}},
        {"message": message | {"text": "/news " + wrote, "entities": [{"type": wrote, "offset": 0, "length": 1}]}},
    ]
    for update_id, fields in enumerate(odd, 1):
        yield {"update_id": update_id} | fields


def failures_with_words() -> Iterator[bytes]:
    """Yield failed answers that repeat a stranger's and the person's words."""
    said = " ".join(WORDS)
    yield http_response(502, f"<html>{said}</html>".encode("gbk"))
    yield http_response(200, json.dumps({"ok": True, "result": said}).encode())
    yield http_response(200, json.dumps([said]).encode())
    yield f"HTTP/1.1 200 {said}\r\n{said}\r\n\r\n".encode()
    yield f"{said}\r\n\r\n".encode()
    for code, description in (
        (400, f'Bad Request: can\'t parse entities: unsupported start tag "{said}" at byte offset 7'),
        (400, f"{said} is wrong"),
        (500, f"错误 {said}"),
        (403, f"Forbidden: '{said}'"),
    ):
        body = {"ok": False, "error_code": code, "description": description}
        yield http_response(code, json.dumps(body).encode(), reason=said)


@pytest.mark.parametrize("driver", ["aiogram", "ptb"])
async def test_nobodys_words_are_logged(driver: str, tmp_path: Path) -> None:
    """A process of its own at DEBUG: its log, and whatever it prints besides, is searched afterwards."""
    name, wrote, said = WORDS
    async with hostile_emulator() as (emulator, server):
        installation = BotInstallation(tmp_path, emulator, (ADMIN,))
        ann = await emulator.create_user(name, language="en")
        polls = iter(
            [
                *[
                    http_response(200, json.dumps({"ok": True, "result": [update]}).encode())
                    for update in odd_updates_with_words()
                ],
                http_response(200, json.dumps({"ok": True, "result": said}).encode()),
            ]
        )
        failures = iter([answer for failure in failures_with_words() for answer in (failure, None, None)])
        server.answer = lambda method: next({"getUpdates": polls, "sendMessage": failures}.get(method, iter(())), None)
        process = await start_bot(installation, DRIVER=driver, API_URL=server.url)
        for _ in range(30):  # one message each: a chat gets one a second
            other = await emulator.create_user(name, language="en")
            await other.send(f"{wrote} {wrote}")
        await ann.send("/status")
        await ann.next_message(lambda message: "subscribed" in message.text.lower(), timeout=TIMEOUT_SECONDS)
        assert next(polls, None) is None
        assert next(failures, None) is None
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), TIMEOUT_SECONDS) == 0
    log = installation.log
    for event in ("update_undecodable", "reply_failed", "poll_failed"):
        assert event in log
    for word in (*WORDS, SECRET):
        assert word not in log
