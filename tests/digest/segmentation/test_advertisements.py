"""What is labelled as an advertisement amid the items is left out and quoted; topics of the same name are not."""

from __future__ import annotations

import pytest

from tests.digest.reading import codes, heads, read

U = "https://example.org/"
CODE = "D211-advertisement"


def _bullets(*headlines: str) -> str:
    return "\n".join(
        f"- **[{headline}]({U}{n})**：第 {n} 条的正文说了两句话。" for n, headline in enumerate(headlines, 1)
    )


def _headings(*headlines: str) -> str:
    return "\n\n".join(
        f"### {headline}\n\nSome words about it. [Source]({U}{n})" for n, headline in enumerate(headlines)
    )


@pytest.mark.parametrize(
    "headline",
    [
        "Payroll on Fridays (Sponsor)",
        "Payroll on Fridays [Ad]",
        "Sponsored: payroll on Fridays",
        "【广告】工资周五发",
        "广告｜工资周五发（推广）",
        "Реклама: зарплата по пятницам",
        "급여는 금요일에 (광고)",
        "【PR】給料は金曜日に",
        "給料は金曜日に（PR）",
        "Nóminas los viernes (publicidad)",
        "[Ad] Payroll on Fridays",
        "Payroll on Fridays (Promoted)",
    ],
)
def test_a_labelled_advertisement_is_left_out_and_quoted(headline: str) -> None:
    digest = read(_headings("Cranes learn to wait", headline, "The bridge hums", "Bread prices stand still"))
    assert [name for name, _ in heads(digest)] == [
        "Cranes learn to wait",
        "The bridge hums",
        "Bread prices stand still",
    ]
    told = [problem for problem in digest.problems if problem.code == CODE]
    assert len(told) == 1
    assert headline.rsplit(maxsplit=1)[-1] in told[0].message
    assert told[0].line == 10


@pytest.mark.parametrize(
    "headline",
    [
        "[PR] Fix a race in the scheduler",
        "PR: fix a race in the scheduler",
        "AD: a flaw in the directory service",
        "Promoted: Ana Lee is the new head of tides",
        "Anuncio: abrimos una sede en el puerto",
        "推广：小麦新品种进了山区",
        "Together with neighbours, the city plants two hundred trees",
        "Sponsors leave the marathon",
        "Regulator reads the small print of advertisements",
        "Buy, sell, advertise (and wait)",
    ],
)
def test_news_with_such_words_are_items(headline: str) -> None:
    digest = read(_headings("Cranes learn to wait", headline, "The bridge hums", "Bread prices stand still"))
    assert len(digest.items) == 4
    assert CODE not in codes(digest)


def test_a_label_beside_other_labels_is_a_topic() -> None:
    digest = read(_bullets("【硬件】新芯片量产", "【广告】平台改了竞价规则", "【软件】系统更新", "【汽车】电车降价"))
    assert len(digest.items) == 4
    assert CODE not in codes(digest)


def _linked(*headlines: str) -> str:
    return "\n\n".join(
        f"### [{headline}]({U}{n})\n\nNobody has seen it. It came." for n, headline in enumerate(headlines)
    )


def _with_name(name: str) -> str:
    """Return three parts between rules, each with a name above its title; the second one has this name."""
    parts = (("**FERRIES**", "The night boat"), (name, "Notes that file themselves"), ("**CITIES**", "A square"))
    return "\n\n---\n\n".join(
        f"{above}\n\n## {title}\n\nSome words about it. [Read on]({U}{n})" for n, (above, title) in enumerate(parts)
    )


@pytest.mark.parametrize(
    "name", ["**TOGETHER WITH INKWELL**", "**Presented by the Inkwell Company now**", "### Sponsored by Ink"]
)
def test_a_sponsors_name_and_the_title_below_it_are_left_out(name: str) -> None:
    digest = read(_with_name(name))
    assert [item.headline for item in digest.items] == ["The night boat", "A square"]
    (told,) = [problem.message for problem in digest.problems if problem.code == CODE]
    assert name.strip("*# ") in told
    assert "Notes that file themselves" in told


