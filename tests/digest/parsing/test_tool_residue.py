"""What word processors, note-takers and site generators write between the words: readers get the words alone."""

from __future__ import annotations

import pytest

from digest.model import Digest
from domain.chat.text import Style
from tests.digest.reading import bodies, codes, heads, read

LEFT_OUT = {"D404-shortcode-left-out", "D506-note-marks"}
NEWS = "1. **One:** Text one.\n2. **Two:** Text two.\n"


def shown(digest: Digest) -> str:
    """Return all words that readers get."""
    items = (f"{item.section}\n{item.headline}\n{item.body.plain}" for item in digest.items)
    return "\n".join((digest.title, digest.intro.plain, *items, digest.commentary.plain))


@pytest.mark.parametrize(
    "anchor",
    [
        "{#daily-brief:-november-24,-2026}",
        "{#what’s-new-&-what-isn't?}",
        "{#q&a}",
        "{#新闻：今天（二）}",
        '{#a .b data-x="1, 2"}',
        "{.unnumbered}",
        "{ #spaced }",
    ],
)
def test_attributes_of_a_heading_go_up_to_their_bracket(anchor: str) -> None:
    digest = read(f"# Daily Brief {anchor}\n\n## Tools & law {anchor}\n\n{NEWS}", head="---\ndate: 2025-09-12\n---\n")
    assert digest.title == "Daily Brief"
    assert [item.section for item in digest.items] == ["Tools & law"] * 2


@pytest.mark.parametrize("heading", ["Sets {a, b}", "What {name} means", "{#1 is} first"])
def test_other_brackets_of_a_heading_stay(heading: str) -> None:
    digest = read(f"## {heading}\n\n{NEWS}")
    assert digest.items[0].section == heading


CONTENTS = [
    "[**Tools\t1**](#tools)\n\n[**Law\t2**](#law)",
    "[**Tools**](#tools)\n\n[Law](#law)",
    "[Tools 1](#tools)\n[**Law** 2](#law)",
    "**[工具](#tools)**\n\n**[法律](#law)**",
    "[Tools](#tools)\n\n[***Law***](#law)\n\n[Weather](#weather)",
    "[**1. Tools**](#tools)\n\n[**2. Law**](#law)",
]


@pytest.mark.parametrize("contents", CONTENTS)
@pytest.mark.parametrize("above", ["", "Good morning.\n\n", "## Contents\n\n"])
def test_lines_that_only_lead_to_anchors_are_a_contents_list(contents: str, above: str) -> None:
    sections = "## **Tools** {#tools}\n\n1. **One:** Text one.\n\n## **Law** {#law}\n\n2. **Two:** Text two.\n"
    digest = read(f"{above}{contents}\n\n{sections}")
    assert [(item.section, item.headline) for item in digest.items] == [("Tools", "One"), ("Law", "Two")]
    assert "D207-contents-list" in codes(digest)
    assert digest.intro.plain == ("Good morning." if above.startswith("Good") else "")


@pytest.mark.parametrize("contents", CONTENTS)
@pytest.mark.parametrize(("above", "intro"), [("Written by Ida", "Written by Ida"), ("In this issue:", "")])
def test_line_above_a_contents_list_stays_unless_it_names_it(contents: str, above: str, intro: str) -> None:
    digest = read(
        f"Good morning.\n\n{above}\n\n{contents}\n\n## Tools\n\n1. **One:** Text.\n\n## Law\n\n2. **Two:** Text."
    )
    assert [(item.section, item.headline) for item in digest.items] == [("Tools", "One"), ("Law", "Two")]
    assert digest.intro.plain == "\n\n".join(filter(None, ("Good morning.", intro)))


def test_headline_that_leads_to_its_own_anchor_is_no_contents_list() -> None:
    digest = read("""
        **[One ships](#one)**

        Text of one, with [its link](https://e.org/1).

        **[Two ships](#two)**

        Text of two, with [its link](https://e.org/2).
    """)
    assert [head for head, _ in heads(digest)] == ["One ships", "Two ships"]


