"""`digestbot chat`: talk to the bot about a folder of digests in the terminal. Nothing is saved or sent."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.text import Text as Painted

from bot.clock import Clock
from bot.examples import ZONE, evening_of_newest
from bot.files import DigestFile, load_classifier, read_files
from bot.terminal_view import print_messages
from delivery.publishing import publish
from domain.chat.action import Action, CallbackAnswer, CallMethod, Edit, InlineAnswer, Send, SendDocument
from domain.chat.event import User
from domain.chat.i18n import Translations
from domain.chat.message import Button
from domain.chat.rich_message import AnyMessage, ButtonRow, Details, RichBlock, RichMessage
from domain.file_names import is_digest_name
from domain.subscription.calendar import Schedule
from handlers.context import Services
from handlers.dispatcher import Dispatcher
from handlers.input.time_zones import TimeZoneLookup
from storage.database import Database
from storage.digests import Source
from storage.sqlite.database import SqliteDatabase
from transport.drivers.terminal import Terminal

DEFAULT_SCHEDULE = Schedule(ZONE.key, 8 * 60)
WELCOME_HINT = (
    "Write what you would send to the bot. [bold].3[/] presses button 3, [bold]@words[/] searches as in another chat, "
    "Ctrl-D quits. Nothing is saved."
)


class ReplScreen:
    """Terminal screen that prints the bot's actions and numbers their buttons."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._buttons: list[tuple[int, str]] = []

    def show(self, number: int, action: Action) -> None:
        match action:
            case Send(_, message):
                print_messages([self._numbered(number, message)], self._console)
            case Edit(_, _, message):
                self._console.print("[dim]The message above changed to:[/]")
                print_messages([self._numbered(number, message)], self._console)
            case CallbackAnswer(_, text) if text:
                self._console.print(Painted(f" {text} ", style="reverse"))
            case SendDocument():
                self._console.print(Painted(f"📎 {action.file_name} ({len(action.content):,} bytes)", style="bold"))
                if action.file_name.endswith(".md"):
                    self._console.print(Painted(action.content.decode()))
            case InlineAnswer():
                for article in action.articles:
                    self._console.print(Painted(f"{article.title}\n  {article.description}"))
            case CallbackAnswer() | CallMethod():
                pass

    def pressed(self, line: str) -> tuple[int, str] | None:
        """Return the message number and callback data of the button that a line such as `.3` presses, or None."""
        number = line.removeprefix(".")
        if number == line or not number.isdecimal() or not 0 < int(number) <= len(self._buttons):
            return None
        return self._buttons[int(number) - 1]

    def _numbered(self, number: int, message: AnyMessage) -> AnyMessage:
        if isinstance(message, RichMessage):
            message = replace(message, blocks=tuple(self._numbered_block(number, block) for block in message.blocks))
        return replace(
            message, keyboard=tuple(tuple(self._number(number, button) for button in row) for row in message.keyboard)
        )

    def _numbered_block(self, number: int, block: RichBlock) -> RichBlock:
        match block:
            case ButtonRow(buttons):
                return ButtonRow(tuple(self._number(number, button) for button in buttons))
            case Details(_, blocks):
                return replace(block, blocks=tuple(self._numbered_block(number, inner) for inner in blocks))
            case _:
                return block

    def _number(self, number: int, button: Button) -> Button:
        if button.url:
            return button
        self._buttons.append((number, button.callback_data))
        return replace(button, text=f".{len(self._buttons)} {button.text}")


def run_repl(folder: Path, user: User, console: Console) -> None:
    """Run the conversation until the input ends.

    The clock is the wall clock, or the evening of the newest digest if that is later.
    """
    evening = evening_of_newest(folder) or datetime.now(UTC)
    clock = Clock(max(evening - datetime.now(UTC), timedelta()))
    with tempfile.TemporaryDirectory(prefix="digestbot-chat-") as name, asyncio.Runner() as runner:
        paths = sorted(path for path in folder.iterdir() if is_digest_name(path.name))
        files = list(read_files(paths, load_classifier(None), ZONE))
        database = runner.run(_create_database(Path(name) / "chat.db", files, clock))
        try:
            services = Services(
                translations=Translations.load(),
                time_zones=TimeZoneLookup.load(),
                owners=frozenset(),
                default_schedule=DEFAULT_SCHEDULE,
            )
            screen = ReplScreen(console)
            terminal = Terminal(Dispatcher(database, clock, services, _is_never_administrator), screen.show, user)
            console.print(WELCOME_HINT)
            runner.run(terminal.write("/start"))
            with contextlib.suppress(EOFError, KeyboardInterrupt):
                while True:
                    runner.run(_handle_line(console.input("[bold]> [/]").strip(), terminal, screen))
            console.print()
        finally:
            runner.run(database.close())


async def _handle_line(line: str, terminal: Terminal, screen: ReplScreen) -> None:
    pressed = screen.pressed(line)
    if pressed is not None:
        await terminal.press(*pressed)
    elif line.startswith("@"):
        await terminal.query_inline(line.removeprefix("@").strip())
    elif line:
        await terminal.write(line)


async def _create_database(path: Path, files: Sequence[DigestFile], clock: Clock) -> Database:
    """Create a database that holds the digests that can be published."""
    database = await SqliteDatabase.open(path)
    for file in files:
        for digest in file.digests:
            source = Source(file.path.name, file.data)
            await publish(database, Translations.load(), DEFAULT_SCHEDULE, digest, source, now=clock())
    return database


async def _is_never_administrator(_chat_id: int, _user_id: int) -> bool:
    return False
