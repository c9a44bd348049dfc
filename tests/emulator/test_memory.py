"""What is remembered, and how much of it: messages, log lines, shared texts."""

import msgspec

from emulator.log import Journal, LogEntry
from emulator.memory import OWN_BYTES, Budget
from emulator.values import Chat, Message, User
from emulator.world import World

TEXT = "x" * 10_000


def message(number: int, text: str = TEXT, entities: bytes = b"[]") -> Message:
    return Message(1, number, 4242, "Bot", True, 0, text=text, entities=msgspec.Raw(entities))


def test_a_shared_text_is_counted_once() -> None:
    budget = Budget()
    first, second = message(1), message(2)
    budget.add(first)
    once = budget.used
    budget.add(second)
    assert budget.used - once < 2 * OWN_BYTES
    budget.remove(first)
    budget.remove(second)
    assert budget.used == 0


def test_different_texts_are_counted_each() -> None:
    budget = Budget(most=100_000)
    kept = [message(number, f"{number}{TEXT}") for number in range(10)]
    for one in kept[:9]:
        budget.add(one)
    assert not budget.exceeded
    budget.add(kept[9])
    assert budget.exceeded


def test_the_world_keeps_the_newest() -> None:
    world = World(User(4242, "Bot"), keep=3)
    for number in range(1, 6):
        world.put(message(number))
    world.put(message(5, "edited"))
    assert [(m.message_id, m.text[:6]) for m in world.messages(1)] == [(3, "xxxxxx"), (4, "xxxxxx"), (5, "edited")]
    assert world.remove(1, 4) is not None
    assert world.remove(1, 4) is None
    for number in range(6, 10):
        world.put(message(number))
    assert [m.message_id for m in world.messages(1)] == [7, 8, 9]


def line(seq: int) -> LogEntry:
    return LogEntry(seq, "", 0.0, "bot_message", message=message(seq))


def test_the_journal_keeps_the_newest_and_counts_on() -> None:
    journal: Journal[LogEntry] = Journal(5)
    for _ in range(12):
        journal.add(line)
    assert (journal.last, journal.dropped) == (12, 7)
    for since, expected in ((0, [8, 9, 10, 11, 12]), (8, [9, 10, 11, 12]), (10, [11, 12]), (12, []), (99, [])):
        assert [entry.seq for entry in journal.after(since)] == expected


def test_ids_that_are_free() -> None:
    world = World(User(1002, "Bot"))
    world.add_person(User(1001, "Ann"))
    assert world.free_person_id() == 1003
    group, channel = world.free_chat_id("group"), world.free_chat_id("channel")
    assert -1_000_000_000_000 < group < 0
    assert channel < -1_000_000_000_000


def test_message_ids_by_kind_of_chat() -> None:
    world = World(User(4242, "Bot"))
    private, group = Chat(1, "private"), Chat(-1, "group")
    forum = Chat(-1_000_000_000_001, "supergroup", is_forum=True)
    order = [world.next_message_id(chat) for chat in (private, group, forum, private, forum)]
    assert order == [1, 2, 2, 3, 3]