@pytest.mark.parametrize(
    ("written", "read_as", "style"),
    [
        ("[words]{.underline}", "words", Style.UNDERLINE),
        ("[words]{.ul}", "words", Style.UNDERLINE),
        ("[words]{.smallcaps}", "words", None),
        ('[words]{lang="de" .x}', "words", None),
        ("[**words**]{.mark}", "words", Style.BOLD),
        ('[words](https://e.org/3){target="_blank"}', "words", Style.LINK),
        ('[words](https://e.org/3){target="_blank" rel=nofollow}', "words", Style.LINK),
        ("[words](https://e.org/3){.external}", "words", Style.LINK),
        ('[words](https://e.org/3){:target="_blank"}', "words", Style.LINK),
        ("`words`{.python}", "words", Style.CODE),
    ],
)
def test_attributes_of_spans_and_links_are_no_text(written: str, read_as: str, style: Style | None) -> None:
    digest = read(f"1. **One:** Before {written} behind.\n2. **Two:** Text.")
    body = digest.items[0].body
    assert body.plain == f"Before {read_as} behind."
    assert [span.style for span in body.spans] == ([style] if style else [])


@pytest.mark.parametrize("address", ["(https://e.org/1)", "[1]"])
@pytest.mark.parametrize("words", ["[One ships]{.underline}", "[One]{.underline} ships", "[[One]{.x} ships]{.mark}"])
def test_span_within_a_link_leaves_the_link(words: str, address: str) -> None:
    digest = read(f"""
        1. [{words}]{address}

           Text of one, [{words}](https://e.org/3).

        [1]: https://e.org/1
    """)
    assert heads(digest) == [("One ships", "https://e.org/1")]
    assert bodies(digest) == ["Text of one, One ships."]
    links = [span for span in digest.items[0].body.spans if span.style is Style.LINK]
    assert [(span.start, span.end, span.value) for span in links] == [(13, 22, "https://e.org/3")]
    assert "D305-broken-link" not in codes(digest)


@pytest.mark.parametrize(
    "attributes", ['{width="3.2in" height="1.8in"}', "{width=50%}", "{.center}", "{#fig-1 .wide width=3cm}"]
)
@pytest.mark.parametrize("picture", ["![]({})", "![A chart]({})"])
def test_attributes_of_a_picture_are_no_section(attributes: str, picture: str) -> None:
    picture = picture.format("https://e.org/a.png") + attributes
    digest = read(
        f"**1. One**\n\nText one.\n\n{picture}\n\n**2. Two**\n\nText two.\n\n{picture}\n\n**3. Three**\n\nText."
    )
    assert [(item.section, item.headline) for item in digest.items] == [("", "One"), ("", "Two"), ("", "Three")]
    assert "{" not in shown(digest)


@pytest.mark.parametrize(
    "words", ["f(x){a=1} holds", "[sic] {x=1}", "a [b] {.c}", "[a]{b}", "{width=3} alone", "Set {x} of [y]"]
)
def test_brackets_in_words_stay(words: str) -> None:
    assert bodies(read(f"1. **One:** Note {words}.\n2. **Two:** Text."))[0] == f"Note {words}."


@pytest.mark.parametrize("program", ["dataview", "dataviewjs", "tasks", "Dataview"])
def test_block_of_a_note_takers_program_is_left_out(program: str) -> None:
    digest = read(f"{NEWS}\n```{program}\nTABLE status FROM #news\nSORT date DESC\n```")
    assert "TABLE" not in shown(digest)
    (problem,) = [problem for problem in digest.problems if problem.code in LEFT_OUT]
    assert "TABLE status FROM #news SORT date DESC" in problem.message


def test_code_for_readers_stays() -> None:
    digest = read(f"{NEWS}\n   ```sql\n   SELECT 1\n   ```")
    assert "SELECT 1" in shown(digest)


