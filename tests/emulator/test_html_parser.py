"""Parsing of HTML messages into text and entities, and its errors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.html_parser import HtmlError, parse_html
from emulator.text_cleaning import utf16_length


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("plain & simple", "plain & simple", []),
        ("<B>a</b>", "a", [("bold", 0, 1)]),
        ("<strong>a</strong><em>b</em>", "ab", [("bold", 0, 1), ("italic", 1, 1)]),
        ("<s>a</s><strike>b</strike><del>c</del>", "abc", [("strikethrough", n, 1) for n in range(3)]),
        ("<u>a</u><ins>b</ins>", "ab", [("underline", 0, 1), ("underline", 1, 1)]),
        ("<tg-spoiler>a</tg-spoiler>", "a", [("spoiler", 0, 1)]),
        ('<span class="tg-spoiler">a</span>', "a", [("spoiler", 0, 1)]),
        ("<blockquote>a</blockquote>", "a", [("blockquote", 0, 1)]),
        ("<blockquote expandable>a</blockquote>", "a", [("expandable_blockquote", 0, 1)]),
        ("<code>a</code><pre>b</pre>", "ab", [("code", 0, 1), ("pre", 1, 1)]),
        ("<b>😀</b><i>x</i>", "😀x", [("bold", 0, 2), ("italic", 2, 1)]),
        ("&lt;b&gt; &amp;amp; &quot;&#65;&#x42;", '<b> &amp; "AB', []),
        ("&lt &#65 &nbsp; &copy;", "< A &nbsp; &copy;", []),
        ("&#65X &#x42X", "AX BX", []),
        ("<b>a</>", "a", [("bold", 0, 1)]),
        ("<b></b>", "", []),
        ("<tg-time>noon</tg-time>", "noon", []),
    ],
)
def test_tags_and_references(source: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    parsed_text, parsed = parse_html(source)
    assert parsed_text == text
    assert [(entity.type, entity.offset, entity.length) for entity in parsed] == entities


def test_tag_arguments() -> None:
    _, parsed = parse_html(
        '<a href="https://x.org/?a=1&amp;b">l</a><a href="tg://user?id=7">u</a><a>http://y.org</a>'
        '<pre><code class="language-py">p</code></pre><a href="nowhere">n</a><tg-emoji emoji-id="5">e</tg-emoji>'
    )
    assert [entity.url for entity in parsed] == ["https://x.org/?a=1&b", None, "http://y.org/", None, None]
    assert parsed[1].user == {"id": 7}
    assert parsed[3].language == "py"
    assert parsed[4].custom_emoji_id == "5"


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("a<br>", 'Unsupported start tag "br" at byte offset 1'),
        ("新<br/>", 'Unsupported start tag "br/" at byte offset 3'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<a href", 'Unclosed start tag "a" at byte offset 0'),
        ("<a href=", 'Unclosed start tag "a" at byte offset 0'),
        ("<a href='x", "Unclosed start tag at byte offset 0"),
        ("<a =x>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href=x/y>", "Unexpected end of name token at byte offset 8"),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
    ],
)
def test_error_messages(source: str, error: str) -> None:
    with pytest.raises(HtmlError) as caught:
        parse_html(source)
    assert caught.value.description == f"Bad Request: can't parse entities: {error}"


@given(st.text(alphabet="<>/ab=&;#1\"' 😀新span"))
def test_any_text_gives_valid_entities_or_error(source: str) -> None:
    try:
        text, entities = parse_html(source)
    except HtmlError:
        return
    for entity in entities:
        assert 0 < entity.length <= utf16_length(text) - entity.offset
