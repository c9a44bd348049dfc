"""Inline Markdown beside Chinese punctuation, HTML tags, entities and addresses."""

from __future__ import annotations

import time

import pytest

from digest.parsing.inline import Omission, TextLine, is_safe_url, parse_lines
from digest.parsing.markdown import tokenize
from digest.parsing.omissions import omission_problems
from digest.problems import ProblemCode
from domain.chat.text import Span, Style, Text


def read(markdown: str) -> tuple[tuple[TextLine, ...], list[Omission]]:
    """Parse one paragraph into its lines and omissions."""
    tokens = tokenize(markdown).tokens
    notes: list[Omission] = []
    return parse_lines(tokens[1].children or [], 1, notes), notes


def one(markdown: str) -> Text:
    """Parse a paragraph of one line."""
    (line,) = read(markdown)[0]
    return line.text


def styled_parts(markdown: str, style: Style = Style.BOLD) -> tuple[str, list[str]]:
    """Return the text, and the parts of it in the style."""
    text = one(markdown)
    return text.plain, [text.plain[span.start : span.end] for span in text.spans if span.style is style]


@pytest.mark.parametrize(
    ("markdown", "plain", "bold"),
    [
        ("转向**“活人感”**。", "转向“活人感”。", ["“活人感”"]),
        ('一种**"武器”**的说法', '一种"武器”的说法', ['"武器”']),
        ("**华为****何庭波**说", "华为何庭波说", ["华为", "何庭波"]),
        ("**甲****乙****丙**", "甲乙丙", ["甲", "乙", "丙"]),
        ("**低秩适应（LoRA）**微调", "低秩适应（LoRA）微调", ["低秩适应（LoRA）"]),
        ("**模型上下文协议（MCP）客户端**，通过", "模型上下文协议（MCP）客户端，通过", ["模型上下文协议（MCP）客户端"]),
        ("**标题：**正文", "标题：正文", ["标题："]),
        ("**Title:**text", "Title:text", ["Title:"]),
        ("增长**183.78%**。", "增长183.78%。", ["183.78%"]),
        ("**C++**的", "C++的", ["C++"]),
        ("**甲** 乙** 丙", "甲 乙** 丙", ["甲"]),
        ("**甲**乙**丙", "甲乙**丙", ["甲"]),
        ("甲 ** 乙 ** 丙", "甲 ** 乙 ** 丙", []),
        ("，__甲__ 乙", "，甲 乙", ["甲"]),
        ("***甲***乙", "甲乙", ["甲"]),
        ("**甲*乙*丙**", "甲乙丙", ["甲乙丙"]),
        (r"\*\*甲\*\*", "**甲**", []),
        ("`**甲**`", "**甲**", []),
        ("<b>甲</b>乙<strong>丙</strong>", "甲乙丙", ["甲", "丙"]),
        ("********", "********", []),
    ],
)
def test_bold(markdown: str, plain: str, bold: list[str]) -> None:
    """`**` beside CJK punctuation; two bold runs side by side; an odd count: the last is literal."""
    assert styled_parts(f"字{markdown}") == (f"字{plain}", bold)


@pytest.mark.parametrize(
    "literal",
    [
        "2*3*4",
        "(*^_^*)",
        "(*^_^*) 和 (*^_^*)",
        "(^_^) 和 (^_^)",
        "snake_case_name",
        "a * b * c",
        "(o´ω'o)ﾉ",
        "T_T 和 T_T",
        "~30% 到 ~40%",
        "<3",
        "a < b",
        "List<String>",
        "AT&T",
        "1 & 2",
        "☆*:.｡.｡.:*☆",
        "f(x)[0](y",
        "[链接",
        "{x} %s {{x}}",
    ],
)
def test_literals(literal: str) -> None:
    """`2*3*4`, kaomoji, `snake_case`, raw `<` and `&` stay as they are."""
    assert one(f"字 {literal} 字") == Text(f"字 {literal} 字")


