"""Settings errors are reported at once; .env.example matches the class."""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from bot.settings import InvalidSettings, Settings, default_text, load_settings

ROOT = Path(__file__).parents[2]
TOKEN = "123456:abcdefghijklmnop"


@pytest.fixture(autouse=True)
def _no_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_only_the_token_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", TOKEN)
    settings = load_settings()
    assert settings.default_schedule.zone == "Asia/Shanghai"
    assert settings.default_schedule.at == time(8)
    assert settings.admin_ids == frozenset()


def test_environment_overrides_the_env_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"BOT_TOKEN={TOKEN}\nADMIN_IDS=1, 2；3\nMORNING=7:30\nMETRICS_PORT=\n")
    monkeypatch.setenv("MORNING", "06:15")
    settings = load_settings()
    assert settings.admin_ids == {1, 2, 3}
    assert settings.morning == time(6, 15)
    assert settings.metrics_port is None


OPEN, MORE = "the quote after {} is not closed", "there is more behind the closing quote of {}"


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ('BOT_TOKEN="{}\nRATE=9', 1, OPEN.format("BOT_TOKEN=")),
        ('BOT_TOKEN="{}\nMORNING="7:30"\nRATE=9', 1, OPEN.format("BOT_TOKEN=")),
        ('MORNING="7:30"\nBOT_TOKEN = "{}\nRATE="9"', 2, OPEN.format("BOT_TOKEN=")),
        ('# mine\n\n  export BOT_TOKEN="{}\nDIGESTS=a"\nRATE=9', 3, OPEN.format("BOT_TOKEN=")),
        ("BOT_TOKEN='{}\nDIGESTS='it\\'s'\nRATE=9", 1, OPEN.format("BOT_TOKEN=")),
        ('BOT_TOKEN="{}\\"\r\nRATE=9\r\n', 1, OPEN.format("BOT_TOKEN=")),
        ('RATE=9\nBOT_TOKEN="{}', 2, OPEN.format("BOT_TOKEN=")),
        ('RATE=9\nBOT_TOKEN="{}"x', 2, MORE.format("BOT_TOKEN=")),
        ("BOT_TOKEN='{}' \"x\nRATE=9", 1, MORE.format("BOT_TOKEN=")),
        ("BOT_TOKEN＝{}\nRATE=9", 1, "has no half-width = after BOT_TOKEN"),
        ('BOT_TOKEN_TECH="{}\nBOT_TOKEN=1:another-loopback-token\nRATE="9"', 1, OPEN.format("BOT_TOKEN_TECH=")),
    ],
)
def test_unreadable_line_of_the_env_file_is_told_once(
    text: str, line: int, problem: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / ".env").write_text(text.format(TOKEN), encoding="utf-8", newline="")
    with pytest.raises(InvalidSettings) as caught:
        load_settings()
    (error,) = caught.value.errors
    assert f"{tmp_path / '.env'}, line {line}: {problem}" in error
    assert TOKEN not in error
    assert caught.value.valid is not None
    assert caught.value.valid.rate == 9
    assert caplog.records == []


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('BOT_TOKEN="123456:ABC\nDEFsecretpart_9"\nRATE=9', [1]),
        ("BOT_TOKEN='123456:ABC\nDEFsecretpart_9'\nRATE=9", [1]),
        ('BOT_TOKEN="123456:ABC\r\nDEF\r\n\r\nsecretpart\r\n"\r\nRATE=9', [1]),
        ('BOT_TOKEN="123456:ABC\nDEFsecretpart==\nsecretpart="\nRATE=9', [1]),
        ('BOT_TOKEN="123456:ABC\nsecretpart\nRATE=9\nDIGESTS="a', [1, 4]),
        ('BOT_TOKEN="123456:ABC\nDEF"\nsecretpart_9\nRATE=9', [1, 3]),
        ("BOT_TOKEN=123456:ABC\nsecretpart_9\nRATE=9", [2]),
        ('CERTIFICATE="ABC\nsecretpart_9\nRATE=9', [1, 2]),
    ],
)
def test_no_part_of_a_value_is_quoted_as_a_name(text: str, lines: list[int], tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(text, encoding="utf-8", newline="")
    with pytest.raises(InvalidSettings) as caught:
        load_settings()
    told = [error for error in caught.value.errors if ".env, line" in error]
    assert [int(re.findall(r"line (\d+)", error)[0]) for error in told] == lines
    assert "secretpart" not in "".join(caught.value.errors)
    assert caught.value.valid is None or caught.value.valid.rate == 9


def test_what_depends_on_an_unreadable_line_is_not_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ('WEBHOOK_URL="https://x', "WEBHOOK_SECRET=0123456789abcdef", 'DATABASE="postgresql://x', "ROLE=send")
    (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setenv("BOT_TOKEN", TOKEN)
    with pytest.raises(InvalidSettings) as caught:
        load_settings()
    first, second = caught.value.errors
    assert "line 1: the quote after WEBHOOK_URL= is not closed" in first
    assert "line 3: the quote after DATABASE= is not closed" in second


def test_value_of_another_program_may_have_several_lines(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f'CERTIFICATE="one\nRATE=8\n"\nBOT_TOKEN={TOKEN}\nRATE=9\n', encoding="utf-8")
    assert load_settings().rate == 9


def test_all_settings_errors_are_reported_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {
        "ADMIN_IDS": "@ann, 12",
        "TIMEZONE": "Asia/Shangai",
        "MORNING": "25:00",
        "DEFAULT_LANGUAGE": "xx",
        "UNCONFIRMED": "maybe",
        "RATE": "fast",
        "PAID_BROADCAST": "sometimes",
        "DRIVER": "telegraf",
        "API_URL": "telegram",
        "WEBHOOK_URL": "http://example.org",
        "WEBHOOK_SECRET": "short",
        "WEBHOOK_PORT": "http",
        "METRICS_PORT": "99999",
        "LOG_LEVEL": "loud",
        "LOG_FORMAT": "xml",
    }
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSettings) as caught:
        load_settings()
    told = {line.partition(":")[0]: line for line in caught.value.errors}
    assert set(told) == {"BOT_TOKEN", *wrong}
    assert "is not set" in told["BOT_TOKEN"]
    assert "@BotFather" in told["BOT_TOKEN"]
    assert "@ann" in told["ADMIN_IDS"]
    assert "08:00" in told["MORNING"]
    for phrase in ("Value error", "validation"):
        assert phrase not in "".join(caught.value.errors)


@pytest.mark.parametrize(("text", "is_on"), [("yes", True), ("On", True), ("是", True), ("no", False), ("0", False)])
def test_paid_broadcasts_are_offered_only_where_switched_on(text: str, *, is_on: bool) -> None:
    assert load_settings(bot_token=TOKEN).paid_broadcast is False
    assert load_settings(bot_token=TOKEN, paid_broadcast=text).paid_broadcast is is_on


def test_webhook_needs_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_URL", "https://bot.example.org/updates")
    with pytest.raises(InvalidSettings) as caught:
        load_settings(bot_token=TOKEN)
    assert [line.partition(":")[0] for line in caught.value.errors] == ["WEBHOOK_SECRET"]
    monkeypatch.setenv("WEBHOOK_SECRET", "0123456789abcdef")
    assert load_settings(bot_token=TOKEN).webhook_url == "https://bot.example.org/updates"
    assert "0123456789abcdef" not in repr(load_settings(bot_token=TOKEN))


@pytest.mark.parametrize(
    "url", ["https://bot.example.org", "https://bot.example.org:8081/x", "ftp://bot.example.org/x", "bot.example.org/x"]
)
def test_unreachable_webhook_url_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("WEBHOOK_URL", url)
    with pytest.raises(InvalidSettings) as caught:
        load_settings(bot_token=TOKEN, webhook_secret="0123456789abcdef")
    assert "https://bot.example.org/updates" in str(caught.value)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("http://[::1]:8081", "http://[::1]:8081"),
        ("https://[2001:DB8::1]", "https://[2001:DB8::1]"),
        ("http://127.0.0.1:8081/telegram//", "http://127.0.0.1:8081/telegram"),
        ("http://127.0.0.1:8081/bot-api", "http://127.0.0.1:8081/bot-api"),
        ("http://[::1]:8081/a%2Fb/~c/", "http://[::1]:8081/a%2Fb/~c"),
    ],
)
def test_address_of_a_bot_api_server_is_taken(url: str, kept: str) -> None:
    assert load_settings(bot_token=TOKEN, api_url=url).api_url == kept


