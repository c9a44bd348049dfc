"""Answers of others than the Bot API, as proxies, providers and other services give them."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass

from tests.hostile_server import http_response

WORD = "Guanghua"
"""A word in the pages that stands for what must not get into a log."""


@dataclass(frozen=True, slots=True)
class Page:
    """An answer and its name."""

    name: str
    response: bytes

    def __str__(self) -> str:
        return self.name


def _html(name: str, status: int, text: str, encoding: str = "utf-8", *headers: tuple[str, str]) -> Page:
    page = f"<html><head><title>{text}</title></head><body><h1>{text}</h1>{WORD}</body></html>"
    content_type = ("Content-Type", f"text/html; charset={encoding}")
    return Page(name, http_response(status, page.encode(encoding), content_type, *headers))


def _json(name: str, status: int, value: object) -> Page:
    return Page(name, http_response(status, json.dumps(value).encode(), ("Content-Type", "application/json")))


def _bytes(name: str, status: int, body: bytes, *headers: tuple[str, str]) -> Page:
    return Page(name, http_response(status, body, *headers))


PAGES = [
    _html("nginx 502", 502, "502 Bad Gateway", "utf-8", ("Server", "nginx/1.24.0")),
    _html("nginx 400: plain HTTP to an HTTPS port", 400, "The plain HTTP request was sent to HTTPS port"),
    _html("nginx 413", 413, "413 Request Entity Too Large"),
    _html("nginx 444-like empty 502", 502, ""),
    _html("Apache 503", 503, "503 Service Unavailable", "iso-8859-1", ("Server", "Apache/2.4.58")),
    _html("HAProxy 504", 504, "504 Gateway Time-out", "utf-8", ("Connection", "close")),
    _bytes("Envoy 503", 503, b"upstream connect error or disconnect/reset before headers. reset reason: overflow"),
    _html("Varnish 503", 503, "Backend fetch failed", "utf-8", ("X-Varnish", "32770")),
    _html("Cloudflare 520", 520, "Web server is returning an unknown error", "utf-8", ("Server", "cloudflare")),
    _html("Cloudflare 521", 521, "Web server is down", "utf-8", ("Server", "cloudflare")),
    _html("Cloudflare 522", 522, "Connection timed out", "utf-8", ("Server", "cloudflare")),
    _html("Cloudflare challenge 403", 403, "Just a moment...", "utf-8", ("cf-mitigated", "challenge")),
    _bytes("Cloudflare 1015", 429, b"error code: 1015", ("Retry-After", "0")),
    _html("squid 503", 503, "ERROR: The requested URL could not be retrieved", "utf-8", ("Via", "1.1 squid")),
    _html("squid 407", 407, "Cache Access Denied", "utf-8", ("Proxy-Authenticate", 'Basic realm="squid"')),
    _html("provider's 502 in GBK", 502, "错误的网关：服务器暂时无法响应您的请求", "gbk"),
    _html("provider's block page in GB18030", 403, "对不起，您访问的网站未备案", "gb18030"),
    _html("captive portal in Big5", 200, "請先登入無線網路", "big5"),
    _html("captive portal in Shift_JIS", 200, "ネットワークにログインしてください", "shift_jis"),
    _html("captive portal in EUC-KR", 200, "네트워크에 로그인하십시오", "euc-kr"),
    _html("captive portal in UTF-16", 200, "请登录", "utf-16"),
    _html("captive portal's redirect", 302, "Login", "utf-8", ("Location", "http://127.0.0.1:9/login?url=x")),
    _html("redirect to https", 301, "Moved Permanently", "utf-8", ("Location", "https://127.0.0.1:9/")),
    _html("redirect that repeats the POST", 307, "", "utf-8", ("Location", "/bot/getMe")),
    _html("Russian block page", 200, "Доступ к запрашиваемому ресурсу ограничен", "windows-1251"),
    _html("Russian block page, 451", 451, "Доступ ограничен по решению суда", "windows-1251"),
    _html(
        "Iranian block page",
        403,
        "دسترسی به این سایت امکان‌پذیر نیست".replace("\u200c", "").replace("ی", "ي"),
        "windows-1256",
    ),
    _html("Turkish block page", 200, "Bu internet sitesine erişim engellenmiştir", "windows-1254"),
    _html("network authentication required", 511, "Network Authentication Required"),
    _bytes("empty 200", 200, b""),
    _bytes("204", 204, b""),
    _bytes("205 with a body", 205, b"x"),
    _json("Slack's answer", 200, {"ok": True, "channel": "C1", "ts": "1.2", "message": {"text": WORD}}),
    _json("Slack's error", 200, {"ok": False, "error": "invalid_auth"}),
    _json("Discord's error", 401, {"message": f"401: Unauthorized {WORD}", "code": 0}),
    _json("Django REST framework", 404, {"detail": "Not found."}),
    _json("AWS API gateway", 403, {"message": "Missing Authentication Token"}),
    _json("Kubernetes", 403, {"kind": "Status", "status": "Failure", "code": 403, "reason": "Forbidden"}),
    _json("GraphQL", 200, {"data": None, "errors": [{"message": WORD}]}),
    _json("another bot API", 400, {"ok": False, "error_code": 400, "description": f"{WORD} is wrong"}),
    _json("result null", 200, {"ok": True, "result": None}),
    _json("result a string", 200, {"ok": True, "result": WORD}),
    _json("ok a string", 200, {"ok": "true", "result": {"message_id": 1}}),
    _json("ok without a result", 200, {"ok": True}),
    _json("ok with status 500", 500, {"ok": True, "result": {"message_id": 1}}),
    _json("error with status 200", 200, {"ok": False, "error_code": 403, "description": "Forbidden: bot was kicked"}),
    _json("error without a code", 403, {"ok": False, "description": "Forbidden: bot was blocked by the user"}),
    _json("list", 200, []),
    _json("true", 200, True),
    _json("null", 200, None),
    _json("string", 200, WORD),
    _json("number", 200, 7),
    _bytes("not a number", 200, b'{"ok":true,"result":NaN}'),
    _bytes("two values", 200, b'{"ok":true,"result":7}{"ok":true,"result":7}'),
    _bytes("surrogate alone", 200, b'{"ok":true,"result":"\\ud800"}'),
    _bytes("not UTF-8 in JSON", 200, b'{"ok":true,"result":"\xb4\xed\xce\xf3"}'),
    _bytes("10,000 brackets", 200, b'{"ok":true,"result":' + b"[" * 10_000 + b"]" * 10_000 + b"}"),
    _bytes("100,000 open brackets", 200, b"[" * 100_000),
    _bytes("number of 5,000 digits", 200, b'{"ok":true,"result":' + b"9" * 5000 + b"}"),
    _bytes("byte order mark", 200, b'\xef\xbb\xbf{"ok":true,"result":7}'),
    _bytes("gzip", 200, gzip.compress(b'{"ok":true,"result":true}'), ("Content-Encoding", "gzip")),
    _bytes("gzip bomb", 200, gzip.compress(b"x" * 50_000_000), ("Content-Encoding", "gzip")),
    _bytes("says brotli", 200, b"x" * 50, ("Content-Encoding", "br")),
    _bytes("body above the limit", 200, b"x" * (17 << 20)),
    _bytes("length without a body", 200, b"", ("Content-Length", "5"), ("Connection", "close")),
    _bytes("negative length", 200, b"x", ("Content-Length", "-1")),
    _bytes("two lengths", 200, b"x", ("Content-Length", "1"), ("Content-Length", "2")),
    _bytes("length and chunks", 200, b"1\r\nx\r\n0\r\n\r\n", ("Content-Length", "1"), ("Transfer-Encoding", "chunked")),
    _bytes("chunk that lies", 200, b"zz\r\nx\r\n", ("Transfer-Encoding", "chunked")),
    _bytes("chunk without an end", 200, b"ffffffffffffffffff\r\nx", ("Transfer-Encoding", "chunked")),
    _bytes("header of 100 KB", 502, b"x", ("X-Padding", "x" * 100_000)),
    _bytes("2,000 headers", 502, b"x", *[(f"X-{number}", WORD) for number in range(2000)]),
    _bytes("retry after a word", 429, b"slow down", ("Retry-After", "soon")),
    _bytes("retry after a date", 503, b"", ("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT")),
    Page("HTTP/0.9", b"<html>" + WORD.encode()),
    Page("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    Page("TLS alert", b"\x15\x03\x01\x00\x02\x02\x46"),
    Page("SSH banner", b"SSH-2.0-OpenSSH_9.6\r\n"),
    Page("status 99999", b"HTTP/1.1 99999 X\r\nContent-Length: 0\r\n\r\n"),
    Page("status without a number", b"HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n"),
    Page("100 and nothing more", b"HTTP/1.1 100 Continue\r\n\r\n"),
    Page("1,000 times 102", b"HTTP/1.1 102 Processing\r\n\r\n" * 1000),
    Page("101", b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nx"),
    Page("nothing", b""),
]
