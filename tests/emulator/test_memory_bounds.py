"""Bounds of the store, the journals and their memory; free ids."""

import msgspec

from emulator.chat_store import ChatStore
from emulator.log import EventRecord, Journal
from emulator.memory_budget import MESSAGE_OVERHEAD_BYTES, MemoryBudget
from emulator.models import Chat, StoredMessage, User

TEXT = "x" * 10_000


def message(number: int, text: str = TEXT, entities: bytes = b"[]") -> StoredMessage:
    return StoredMessage(1, number, 4242, "Bot", True, 0, text=text, entities=msgspec.Raw(entities))


def test_shared_text_counts_once() -> None:
    budget = MemoryBudget()
    first, second = message(1), message(2)
    budget.add(first)
    once = budget.used_bytes
    budget.add(second)
    assert budget.used_bytes - once < 2 * MESSAGE_OVERHEAD_BYTES
    budget.remove(first)
    budget.remove(second)
    assert budget.used_bytes == 0


def test_different_texts_count_separately() -> None:
    budget = MemoryBudget(max_bytes=100_000)
    messages = [message(number, f"{number}{TEXT}") for number in range(10)]
    for item in messages[:9]:
        budget.add(item)
    assert not budget.exceeded
    budget.add(messages[9])
    assert budget.exceeded


def test_shared_rich_content_counts_once() -> None:
    budget = MemoryBudget()
    content = msgspec.Raw(b"x" * 50_000)
    first, second = (msgspec.structs.replace(message(number, ""), rich_message=content) for number in (1, 2))
    budget.add(first)
    assert budget.used_bytes > len(content)
    budget.add(second)
    assert budget.used_bytes < 2 * len(content)
    budget.remove(first)
    budget.remove(second)
    assert budget.used_bytes == 0


def test_store_keeps_newest_messages() -> None:
    world = ChatStore(User(4242, "Bot"), max_messages=3)
    for number in range(1, 6):
        world.put_message(message(number))
    world.put_message(message(5, "edited"))
    assert [(m.message_id, m.text[:6]) for m in world.list_messages(1)] == [(3, "xxxxxx"), (4, "xxxxxx"), (5, "edited")]
    assert world.remove_message(1, 4) is not None
    assert world.remove_message(1, 4) is None
    for number in range(6, 10):
        world.put_message(message(number))
    assert [m.message_id for m in world.list_messages(1)] == [7, 8, 9]


def line(seq: int) -> EventRecord:
    return EventRecord(seq, "", 0.0, "bot_message", message=message(seq))


def test_journal_keeps_newest_and_numbering() -> None:
    journal: Journal[EventRecord] = Journal(5)
    for _ in range(12):
        journal.add(line)
    assert (journal.last_seq, journal.dropped_count) == (12, 7)
    for since, expected in ((0, [8, 9, 10, 11, 12]), (8, [9, 10, 11, 12]), (10, [11, 12]), (12, []), (99, [])):
        assert [entry.seq for entry in journal.entries_after(since)] == expected


def test_free_ids() -> None:
    world = ChatStore(User(1002, "Bot"))
    world.put_user(User(1001, "Ann"))
    assert world.next_free_user_id() == 1003
    group, channel = world.next_free_chat_id("group"), world.next_free_chat_id("channel")
    assert -1_000_000_000_000 < group < 0
    assert channel < -1_000_000_000_000


def test_message_ids_by_chat_type() -> None:
    world = ChatStore(User(4242, "Bot"))
    private, group = Chat(1, "private"), Chat(-1, "group")
    forum = Chat(-1_000_000_000_001, "supergroup", is_forum=True)
    order = [world.next_message_id(chat) for chat in (private, group, forum, private, forum)]
    assert order == [1, 2, 2, 3, 3]
