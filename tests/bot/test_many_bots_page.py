"""The page docs/many-bots.md, followed from nothing to two bots that run."""

from __future__ import annotations

import asyncio
import re
import shlex
import sys

import pytest

from bot.files import write_atomically
from tests.bot.harness import ROOT, TIMEOUT_SECONDS, run_bot, subscribe_with_open_window
from tests.bot.test_app import edition
from tests.bot.test_many_bots import READER, TwoBots, two

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "many-bots.md").read_text(encoding="utf-8")
BLOCKS = [re.sub(r"(?m)^   ", "", block) for block in re.findall(r"(?ms)^ *```\n(.*?)^ *```$", PAGE)]
PROGRAM = f"{shlex.quote(sys.executable)} -c 'from bot.cli import main; main()'"

__all__ = ["two"]


async def follow(installation: TwoBots, commands: str) -> str:
    """Run commands of the page in a shell where the installation is, and return what they print."""
    environment = installation.installation.environment(API_URL=installation.url, NEW_TOKEN=installation.second.token)
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-euc",
        f'digestbot() {{ {PROGRAM} "$@"; }}\n{commands}',
        env=environment,
        cwd=installation.installation.folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), TIMEOUT_SECONDS)
    assert process.returncode == 0, output.decode()
    return output.decode()


def lines_of(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line.strip()]


async def test_page_leads_from_one_bot_to_two(two: TwoBots) -> None:
    token, add, show, shown, states = BLOCKS
    ann = await two.second.create_user("Ann", language="en", id=READER)
    async with run_bot(two.installation, API_URL=two.url):
        await follow(two, token)
        assert "tech was added" in await follow(two, add)
        assert lines_of(await follow(two, show)) == lines_of(shown)
        await subscribe_with_open_window(ann)
        write_atomically(edition("Tech news"), two.installation.folder / "tech-digests" / "today.md")
        assert "Tech news" in (await ann.next_message(timeout=TIMEOUT_SECONDS)).text
        printed = lines_of(await follow(two, states))
        assert [line[:2] for line in printed] == [["tech", "answers"], ["tech", "finishes"], ["tech", "runs"]]
        assert lines_of(await follow(two, show))[2][:3] == ["tech", "running", "1"]


def test_page_names_every_command_and_state() -> None:
    for command in ("add", "list", "pause", "drain", "resume"):
        assert f"digestbot bots {command}" in PAGE
    for state in ("running", "paused", "draining"):
        assert f"| `{state}` |" in PAGE
