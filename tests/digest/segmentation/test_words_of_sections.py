"""What a section with an unknown name is, its words tell, beside all that the page's form says."""

from __future__ import annotations

import pytest

from digest.model import Digest
from digest.reader import explain_digests, read_digests
from digest.segmentation.classifier import Classifier
from digest.segmentation.selection import rank_segmentations
from tests.digest.fit_sections import parse

NEWS = "\n".join(f"- [{title}](https://news.example/{at})" for at, title in enumerate(("Ferries", "Trams", "Buses")))
FIELDS = "".join(
    f"### {title}\n\n**Summary**\n\nIt runs on time now.\n\n**Why**\n\nPeople asked for it.\n\n"
    f"- Paper: https://papers.example/{at}\n- Code: https://code.example/{at}\n\n"
    for at, title in enumerate(("Ferries learn to wait", "Trams learn to hurry", "Buses learn to sing"))
)


def read(body: str) -> Digest:
    (digest,) = read_digests(f"---\ntitle: Day\ndate: 2026-11-27\n---\n\n{body}\n".encode(), classifier=Classifier())
    return digest


@pytest.mark.parametrize(
    "section",
    [
        "## How this came together\n\nGenerated automatically from 41 public feeds. Write to us with feedback.",
        "## 来源覆盖与限制\n\n本期数据由脚本自动抓取自公开网页，仅供参考，不构成投资建议。",
        "## この号のつくり方\n\n本記事は公開フィードから自動生成しています。内容の正確性は保証しません。",
        "## Как собрано\n\nВыпуск собран автоматически из открытых источников. Подписывайтесь на канал.",
    ],
)
def test_sources_and_notes_are_left_out(section: str) -> None:
    digest = read(f"{NEWS}\n\n{section}")
    assert (len(digest.items), digest.commentary.plain) == (3, "")
    assert section.split("\n")[2] in digest.trailing.plain


@pytest.mark.parametrize(
    "section",
    [
        "## Where I land\n\nI think the trend is clear: costs fall, and trust is what people will pay for next year.",
        "## 写在灯下\n\n我认为真正值得关注的不是速度本身，而是它背后的趋势：成本下降，信任变贵。",
        "## 夜に思うこと\n\n個人的には、速さよりも信頼の積み重ねが問われる流れになると考えています。",
        "## К чему это\n\nЯ думаю, главный вывод недели в том, что доверие становится дороже скорости.",
    ],
)
def test_thoughts_are_commentary(section: str) -> None:
    digest = read(f"{NEWS}\n\n{section}")
    name, text = section.removeprefix("## ").split("\n\n")
    assert (len(digest.items), digest.commentary_title, digest.commentary.plain) == (3, name, text)


def test_a_commentary_has_headings_and_lists() -> None:
    digest = read(
        f"{NEWS}\n\n## Where I land\n\nI think the trend is clear, and we should watch it.\n\n"
        "### Trust\n\nIt becomes dearer.\n\n### Speed\n\n- It becomes cheaper.\n- It matters less.\n"
    )
    assert len(digest.items) == 3
    assert "Trust" in digest.commentary.plain
    assert "It matters less." in digest.commentary.plain


def test_headlines_with_odd_words_stay_news() -> None:
    names = ("Generated music tops the charts", "Subscribe to silence, says monk", "Sources of the river found")
    digest = read("".join(f"## {name}\n\n[Paper](https://a.example/{name[:3]}) has the story.\n\n" for name in names))
    assert [item.headline for item in digest.items] == list(names)


def test_headings_written_as_the_headlines_are_news_whatever_they_say() -> None:
    digest = read(
        "## Top\n\n### [Ferries learn to wait](https://a.example/1)\n\nThey do.\n\n"
        "### [Trams get new brakes](https://a.example/2)\n\nThey stop.\n\n"
        "## Deep water\n\n### Why trust matters more than speed\n\n"
        "Economists think the trend is clear, and we should watch it next year.\n\n"
        "### What we learn from the strike\n\nTrust is what people pay for, the union believes.\n"
    )
    assert (len(digest.items), digest.commentary.plain) == (4, "")


def test_a_letter_below_the_news_is_not_left_out() -> None:
    letter = "This week was all about wind. Three stories stood out, and each of them surprised us here in the office."
    assert read(f"{NEWS}\n\n## A note from Mara\n\n{letter}").commentary.plain == letter


def test_no_label_is_paid_for() -> None:
    page = parse(
        "## Ferries\n\n- [Ferries wait](https://a.example/1)\n- [Ferries sing](https://a.example/2)\n\n"
        "## In this issue\n\n- Buses wait\n- Buses sing\n\n## Hello from the quay\n\n"
        "Welcome to this week's issue. In this edition we look at buses, and today we begin with wind.\n\n"
        "## Buses\n\n- [Buses wait](https://a.example/3)\n- [Buses sing](https://a.example/4)\n"
    )
    amounts = [term for reading in rank_segmentations(page) for terms in reading.terms for term in terms]
    assert any(name == "intro_words" for name, _ in amounts)
    assert [term for term in amounts if term[1] < 0] == []


def test_links_of_fields_are_no_footer() -> None:
    digest = read(FIELDS)
    assert [item.headline for item in digest.items] == [
        *("Ferries learn to wait", "Trams learn to hurry", "Buses learn to sing"),
    ]
    assert digest.items[0].url == "https://papers.example/0"


def test_title_with_a_number_before_a_colon_behind_an_emoji() -> None:
    digest = read(
        "".join(
            f"📌 {title}\n24.11.2026 · Post\nIt runs on time now, says the city.\n🔗 [Read more](https://a.example/{at})\n\n"
            for at, title in enumerate(("Ferries wait", "Tram 6.2: the new line", "Buses sing"))
        )
    )
    assert [item.headline.removeprefix("📌 ") for item in digest.items] == [
        *("Ferries wait", "Tram 6.2: the new line", "Buses sing"),
    ]


def test_brackets_around_a_sections_name_are_left_out() -> None:
    digest = read("[💰 市场]\n\n- 甲涨价\n  https://a.example/1\n- 乙降价\n  https://a.example/2\n")
    assert [item.section for item in digest.items] == ["💰 市场", "💰 市场"]


def test_explanation_names_the_words() -> None:
    page = f"---\ndate: 2026-11-27\n---\n\n{NEWS}\n\n## Where I land\n\nI think the trend is clear.\n"
    told = [line for line in explain_digests(page.encode()).splitlines() if "by its words" in line]
    assert len(told) == 1
    assert told[0].split("(")[0].rstrip(" %0123456789").endswith("by its words: commentary")
    assert "think" in told[0]
