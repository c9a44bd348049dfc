"""Determine an item's categories: its section, else the editor's tags, else the words in it.

A tag that nearly names a category of the front matter is reported with the name that was probably meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from digest.model import Item, Problem
from digest.problems import ProblemCode, make_problem
from digest.segmentation.classifier import Classifier
from domain.chat.i18n import gettext_noop
from domain.chat.text import Text
from domain.names import find_name, fold_name, nearest_name

_TRAILING_TAGS = re.compile(r"(?:(?:^|\s|(?<=[。！？.!?”」）)]))#[^\s#\d][^\s#]*)+\s*$")
_MAX_TAGS_CHARACTERS = 200  # characters from the end in which tags are looked for
_GENERIC_NAMES = """
今日要闻 要闻 新闻 今日新闻 正文 资讯 今日资讯 ai资讯 ai新闻 今日ai新闻 头条 今日头条 快讯 今日内容
内容 详情 详细内容 新闻列表 新闻详情 今日速览 热点 今日热点 热点新闻 今日动态 news headlines
todaysnews topstories stories items digest dailydigest today thenews
"""
_GENERIC_SECTION_NAMES = frozenset(_GENERIC_NAMES.split())


@dataclass(frozen=True, slots=True)
class CategoryRules:
    """The categories that the front matter allows (empty for any), and the classifier for all others."""

    allowed: tuple[str, ...]
    classifier: Classifier

    def is_allowed_tag(self, tag: str) -> bool:
        """Whether the tag names one of the front matter's categories."""
        return bool(self.allowed and tag_category(tag, self.allowed, self.classifier))


def categorise(item: Item, tags: Sequence[str], rules: CategoryRules) -> Item:
    """Return the item with the category of its section, else those of its tags, else that of its words."""
    section = section_category(item.section, rules.allowed, rules.classifier)
    if section:
        return replace(item, categories=(section,))
    named = (tag_category(tag, rules.allowed, rules.classifier) for tag in tags)
    categories = tuple(dict.fromkeys(category for category in named if category))
    if categories:
        return replace(item, categories=categories)
    likely = rules.classifier.classify(item.headline, f"{item.body.plain}\n{item.url}", rules.allowed)
    return replace(item, categories=(likely,)) if likely else item


def unknown_tag_problems(tags: Sequence[str], rules: CategoryRules, line: int) -> Iterator[Problem]:
    """Report tags that name no category of the front matter, with the nearest category."""
    for tag in tags:
        if tag_category(tag, rules.allowed, rules.classifier):
            continue
        nearest = nearest_name(tag, rules.allowed)
        message = gettext_noop("#{mark} names none of the front matter's categories and stays in the text.")
        if nearest:
            message = gettext_noop(
                "#{mark} names none of the front matter's categories and stays in the text. Did you mean #{meant}?"
            )
        yield make_problem(ProblemCode.UNKNOWN_MARK, message, line, mark=tag, meant=nearest or "")


def section_category(section: str, allowed: Sequence[str], classifier: Classifier) -> str:
    """Return the category that a section's heading names, as the front matter writes it if it is one of those.

    Empty for a heading that only says "news".
    """
    if not section or fold_name(section) in _GENERIC_SECTION_NAMES:
        return ""
    return _find_allowed(section, allowed, classifier) or section


def split_tags(text: Text) -> tuple[Text, tuple[str, ...]]:
    """Split the `#tags` at its end from a text."""
    if "#" not in text.plain:
        return text, ()
    match = _TRAILING_TAGS.search(text.plain, max(0, len(text) - _MAX_TAGS_CHARACTERS))
    if match is None:
        return text, ()
    tags = tuple(part.strip() for part in match.group().split("#") if part.strip())
    return text[: match.start()].strip(), tags


def tag_category(tag: str, allowed: Sequence[str], classifier: Classifier) -> str:
    """Return the category that an editor's tag names; "" if the front matter has other categories only."""
    name = _find_allowed(tag, allowed, classifier)
    if name or allowed:
        return name
    category = classifier.find(tag)
    return category.name if category else tag


def _find_allowed(name: str, allowed: Sequence[str], classifier: Classifier) -> str:
    same = find_name(name, allowed)
    if same is not None:
        return same
    category = classifier.find(name)
    return next((candidate for candidate in allowed if category.is_named(candidate)), "") if category else ""
