"""Each command speaks the operator's language, on right and on wrong surroundings, in lines that fit the terminal."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import socket
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack, closing, redirect_stderr, redirect_stdout, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest
from rich.cells import cell_len
from sqlalchemy import text

from bot.cli import app
from bot.cli_language import LOCALE_VARIABLES
from bot.exit_code import ExitCode
from bot.settings import Settings
from bot.telegram_route import VARIABLES
from delivery.high_water_mark import HighWaterMark
from domain.audit import ERASED, OPERATOR, AuditAction, AuditEntry
from domain.chat.event import Chat
from domain.chat.i18n import LANGUAGES
from domain.delivery.states import BotState
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences
from storage import audit, bots, content_preferences, schedules, start_failures, subscribers
from storage.database import Tx
from storage.sqlite.database import SqliteDatabase
from storage.sqlite.lock import database_lock
from storage.subscribers import Newcomer
from tests.bot.test_cli import flat
from tests.databases import write_blank_file

COLUMNS = 80
SERVER = "postgresql://digestbot:secret@127.0.0.1:9/digestbot"
"""Where nothing listens."""

SETTINGS = {
    "BOT_TOKEN": "4242:" + "a" * 35,
    "DATABASE": "bot.db",
    "API_URL": "http://127.0.0.1:9",
}

Prepare = Callable[[ExitStack], None]
"""Makes the surroundings of a call in the current folder; the stack ends what lasts as long as the call."""

FAILURE, IN_USE, USAGE, WRONG = ExitCode.FAILURE, ExitCode.TEMPORARY_FAILURE, ExitCode.USAGE, ExitCode.SETTINGS
DAMAGED, AWAY = ExitCode.DATABASE_UNREADABLE, ExitCode.TEMPORARY_FAILURE


SAME_TOKEN = SETTINGS["BOT_TOKEN"]
OTHER = "4243:" + "b" * 35
ADD_TECH = "bots add tech --digests tech --token-variable BOT_TOKEN_TECH"


def taken_port(stack: ExitStack) -> None:
    """Listen on the port of a setting."""
    taken = stack.enter_context(socket.socket())
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind(("127.0.0.1", 18099))
    taken.listen()


def nothing(_stack: ExitStack) -> None:
    """Leave the folder empty."""


def blank(_stack: ExitStack) -> None:
    """Make the database of a bot that nobody has subscribed to yet."""
    asyncio.run(write_blank_file(Path("bot.db")))


def held(stack: ExitStack) -> None:
    """Make a database on which another process works."""
    blank(stack)
    stack.enter_context(database_lock(Path("bot.db")))


def changed(*statements: str) -> Prepare:
    """Make a database that was changed by hand."""

    def prepare(stack: ExitStack) -> None:
        blank(stack)
        with closing(sqlite3.connect("bot.db")) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    return prepare


def files(**contents: str | bytes) -> Prepare:
    """Write files; `_` in a name stands for the point."""

    def prepare(_stack: ExitStack) -> None:
        for name, content in contents.items():
            data = content if isinstance(content, bytes) else content.encode()
            Path(name.replace("_", ".")).write_bytes(data)

    return prepare


def all_of(*steps: Prepare) -> Prepare:
    def prepare(stack: ExitStack) -> None:
        for step in steps:
            step(stack)

    return prepare


def lost(_stack: ExitStack) -> None:
    """Leave what a bot keeps beside its database, without the database."""
    HighWaterMark.beside(Path("bot.db")).write(7)


def moved(stack: ExitStack) -> None:
    changed("INSERT INTO kv (bot_id, name, value) VALUES (1, 'moved_to', 'postgresql://db.example/x')")(stack)


def renamed(_stack: ExitStack) -> None:
    Path("bot.db").rename("copy.db")


def env_folder(_stack: ExitStack) -> None:
    Path(".env").mkdir()


def truncated(stack: ExitStack) -> None:
    blank(stack)
    os.truncate("bot.db", 8192)


def stored(write: Callable[[Tx], Awaitable[object]]) -> Prepare:
    """Make a database, and write something into it as the bot does."""

    async def run() -> None:
        await write_blank_file(Path("bot.db"))
        database = await SqliteDatabase.open(Path("bot.db"))
        async with database.write() as tx:
            await write(tx)
        await database.close()

    return lambda _stack: asyncio.run(run())


async def _subscribe_some(tx: Tx) -> None:
    """Subscribe somebody who is in `CHATS`; of two others one has left, and one has erased everything."""
    schedule_id = await schedules.get_or_create(tx, Schedule("Asia/Shanghai", 480))
    preferences_id = await content_preferences.get_or_create(tx, ContentPreferences())
    settings = {"schedule_id": schedule_id, "preferences_id": preferences_id}
    chats = [Newcomer(chat=Chat(number), language_chosen=False, **settings) for number in (4202, 4203, 4204)]
    await subscribers.add_active(tx, chats, now=NOW)
    await tx.execute(text("UPDATE subscribers SET active = FALSE WHERE chat_id = 4203"))
    await tx.execute(text("UPDATE subscribers SET active = FALSE, chat_id = NULL WHERE chat_id = 4204"))


async def _record_acts(tx: Tx) -> None:
    """Record an act of each kind."""
    for action in AuditAction:
        await audit.record(tx, AuditEntry(at=NOW, action=action, actor=OPERATOR, edition=NOW.date()))
    role = AuditEntry(at=NOW, action=AuditAction.ROLE_CHANGED, actor=ERASED, person=4201, detail="none editor")
    await audit.record(tx, role)


REASON = "token: BOT_TOKEN_TECH is empty or not set; write the bot's token from @BotFather into it"
NOW = datetime(2026, 11, 27, 6, 30, tzinfo=UTC)
people, audited = stored(_subscribe_some), stored(_record_acts)
second_bot = stored(lambda tx: bots.add(tx, "tech", "env:BOT_TOKEN_TECH", {}))
paused = stored(lambda tx: bots.set_state(tx, "main", BotState.PAUSED))
failed_start = stored(lambda tx: start_failures.note(tx, "alpha.example.org:4123", REASON, now=NOW))

CHATS = """user_id,lang,tz,time,type,subscribed,username
4201,zh,Asia/Shanghai,08:00,,yes,a
4202,,,,,,b
4203,,,,,,c
4201,,,,,,d
4204,,,,,no,e
4.2E+10,,,,,,f
x,,,,,,g
,,,,,,h
4205,,Atlantis/City,25:00,person,maybe,i
-1001234567890,,,,,,j
4206,,,,channel,,k
4207,,Shangai,,,,l
"""
WRONG_CHATS = (
    *("", "chat_id\n", "name\nx\n", "id,chat_id\n1,1\n", "chat_id,lang\n1\n", 'chat_id\n"4201', "[", "[[1]]"),
    *('{"a": }', "chat_id,name\n1,李".encode("gbk"), "chat_id\n" + "x\n" * 30),
)

WRONG_SETTINGS: Sequence[Mapping[str, str]] = (
    *({"API_URL": f"{value}"} for value in ("ftp://x", "http://x:0", "http://[fe80::1]", "http://a@x", "http://x y")),
    *({"API_URL": f"https://{value}"} for value in ("x?a", "x/bot1:abcdefgh", "x/=", "", "é")),
    *({"API_URL": value} for value in ("http://api.telegram.org", "")),
    *(
        {"API_URL": "", "WEBHOOK_URL": f"https://{value}", "WEBHOOK_SECRET": "x" * 20}
        for value in ("x.example", "x.example/=", "[2001:db8::1]/x", "10.0.0.1/x", "x.example:99/x")
    ),
    *({"WEBHOOK_HOST": value} for value in ("[::1]", "fe80::1", "http://x", "")),
    *({"PROXY": value} for value in ("off", "ftp://x:1", "https://x:1", "socks4://x:1", "vmess://x", "tg://proxy")),
    *({"PROXY": f"http://{value}"} for value in ("x", "x:0", "a@b@x:1", "x:1/y", "%zz:b@x:1", "x y:1", "@x:1")),
    *({"PROXY": f"socks5://{value}"} for value in ("u@x", "é:b@x", "[fe80::1]:1", "-x", "[x")),
    {"PROXY": "http://a%3Ab:c@x:1"},
    {"API_URL": "http://x.example", "http_proxy": "ftp://x"},
    {"DATABASE": "postgresql://x", "QUIET_SECONDS": "", "MORNING": "", "TIMEZONE": "", "DEFAULT_LANGUAGE": ""},
    {"BOT_TOKEN": "", "DIGESTS": "", "RATE": "", "DRIVER": "", "LOG_LEVEL": "", "ROLE": "", "HA": "", "PICTURES": ""},
    {"UNCONFIRMED": "", "CORRECTIONS": "", "WHO_MAY_SUBSCRIBE": "", "REMIND_MINUTES": "", "WEBHOOK_PORT": ""},
    {"ADMIN_IDS": "4242", "LOG_FORMAT": "", "STATE_FOLDER": "", "DIGESTBOT_ADMIN_ID": "1", "DEFAULT_LANGAUGE": "zh"},
    {"CATEGORIES": "nowhere.toml"},
)
WRONG_LINES: Sequence[str | bytes] = (
    *("RATE=9\nRATE=9", "MORNNG=08:00", "=", "RATE", "RATE=0", b"RATE=\xe9", 'RATE="9', 'RATE="9" 8'),
    *("RATE=9".encode("utf-16"), b"RATE=9\0"),
)

NO_DATABASE = b"This is no database, and never was one." * 99
OLDER = changed("UPDATE alembic_version SET version_num = '0000'")
NEWER = changed("UPDATE alembic_version SET version_num = '0099'", "UPDATE supported_programs SET oldest = '0099'")

BESIDE_WRONG_SETTINGS: Sequence[tuple[Prepare, Mapping[str, str]]] = (
    (held, {}),
    (all_of(files(x="x"), env_folder), {"DATABASE": ".env", "DIGESTS": "x"}),
    (files(x="x"), {"DATABASE": "x/bot.db", "DIGESTS": "/proc/nowhere"}),
    (taken_port, {"METRICS_PORT": "18099"}),
    (nothing, {"WEBHOOK_URL": "http://x.example/u", "WEBHOOK_SECRET": "x" * 20, "WEBHOOK_HOST": "192.0.2.1"}),
    (nothing, {"DATABASE": SERVER, "STATE_FOLDER": "/dev/null"}),
)
"""Surroundings that are wrong too, of which a start tells with the wrong setting and before it begins."""

Case = tuple[str, int, Prepare, Mapping[str, str]]
"""Call, exit code, surroundings, and settings of its own."""

CASES: Sequence[Case] = (
    ("backup copy.db", 0, blank, {}),
    ("backup copy.db", FAILURE, nothing, {}),
    ("backup nowhere/copy.db", FAILURE, blank, {}),
    ("backup bot.db", FAILURE, blank, {}),
    ("backup notes.txt", FAILURE, all_of(blank, files(notes_txt="notes")), {}),
    ("backup " + "n" * 250, FAILURE, blank, {}),
    ("backup -", FAILURE, blank, {}),
    ("backup copy.db", FAILURE, files(bot_db=NO_DATABASE), {}),
    ("backup copy.db", FAILURE, NEWER, {}),
    ("backup copy.db", FAILURE, nothing, {"DATABASE": SERVER}),
    ("restore copy.db", 0, all_of(blank, renamed, blank), {}),
    ("restore copy.db", 0, all_of(blank, renamed), {}),
    ("restore bot.db", FAILURE, blank, {}),
    ("restore notes.txt", FAILURE, all_of(blank, files(notes_txt="notes")), {}),
    ("restore notes.txt", FAILURE, files(notes_txt=NO_DATABASE), {}),
    ("restore empty.db", FAILURE, files(empty_db=""), {}),
    ("restore copy.db", FAILURE, all_of(NEWER, renamed), {}),
    ("restore copy.db", IN_USE, all_of(files(copy_db=NO_DATABASE), held), {}),
    ("restore copy.db", FAILURE, all_of(files(copy_db=NO_DATABASE), moved), {}),
    ("restore copy.db", FAILURE, files(copy_db=NO_DATABASE), {"DATABASE": SERVER}),
    ("resume --after-restore", 0, blank, {}),
    ("resume --after-restore", FAILURE, nothing, {}),
    ("resume --after-restore", IN_USE, held, {}),
    ("resume --after-restore", WRONG, moved, {}),
    ("resume --after-restore", DAMAGED, truncated, {}),
    ("resume --after-restore", DAMAGED, files(bot_db=NO_DATABASE), {}),
    ("resume --after-restore", DAMAGED, NEWER, {}),
    ("resume --after-restore", AWAY, nothing, {"DATABASE": SERVER}),
    (f"move --to {SERVER}", FAILURE, nothing, {}),
    (f"move --to {SERVER}", FAILURE, nothing, {"DATABASE": SERVER}),
    (f"move --to {SERVER}", AWAY, blank, {}),
    (f"move --to {SERVER}", IN_USE, held, {}),
    (f"move --to {SERVER}", FAILURE, moved, {}),
    ("move --undo", 0, moved, {}),
    ("move --undo", FAILURE, blank, {}),
    *((f"move --to postgresql://{wrong}", USAGE, blank, {}) for wrong in ("[/x", "/x", "h", "h/x#y", "h:p/x")),
    *(("import chats.csv", FAILURE, all_of(blank, files(chats_csv=wrong)), {}) for wrong in WRONG_CHATS),
    ("import chats.csv", FAILURE, all_of(blank, files(chats_csv=CHATS)), {}),
    ("import chats.csv --skip-invalid", 0, all_of(blank, files(chats_csv=CHATS)), {}),
    ("import chats.csv --write --skip-invalid", 0, all_of(blank, people, files(chats_csv=CHATS)), {}),
    ("import chats.csv --write", 0, all_of(blank, files(chats_csv="chat_id\n4201\n")), {}),
    ("import chats.csv --bot tech", FAILURE, all_of(blank, files(chats_csv="chat_id\n4201\n")), {}),
    ("import chats.csv", FAILURE, all_of(second_bot, files(chats_csv="chat_id\n4201\n")), {}),
    ("import chats.csv", DAMAGED, all_of(NEWER, held, files(chats_csv="chat_id\n4201\n")), {}),
    ("fleet", 0, blank, {}),
    ("fleet", 0, held, {}),
    ("fleet", 0, all_of(second_bot, failed_start), {}),
    ("status", FAILURE, all_of(second_bot, failed_start), {}),
    ("status", FAILURE, paused, {}),
    ("status", FAILURE, nothing, {}),
    ("status", DAMAGED, truncated, {}),
    ("bots list", 0, all_of(second_bot, failed_start), {}),
    ("bots list", 0, blank, {}),
    ("bots list", FAILURE, nothing, {}),
    ("bots pause main", 0, blank, {}),
    ("bots drain main", 0, blank, {}),
    ("bots resume main", 0, blank, {}),
    ("bots pause other", FAILURE, blank, {}),
    ("bots pause main", WRONG, moved, {}),
    ("bots add Tech --digests tech --token-variable BOT_TOKEN_TECH", FAILURE, blank, {}),
    ("bots add tech --digests tech --token-variable TECH_TOKEN", USAGE, blank, {}),
    (ADD_TECH, FAILURE, blank, {}),
    (ADD_TECH, FAILURE, blank, {"BOT_TOKEN_TECH": "nonsense"}),
    (ADD_TECH, FAILURE, blank, {"BOT_TOKEN_TECH": SAME_TOKEN}),
    (ADD_TECH, FAILURE, second_bot, {"BOT_TOKEN_TECH": OTHER}),
    (ADD_TECH.replace("tech", "digests"), FAILURE, blank, {"BOT_TOKEN_TECH": OTHER}),
    (ADD_TECH, 0, blank, {"BOT_TOKEN_TECH": OTHER}),
    ("bots add tech --digests /dev/null --token-file nowhere --rate 0", FAILURE, blank, {}),
    (
        f"{ADD_TECH} --rate 0 --morning x",
        FAILURE,
        blank,
        {"BOT_TOKEN_TECH": OTHER},
    ),
    ("bots add tech --digests tech --token-file token", FAILURE, all_of(blank, files(token="x")), {}),
    ("send 2026-11-27", FAILURE, blank, {}),
    ("send 2026-11-27", FAILURE, nothing, {}),
    ("send 2026-11-27", FAILURE, second_bot, {}),
    ("send 2026-11-27", DAMAGED, NEWER, {}),
    ("withdraw 2026-11-27 --undo", FAILURE, blank, {}),
    ("doctor", FAILURE, blank, {"DIGESTS": "nowhere"}),
    ("doctor", FAILURE, nothing, {}),
    ("doctor", FAILURE, truncated, {}),
    ("doctor", FAILURE, moved, {"PROXY": "socks5h://127.0.0.1:9", "API_URL": "https://api.example"}),
    ("doctor", FAILURE, nothing, {"API_URL": "https://nowhere.invalid"}),
    ("doctor", FAILURE, nothing, {"API_URL": "ftp://x", "DATABASE": SERVER, "STATE_FOLDER": "state"}),
    ("demo --port 18099", ExitCode.PORT_UNAVAILABLE, taken_port, {}),
    ("demo --port 0 --digests .", FAILURE, nothing, {}),
    *(("run", WRONG, prepare, {"RATE": "0", **own}) for prepare, own in BESIDE_WRONG_SETTINGS),
    ("run --role send", WRONG, nothing, {}),
    ("run --role web", WRONG, nothing, {"DATABASE": SERVER}),
    ("fleet", DAMAGED, files(bot_db=NO_DATABASE), {}),
    ("audit", 0, audited, {}),
    ("audit", 0, blank, {}),
    ("audit", FAILURE, nothing, {}),
    ("audit", DAMAGED, truncated, {}),
    *(("send 2026-11-27", WRONG, nothing, wrong) for wrong in WRONG_SETTINGS),
    *(("send 2026-11-27", WRONG, files(_env=lines), {}) for lines in WRONG_LINES),
    ("send 2026-11-27", WRONG, env_folder, {}),
    ("status", FAILURE, nothing, {"MORNING": "99"}),
    ("fleet", DAMAGED, OLDER, {}),
    ("fleet", DAMAGED, all_of(OLDER, held), {}),
    ("fleet", DAMAGED, all_of(held, renamed), {}),
    ("backup copy.db", FAILURE, moved, {}),
    ("audit --limit 1 --since 2026-11-01", 0, audited, {}),
    ("audit --bot other", FAILURE, audited, {}),
    ("audit --since yesterday", USAGE, nothing, {}),
)


@pytest.fixture(autouse=True)
def _no_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*map(str.upper, Settings.model_fields), *LOCALE_VARIABLES):
        monkeypatch.delenv(name, raising=False)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in {"COLUMNS": str(COLUMNS), "TERM": "dumb", **SETTINGS}.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("call", CASES, ids=lambda case: case[0].partition(" ")[0])
def test_command_speaks_each_language_and_fits(call: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words, exit_code, prepare, own = call
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    shown = {}
    for language in LANGUAGES:
        (folder := tmp_path / language).mkdir()
        monkeypatch.chdir(folder)
        with ExitStack() as stack:
            prepare(stack)
            ended, shown[language] = on_terminal(*words.split(), "--lang", language)
        assert ended == exit_code, shown[language]
        assert shown[language].strip()
        for line in shown[language].splitlines():
            assert cell_len(line) <= COLUMNS or is_typed(line), line
    assert not re.search("[\u4e00-\u9fff]", shown["en"])
    for language in ("zh", "zh-hant"):
        assert english_in(shown[language]) == []
    assert shown["zh"] != shown["zh-hant"]


def is_typed(line: str) -> bool:
    """Return whether a line is one word, or a command that is copied as a whole."""
    return " " not in line.strip(" •") or line.strip().startswith("pg_dump ")


_TYPED = re.compile(
    r"digestbot( bots)? [a-z]+( main)?( --?[a-z-]*( URL)?| BACKUP| > FILE| FILE)*"  # commands
    r"|createdb --owner=USER NAME|make demo|pg_dump .*|pg_restore .*digestbot\.dump|pip install '[^']*'"
    r"|\S*[/=.:_]\S*"  # paths, addresses, settings
)
_WORDS = re.compile(r"[A-Za-z]{2,}(?: [a-z]{2,})+")


def english_in(printed: str) -> list[str]:
    """Return what is said in English: two words in a row that are not typed so."""
    return _WORDS.findall(_TYPED.sub("|", flat(printed)))


def on_terminal(*arguments: str) -> tuple[int, str]:
    """Call the command line on a terminal, in this process; return its exit code and what is seen."""
    screen, end = pty.openpty()
    seen: list[bytes] = []

    def read() -> None:
        with suppress(OSError):  # at the end of the other side
            while data := os.read(screen, 65536):
                seen.append(data)

    reader = Thread(target=read)
    reader.start()
    try:
        with (
            os.fdopen(end, "w", encoding="utf-8") as out,
            redirect_stdout(out),
            redirect_stderr(out),
            pytest.raises(SystemExit) as ended,
        ):
            app(list(arguments), prog_name="digestbot")
    finally:
        reader.join()
        os.close(screen)
    return int(ended.value.code or 0), b"".join(seen).decode().replace("\r\n", "\n")