@pytest.mark.parametrize("field", ["status:: done", "up:: [[Index]]", "来源:: 晨读", "tags:: #a #b"])
def test_field_above_the_text_is_left_out(field: str) -> None:
    digest = read(f"{field}\nsource:: [[Inbox]]\n\nGood morning.\n\n{NEWS}")
    assert digest.intro.plain == "Good morning."
    name, _, _ = field.partition("::")
    assert any(name in problem.message for problem in digest.problems if problem.code in LEFT_OUT)


@pytest.mark.parametrize("title", ["Tech Brief:: 24 November", "iOS Brief:: 24 November", "Обзор дня:: 24 ноября"])
def test_title_with_two_colons_above_the_text_stays(title: str) -> None:
    digest = read(f"{title}\n\nGood morning.\n\n{NEWS}")
    assert title.replace("::", ":") in digest.intro.plain
    assert "Good morning." in digest.intro.plain


def test_page_of_nothing_but_fields_keeps_them() -> None:
    digest = read("status:: done\nsource:: Inbox\n")
    assert "status: done" in shown(digest)


@pytest.mark.parametrize(
    ("field", "read_as"),
    [("출처:: 애플", "출처: 애플"), ("来源:: 苹果", "来源：苹果"), ("出典:: アップル", "出典：アップル")],
)
def test_colon_behind_a_field_is_that_of_its_script(field: str, read_as: str) -> None:
    digest = read(f"- [One](https://e.org/1)\n\n  {field}\n- [Two](https://e.org/2)\n\n  Text.")
    assert read_as in digest.items[0].body.plain


def test_field_within_an_item_shows_one_colon() -> None:
    digest = read("- **One**\n  - 来源:: [甲](https://e.org/1)\n- **Two**\n  - source:: [B](https://e.org/2)")
    assert "::" not in shown(digest)
    assert [url for _, url in heads(digest)] == ["https://e.org/1", "https://e.org/2"]


@pytest.mark.parametrize("words", ["std::vector grows", "f :: Int -> Int", "see foo::bar for it"])
def test_two_colons_in_words_stay(words: str) -> None:
    digest = read(f"{words}\n\n{NEWS}")
    assert words in digest.intro.plain


@pytest.mark.parametrize("written", ["==words==", "这是==words==，", "(==words==)", "**==words==**"])
def test_highlighted_words_stay_without_marks(written: str) -> None:
    digest = read(f"1. **One:** Before {written} behind.\n2. **Two:** Text.")
    assert bodies(digest)[0] == f"Before {written.replace('==', '').replace('**', '')} behind."


@pytest.mark.parametrize("words", ["a==b or c==d", "a == b and c == d", "`==x==`", "==== 4 ===="])
def test_equals_signs_in_words_stay(words: str) -> None:
    assert bodies(read(f"1. **One:** If {words}.\n2. **Two:** Text."))[0] == f"If {words}.".replace("`", "")


@pytest.mark.parametrize(
    "written",
    [
        '<Callout type="info">All free.</Callout>',
        "<Note>All free.</Note>",
        '<Tip icon={x}>All free.</Tip> <Icon name="x" />',
        '<Admonition type="tip" title="T">\nAll free.\n</Admonition>',
    ],
)
def test_parts_of_an_mdx_page_are_no_text(written: str) -> None:
    digest = read(f"{written}\n\n{NEWS}")
    assert digest.intro.plain == "All free."
    assert "D410-markup-left-out" in codes(digest)


@pytest.mark.parametrize(
    "words", ["List<String> holds", "Map<Key> or Set<Value>", "the <Enter> key", "<Foo> is a type"]
)
def test_words_in_angle_brackets_stay(words: str) -> None:
    assert bodies(read(f"1. **One:** Note {words}.\n2. **Two:** Text."))[0] == f"Note {words}."


