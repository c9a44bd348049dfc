"""Addresses that Telegram makes links of, and those it drops."""

from __future__ import annotations

import pytest

from digest.rendering.links import address_in_words, drop_unlinkable, is_linkable
from domain.chat.text import Style, Text, bold, concat, link


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "http://example.org:8080/a?b=c#d",
        "HTTPS://Example.ORG/中文",
        "https://user@example.org/",
        "https://例子.中国/新闻",
        "https://[2001:db8::1]/a",
        "https://example.org?f=rss",
        "tg://resolve?domain=example",
        "https://a..b.com",
        "https://example.org:65535/",
    ],
)
def test_links(url: str) -> None:
    assert is_linkable(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/a/b",
        "#note",
        "javascript:alert(1)",
        "data:text/html,x",
        "mailto:a@example.org",
        "ftp://example.org",
        "https://",
        "https://localhost/a",
        "https://example.org/a b",
        "https://example.org/a\nb",
        "https://example.org/\ud800",
        "tg://",
        "https://example.org:0/1",
        "https://example.org:70000/1",
        "https://example.org:/1",
        "https://k|x.example/1",
        "https://k{x}.example/1",
        "https://k^x.example/1",
        "https://example.org/" + "p" * 5000,
    ],
)
def test_no_links(url: str) -> None:
    assert not is_linkable(url)


def test_dropped_link_keeps_its_text() -> None:
    good = link("a", "https://example.org")
    assert drop_unlinkable(concat([good, bold(" b "), link("c", "javascript:x")])) == concat([good, bold(" b "), "c"])
    assert drop_unlinkable(good) is good
    assert drop_unlinkable(Text("x")) == Text("x")


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("mailto:a@example.org?subject=Hello%20you", "a@example.org"),
        ("MAILTO:a%2Bb@example.org", "a+b@example.org"),
        ("tel:+4930123", "+4930123"),
        ("ftp://example.org/a", "ftp://example.org/a"),
        ("javascript:alert(1)", ""),
        ("https://localhost", ""),
        ("mailto:a@example.org%0Ab", ""),
    ],
)
def test_addresses_that_are_written_out(url: str, written: str) -> None:
    assert address_in_words(url) == written
    shown = drop_unlinkable(concat(["Ask ", link("us", url).styled(Style.BOLD), " today."]))
    assert shown.plain == (f"Ask us ({written}) today." if written else "Ask us today.")
    assert [(span.style, shown.plain[span.start : span.end]) for span in shown.spans] == [(Style.BOLD, "us")]


def test_address_that_its_words_show_is_not_repeated() -> None:
    assert drop_unlinkable(link("a@example.org", "mailto:a@example.org")) == Text("a@example.org")
