"""The words of a section tell what it is; words that nobody knows tell nothing."""

from __future__ import annotations

import pytest

from digest.segmentation.section_classifier import (
    MAX_TEXT_CHARACTERS,
    Section,
    SectionKind,
    find_features,
    find_kinds,
    likely_kinds,
    load_weights,
    telling_words,
)
from tests.digest.fit_sections import parse

_SECTIONS = {
    SectionKind.TRAILING: (
        "## How this issue was made\n\nGenerated automatically from 41 feeds. Subscribe or send feedback by mail.",
        "## 本期数据从哪来\n\n本报告由脚本自动生成，数据来源为公开网页，仅供参考，不构成投资建议。",
        "## この号について\n\n本記事は自動生成されています。情報源は公開フィードです。購読はこちら。",
        "## 이 글은\n\n자동으로 생성된 보고서입니다. 출처는 공개 피드이며 구독은 아래에서 할 수 있습니다.",
        "## Как собрано\n\nВыпуск собран автоматически из открытых источников. Подписывайтесь на канал и пишите нам.",
        "## Cómo se hizo\n\nGenerado automáticamente a partir de fuentes públicas. Suscríbete y envíanos comentarios.",
    ),
    SectionKind.COMMENTARY: (
        "## Where this leads\n\nI think teams should wait. The trend is clear: costs fall, and trust matters more.",
        "## 写在后面\n\n我认为真正值得关注的不是模型本身，而是它背后的趋势：成本下降，信任变贵。",
        "## 思うこと\n\n個人的には、性能よりも信頼の積み重ねが問われる流れになると考えています。",
        "## 생각해 볼 것\n\n저는 성능보다 신뢰가 더 중요해지는 흐름이라고 생각합니다. 앞으로 지켜볼 필요가 있습니다.",
        "## К чему это ведёт\n\nЯ думаю, главный вывод недели в том, что доверие становится дороже скорости.",
        "## Hacia dónde vamos\n\nCreo que la tendencia es clara: bajan los costes y la confianza importa más.",
    ),
}
"""Sections that nothing was fitted on, with names that the vocabulary does not know, in six languages."""


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in _SECTIONS.items() for text in texts])
def test_words_tell_what_a_section_is(kind: SectionKind, text: str) -> None:
    likely = find_kinds(parse(text).section(0))
    assert max(likely, key=lambda each: likely[each]) is kind, likely


def test_unknown_words_tell_nothing() -> None:
    assert set(likely_kinds(["name:xyzzyx", "plughp"], load_weights()).values()) == {0.25}


def test_few_words_tell_little_and_marks_alone_nothing() -> None:
    weights = {
        "think": (-1.0, -1.0, 3.0, -1.0),
        "lesson": (-1.0, -1.0, 3.0, -1.0),
        "#links all": (3.0, -1.0, -1.0, -1.0),
    }
    shares = [likely_kinds(features, weights)[SectionKind.COMMENTARY] for features in (["think"], ["think", "lesson"])]
    assert 0.25 < shares[0] < 0.6 < shares[1]
    assert set(likely_kinds(["#links all"], weights).values()) == {0.25}


def test_features_are_words_of_the_name_and_of_the_text_and_marks() -> None:
    section = Section(name="Thoughts", text="Subscribing to 数据来源 now. Done.", pieces=2, entries=1, links=0)
    assert find_features(section) == {
        *("name:though", "subscr", "to", "now", "done", "数据", "据来", "来源"),
        *("#sentences 2", "#length 2", "#links none", "#entries some", "#named True"),
    }


def test_only_the_first_words_count() -> None:
    text = "a " * (MAX_TEXT_CHARACTERS // 2)
    assert find_features(Section(name="", text=text + "more", pieces=1, entries=0, links=0)) == find_features(
        Section(name="", text=text, pieces=1, entries=0, links=0)
    )


def test_a_section_ends_at_the_next_name_of_its_rank_or_a_rule() -> None:
    page = parse("## A\n\nFirst.\n\n### B\n\n- [Second](https://a.example)\n\n## C\n\nThird.\n\n---\n\nFourth.")
    names = {page.pieces[at].plain: page.section(at) for at in range(len(page.pieces)) if page.pieces[at].rank}
    assert (names["A"].text, names["A"].pieces, names["A"].entries, names["A"].links) == ("First.\nB\nSecond", 3, 1, 1)
    assert names["B"].text == "Second"
    assert names["C"].text == "Third."


def test_bold_words_at_the_beginning_are_the_name_of_a_line() -> None:
    section = parse("**Note**: all times are local.").section(0)
    assert (section.name, section.text) == ("Note", ": all times are local.")


def test_telling_words_are_whole_and_count_in_name_and_text() -> None:
    section = Section(name="Subscription", text="Subscribe here and unsubscribe there.", pieces=1, entries=0, links=0)
    assert telling_words(section, SectionKind.TRAILING, 1) in (["Subscribe"], ["Subscription"])
    assert telling_words(Section(name="", text="xyzzyx", pieces=1, entries=0, links=0), SectionKind.NEWS, 3) == []
