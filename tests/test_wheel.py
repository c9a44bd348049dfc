"""The built wheel, installed outside the checkout, works in a folder whose files shadow the names of its packages."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import sysconfig
import venv
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import aiohttp
import pytest

from bot.exit_code import ExitCode
from emulator.client import run_emulator
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples" / "digests"
NOT_PACKAGED = {"tests", "benchmarks", "deploy"}
TIMEOUT_SECONDS = PATIENCE
HOSTILE_MODULES = ("json", "logging", "aiohttp", "aiogram", "telegram", "sqlalchemy", "typer")

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A virtual environment that holds the wheel, and a working directory with hostile modules."""

    wheel: Path
    command: Path
    folder: Path

    def environment(self, **settings: str) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "COLUMNS": "120", **settings}

    def call(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            (self.command, *arguments),
            cwd=self.folder,
            env=self.environment(),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_SECONDS,
        )

    @asynccontextmanager
    async def start(self, *arguments: str, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
        process = await asyncio.create_subprocess_exec(
            self.command,
            *arguments,
            cwd=self.folder,
            env=self.environment(**settings),
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
            await process.communicate()


def packages() -> set[str]:
    return {path.parent.name for path in ROOT.glob("*/__init__.py")} - NOT_PACKAGED


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    base = tmp_path_factory.mktemp("wheel")
    build = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", base)
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = base.glob("*.whl")
    environment = base / "venv"
    venv.create(environment, symlinks=True)
    python = environment / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python)
    subprocess.run((*pip, "install", "-q", "--no-index", "--no-deps", wheel), check=True, capture_output=True)
    # The dependencies of this environment stand behind the wheel's own packages; its .pth files are not read there, so
    # that the editable checkout is not importable.
    (site_packages,) = environment.glob("lib/python*/site-packages")
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    folder = base / "elsewhere"
    folder.mkdir()
    for name in (*packages(), *HOSTILE_MODULES):
        (folder / f"{name}.py").write_text(f"raise SystemExit('{name}.py of the working directory was imported')\n")
    return Installation(wheel=wheel, command=environment / "bin" / "digestbot", folder=folder)


def test_wheel_contains_every_file_of_every_package(installation: Installation) -> None:
    expected = {
        path.relative_to(ROOT).as_posix()
        for package in packages()
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    expected |= {f"bot/example_digests/{path.name}" for path in EXAMPLES.iterdir()}
    with ZipFile(installation.wheel) as archive:
        contained = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert contained == expected


def test_version_is_the_one_of_the_wheel(installation: Installation) -> None:
    result = installation.call("--version")
    version = installation.wheel.name.split("-")[1]
    assert result.stdout == f"digestbot {version}\n", result.stderr


def test_check_reads_a_file(installation: Installation) -> None:
    newest = max(EXAMPLES.iterdir())
    result = installation.call("check", str(newest))
    assert result.returncode == 0, result.stderr
    assert newest.name in result.stdout


def test_figures_are_drawn_with_the_font_of_the_wheel(installation: Installation) -> None:
    chart = b'{"title":"\xe8\xae\xa2\xe9\x98\x85","subtitle":"","sections":[]}'
    command = (installation.command.parent / "python", "-I", "-m", "views.chart_drawing")
    drawn = subprocess.run(command, cwd=installation.folder, env={}, input=chart, capture_output=True, check=False)
    assert drawn.stdout.startswith(b"\x89PNG"), drawn.stderr.decode()


def test_chat_answers_piped_input(installation: Installation) -> None:
    result = installation.call("chat", stdin="/item 3\n")
    assert result.returncode == 0, result.stderr
    assert "3." in result.stdout


@pytest.mark.parametrize("driver", ["aiogram", "ptb"])
async def test_demo_serves_its_page_until_interrupted(installation: Installation, driver: str) -> None:
    async with (
        asyncio.timeout(TIMEOUT_SECONDS),
        installation.start("demo", "--no-browser", "--port", "0", "--driver", driver) as process,
    ):
        url = await _page_address(process)
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            assert response.status == 200
            assert "<html" in await response.text()
        os.killpg(process.pid, signal.SIGINT)
        assert await process.wait() == 0


async def _page_address(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async for line in process.stdout:
        if found := re.search(rb"http://127\.0\.0\.1:\d+", line):
            return found.group().decode()
    raise AssertionError("the demo ended before it showed its page")


def test_run_without_a_token_names_the_setting(installation: Installation) -> None:
    result = installation.call("run")
    assert result.returncode == ExitCode.SETTINGS
    assert f"BOT_TOKEN: is not set (Token of the bot, from @BotFather.); write it into {installation.folder}/.env" in (
        result.stderr
    )
    assert "Traceback" not in result.stderr


async def test_run_creates_its_database_and_stops_on_sigterm(installation: Installation) -> None:
    async with asyncio.timeout(TIMEOUT_SECONDS), run_emulator() as emulator:
        settings = {"BOT_TOKEN": emulator.token, "API_URL": emulator.api_url, "DATABASE": "data/bot.db"}
        async with installation.start("run", **settings) as process:
            while not await emulator.calls("setMyCommands"):
                assert process.returncode is None
                await asyncio.sleep(0.05)
            process.terminate()
            assert await process.wait() == 0
    assert (installation.folder / "data" / "bot.db").is_file()
