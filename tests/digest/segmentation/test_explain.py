"""The explanation of a reading, and the example in docs/segmentation.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from digest.reader import explain_digests
from digest.segmentation.explain import costs_by_component, explain
from digest.segmentation.phrases import PHRASES
from digest.segmentation.selection import rank_segmentations
from digest.segmentation.weights import component_of, load_weights
from tests.digest.segmentation.test_detectors import page

DOCUMENT = (Path(__file__).parents[3] / "docs" / "segmentation.md").read_text(encoding="utf-8")


def test_example_of_the_document_holds() -> None:
    source, told = re.findall(r"^```(?:markdown)?\n(.*?)\n```$", DOCUMENT, re.MULTILINE | re.DOTALL)[-2:]
    assert explain_digests(f"{source}\n".encode()) == f"{told}\n"


def test_document_names_every_component() -> None:
    told = re.findall(r"^\| ([a-z]+) \| ", DOCUMENT, re.MULTILINE)
    assert sorted(told) == sorted({component_of(name) for name in load_weights()})


def test_every_weight_has_a_phrase_of_its_own() -> None:
    phrases = [PHRASES[name] for name in load_weights()]
    assert len(set(phrases)) == len(phrases)
    assert max(map(len, phrases)) < 80


def test_reasons_are_told_in_words() -> None:
    told = explain_digests("**链接**\n\n- [甲](https://e.org/1)\n- [乙](https://e.org/2)\n\n正文\n".encode())
    reasons = told.splitlines()[-1]
    assert re.fullmatch(r"   +[+-]\d+\.\d [a-z].* \([a-z_]+\)", reasons), reasons


def test_components_add_up_to_the_cost() -> None:
    weights = load_weights()
    ranked = rank_segmentations(page("## 产品\n\n- [甲](https://e.org/1)\n- [乙](https://e.org/2)\n\n正文"))
    assert len(ranked) > 1
    for reading in ranked:
        assert sum(costs_by_component(reading, weights).values()) == pytest.approx(reading.cost)


def test_a_page_without_items_is_explained() -> None:
    prose = page("一段话。")
    assert explain(prose, rank_segmentations(prose), load_weights()) == "No reading has an item.\n"


def test_every_day_of_a_file_is_explained() -> None:
    days = "## 2025-09-12\n\n1. [甲](https://e.org/1)\n\n## 2025-09-11\n\n1. [乙](https://e.org/2)\n"
    told = explain_digests(days.encode())
    assert told.count("1. numbered-list") == 2
    assert "headline: 甲" in told
    assert "headline: 乙" in told


def test_a_refused_file_is_not_explained() -> None:
    assert explain_digests(bytes(range(32)) * 100) == ""