@pytest.mark.parametrize("bullet", ["・", "･"])
def test_japanese_bullet_is_no_part_of_a_headline(bullet: str) -> None:
    digest = read(f"""
        ■ 経済

        {bullet}港の新しい時刻表
        　週末も船が出る。
        　https://e.org/1

        {bullet}塩の値段、下がる
        　三年ぶり。
        　https://e.org/2

        ■ 社会

        {bullet}島に図書館
        　蔵書は二万冊。
        　https://e.org/3
    """)
    assert [head for head, _ in heads(digest)] == ["港の新しい時刻表", "塩の値段、下がる", "島に図書館"]


@pytest.mark.parametrize("name", ["ジョン・スミス、来日", "A・B社の発表"])
def test_middle_dot_within_a_name_stays(name: str) -> None:
    assert heads(read(f"1. [{name}](https://e.org/1)\n2. [二](https://e.org/2)"))[0][0] == name


@pytest.mark.parametrize(
    ("sentence", "label"),
    [
        ("Ein Satz mit Inhalt.", "Quelle:"),
        ("Целое предложение.", "Подробнее:"),
        ("A whole sentence.", "Source:"),
        ("Una frase entera.", "Fuente:"),
        ("一句完整的话。", "来源："),
        ("一句完整的话。", "原文链接："),
    ],
)
@pytest.mark.parametrize("gap", [" ", "\n   "])
def test_label_without_its_address_does_not_dangle(sentence: str, label: str, gap: str) -> None:
    digest = read(
        f"1. **One**\n\n   {sentence}{gap}{label} https://e.org/1\n\n"
        f"2. **Two**\n\n   {sentence}{gap}{label} <https://e.org/2>"
    )
    assert [url for _, url in heads(digest)] == ["https://e.org/1", "https://e.org/2"]
    for item in digest.items:
        assert not item.body.plain.endswith((":", "："))
        assert item.body.plain.startswith(sentence)


@pytest.mark.parametrize(
    "words",
    [
        "Svelte drops {#each items as x, i (x.id)}",
        "Svelte drops {#if user}",
        "Rust reads {.0 as x}",
        "Go prints {.Name | upper}",
        "Kramdown reads {#id but no=value, here}",
    ],
)
def test_code_at_the_end_of_a_heading_stays(words: str) -> None:
    digest = read(f"## {words}\n\nText. [Link](https://e.org/1)\n\n## Two\n\nText. [Link](https://e.org/2)\n")
    assert [item.headline for item in digest.items] == [words, "Two"]
    assert "D410-markup-left-out" not in codes(digest)


def test_attributes_of_a_heading_are_told() -> None:
    digest = read("## One {#one .new}\n\nText. [Link](https://e.org/1)\n\n## Two\n\nText. [Link](https://e.org/2)\n")
    told = [(problem.line, problem.message) for problem in digest.problems if "D410" in problem.code]
    assert told == [(6, "Markup is left out, and the words that it belongs to stay: “{#one .new}”.")]


@pytest.mark.parametrize(
    "words",
    ["React ships <Activity /> for hidden trees", "<Tabs/> is new", "New: <Tip/><Tabs/>", 'Use **<Tabs a="b" />**'],
)
def test_component_that_words_name_stays(words: str) -> None:
    digest = read(f"1. **One:** {words}.\n2. **{words}:** Text.")
    shown_words = words.replace("**", "")
    assert bodies(digest)[0] == f"{shown_words}."
    assert digest.items[1].headline == shown_words
    assert "D404-shortcode-left-out" not in codes(digest)


@pytest.mark.parametrize(
    "line", ['<Tweet id="1" />', '<Tweet id="1" /> <Tweet id="2" />', "<Tabs><Tab /></Tabs>", "<Tabs> <Tab/> </Tabs>"]
)
def test_components_alone_on_their_line_are_left_out(line: str) -> None:
    digest = read(f"1. **One**\n\n   Before.\n   {line}\n   Behind.\n\n2. **Two**\n\n   Text.")
    assert bodies(digest)[0].split() == ["Before.", "Behind."]
