"""What is too long for a message is divided within Telegram's limits, whatever script it is written in."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import chain

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.model import Digest
from digest.rendering.pagination.graphemes import is_grapheme_boundary
from digest.rendering.pagination.message_size import text_json_bytes
from digest.rendering.pagination.paginate import paginate
from domain.chat import limits
from domain.chat.i18n import Translations
from domain.chat.message import Message
from domain.chat.text import Style, Text, bold, concat, link
from tests.digest.editions import digest, item
from views.digest_passages import digest_passages

URL = "https://example.org/{}"
ENGLISH = "The committee met again, and no one could say why the vote was called. "
SCRIPTS = {
    "English": ENGLISH,
    "English without stops": "and then they went on to say that ",
    "one word": "Donaudampfschifffahrtsgesellschaft",
    "address": "https://example.org/a/very/long/path?with=query&and=more",
    "mixed": "OpenAI 与 Oracle 签下 300 billion 美元的合同, as reported。",
    "emoji": "👩‍👩‍👧‍👦🇨🇳👍🏽❤️‍🔥",
    "emoji and English": "Launch day 🚀🎉 for everyone 👩🏽‍🚒! ",
    "Hebrew": "הוועדה התכנסה שוב, ואיש לא ידע מדוע. ",
    "Arabic": "اجتمعت اللجنة مرة أخرى، ولم يعرف أحد السبب. ",
    "Hindi": "समिति की फिर बैठक हुई और किसी को कारण नहीं पता था। ",
    "Thai": "คณะกรรมการประชุมอีกครั้งและไม่มีใครรู้ว่าทำไม",
    "combining marks": "e\u0301u\u0308n\u0303 a\u0301 ",
    "surrogate pairs": "𝒜𝓁𝓁 𝓉𝒽𝑒 𝓃𝑒𝓌𝓈 ",
    "lines": "A line.\nAnother line, longer than the first\n",
    "paragraphs": "A paragraph of few words.\n\nAnd the next one: it's short.\n\n",
}


def messages_of(shown: Digest, *, folded: bool = False, language: str = "en") -> tuple[Message, ...]:
    passages = digest_passages(shown, shown.items, Translations.load().translator(language))
    return paginate([replace(passage, folded=folded) for passage in passages])


def without_space(text: str) -> str:
    return "".join(text.split())


def assert_accepted(messages: tuple[Message, ...]) -> None:
    """Require of each message what Telegram requires, and that it is stored as it is sent."""
    assert messages
    for message in messages:
        assert 0 < message.text.utf16_length <= limits.MESSAGE_UTF16_UNITS
        assert len(message.text.entities()) <= limits.MESSAGE_ENTITIES
        assert text_json_bytes(message.text) <= limits.MESSAGE_BYTES
        assert message.text.sanitized() == message.text


def bodies(messages: tuple[Message, ...], headline: str) -> list[str]:
    """Return what stands below the item's headline in each message, without the part's number."""
    pattern = re.compile(rf"1\. {re.escape(headline)}(?: ?[(（][^)）]+[)）])?\n(.*?)(?:\n\n\d+/\d+)?$", re.DOTALL)
    found = [pattern.search(message.text.plain) for message in messages]
    return [match[1] for match in found if match]


@pytest.mark.parametrize("folded", [False, True])
@pytest.mark.parametrize("script", SCRIPTS)
def test_long_item_in_every_script_loses_nothing(script: str, folded: bool) -> None:
    """One item above 4096, cut within no grapheme, each message under its whole headline."""
    body = (SCRIPTS[script] * (13_000 // len(SCRIPTS[script]))).strip()
    messages = messages_of(digest(item(1, body, headline="What happened"), title="", date=None), folded=folded)
    assert_accepted(messages)
    shown = bodies(messages, "What happened")
    assert len(shown) == len(messages) >= 4
    assert without_space("".join(shown)) == without_space(body)
    at = 0
    for part in shown[:-1]:
        at = body.index(part, at) + len(part)
        assert is_grapheme_boundary(body, at)


def test_english_is_cut_after_sentences() -> None:
    messages = messages_of(digest(item(1, ENGLISH * 200), title="", date=None))
    shown = bodies(messages, "第1件事的标题")
    assert len(shown) == 4
    assert {part.rpartition(" ")[2] for part in shown} == {"called."}


@pytest.mark.parametrize("offset", range(12))
def test_emoji_at_the_split_stays_whole(offset: int) -> None:
    """The family takes eleven UTF-16 units; each position of it comes to stand at the limit."""
    family = "👩‍👩‍👧‍👦"
    body = "x" * (3000 + offset) + family * 400
    messages = messages_of(digest(item(1, body), title="", date=None))
    assert_accepted(messages)
    shown = bodies(messages, "第1件事的标题")
    assert len(shown) >= 2
    assert "".join(shown) == body
    assert [part.count("👩‍👩") == part.count("👧‍👦") == part.count(family) for part in shown] == [True] * len(shown)


@pytest.mark.parametrize("count", [99, 100, 101, 250])
def test_more_links_than_entities_are_all_there(count: int) -> None:
    body = concat(chain.from_iterable((link(f"source {n}", URL.format(n)), ", ") for n in range(count)))
    messages = messages_of(digest(item(1, body, url=""), title="", date=None))
    assert_accepted(messages)
    sent = [span.value for message in messages for span in message.text.spans if span.style is Style.LINK]
    assert sent == [URL.format(n) for n in range(count)]


def test_33_kb_of_addresses_are_all_there() -> None:
    addresses = [URL.format(f"{n}-" + "p" * 1100) for n in range(30)]
    body = concat(chain.from_iterable((link(f"source {n}", url), ". ") for n, url in enumerate(addresses)))
    assert sum(map(len, addresses)) > 33_000
    messages = messages_of(digest(item(1, body, url=""), title="", date=None))
    assert_accepted(messages)
    assert len(messages) > 1
    assert [span.value for message in messages for span in message.text.spans if span.style is Style.LINK] == addresses


def test_link_at_the_split_stays_whole() -> None:
    """No link is cut, wherever the limit falls within it."""
    for before in range(3990, 4080, 7):
        body = concat(["a" * (before - 4) + ". ", link("the whole link text", URL.format("x")), " and more. " * 40])
        messages = messages_of(digest(item(1, body, url=""), title="", date=None))
        assert_accepted(messages)
        links = [
            message.text[span.start : span.end].plain
            for message in messages
            for span in message.text.spans
            if span.style is Style.LINK
        ]
        assert links == ["the whole link text"]


_pieces = st.sampled_from(
    [*SCRIPTS.values(), " ", "\n\n", "a", ENGLISH * 30, "W" * 4200, "🇨🇳" * 900, "https://e.org/" * 200]
)


@st.composite
def _texts(draw: st.DrawFn) -> Text:
    parts = draw(st.lists(st.tuples(_pieces, st.sampled_from(["plain", "bold", "link"])), max_size=14))
    return concat(_styled(plain, kind) for plain, kind in parts)


def _styled(plain: str, kind: str) -> Text:
    match kind:
        case "bold":
            return bold(plain)
        case "link":
            return link(plain, URL.format("p" * len(plain)))
        case _:
            return Text(plain)


@settings(max_examples=80)
@example([("A headline. " * 200, Text(ENGLISH * 100))], False, "en")
@given(
    st.lists(st.tuples(_pieces.filter(str.strip), _texts()), min_size=1, max_size=5),
    st.booleans(),
    st.sampled_from(["en", "zh"]),
)
def test_any_mixture_is_accepted_and_loses_nothing(
    contents: list[tuple[str, Text]], folded: bool, language: str
) -> None:
    items = [item(n, body, headline=" ".join(headline.split())) for n, (headline, body) in enumerate(contents, 1)]
    messages = messages_of(digest(*items), folded=folded, language=language)
    assert_accepted(messages)
    rest = iter(without_space("".join(message.text.plain for message in messages)))
    for each in items:
        for character in without_space(each.headline + each.body.plain):
            assert character in rest
