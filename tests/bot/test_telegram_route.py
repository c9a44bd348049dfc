"""How Telegram is reached: by PROXY, by the environment's variables, or directly; and what is said about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.demo import demo_settings
from bot.settings import load_settings
from bot.telegram_route import TelegramRoute, choose_route, is_in_no_proxy, parse_proxy
from transport.proxy import Proxy, ProxyScheme

TELEGRAM = "https://api.telegram.org"
TOKEN = "123456:abcdefghijklmnop"


def http(host: str = "proxy.example", port: int = 3128, source: str = "PROXY", **credentials: str) -> Proxy:
    return Proxy(scheme=ProxyScheme.HTTP, host=host, port=port, source=source, **credentials)


@pytest.mark.parametrize(
    ("typed", "proxy"),
    [
        ("http://proxy.example:3128", http()),
        ("HTTP://Proxy.Example:3128/", http()),
        ("http://192.0.2.1:80", http("192.0.2.1", 80)),
        ("http://[2001:db8::1]:3128", http("2001:db8::1")),
        ("http://ann:p%40ss%2Fw%3A%C3%BC@proxy.example:3128", http(username="ann", password="p@ss/w:ü")),
        ("http://ann@proxy.example:3128", http(username="ann")),
        ("socks5://127.0.0.1", Proxy(scheme=ProxyScheme.SOCKS5, host="127.0.0.1", port=1080)),
        (
            "socks5h://ann:p+w@127.0.0.1:7891",
            Proxy(scheme=ProxyScheme.SOCKS5H, host="127.0.0.1", port=7891, username="ann", password="p+w"),
        ),
        ("none", None),
        ("NONE", None),
    ],
)
def test_proxy_setting_is_read(typed: str, proxy: Proxy | None) -> None:
    route = parse_proxy(typed)
    assert route == TelegramRoute(proxy, "PROXY")


@pytest.mark.parametrize(
    ("environment", "route"),
    [
        ({}, TelegramRoute()),
        ({"HTTPS_PROXY": "http://proxy.example:3128"}, http(source="HTTPS_PROXY")),
        ({"HTTPS_PROXY": "proxy.example:3128"}, http(source="HTTPS_PROXY")),
        ({"HTTPS_PROXY": "http://upper:1", "https_proxy": "http://lower:2"}, http("lower", 2, "https_proxy")),
        ({"HTTPS_PROXY": "http://upper:1", "https_proxy": " "}, http("upper", 1, "HTTPS_PROXY")),
        ({"ALL_PROXY": "http://all:1", "HTTPS_PROXY": "http://https:2"}, http("https", 2, "HTTPS_PROXY")),
        ({"ALL_PROXY": "http://all:1", "HTTP_PROXY": "http://http:2"}, http("all", 1, "ALL_PROXY")),
        ({"HTTP_PROXY": "http://http:2"}, TelegramRoute()),
        ({"https_proxy": "http://a:1", "NO_PROXY": "example.org"}, http("a", 1, "https_proxy")),
        ({"https_proxy": "http://a:1", "NO_PROXY": "telegram.org"}, TelegramRoute(None, "NO_PROXY")),
        ({"https_proxy": "http://a:1", "no_proxy": "*", "NO_PROXY": "x"}, TelegramRoute(None, "no_proxy")),
        ({"https_proxy": "https://wrong", "no_proxy": "*"}, TelegramRoute(None, "no_proxy")),
    ],
)
def test_environment_is_read_as_curl_reads_it(environment: dict[str, str], route: TelegramRoute | Proxy) -> None:
    expected = TelegramRoute(route, route.source) if isinstance(route, Proxy) else route
    assert choose_route(TELEGRAM, environment) == expected


def test_plain_server_has_a_variable_of_its_own() -> None:
    environment = {"HTTPS_PROXY": "http://https:1", "HTTP_PROXY": "http://http:2"}
    assert choose_route("http://bot-api.example:8081", environment).source == "HTTP_PROXY"


@pytest.mark.parametrize(
    ("server", "exception"),
    [
        ("https://bot-api.example", "bot-api.example:443"),
        ("https://bot-api.example:8443", "bot-api.example:8443"),
        ("http://bot-api.example", "bot-api.example:80"),
    ],
)
def test_exception_with_a_port_is_that_of_the_server(server: str, exception: str) -> None:
    environment = {"all_proxy": "http://all:1", "no_proxy": exception}
    assert choose_route(server, environment) == TelegramRoute(None, "no_proxy")
    assert choose_route(f"{server.removesuffix(':8443')}:444", environment).source == "all_proxy"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "[::1]", "localhost", "api.localhost"])
def test_environment_is_ignored_for_a_server_here(host: str) -> None:
    environment = {"all_proxy": "http://a:1", "https_proxy": "nonsense", "http_proxy": "nonsense"}
    assert choose_route(f"http://{host}:8081", environment) == TelegramRoute(None, "API_URL")
    assert choose_route("http://bot-api.example", {"all_proxy": "http://a:1"}).proxy is not None


@pytest.mark.parametrize(
    ("no_proxy", "host", "is_in"),
    [
        ("", "api.telegram.org", False),
        ("*", "api.telegram.org", True),
        ("api.telegram.org", "api.telegram.org", True),
        ("API.Telegram.ORG", "api.telegram.org.", True),
        ("telegram.org", "api.telegram.org", True),
        (".telegram.org", "api.telegram.org", True),
        (".telegram.org", "telegram.org", True),
        ("*.telegram.org", "api.telegram.org", True),
        ("legram.org", "api.telegram.org", False),
        ("org", "api.telegram.org", True),
        ("example.org, telegram.org", "api.telegram.org", True),
        ("example.org telegram.org", "api.telegram.org", True),
        (",, ,.", "api.telegram.org", False),
        ("telegram.org:443", "api.telegram.org", True),
        ("telegram.org:80", "api.telegram.org", False),
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7:443", "192.0.2.7", True),
        ("192.0.2.0/24", "192.0.2.7", True),
        ("192.0.2.1/24", "192.0.2.7", True),
        ("192.0.3.0/24", "192.0.2.7", False),
        ("192.0.2.0/24", "api.telegram.org", False),
        ("2001:db8::/32", "2001:db8::7", True),
        ("2001:db8::7", "2001:db8::7", True),
        ("[2001:db8::7]", "2001:db8::7", True),
        ("[2001:db8::7]:443", "2001:db8::7", True),
        ("[2001:db8::7]:80", "2001:db8::7", False),
        ("192.0.2.0/24", "2001:db8::7", False),
        ("192.0.2.0/99", "192.0.2.7", False),
    ],
)
def test_exceptions_are_matched(no_proxy: str, host: str, is_in: bool) -> None:
    assert is_in_no_proxy(host, 443, no_proxy) is is_in


def test_settings_prefer_proxy_to_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://env.example:1")
    monkeypatch.setenv("NO_PROXY", "*.org")
    given = {"bot_token": TOKEN, "api_url": TELEGRAM}
    assert load_settings(None, **given).proxy == TelegramRoute(None, "NO_PROXY")
    assert load_settings(None, **given, proxy="http://proxy.example:3128").proxy == TelegramRoute(http(), "PROXY")
    monkeypatch.delenv("NO_PROXY")
    assert load_settings(None, **given).proxy.source == "HTTPS_PROXY"
    assert load_settings(None, **given, proxy="none").proxy == TelegramRoute(None, "PROXY")
    assert load_settings(None, **given | {"api_url": "http://127.0.0.1:1"}).proxy == TelegramRoute(None, "API_URL")


def test_demo_ignores_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("ALL_PROXY", "HTTP_PROXY", "PROXY"):
        monkeypatch.setenv(name, "nonsense")
    assert demo_settings("http://127.0.0.1:8081", TOKEN, tmp_path).proxy == TelegramRoute(None, "API_URL")


def test_settings_hide_the_password() -> None:
    settings = load_settings(None, bot_token=TOKEN, proxy="http://ann:the-password@proxy.example:3128")
    assert settings.proxy.proxy is not None
    assert settings.proxy.proxy.password == "the-password"
    for text in (repr(settings), str(settings), str(settings.proxy), repr(settings.proxy)):
        assert "the-password" not in text
    assert str(settings.proxy) == "HTTP proxy proxy.example:3128"
