"""Addresses that buttons may have, by the rules of tdlib's HttpUrl.cpp."""

from __future__ import annotations

import pytest

from emulator.links import find_url_error, normalize_url


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("https://example.org/1", ""),
        ("https://a..b.com", ""),
        ("https://.com/", ""),
        ("https://example.org:443/1", ""),
        ("https://例子.中国/新闻", ""),
        ("https://[2001:db8::1]/a", ""),
        ("https://example.org:0/1", "Wrong port number"),
        ("https://example.org:65536/1", "Wrong port number"),
        ("https://example.org:/1", "Wrong port number"),
        ("https://k|x.example/1", "Disallowed character in URL host"),
        ("https://k{x.example/1", "Disallowed character in URL host"),
        ("https://k^x.example/1", "Disallowed character in URL host"),
        ('https://k"x.example/1', "Disallowed character in URL host"),
        ("https://k\\x.example/1", "Disallowed character in URL host"),
        ("https://k<x.example/1", "Disallowed character in URL host"),
        ("https://[2001:zz::1]/a", "Wrong IPv6 URL host"),
        ("nowhere", "Wrong HTTP URL"),
        ("https://localhost/1", "Wrong HTTP URL"),
        ("javascript:x", "Wrong HTTP URL"),
    ],
)
def test_which_button_urls_are_refused(url: str, error: str) -> None:
    assert find_url_error(url) == error
    assert (normalize_url(url) == "") is bool(error)
