"""Updates stored by one process and handled by another: bounds, floods, order, and a death at any step."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from domain.chat.action import Action, CallbackAnswer
from tests.transport.fake_update_source import FakeUpdateSource
from tests.virtual_time import in_virtual_time
from transport import inbox as inbox_module
from transport import stored_updates
from transport.driver import IncomingUpdate, RawUpdate
from transport.inbox import Inbox
from transport.stored_updates import StoredUpdateReader, StoreIntake, Storing
from transport.update_decoding import decode_body
from transport.update_throttle import SENDER_BURST_UPDATES


@dataclass
class MemoryStore:
    """A store in memory that may fail."""

    rows: dict[int, bytes] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    answer: Storing = Storing.STORED
    error: Exception | None = None
    delay_seconds: float = 0.0

    async def put(self, update: IncomingUpdate[Any], body: bytes) -> Storing:
        await asyncio.sleep(self.delay_seconds)
        self._fail()
        if self.answer is Storing.STORED:
            self.rows.setdefault(update.id, body)
            self.changed.set()
        return self.answer

    async def read(self, limit: int) -> Sequence[tuple[int, bytes]]:
        self._fail()
        return sorted(self.rows.items())[:limit]

    async def remove(self, update_ids: Collection[int]) -> None:
        self._fail()
        for update_id in update_ids:
            del self.rows[update_id]

    async def wait(self) -> None:
        await self.changed.wait()
        self.changed.clear()

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error


@dataclass
class Owner(FakeUpdateSource[RawUpdate]):
    """The owner's handlers: they record each update's text, once they may."""

    handled: list[str] = field(default_factory=list)
    announced: list[int] = field(default_factory=list)
    may_handle: asyncio.Event = field(default_factory=asyncio.Event)

    def decode(self, body: bytes) -> IncomingUpdate[RawUpdate]:
        return decode_body(body)

    async def dispatch(self, raw: RawUpdate) -> Sequence[Action]:
        await self.may_handle.wait()
        self.handled.append(raw["message"]["text"])
        return []

    async def on_flood(self, raw: RawUpdate) -> Sequence[Action]:
        return [CallbackAnswer(str(raw["message"]["chat"]["id"]))]

    async def execute(self, action: Action) -> None:
        assert isinstance(action, CallbackAnswer)
        self.announced.append(int(action.callback_query_id))


def message(update_id: int, text: str = "", *, chat_id: int = 1, kind: str = "private") -> bytes:
    sender = {"id": abs(chat_id), "first_name": "Ann"}
    chat = {"id": chat_id, "type": kind}
    content = {"message_id": 1, "chat": chat, "from": sender, "text": text or str(update_id)}
    return json.dumps({"update_id": update_id, "message": content}).encode()


def membership(update_id: int) -> bytes:
    change = {"chat": {"id": 1, "type": "private"}, "from": {"id": 1, "first_name": "A"}}
    return json.dumps(
        {"update_id": update_id, "my_chat_member": change | {"new_chat_member": {"status": "x"}}}
    ).encode()


def new_intake(store: MemoryStore) -> StoreIntake:
    return StoreIntake(store, monotonic=asyncio.get_running_loop().time)


@asynccontextmanager
async def reading(store: MemoryStore, owner: Owner) -> AsyncIterator[StoredUpdateReader[RawUpdate]]:
    """Let an owner handle what is in the store, until the block ends; then it dies."""
    inbox = Inbox(owner, monotonic=asyncio.get_running_loop().time)
    reader = StoredUpdateReader(store, owner, inbox)
    task = asyncio.create_task(reader.run())
    try:
        yield reader
    finally:
        task.cancel()
        await asyncio.wait((task,))
        owner.may_handle.clear()
        await inbox.close()


async def emptied(store: MemoryStore) -> None:
    async with asyncio.timeout(60):
        while store.rows:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.01)


@in_virtual_time
async def test_stored_updates_are_handled_in_order_and_removed() -> None:
    store, owner = MemoryStore({3: message(3), 1: message(1)}), Owner()
    owner.may_handle.set()
    async with reading(store, owner) as reader:
        await reader.has_read.wait()
        await new_intake(store).take(message(4))
        await new_intake(store).take(message(2))
        await emptied(store)
    assert owner.handled == ["1", "3", "2", "4"]


@in_virtual_time
async def test_slow_chat_holds_up_no_other() -> None:
    store, slow = MemoryStore(), asyncio.Event()

    class SlowForOne(Owner):
        async def dispatch(self, raw: RawUpdate) -> Sequence[Action]:
            if raw["message"]["chat"]["id"] == 1:
                await slow.wait()
            return await super().dispatch(raw)

    owner = SlowForOne()
    owner.may_handle.set()
    intake = new_intake(store)
    async with reading(store, owner):
        for update_id in range(1, 6):
            await intake.take(message(update_id, chat_id=1))
        for update_id in range(6, 306):
            await intake.take(message(update_id, chat_id=update_id))
        async with asyncio.timeout(60):
            while len(store.rows) > 5:  # noqa: ASYNC110 - there is no event for it
                await asyncio.sleep(0.01)
        assert len(owner.handled) == 300
        slow.set()
        await emptied(store)
    assert owner.handled[300:] == ["1", "2", "3", "4", "5"]


@in_virtual_time
async def test_what_the_owner_did_not_finish_is_handled_by_the_next() -> None:
    store, first, second = MemoryStore({number: message(number) for number in range(1, 6)}), Owner(), Owner()
    async with reading(store, first) as reader:
        await reader.has_read.wait()
    assert first.handled == []
    second.may_handle.set()
    async with reading(store, second):
        await emptied(store)
    assert second.handled == ["1", "2", "3", "4", "5"]


@in_virtual_time
async def test_update_that_was_not_removed_comes_again() -> None:
    """The store fails after the effect, and the owner dies; marks see to it that the effect is not repeated."""
    store, first, second = MemoryStore({1: message(1)}), Owner(), Owner()
    async with reading(store, first) as reader:
        await reader.has_read.wait()
        store.error = OSError("broken")
        first.may_handle.set()
        while reader.problem is None:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.01)
        assert "OSError" in reader.problem
    store.error = None
    second.may_handle.set()
    async with reading(store, second):
        await emptied(store)
    assert (first.handled, second.handled) == (["1"], ["1"])


@in_virtual_time
async def test_reader_goes_on_when_the_store_is_back() -> None:
    store, owner = MemoryStore({1: message(1)}, error=OSError("broken")), Owner()
    owner.may_handle.set()
    async with reading(store, owner) as reader:
        await asyncio.sleep(3)
        assert "OSError" in (reader.problem or "")
        assert not reader.has_read.is_set()
        store.error = None
        await emptied(store)
        await asyncio.sleep(3)
        assert reader.problem is None
    assert owner.handled == ["1"]


@in_virtual_time
async def test_row_that_is_no_update_is_removed() -> None:
    store, owner = MemoryStore({1: b"[]", 2: message(2)}), Owner()
    owner.may_handle.set()
    async with reading(store, owner):
        await emptied(store)
    assert owner.handled == ["2"]


@in_virtual_time
async def test_owner_reads_no_more_than_its_inbox_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_module, "MAX_UPDATES", 3)
    monkeypatch.setattr(stored_updates, "READ_SIZE", 3)
    store = MemoryStore({number: message(number, chat_id=number) for number in range(1, 9)})
    owner = Owner()
    async with reading(store, owner) as reader:
        await asyncio.sleep(3)
        assert not reader.has_read.is_set()
        owner.may_handle.set()
        await emptied(store)
        assert reader.has_read.is_set()
    assert sorted(owner.handled) == [str(number) for number in range(1, 9)]


@in_virtual_time
async def test_flood_is_bounded_and_announced_by_the_owner() -> None:
    """Of a thousand updates at once few are stored, and enough that the owner says something."""
    store, owner = MemoryStore(), Owner()
    intake = new_intake(store)
    assert {await intake.take(message(number)) for number in range(1, 1001)} == {200}
    assert await intake.take(message(1001, "other", chat_id=2)) == 200
    assert len(store.rows) == 2 * SENDER_BURST_UPDATES + 1
    owner.may_handle.set()
    async with reading(store, owner):
        await emptied(store)
        await asyncio.sleep(1)
    assert sorted(owner.handled) == sorted(["other", *(str(n) for n in range(1, SENDER_BURST_UPDATES + 1))])
    assert owner.announced == [1]


async def test_talk_among_members_is_not_stored() -> None:
    store = MemoryStore()
    assert await new_intake(store).take(message(1, chat_id=-1, kind="group")) == 200
    assert store.rows == {}


async def test_changes_of_membership_are_stored_whatever_their_number() -> None:
    store = MemoryStore()
    intake = new_intake(store)
    assert {await intake.take(membership(number)) for number in range(1, 101)} == {200}
    assert len(store.rows) == 100


@pytest.mark.parametrize(
    ("answer", "status"), [(Storing.STORED, 200), (Storing.CHAT_IS_FULL, 200), (Storing.FULL, 503)]
)
async def test_full_store_leaves_updates_to_telegram(answer: Storing, status: int) -> None:
    assert await new_intake(MemoryStore(answer=answer)).take(message(1)) == status


async def test_store_that_fails_leaves_updates_to_telegram() -> None:
    assert await new_intake(MemoryStore(error=OSError("broken"))).take(message(1)) == 503


@in_virtual_time
async def test_store_that_hangs_leaves_updates_to_telegram() -> None:
    assert await new_intake(MemoryStore(delay_seconds=600)).take(message(1)) == 503


@pytest.mark.parametrize("body", [b"", b"\x00{", b"[]", b"{}", b'{"update_id": "1"}'])
async def test_body_that_is_no_update_is_not_stored(body: bytes) -> None:
    store = MemoryStore()
    with pytest.raises(ValueError, match="not an update"):
        await new_intake(store).take(body)
    assert store.rows == {}
