"""Views of a digest, and the buttons from one to the next."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.chat import limits
from domain.chat.i18n import Translations
from domain.chat.message import Message
from domain.chat.text import Style, Text
from domain.subscription.preferences import ContentPreferences, Layout, category_id
from tests.digest.editions import COMMENTARY, digest, edition, item
from tests.digest.reading import read
from views.digest_messages import (
    categories_view,
    category_view,
    commentary_view,
    digest_categories,
    item_view,
    items_view,
    plain_messages,
    rich_messages,
)

SAY = Translations.load().translator("zh")
ZH = ContentPreferences(Layout.HEADLINES, "zh")
FULL = ContentPreferences(Layout.FULL, "zh")


def buttons(message: Message) -> list[list[tuple[str, str]]]:
    return [[(button.text, button.callback_data or button.url) for button in row] for row in message.keyboard]


# -- The digest ---------------------------------------------------------------------------------------------------


VOTES = [("👍", "vote + 2025-09-12"), ("👎", "vote - 2025-09-12")]


def test_digest_has_buttons_to_its_views_and_the_settings() -> None:
    (message,) = plain_messages(edition(), FULL, SAY)
    assert buttons(message) == [
        [
            ("📑 条目", "items 2025-09-12"),
            ("📂 分类", "categories 2025-09-12"),
            ("💬 点评", "commentary 2025-09-12"),
            ("⚙️ 设置", "settings"),
        ],
        VOTES,
    ]


def test_headlines_have_numbers_and_symbols_in_the_same_rows() -> None:
    (message,) = plain_messages(edition(), ZH, SAY)
    numbers = [(str(number), f"item 2025-09-12 {number}") for number in range(1, 6)]
    assert buttons(message) == [numbers, [("📂", "categories 2025-09-12"), ("⚙️", "settings"), *VOTES]]


def test_ten_headlines_have_two_rows_of_buttons() -> None:
    items = [item(number, categories=("产业",)) for number in range(1, 11)]
    (message,) = plain_messages(digest(*items, commentary=COMMENTARY), ZH, SAY)
    assert [len(row) for row in message.keyboard] == [7, 7]


@pytest.mark.parametrize("layout", [Layout.HEADLINES, Layout.FULL])
def test_filtered_digest_has_a_button_for_all_items(layout: Layout) -> None:
    (message,) = plain_messages(edition(), ContentPreferences(layout, "zh", frozenset({"技术"})), SAY)
    flat = [each for row in buttons(message) for each in row]
    assert ("📑 全部 5 条", "digest 2025-09-12 all") in flat
    assert {"commentary 2025-09-12", "settings"} <= {data for _, data in flat}


def test_filtered_digest_with_many_items_stays_with_two_rows() -> None:
    items = [item(number, categories=("技术" if number < 9 else "产业",)) for number in range(1, 12)]
    day = digest(*items, commentary=COMMENTARY)
    (message,) = plain_messages(day, replace(ZH, categories=frozenset({"技术"})), SAY)
    assert [[text for text, _ in row] for row in buttons(message)] == [
        ["1", "2", "3", "4", "5", "6", "7"],
        ["8", "📑", "💬", "📂", "⚙️", "👍", "👎"],
    ]


def test_empty_views_have_no_buttons() -> None:
    (message,) = plain_messages(digest(item(1)), FULL, SAY)
    assert buttons(message) == [[("📑 条目", "items 2025-09-12"), ("⚙️ 设置", "settings")], VOTES]
    for preferences in (ZH, FULL):
        (undated,) = plain_messages(digest(item(1), date=None), preferences, SAY)
        assert undated.keyboard == ()


@pytest.mark.parametrize("categories", [frozenset({"体育"}), frozenset()])
def test_no_matching_category_means_no_message(categories: frozenset[str]) -> None:
    for layout in (Layout.HEADLINES, Layout.FULL):
        assert plain_messages(edition(), ContentPreferences(layout, "zh", categories), SAY) == ()


def test_wide_labels_are_two_in_a_row() -> None:
    (message,) = plain_messages(edition(), FULL, Translations.load().translator("en"))
    assert [[text for text, _ in row] for row in buttons(message)] == [
        ["📑 Items", "📂 Categories"],
        ["💬 Commentary", "⚙️ Settings"],
        ["👍", "👎"],
    ]


# -- An item ------------------------------------------------------------------------------------------------------


def test_item_shows_body_source_and_neighbours() -> None:
    (message,) = item_view(edition(), 3, SAY)
    assert message.text.plain == (f"3. 第3件事的标题\n{edition().items[2].body}\n\n技术 · 2025年9月12日 周五")
    assert Style.EXPANDABLE_BLOCKQUOTE not in {span.style for span in message.text.spans}
    assert buttons(message) == [
        [("🔗 来源", "https://example.org/news/3")],
        [("◀", "item 2025-09-12 2"), ("3 / 5", "items 2025-09-12"), ("▶", "item 2025-09-12 4")],
    ]


def test_first_and_last_item_have_one_neighbour() -> None:
    (first,), (last,) = item_view(edition(), 1, SAY), item_view(edition(), 5, SAY)
    assert [text for text, _ in buttons(first)[-1]] == ["1 / 5", "▶"]
    assert [text for text, _ in buttons(last)[-1]] == ["◀", "5 / 5"]


@pytest.mark.parametrize(
    "source",
    [
        "1. [甲](https://e.org/1) 与 [乙](https://e.org/2) 合并\n\n   文见[丙](https://e.org/3)。",
        "1. 头条（[来源一](https://e.org/1)、[来源二](https://e.org/2)、[来源三](https://e.org/3)）",
        "1. **头条** [来源](https://e.org/1) | [来源](https://e.org/2)\n\n   文\n\n   https://e.org/3",
        "1. 头条\n   https://e.org/1\n   https://e.org/2\n   https://e.org/3",
    ],
)
def test_every_source_of_an_item_can_be_pressed(source: str) -> None:
    read_digest = read(f"{source}\n\n2. [又](https://e.org/9)\n\n   文。\n")
    messages = item_view(read_digest, 1, SAY)
    parts = rich_messages(read_digest, read_digest.items[:1], SAY)
    buttons_urls = {button.url for message in messages for row in message.keyboard for button in row}
    links = {span.value for message in messages for span in message.text.spans if span.style is Style.LINK}
    assert {f"https://e.org/{number}" for number in (1, 2, 3)} <= buttons_urls | links
    assert all(f"https://e.org/{number}" in repr(parts) for number in (1, 2, 3))


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "mailto:a@example.org", "https://localhost"])
def test_invalid_source_has_no_button(url: str) -> None:
    (message,) = item_view(digest(item(1, url=url)), 1, SAY)
    assert [text for row in buttons(message) for text, _ in row] == ["1 / 1"]


@pytest.mark.parametrize("position", [0, 6, -1])
def test_unknown_item_has_no_view(position: int) -> None:
    assert item_view(edition(), position, SAY) == ()


def test_long_item_has_buttons_below_its_last_message() -> None:
    messages = item_view(digest(item(1, "云。" * 3000)), 1, SAY)
    assert [bool(message.keyboard) for message in messages] == [False, True]


def test_undated_item_has_only_its_source() -> None:
    (message,) = item_view(digest(item(1), date=None), 1, SAY)
    assert len(message.keyboard) == 1
    assert message.text.plain == "1. 第1件事的标题\n正文。"


# -- Categories ---------------------------------------------------------------------------------------------------


def test_category_order() -> None:
    shown = digest(
        item(1, categories=("杂谈",)),
        item(2, categories=("产业", "ａｉ")),
        item(3, categories=("产 业",)),
        categories=("AI", "产业", "观点"),
    )
    assert digest_categories(shown) == ("AI", "产业", "杂谈")
    (message,) = categories_view(shown, SAY)
    assert buttons(message)[:2] == [
        [
            ("AI · 1", f"category 2025-09-12 {category_id('ai')}"),
            ("产业 · 2", f"category 2025-09-12 {category_id('产业')}"),
        ],
        [("杂谈 · 1", f"category 2025-09-12 {category_id('杂谈')}")],
    ]


def test_no_categories_have_no_view() -> None:
    assert categories_view(digest(item(1)), SAY) == ()


def test_undated_categories_are_listed() -> None:
    (message,) = categories_view(digest(item(1, categories=("产业",)), date=None), SAY)
    assert message.text.plain.endswith("产业 · 1")
    assert message.keyboard == ()


def test_many_categories_fit_the_keyboard() -> None:
    names = tuple(f"很长的分类名字第{number}号" for number in range(300))
    (message,) = categories_view(digest(item(1, categories=names)), SAY)
    assert sum(map(len, message.keyboard)) <= limits.KEYBOARD_BUTTONS


def test_category_shows_items_with_positions() -> None:
    (message,) = category_view(edition(), " 技术！", SAY)
    assert message.text.plain.startswith("📂 技术\n2025年9月12日 周五 · 3 条\n\n3. 第3件事的标题\n")
    assert "◆" not in message.text.plain
    assert [text for row in buttons(message) for text, _ in row] == ["📑 条目", "📂 分类"]


def test_empty_category_has_no_view() -> None:
    assert category_view(edition(), "观点", SAY) == ()


# -- Commentary and the list --------------------------------------------------------------------------------------


def test_commentary_is_not_folded() -> None:
    (message,) = commentary_view(edition(), SAY)
    assert message.text.plain == f"💬 点评\n2025年9月12日 周五\n\n{COMMENTARY}"
    assert commentary_view(digest(item(1), commentary=Text(" \n")), SAY) == ()


def test_item_list_has_a_button_for_each_item() -> None:
    (message,) = items_view(edition(), SAY)
    assert message.text.plain.split("\n")[2:5] == ["", "1. 第1件事的标题", "2. 第2件事的标题"]
    assert [text for text, _ in buttons(message)[0]] == ["1", "2", "3", "4", "5"]
    assert buttons(message)[0][4] == ("5", "item 2025-09-12 5")


def test_long_list_has_buttons_below_their_headlines() -> None:
    messages = items_view(digest(*(item(number, url="", headline="题") for number in range(1, 201))), SAY)
    assert len(messages) == 3
    for message in messages:
        numbers = [text for row in buttons(message) for text, data in row if data.startswith("item ")]
        assert len(numbers) > 50
        assert all(f"{number}. 题" in message.text.plain for number in numbers)
        assert sum(map(len, message.keyboard)) <= limits.KEYBOARD_BUTTONS
        assert max(map(len, message.keyboard)) <= limits.KEYBOARD_ROW_BUTTONS


def test_empty_list_has_no_view() -> None:
    assert items_view(digest(), SAY) == ()