@pytest.mark.parametrize(
    ("markdown", "style", "inside"),
    [
        ("甲*乙*丙", Style.ITALIC, ["乙"]),
        ("a *b* c", Style.ITALIC, ["b"]),
        ("a _b_ c", Style.ITALIC, ["b"]),
        ("~~“旧”~~新", Style.STRIKETHROUGH, ["“旧”"]),
        ("用`code`写", Style.CODE, ["code"]),
        ("<u>甲</u>", Style.UNDERLINE, ["甲"]),
    ],
)
def test_other_styles(markdown: str, style: Style, inside: list[str]) -> None:
    assert styled_parts(markdown, style)[1] == inside


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [("甲&nbsp;乙", "甲 乙"), ("&lt;b&gt;", "<b>"), ("&amp;lt;", "&lt;"), ("&#20013;", "中"), ("&bogus;", "&bogus;")],
)
def test_entities_are_decoded_once(markdown: str, plain: str) -> None:
    assert one(f"字{markdown}") == Text(f"字{plain}")


def test_emoji_are_never_cut() -> None:
    """Emoji with joiners and flags."""
    assert one("**👨‍👩‍👧‍👦**🇨🇳❤️") == Text("👨‍👩‍👧‍👦🇨🇳❤️", one("**👨‍👩‍👧‍👦**").spans)


def test_breaks_end_a_line() -> None:
    lines, _ = read("甲<br/>乙  \n丙\\\n丁\n戊<br>")
    assert [(line.text.plain, line.line, line.hard_break_before) for line in lines] == [
        ("甲", 1, False),
        ("乙", 1, True),
        ("丙", 2, True),
        ("丁", 3, True),
        ("戊", 4, False),
    ]


def test_a_style_over_two_lines_is_on_both() -> None:
    lines, _ = read("**甲\n乙**丙")
    assert [[line.text.plain[span.start : span.end] for span in line.text.spans] for line in lines] == [["甲"], ["乙"]]


@pytest.mark.parametrize(
    ("markdown", "url"),
    [
        ("见 https://example.org/a_b_c。", "https://example.org/a_b_c"),
        ("见https://example.org/a?b=1&copy=2，好", "https://example.org/a?b=1&copy=2"),
        ("（https://example.org/a）", "https://example.org/a"),
        ("(https://example.org/a_(b))", "https://example.org/a_(b)"),
        ("https://example.org/a中文在后", "https://example.org/a"),
        ("https://example.org/百科", "https://example.org/百科"),
        ("**https://example.org/a**", "https://example.org/a"),
        ("<https://example.org/a>", "https://example.org/a"),
        ("HTTPS://example.org/a", "HTTPS://example.org/a"),
    ],
)
def test_bare_addresses(markdown: str, url: str) -> None:
    spans = [span for span in one(markdown).spans if span.style is Style.LINK]
    assert [span.value for span in spans] == [url]


def test_no_address_is_made_within_a_link() -> None:
    assert [span.value for span in one("[https://a.example](https://b.example)").spans] == ["https://b.example"]


def test_omissions_are_recorded() -> None:
    _, notes = read(
        "[甲](javascript:x) [乙](/a) [丙]({{x}}) [](https://e.org) ![丁](i.png) {{< a >}} "
        "<!-- 戊 --> <video src='v'></video>"
    )
    assert [(note.code, note.url) for note in notes] == [
        (ProblemCode.DANGEROUS_LINK, "javascript:x"),
        (ProblemCode.RELATIVE_LINK, "/a"),
        (ProblemCode.TEMPLATE_LINK, "{{x}}"),
        (ProblemCode.EMPTY_LINK, "https://e.org"),
        (ProblemCode.IMAGE, "i.png"),
        (ProblemCode.SHORTCODE, ""),
        (ProblemCode.COMMENT, ""),
        (ProblemCode.MEDIA, "v"),
    ]


def test_unclosed_link_is_reported() -> None:
    for markdown in ("[标题](https://example.org/abc", "🛡️ [https://example.org/abc"):
        _, notes = read(markdown)
        assert [note.code for note in notes] == [ProblemCode.BROKEN_LINK]


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://a.b", True),
        ("http://a.b", True),
        ("mailto:a@b.c", True),
        ("tg://resolve?domain=x", True),
        ("HTTP://A.B", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("vbscript:x", False),
        ("file:///x", False),
        ("/a", False),
        ("#a", False),
        ("", False),
        ("https:///", False),
        ("https:// a", False),
        ("mailto:", False),
        ("example.org", False),
    ],
)
def test_which_addresses_are_linked(url: str, safe: bool) -> None:
    assert is_safe_url(url) is safe