@pytest.mark.parametrize(
    "name",
    [
        f"**[Together with Inkwell]({U})**",
        "**Together with Inkwell and all of its neighbours the city plants**",
        "Together with Inkwell, we planted two hundred trees.",
        "Presented by Ana Lee",
    ],
)
def test_a_link_a_long_name_and_a_sentence_name_no_sponsor(name: str) -> None:
    digest = read(_with_name(name))
    assert CODE not in codes(digest)
    assert "Notes that file themselves" in [item.headline for item in digest.items]


def test_one_other_label_makes_no_topics() -> None:
    digest = read(_bullets("【硬件】新芯片量产", "【广告】云上账本首月免费", "系统更新", "电车降价"))
    assert len(digest.items) == 3
    digest = read(_bullets("【硬件】新芯片量产", "【广告】平台改了竞价规则", "【软件】系统更新", "电车降价"))
    assert len(digest.items) == 4


def test_several_advertisements_of_different_forms_are_left_out() -> None:
    harbour = _linked("Cranes learn to wait", "Free soup (Sponsor)", "The bridge hums")
    sponsor = f"**TOGETHER WITH INKWELL**\n\n### [Notes that file themselves]({U}ink)\n\nTry them today, for free."
    city = _linked("Bread prices stand still", "A square gets benches")
    digest = read(f"## Harbour\n\n{harbour}\n\n---\n\n{sponsor}\n\n---\n\n## City\n\n{city}")
    assert [(item.headline, item.section) for item in digest.items] == [
        ("Cranes learn to wait", "Harbour"),
        ("The bridge hums", "Harbour"),
        ("Bread prices stand still", "City"),
        ("A square gets benches", "City"),
    ]
    assert codes(digest).count(CODE) == 2


def test_a_sponsors_name_above_nothing_is_no_advertisement() -> None:
    news = _headings("Cranes learn to wait", "The bridge hums", "Bread prices stand still")
    assert CODE not in codes(read(f"{news}\n\n**Presented by Inkwell**\n\nThey make ink.\n"))
    assert len(read(f"{news}\n\n**Presented by Inkwell**\n").items) == 3


@pytest.mark.parametrize(
    "name",
    [
        "A message from the editor",
        "Together with you we have planted two hundred trees",
        "提供サービス",
        "Вместе с вами",
    ],
)
def test_such_a_name_above_a_title_is_no_sponsor(name: str) -> None:
    news = _headings("Cranes learn to wait", "The bridge hums", "Bread prices stand still")
    assert CODE not in codes(read(f"## {name}\n\n{news}"))


def test_a_numbered_advertisement_is_an_item() -> None:
    """Who numbers it wants to have it sent, and may be bound to label it."""
    text = "\n\n".join(
        f"{n}. [{headline}]({U}{n})\n\n   它有一段正文。"
        for n, headline in enumerate(("新芯片量产", "云上账本首月免费（广告）", "系统更新", "电车降价"), 1)
    )
    digest = read(text)
    assert [name for name, _ in heads(digest)] == ["新芯片量产", "云上账本首月免费（广告）", "系统更新", "电车降价"]
    assert CODE not in codes(digest)


def test_the_first_item_of_a_section_may_be_an_advertisement() -> None:
    digest = read(
        f"## Headlines\n\n{_headings('Cranes wait', 'The bridge hums')}\n\n## Science\n\n"
        f"{_headings('Moss measures air (Sponsored)', 'Whales on Mondays', 'A quiet comet')}"
    )
    assert [(item.headline, item.section) for item in digest.items] == [
        ("Cranes wait", "Headlines"),
        ("The bridge hums", "Headlines"),
        ("Whales on Mondays", "Science"),
        ("A quiet comet", "Science"),
    ]
