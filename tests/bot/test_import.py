"""`digestbot import`: what is read of a file, who is subscribed by it, and what is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import import_command
from bot.import_command import CHATS_PER_TRANSACTION, import_chats
from bot.import_file import Defaults, ImportedChat, UnreadableFile, read_import_file
from bot.settings import Settings, load_settings
from domain.audit import AuditAction
from domain.chat.event import Chat, ChatKind
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences, ReaderButtons
from domain.subscription.subscriber import LeftReason, Subscriber
from storage import audit, bots, personal_data, runs, subscribers, waves
from storage.database import Database, Tx
from tests.bot.test_cli import call
from tests.databases import on_postgresql, open_database, postgresql_address

SCHEDULE = Schedule("Asia/Shanghai", 480)
DEFAULTS = Defaults(schedule=SCHEDULE, language="zh")
NOW = datetime(2026, 3, 2, tzinfo=UTC)
CSV = "user_id,username,lang,tz,time,type,title,subscribed\n"


def read(text: str) -> list[ImportedChat]:
    result = read_import_file(text.encode(), DEFAULTS, now=NOW)
    assert result.errors == []
    return result.chats


def errors(text: str) -> list[str]:
    return read_import_file(text.encode(), DEFAULTS, now=NOW).errors


def test_each_column_is_read_by_name() -> None:
    result = read_import_file(
        (
            f"\ufeff{CSV}4201,li,en-GB,柏林,7:30,,,true\n4202.0,,,,,,,\n"
            "-1001234567890,,,Europe/Paris,06:05:00,channel,News,1\n4203,,,,,,,no\n4201,,,,,,,\n"
        ).encode(),
        DEFAULTS,
        now=NOW,
    )
    first, second, channel = result.chats
    assert (first.chat, first.schedule) == (Chat(4201), Schedule("Europe/Berlin", 450))
    assert (first.preferences, first.language_chosen) == (ContentPreferences(language="en"), True)
    assert (second.chat, second.schedule, second.language_chosen) == (Chat(4202), SCHEDULE, False)
    assert channel.chat == Chat(-1001234567890, ChatKind.CHANNEL, title="News")
    assert (channel.schedule, channel.preferences.buttons) == (Schedule("Europe/Paris", 365), ReaderButtons.LINK)
    assert (result.inactive, result.repeated, result.unused) == (["line 5"], ["line 6"], ["username"])


@pytest.mark.parametrize(
    "text",
    [
        "[4201, 4202]",
        '[{"chat_id": 4201}, {"chat_id": "4202"}]',
        '{"id": 4201}\n{"id": 4202, "lang": null}\n',
        "chat_id\n4201\n\n4202\n",
        "chat;tz\n4201;\n4202;\n",
        "ID\tTime Zone\r\n4201\t\r\n4202\t\r\n",
    ],
)
def test_forms_of_files_that_are_read(text: str) -> None:
    assert [one.chat.id for one in read(text)] == [4201, 4202]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("4.2E+10,,,,,,,", "chat_id: '4.2E+10' has lost digits in a spreadsheet; export the column as text"),
        ("12a4,,,,,,,", "chat_id: '12a4' is no number of a chat, such as 4201 or -1001234567890"),
        (",li,,,,,,", "chat_id is empty; write the chat's number, or remove the line"),
        ("4201,,,Atlantis/City,,,,", "zone: there is no time zone 'Atlantis/City'"),
        ("4201,,,,25:00,,,", "time: '25:00' is no time of day; write it as 08:00"),
        ("-1001234567890,,,,,,,", "kind is needed for -1001234567890; write supergroup or channel"),
        ("4201,,,,,channel,,", "kind 'channel' contradicts 4201; write private"),
        ("4201,,,,,bot,,", "kind: there is no kind of chat 'bot'; choose private, group, supergroup or channel"),
        ("4201,,,,,,,perhaps", "active: 'perhaps' is neither yes nor no"),
        ("x,,,,8,,,", "is no number of a chat, such as 4201 or -1001234567890; time: '8' is no time of day"),
    ],
)
def test_wrong_line_is_named_with_its_remedy(line: str, message: str) -> None:
    (error,) = errors(f"{CSV}4200,,,,,,,\n{line}\n")
    assert error.startswith("line 3: ")
    assert message in error


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "there are no chats in it"),
        (b"chat_id\n", "there are no chats in it"),
        ("chat_id,title\n-100,新闻".encode("gbk"), "it is not UTF-8"),
        (b"4201\n4202\n", "no column is called chat_id (there are 4201)"),
        (b"id,user_id\n1,2\n", "the columns id and user_id mean the same"),
        (b"id,lang\n1\n", "line 2: there are 1 columns, but 2 in the first line"),
        (b'id,lang\n1,"en\n', "line 2: unexpected end of data; save it as CSV again"),
        (b'[{"chat_id": 1]', "it is not JSON"),
        (b"[[1]]", "entry 1: there must be a chat's id, or an object with chat_id"),
        (b"[" * 100_000, "it is not JSON"),
    ],
)
def test_unreadable_file_is_refused_as_a_whole(data: bytes, message: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_import_file(data, DEFAULTS, now=NOW)
    assert message in str(refused.value)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of an installation with one bot, on the database that the tests run on."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    database = postgresql_address(tmp_path / "bot.db") if on_postgresql() else tmp_path / "bot.db"
    return load_settings(
        bot_token="1:first-loopback-token", database=database, state_folder=tmp_path, morning=time(7, 0)
    )


def use(settings: Settings, work: Callable[[Database], Awaitable[None]]) -> None:
    """Do something with the database, as a bot that runs beside the command."""

    async def run() -> None:
        database = await open_database(Path("bot.db").absolute(), own=False)
        await work(database)
        await database.close()

    asyncio.run(run())


def rows_of(settings: Settings, *chat_ids: int, bot_id: int = 1) -> list[Subscriber | None]:
    found: list[Subscriber | None] = []

    async def work(database: Database) -> None:
        async with database.for_bot(bot_id).read() as tx:
            found.extend([await subscribers.get(tx, chat_id) for chat_id in chat_ids])

    use(settings, work)
    return found


def run(settings: Settings, text: str, *, write: bool = True, skip: bool = False, bot: str | None = None) -> int:
    Path("chats.csv").write_text(text)
    return import_chats(settings, Path("chats.csv"), bot=bot, is_dry=not write, skip_invalid=skip)


async def meet(tx: Tx, chat_id: int, *, active: bool) -> Subscriber:
    one = await subscribers.add(tx, Chat(chat_id), (SCHEDULE, ContentPreferences()), now=NOW)
    await subscribers.activate(tx, one.id, now=NOW)
    if not active:
        await subscribers.deactivate(tx, one.id, LeftReason.STOPPED, now=NOW)
    return one


def test_import_subscribes_only_those_the_bot_does_not_know(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    async def begin(database: Database) -> None:
        async with database.write() as tx:
            await meet(tx, 1, active=True)
            await meet(tx, 2, active=False)
            await meet(tx, 3, active=True)
            await personal_data.erase(tx, 3)

    use(settings, begin)
    text = "chat_id,name\n1,a\n2,b\n4,c\n4,c\n"
    assert run(settings, text, write=False) == 0
    told = capsys.readouterr().out.split("\n")
    assert told == [
        "chats.csv: 4 chats",
        "  new                         1  would be subscribed",
        "  subscribed already          1  stay as they are",
        "  not subscribed here         1  have left, or never subscribed: only they themselves can",
        "  repeated                    1  the first line of each counts",
        "columns not used: name",
        "1 chats have erased their data here, so nobody can tell which; leave out those who have asked for it",
        "nothing was written; to subscribe the new ones: digestbot import FILE --write",
        "",
    ]
    assert rows_of(settings, 4) == [None]
    for added in (1, 0):
        before = datetime.now(UTC)
        assert run(settings, text) == 0
        assert f"  new                  {added:8}  subscribed now" in capsys.readouterr().out
        first, left, new = rows_of(settings, 1, 2, 4)
        assert first is not None
        assert first.active
        assert first.joined_at == NOW
        assert left is not None
        assert not left.active
        assert new is not None
        assert new.active
        assert new.schedule == Schedule("Asia/Shanghai", 420)
        assert new.joined_at is not None
        assert (new.joined_at >= before) == bool(added)


def test_invalid_line_keeps_all_from_being_written(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    lines = "".join(f"x{number}\n" for number in range(30))
    text = f"chat_id\n4\n{lines}5\n"
    assert run(settings, text) == 1
    told = capsys.readouterr().out
    assert "  line 3: chat_id: 'x0' is no number" in told
    assert "digestbot import FILE --write" not in told
    assert "  and 10 more like these\n" in told
    assert "nothing was written; mend the invalid lines first, or leave them out with --skip-invalid\n" in told
    assert rows_of(settings, 4, 5) == [None, None]
    for bot, option in ((None, ""), ("main", " --bot main")):
        assert run(settings, text, write=False, skip=True, bot=bot) == 0
        told = capsys.readouterr().out
        assert "  invalid                    30  left out\n" in told
        assert "--skip-invalid\n" not in told
        assert f": digestbot import FILE --skip-invalid --write{option}\n" in told.replace("\n  ", " ")
    assert rows_of(settings, 4, 5) == [None, None]
    assert run(settings, text, skip=True) == 0
    assert None not in rows_of(settings, 4, 5)


def test_many_are_added_in_several_transactions(settings: Settings) -> None:
    number = 2 * CHATS_PER_TRANSACTION + 1
    assert run(settings, json.dumps(list(range(1, number + 1)))) == 0

    async def work(database: Database) -> None:
        async with database.read() as tx:
            assert (await subscribers.audience(tx, now=NOW)).active == number

    use(settings, work)


def imported_counts(settings: Settings) -> list[str]:
    counts: list[str] = []

    async def work(database: Database) -> None:
        async with database.read() as tx:
            entries = await audit.newest(tx)
        counts.extend(entry.detail for entry in entries if entry.action is AuditAction.CHATS_IMPORTED)

    use(settings, work)
    return counts


def test_interrupted_import_is_recorded_with_what_it_has_added(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    async def add(*arguments: Any) -> int:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return await add_all(*arguments)

    add_all = import_command._add
    text = json.dumps(list(range(1, 3 * CHATS_PER_TRANSACTION + 1)))
    with monkeypatch.context() as interrupted:
        interrupted.setattr(import_command, "_add", add)
        with pytest.raises(KeyboardInterrupt):
            run(settings, text)
    assert imported_counts(settings) == [str(2 * CHATS_PER_TRANSACTION)]
    assert run(settings, text) == 0
    assert imported_counts(settings) == [str(CHATS_PER_TRANSACTION), str(2 * CHATS_PER_TRANSACTION)]


def test_edition_that_is_still_due_reaches_those_imported(settings: Settings) -> None:
    """A running digest gets a wave for a schedule that nobody had when it was published."""
    published = datetime.now(UTC) - timedelta(minutes=1)
    later = published.astimezone(UTC) + timedelta(hours=2)
    run_ids: list[int] = []

    async def publish(database: Database) -> None:
        async with database.write() as tx:
            run_ids.append(await runs.add_digest(tx, published.date(), published=published, upto=0))

    async def check(database: Database) -> None:
        async with database.read() as tx:
            due = list((await waves.dues(tx, run_ids[0])).values())
        assert due == [later.replace(second=0, microsecond=0)]

    use(settings, publish)
    assert run(settings, f"chat_id,zone,time\n4,UTC,{later:%H:%M}\n") == 0
    use(settings, check)


def test_one_of_several_bots_has_to_be_named(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    async def begin(database: Database) -> None:
        async with database.write() as tx:
            await bots.add(tx, "tech", "env:TECH", {"digests": "tech", "morning": "06:15"})

    use(settings, begin)
    assert run(settings, "chat_id\n4\n") == 1
    assert "there are several bots; add --bot with one of main, tech" in capsys.readouterr().err
    assert run(settings, "chat_id\n4\n", bot="news") == 1
    assert "there is no bot news; there are main, tech" in capsys.readouterr().err
    assert run(settings, "chat_id\n4\n", bot="tech") == 0
    assert rows_of(settings, 4) == [None]
    (new,) = rows_of(settings, 4, bot_id=2)
    assert new is not None
    assert new.schedule == Schedule("Asia/Shanghai", 375)


@pytest.mark.sqlite
def test_command_line_shows_first_and_writes_when_told(settings: Settings) -> None:
    Path("chats.json").write_text("[4]")
    shown = call("import", "chats.json", BOT_TOKEN="1:first-loopback-token", DATABASE="bot.db")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "nothing was written" in shown.stdout
    assert not Path("bot.db").exists()
    shown = call("import", "chats.json", "--write", BOT_TOKEN="1:first-loopback-token", DATABASE="bot.db")
    assert "subscribed now" in shown.stdout
    assert Path("bot.db").stat().st_mode & 0o777 == 0o600
    Path("chats.json").write_text("{")
    shown = call("import", "chats.json", "--write", BOT_TOKEN="1:first-loopback-token", DATABASE="bot.db")
    assert shown.returncode == 1
    assert shown.stderr.startswith("digestbot: chats.json: it is not JSON")
