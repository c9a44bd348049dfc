"""Addresses of links: read as they were meant, and never one that Telegram refuses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Digest
from digest.rendering.links import is_linkable
from domain.chat.text import Style
from emulator.links import find_url_error
from tests.digest.reading import codes, read


def _read(passage: str) -> Digest:
    return read(f"1. 头条\n\n   {passage}\n\n2. 又一条\n\n   正文。\n")


def _links(digest: Digest) -> list[tuple[str, str]]:
    body = digest.items[0].body
    return [(body.plain[span.start : span.end], span.value) for span in body.spans if span.style is Style.LINK]


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("https://e.org/My Report.pdf", "https://e.org/My%20Report.pdf"),
        ("https://e.org/My Report (1).pdf", "https://e.org/My%20Report%20(1).pdf"),
        ('https://e.org/a b "标题"', "https://e.org/a%20b"),
        (" https://e.org/a ", "https://e.org/a"),
        ("https://e.org/中文 路径", "https://e.org/中文%20路径"),
        ("<https://e.org/a b>", "https://e.org/a%20b"),
        ("https://e.org/a_(b)", "https://e.org/a_(b)"),
        ("https://e.org/a_(b", "https://e.org/a_(b)"),
        ("https://e.org/a（b）", "https://e.org/a（b）"),
        ("https://e.org/?q=[1]", "https://e.org/?q=[1]"),
        ("https://e.org/a。", "https://e.org/a"),
        ("https://e.org/a，", "https://e.org/a"),
        ("https：//e.org/a", "https://e.org/a"),
        ("https://a..b.com", "https://a..b.com"),
        ("https://[2001:db8::1]/a", "https://[2001:db8::1]/a"),
        ("http://e.org:1/a", "http://e.org:1/a"),
        ("http://e.org:65535/a", "http://e.org:65535/a"),
    ],
)
def test_address_is_read_as_meant(written: str, url: str) -> None:
    digest = _read(f"见[标题]({written})")
    assert digest.items[0].body.plain == "见标题"
    assert _links(digest) == [("标题", url)]


@pytest.mark.parametrize("form", ["见[标题]（{}）", "见[标题]({}）", "见[标题]（{})", "见[标题]（ {} ）"])
@pytest.mark.parametrize("url", ["https://e.org/a", "https://e.org/a（b）"])
def test_full_width_brackets_hold_an_address(form: str, url: str) -> None:
    assert _links(_read(form.format(url) + "，再看。")) == [("标题", url)]


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("看 https://e.org/a_(b)。", "https://e.org/a_(b)"),
        ("看（https://e.org/a）", "https://e.org/a"),
        ("看(https://e.org/a)", "https://e.org/a"),
        ("“https://e.org/a”", "https://e.org/a"),
        ("看 https://e.org/a; 再看", "https://e.org/a"),
    ],
)
def test_bare_address_ends_before_the_sentence(written: str, url: str) -> None:
    assert _read(f"正文。{written}").items[0].url == url


REFUSED = [
    "https://e.org:0/1",
    "https://e.org:65536/1",
    "https://e.org:/1",
    "https://e.org:99999999999",
    "https://k|x.example/1",
    "https://k^x.example/1",
    "https://k{x.example/1",
    "http://localhost/1",
]


@pytest.mark.parametrize("url", REFUSED)
@pytest.mark.parametrize("form", ["见[标题]({})", "见 {} 吧"])
def test_refused_address_is_told_and_not_linked(form: str, url: str) -> None:
    digest = _read(form.format(url))
    assert _links(digest) == []
    assert digest.items[0].url == ""
    assert "D306-refused-link" in codes(digest)


@pytest.mark.parametrize(("url", "code"), [("https:/e.org", "D302-relative-link"), ("/a", "D302-relative-link")])
def test_address_without_a_host_is_told(url: str, code: str) -> None:
    digest = _read(f"见[标题]({url})")
    assert _links(digest) == []
    assert code in codes(digest)


_hosts = st.text(alphabet='ab1.-_:[]@|\\^{<"%~例 /?#(', max_size=12)
_ports = st.sampled_from(["", ":", ":0", ":80", ":65535", ":65536", ":x", ":-1"])


@given(_hosts, _ports, st.sampled_from(["", "/", "/a b", "/（c）", "?q=1", "#x"]))
def test_no_link_of_a_digest_is_refused(host: str, port: str, path: str) -> None:
    digest = _read(f"见[标题](<https://{host.replace('<', '')}{port}{path}>)")
    urls = [value for _, value in _links(digest)] + [digest.items[0].url]
    assert [url for url in urls if url and find_url_error(url)] == []
    assert [url for url in urls if url and not is_linkable(url)] == []