@pytest.mark.parametrize(
    "url", ["http://192.168.1.5:9000/x", "http://bot.lan/x", "https://[fd00::2]:9000/x", "http://[::1]:8080/x"]
)
def test_own_bot_api_server_calls_any_webhook(url: str) -> None:
    given: dict[str, Any] = {"bot_token": TOKEN, "webhook_url": url, "webhook_secret": "0123456789abcdef"}
    assert load_settings(**given, api_url="http://[::1]:8081").webhook_url == url
    with pytest.raises(InvalidSettings, match=r"^WEBHOOK_URL: "):
        load_settings(**given)


@pytest.mark.parametrize("host", ["::1", "::", "2001:db8::1", "localhost"])
def test_webhook_host_may_be_an_ipv6_address(host: str) -> None:
    assert load_settings(bot_token=TOKEN, webhook_host=host).webhook_host == host


def test_webhook_on_ipv6_leaves_its_port_to_the_metrics() -> None:
    """The metrics are on 127.0.0.1, and a socket on :: takes no IPv4 connections."""
    hook = {"webhook_url": "http://h/x", "webhook_secret": "0123456789abcdef"}
    given: dict[str, Any] = {**hook, "api_url": "http://127.0.0.1:8081"}
    assert load_settings(bot_token=TOKEN, **given, webhook_host="::", metrics_port=8080).metrics_port == 8080
    with pytest.raises(InvalidSettings, match="METRICS_PORT"):
        load_settings(bot_token=TOKEN, **given, webhook_host="0.0.0.0", metrics_port=8080)


def test_wrong_token_is_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", "123456:secret secret")
    with pytest.raises(InvalidSettings) as caught:
        load_settings()
    assert "secret" not in str(caught.value)
    assert "hidden" not in repr(load_settings(bot_token=f"{TOKEN}hidden"))


def test_env_example_matches_every_setting() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    stated = dict(re.findall(r"^# (.+)\n([A-Z_]+=.*)$", text, re.MULTILINE))
    for name, field in Settings.model_fields.items():
        assert stated.pop(field.description) == f"{name.upper()}={default_text(name)}"
    assert stated == {}


def test_database_is_the_file_that_a_link_leads_to(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to("folder/bot.db")
    (tmp_path / "loop.db").symlink_to("loop.db")
    assert load_settings(bot_token=TOKEN, database="link.db").database == tmp_path / "folder" / "bot.db"
    assert load_settings(bot_token=TOKEN, database="loop.db").database == Path("loop.db")
    assert load_settings(bot_token=TOKEN, database="data/bot.db").database == Path("data/bot.db")
