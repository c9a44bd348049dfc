"""Passages of a digest in full: order, item numbers, language."""

from __future__ import annotations

from dataclasses import replace

from digest.model import Digest
from digest.rendering.pagination.paginate import paginate
from domain.chat.i18n import Translations, Translator
from domain.chat.text import Span, Style, Text, bold, concat, link
from tests.digest.editions import INTRO, URL, digest, edition, item
from views.digest_passages import continued_heading, digest_passages, filter_items, item_passage

ZH, EN = Translations.load().translator("zh"), Translations.load().translator("en")


def shown(of: Digest, translate: Translator = ZH, *, categories: frozenset[str] | None = None) -> Text:
    """The one message that a digest makes."""
    (message,) = paginate(digest_passages(of, filter_items(of.items, categories), translate))
    return message.text


def spans_of(text: Text, style: Style) -> list[str]:
    return [text.plain[span.start : span.end] for span in text.spans if span.style is style]


def test_full_layout_folds_nothing() -> None:
    text = shown(edition())
    assert spans_of(text, Style.EXPANDABLE_BLOCKQUOTE) == []
    assert "第1件事的标题" in spans_of(text, Style.BOLD)
    assert Span(text.plain.index("第1件"), text.plain.index("第1件") + 7, Style.LINK, URL.format(1)) in text.spans


def test_order_of_passages() -> None:
    assert shown(edition()).plain.split("\n\n") == [
        "九月十二日早报\n2025年9月12日 周五 · 5 条",
        INTRO.plain,
        "◆ 产业",
        f"1. 第1件事的标题\n{edition().items[0].body}",
        f"2. 第2件事的标题\n{edition().items[0].body}",
        "◆ 技术",
        f"3. 第3件事的标题\n{edition().items[0].body}",
        f"4. 第4件事的标题\n{edition().items[0].body}",
        f"5. 第5件事的标题\n{edition().items[0].body}",
        "💬 点评\n合同的数字本身就是门槛。",
        "真正的价值，还要看谁把它用起来。",
    ]


def test_interface_words_in_english() -> None:
    plain = shown(edition(), EN).plain
    assert plain.startswith("九月十二日早报\nFri, 12 Sep 2025 · 5 items\n")
    assert "💬 Commentary\n" in plain
    assert "· 1 item\n" in shown(digest(item(1)), EN).plain


def test_date_in_the_title_is_not_repeated() -> None:
    assert shown(digest(item(1), title="2025.09.12 早报")).plain.startswith("2025.09.12 早报\n星期五 · 1 条\n")
    assert shown(digest(item(1), title="2024.09.12 早报")).plain.startswith("2024.09.12 早报\n2025年9月12日")


def test_item_without_link_has_a_bold_headline() -> None:
    for url in ("", "javascript:alert(1)", "/relative"):
        text = shown(digest(item(1, url=url)))
        assert "第1件事的标题" in spans_of(text, Style.BOLD)
        assert spans_of(text, Style.LINK) == []


def test_headlines_without_bodies_are_compact() -> None:
    text = shown(digest(item(1, ""), item(2, " \n"), item(3, "")))
    assert text.plain.endswith("\n\n1. 第1件事的标题\n2. 第2件事的标题\n3. 第3件事的标题")


def test_editors_symbol_replaces_the_section_symbol() -> None:
    plain = shown(digest(item(1, section="🔥 热点"), item(2, section=""), item(3, section="🔥 热点"))).plain
    assert plain.count("🔥 热点") == 2
    assert "◆" not in plain


def test_quote_in_a_folded_body_is_dropped() -> None:
    body = concat(["前。\n", Text("引文").styled(Style.BLOCKQUOTE), "\n后。"])
    (folded,) = paginate([item_passage(item(1, body), ZH, strong=False, folded=True)])
    assert spans_of(folded.text, Style.BLOCKQUOTE) == []
    assert spans_of(shown(digest(item(1, body))), Style.BLOCKQUOTE) == ["引文"]


def test_dangerous_links_become_text() -> None:
    text = shown(digest(item(1, concat([link("甲", "javascript:x"), link("乙", "https://example.org")]), url="")))
    assert spans_of(text, Style.LINK) == ["乙"]


def test_chosen_categories_keep_positions() -> None:
    text = shown(edition(), categories=frozenset({" 技术 "}))
    assert spans_of(text, Style.LINK)[:1] == ["第3件事的标题"]
    assert "3. 第3件" in text.plain
    assert "产业" not in spans_of(text, Style.BOLD)


def test_left_out_items_are_told_and_texts_are_brief() -> None:
    day = replace(edition(), intro=Text("第一句。" * 9 + "第二句很长，" * 20), commentary=Text("短评。"))
    plain = shown(day, categories=frozenset({"技术"})).plain
    assert plain.startswith(
        "九月十二日早报\n2025年9月12日 周五\n共 5 条，送你 3 条。没送的：产业 2。点 📑 看全部。\n\n第一句。"
    )
    assert plain.split("\n\n")[1] == "第一句。" * 9 + "…"
    assert plain.endswith("💬 点评\n短评。")


def test_digest_with_all_items_is_not_called_filtered() -> None:
    everything = frozenset({"技术", "产业"})
    assert shown(edition(), categories=everything) == shown(edition())


def test_digest_without_items_is_shown() -> None:
    assert shown(digest(intro=Text("今日休刊。"))).plain == "九月十二日早报\n2025年9月12日 周五\n\n今日休刊。"
    assert digest_passages(digest(title="", date=None), (), ZH) == ()


def test_digest_without_title_and_date_begins_with_items() -> None:
    assert shown(digest(item(1, ""), title="", date=None)).plain == "1 条\n\n1. 第1件事的标题"


def test_texts_are_sanitized() -> None:
    text = shown(digest(item(1, "\u202e正\t文。\r\n", headline=" 标\x00题 ")))
    assert text.plain.endswith("1. 标 题\n正 文。")


def test_headlines_are_literal() -> None:
    strange = replace(item(1, bold("%s {n} <b>")), headline="{name} *x* %d", section="{0}")
    plain = shown(digest(strange, title="{shown} <3")).plain
    for text in ("{shown} <3", "{name} *x* %d", "%s {n} <b>", "◆ {0}"):
        assert text in plain


def test_items_of_all_categories() -> None:
    assert filter_items(edition().items, None) == edition().items


def test_continued_heading_names_what_goes_on() -> None:
    translate = Translations.load().translator("en")
    assert continued_heading("Chips", translate) == bold("Chips (continued)")
