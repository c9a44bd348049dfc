"""The container's files: they copy what the wheel needs and nothing else, and set settings that exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import Settings

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "container"
CONTAINERFILE = (FOLDER / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
NAMES = {name.upper() for name in Settings.model_fields}
COMPOSE_FILES = ("compose.yaml", "compose.postgresql.yaml", "compose.webhook.yaml")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def services(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))["services"]
    return found


def final_stage() -> str:
    return CONTAINERFILE.rsplit("\nFROM ", 1)[1]


def test_image_is_built_from_what_the_wheel_needs() -> None:
    """A `.env` or a database that lies in the checkout cannot get into an image."""
    first, *others = [
        line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")
    ]
    assert first == "*"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["packages"], *(path.split("/")[0] for path in wheel["force-include"])}
    needed |= {*project["project"]["license-files"], project["project"]["readme"]}
    needed |= {"pyproject.toml", "requirements.txt"}
    assert {line.removeprefix("!") for line in others if line.startswith("!")} == needed


def test_image_runs_without_rights_and_hears_signals() -> None:
    """The program itself is process 1, so SIGTERM reaches it and not a shell."""
    stage = final_stage()
    assert CONTAINERFILE.count("\nFROM ") == 2
    assert re.findall(r"^(USER|STOPSIGNAL|ENTRYPOINT|CMD) (.+)$", stage, re.MULTILINE) == [
        ("USER", "10001:10001"),
        ("STOPSIGNAL", "SIGTERM"),
        ("ENTRYPOINT", '["digestbot"]'),
        ("CMD", '["run"]'),
    ]
    assert 'CMD ["digestbot", "status"]' in stage
    assert "--require-hashes --no-deps --requirement requirements.txt" in CONTAINERFILE
    own = dict(re.findall(r"([A-Z_]+)=(\S+)", stage.split("\nENV ")[1].split("\n")[0]))
    assert set(own) - NAMES == {"PATH", "PYTHONDONTWRITEBYTECODE"}


@pytest.mark.parametrize("name", COMPOSE_FILES)
def test_compose_files_set_settings_that_exist(name: str) -> None:
    assert set(services(name)["bot"]["environment"]) <= NAMES
    assert f"-f {name} up" in (FOLDER / name).read_text() or name == "compose.yaml"


def test_composed_bot_may_write_its_data_only() -> None:
    bot = services("compose.yaml")["bot"]
    assert (bot["read_only"], bot["cap_drop"], bot["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])
    assert [volume for volume in bot["volumes"] if not volume.endswith(":ro")] == ["data:/data"]
    assert bot["environment"].items() <= dict(re.findall(r"([A-Z_]+)=(\S+)", final_stage())).items()


def test_caddy_passes_on_to_where_the_bot_listens() -> None:
    found = services("compose.webhook.yaml")
    assert f"reverse_proxy bot:{found['bot']['environment']['WEBHOOK_PORT']}" in (FOLDER / "Caddyfile").read_text()
    assert found["caddy"]["environment"]["DOMAIN"] in found["bot"]["environment"]["WEBHOOK_URL"]


def test_release_has_least_rights_and_pinned_actions() -> None:
    """Whatever may write packages runs only code that cannot change under its name."""
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {}
    assert [job["permissions"] for job in workflow["jobs"].values()] == [
        {"contents": "read", "packages": "write"},
        {"packages": "write"},
    ]
    used = re.findall(r"uses: (\S+)", text)
    assert used
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
