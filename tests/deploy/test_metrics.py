"""Metrics as the bot exposes them, against the page, the alert rules and the dashboard."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from emulator.client import run_emulator
from tests.bot.harness import TIMEOUT_SECONDS, BotInstallation, run_bot_in_process

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "prometheus" / "digestbot.rules.yml"
RULE_TESTS = RULES.with_name("digestbot.rules.test.yml")
DASHBOARD = ROOT / "deploy" / "grafana" / "digestbot.json"
PAGE = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
OF_ONE_SCRAPE = {"instance", "job", "le"}
"""Labels that Prometheus adds, and that of a histogram's buckets."""

pytestmark = pytest.mark.sqlite
needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool")


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A metric as the page describes it; `samples` are the names that queries use."""

    kind: str
    labels: frozenset[str]
    meaning: str
    samples: frozenset[str]


def promtool(*arguments: str | Path, stdin: str = "") -> None:
    ended = subprocess.run(
        ["promtool", *arguments], input=stdin, capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert not ended.stderr


async def expose(folder: Path, port: int) -> str:
    """Return `/metrics` of a running bot one of whose checks fails: its digest folder is gone."""
    async with run_emulator() as emulator:
        installation = BotInstallation(folder, emulator)
        installation.digests.mkdir()
        async with (
            run_bot_in_process(installation, METRICS_PORT=str(port)),
            aiohttp.ClientSession() as session,
            asyncio.timeout(TIMEOUT_SECONDS),
        ):
            installation.digests.rmdir()
            while True:
                async with session.get(f"http://127.0.0.1:{port}/metrics") as answer:
                    text = await answer.text()
                if "digestbot_check_failing{" in text:
                    return text
                await asyncio.sleep(0.05)


def families(exposed: str) -> dict[str, Family]:
    """Return all metrics by the names that the page has: those of counters end with `_total`."""
    found = {}
    for family in text_string_to_metric_families(exposed):
        name = family.name + "_total" * (family.type == "counter")
        labels = frozenset(label for sample in family.samples for label in sample.labels) - OF_ONE_SCRAPE
        samples = frozenset(sample.name for sample in family.samples)
        found[name] = Family(kind=family.type, labels=labels, meaning=family.documentation, samples=samples)
    return found


def documented() -> dict[str, tuple[str, frozenset[str], str]]:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \| (.+) \|$", PAGE, re.MULTILINE)
    return {name: (kind, frozenset(re.findall(r"`(\w+)`", labels)), meaning) for name, kind, labels, meaning in rows}


def rules() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"][0]["rules"]
    return found


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return found


def dashboard_expressions() -> Iterator[str]:
    """Yield what Grafana would ask Prometheus."""
    for panel in panels():
        for target in panel["targets"]:
            yield re.sub(r"\$__(rate_interval|range)", "5m", target["expr"]).replace("$bot", ".*")


async def test_metrics_are_documented_and_exist_where_they_are_used(tmp_path: Path, unused_tcp_port: int) -> None:
    exposed = await expose(tmp_path, unused_tcp_port)
    found = families(exposed)
    assert {name: (family.kind, family.labels, family.meaning) for name, family in found.items()} == documented()
    samples = frozenset().union(*(family.samples for family in found.values()))
    labels = frozenset().union(*(family.labels for family in found.values())) | OF_ONE_SCRAPE
    for expression in [*(rule["expr"] for rule in rules()), *dashboard_expressions()]:
        assert set(re.findall(r"digestbot_\w+", expression)) <= samples, expression
        for names in re.findall(r"(?:by|on|group_left) \(([^)]*)\)|(\w+)=~?\"", expression):
            assert set(", ".join(filter(None, names)).split(", ")) <= labels, expression
    assert 'digestbot_delivery_lateness_seconds_bucket{bot="main",le="900.0"}' in exposed
    assert set(re.findall(r'outcome="(\w+)"', exposed)) == set(
        re.findall(r"`([A-Z]\w+)`", PAGE.split("\n## Alerts")[0])
    )
    if shutil.which("promtool"):
        promtool("check", "metrics", stdin=exposed)


def test_each_alert_has_a_test_and_a_section() -> None:
    alerts = [rule["alert"] for rule in rules()]
    assert alerts == re.findall(r"^### (Digestbot\w+)$", PAGE, re.MULTILINE)
    for rule in rules():
        assert rule["annotations"]["runbook"] == f"docs/metrics.md#{rule['alert'].lower()}"
    cases = [case for test in yaml.safe_load(RULE_TESTS.read_text())["tests"] for case in test["alert_rule_test"]]
    assert {case["alertname"] for case in cases if "exp_alerts" in case} == set(alerts)
    assert {case["alertname"] for case in cases if "exp_alerts" not in case} == set(alerts)


@needs_promtool
def test_alerts_fire_when_they_should() -> None:
    promtool("check", "rules", RULES)
    promtool("test", "rules", RULE_TESTS)


@needs_promtool
def test_expressions_of_the_dashboard_are_valid(tmp_path: Path) -> None:
    recorded = [{"record": f"x:{number}", "expr": text} for number, text in enumerate(dashboard_expressions())]
    assert recorded
    file = tmp_path / "dashboard.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": recorded}]}))
    promtool("check", "rules", file)


def test_panels_have_ids_of_their_own_and_do_not_overlap() -> None:
    ids = [panel["id"] for panel in panels()]
    assert len(set(ids)) == len(ids) > 5
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels())
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) == 23