@pytest.mark.parametrize("marker", ["<cut/>", '<cut text="далее" />', "<more>", "</spoiler-box>"])
def test_unknown_tag_alone_on_its_line_is_a_mark_of_a_site(marker: str) -> None:
    lines, notes = read(f"前一行\n{marker}\n后一行")
    assert [line.text.plain for line in lines] == ["前一行", "后一行"]
    assert [(note.code, note.text) for note in notes] == [(ProblemCode.SHORTCODE, marker)]


@pytest.mark.parametrize("text", ["Vec<u8> 的长度", "类型 <T> 与 <K>", "<T> 是参数"])
def test_unknown_tag_beside_words_is_text(text: str) -> None:
    assert one(text).plain == text


@pytest.mark.parametrize("cell", ["td", "th", "TH"])
def test_cells_of_a_row_in_a_line_stay_apart(cell: str) -> None:
    assert one(f"Kite <{cell}>one</{cell}><{cell}>two</{cell}>").plain.split() == ["Kite", "one", "two"]


@pytest.mark.parametrize(
    ("markdown", "lines"),
    [
        ("<p>We merged\n94 changes</p>", ["We merged 94 changes"]),
        ("<p>风大，\n船没有出去。</p>", ["风大，船没有出去。"]),
        ("<p>one\ntwo", ["one", "two"]),
        ("<p>one<br>\ntwo</p>", ["one", "two"]),
        ("<div>one\ntwo</div>", ["one", "two"]),
        ("<ul>\n<li>one\nmore</li>\n<li><p>two</p></li>\n</ul>", ["• one more", "• two"]),
        ("<ol><li>one</li><li>two<ul><li>a</li></ul></li><li>three</li></ol>", ["1. one", "2. two", "• a", "3. three"]),
        ("<ul><li></li></ul>end", ["end"]),
        ("<li>one</li>", ["• one"]),
    ],
)
def test_html_wraps_lines_and_marks_entries(markdown: str, lines: list[str]) -> None:
    assert [line.text.plain for line in read(markdown)[0]] == lines


def test_the_link_of_an_html_entry_begins_behind_its_mark() -> None:
    (line,) = read('<ul><li><a href="https://e.org/1">One</a> ships</li></ul>')[0]
    assert line.text == Text("• One ships", (Span(2, 5, Style.LINK, "https://e.org/1"),))


def test_a_link_without_an_address_is_told_as_such() -> None:
    (problem,) = omission_problems(read("[One]() ships")[1])
    assert problem.message == "A link has no address. Write [text](address)."
    (problem,) = omission_problems(read("[One](two.md) ships")[1])
    assert "two.md" in problem.message


def _seconds(markdown: str) -> float:
    """Return the CPU time that turning a tokenized paragraph into lines takes, the least of three times."""
    children = tokenize(markdown).tokens[1].children or []
    taken = []
    for _ in range(3):
        started = time.process_time()
        parse_lines(children, 1, [])
        taken.append(time.process_time() - started)
    return min(taken)


@pytest.mark.parametrize(
    "repeated",
    [
        "</Aa> ",
        "<Aa/> ",
        "<Aa>\n",
        "<dl> a ",
        "[a](#b) ",
        "[a](https://b.c) ",
        "[a](mailto:a@b.c) ",
        "[](https://b.c) ",
    ],
)
def test_lines_are_built_in_linear_time(repeated: str) -> None:
    assert _seconds(repeated * 8_000) < 8 * _seconds(repeated * 2_000)


def test_words_of_an_address_without_a_link_are_quoted_whole() -> None:
    lines, notes = read("see [**a** `b` c ](mailto:a@b.c) and [ ](mailto:d@e.f)")
    assert [line.text.plain for line in lines] == ["see a b c  and  mailto:d@e.f"]
    assert [(note.code, note.text) for note in notes] == [
        (ProblemCode.ADDRESS_IN_WORDS, "a b c"),
        (ProblemCode.EMPTY_LINK, ""),
    ]
