"""A morning of the demo's fleet: new editions for its newsletters, and what of them has reached its people."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from bot.examples import EXAMPLES, ZONE
from bot.files import write_atomically
from domain.chat.event import Chat
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences
from emulator.client import EmulatorClient
from storage import subscribers
from storage.database import Database

MORNING = time(8, 0)
LEAD = timedelta(seconds=2)
"""How long before the morning its clock starts."""

FIRST_READER_ID = 100_001


@dataclass(frozen=True, slots=True, kw_only=True)
class Newsletter:
    """A bot of the fleet: its number in the database, its names, and where its digests are."""

    number: int
    name: str
    title: str
    bot_name: str
    username: str
    token: str
    folder: str


NEWSLETTERS = (
    Newsletter(
        number=1,
        name="main",
        title="全球AI新闻速递",
        bot_name="Morning Digest",
        username="digest_demo_bot",
        token="4242:loopback",  # noqa: S106 - not a secret
        folder="digests",
    ),
    Newsletter(
        number=2,
        name="tech",
        title="芯片与开源快讯",
        bot_name="Tech Digest",
        username="tech_demo_bot",
        token="4343:loopback",  # noqa: S106 - not a secret
        folder="tech-digests",
    ),
)


def write_examples(newsletter: Newsletter, folder: Path) -> None:
    """Write the example digests as editions of a newsletter."""
    (folder / newsletter.folder).mkdir()
    for path in sorted(EXAMPLES.glob("*.md")):
        _write(newsletter, folder, path.name, path.read_text(encoding="utf-8"))


def write_edition(newsletter: Newsletter, folder: Path, day: date) -> None:
    """Write an edition of a day: the newest example, dated anew."""
    text = max(EXAMPLES.glob("*.md")).read_text(encoding="utf-8")
    text = re.sub(r"(?m)^date: .*$", f"date: {day}", text, count=1)
    text = re.sub(r'(?m)^title: "[\d.]+', f'title: "{day:%Y.%m.%d}', text, count=1)
    _write(newsletter, folder, f"{day}.md", text)


def _write(newsletter: Newsletter, folder: Path, name: str, text: str) -> None:
    write_atomically(text.replace(NEWSLETTERS[0].title, newsletter.title).encode(), folder / newsletter.folder / name)


def next_morning(now: datetime) -> datetime:
    """Return the next morning that an edition written now can be in time for."""
    local = now.astimezone(ZONE)
    day = local.date() if local.timetz() < MORNING.replace(tzinfo=ZONE) else local.date() + timedelta(days=1)
    return datetime.combine(day, MORNING, ZONE)


async def subscribe(database: Database, schedule: Schedule, chat_ids: Sequence[int], now: datetime) -> None:
    """Subscribe simulated people to the bot of a database."""
    async with database.write(alone=True) as tx:
        for chat_id in chat_ids:
            subscriber = await subscribers.add(tx, Chat(chat_id), (schedule, ContentPreferences()), now=now)
            await subscribers.activate(tx, subscriber.id, now=now)


@dataclass(slots=True)
class Tally:
    """What the simulated people of a newsletter have received since the last `restart`, as Telegram knows it."""

    emulator: EmulatorClient
    people: Sequence[int]
    received: Counter[tuple[int, str]] = field(default_factory=Counter)
    _seen: int = 0

    async def restart(self) -> None:
        """Count from nothing."""
        self.received.clear()
        self._seen = await self.emulator.last_log_seq()

    async def update(self) -> None:
        """Take up what has arrived since the last time."""
        for entry in await self.emulator.log(since=self._seen, kind="bot_message"):
            self._seen = max(self._seen, entry.seq)
            if (
                entry.message is not None
                and entry.chat_id is not None
                and self.people[0] <= entry.chat_id <= self.people[-1]
            ):
                self.received[(entry.chat_id, entry.message.text)] += 1

    @property
    def delivered(self) -> int:
        """How many people have got something."""
        return len({chat_id for chat_id, _text in self.received})

    @property
    def twice(self) -> int:
        """How many people have got something twice."""
        return len({chat_id for (chat_id, _text), times in self.received.items() if times > 1})
