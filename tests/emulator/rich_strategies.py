"""Hypothesis strategies for valid rich messages, written as Telegram returns them, and for one broken place in one."""

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from tests.emulator.rich_messages import PHOTO_URL, Json

STYLES = ("bold", "italic", "underline", "strikethrough", "spoiler", "code", "marked", "subscript", "superscript")
REQUIRED = {
    "paragraph": ("type", "text"),
    "footer": ("type", "text"),
    "heading": ("type", "text", "size"),
    "pre": ("type", "text"),
    "divider": ("type",),
    "anchor": ("type", "name"),
    "list": ("type", "items"),
    "blockquote": ("type", "blocks"),
    "expandable_blockquote": ("type", "text"),
    "pullquote": ("type", "text"),
    "details": ("type", "summary", "blocks"),
    "table": ("type", "cells"),
    "collage": ("type", "blocks"),
    "slideshow": ("type", "blocks"),
    "buttons": ("type", "buttons"),
    "url": ("type", "text", "url"),
    "date_time": ("type", "text", "unix_time"),
    "custom_emoji": ("type", "custom_emoji_id", "alternative_text"),
    "button": ("type", "button"),
    **dict.fromkeys(STYLES, ("type", "text")),
}
"""Fields without which an object of a type is refused."""

letters = st.text("ab字😀<&\"'", min_size=1, max_size=6)
names = st.text("abc字", min_size=1, max_size=8)
plain = st.builds(lambda first, rest: f"{first} {rest}" if rest else first, letters, st.one_of(st.just(""), letters))


def styled(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(lambda kind, text: {"type": kind, "text": text}, st.sampled_from(STYLES), inner)


@st.composite
def buttons(draw: st.DrawFn) -> Json:
    action: Json = draw(
        st.sampled_from(
            [
                {"callback_data": "x" * 64, "style": "link"},
                {"callback_data": "1"},
                {"url": "https://example.org/?a=1", "style": "primary"},
                {"copy_text": {"text": "x"}},
                {"disabled": {}},
                {"switch_inline_query_current_chat": ""},
            ]
        )
    )
    return {"text": draw(st.one_of(plain, st.lists(plain, min_size=1, max_size=2))), **action}


leaves = st.one_of(
    plain,
    st.builds(lambda text: {"type": "url", "text": text, "url": "https://example.org/x"}, plain),
    st.builds(
        lambda text, shape: {"type": "date_time", "text": text, "unix_time": 1757721600, "date_time_format": shape},
        plain,
        st.sampled_from(["", "r", "wDT", "dt", "T"]),
    ),
    st.builds(lambda text: {"type": "custom_emoji", "custom_emoji_id": "5", "alternative_text": text}, letters),
)
texts = st.recursive(
    leaves, lambda inner: st.one_of(styled(inner), st.lists(inner, min_size=1, max_size=3)), max_leaves=5
)
texts_with_buttons = st.one_of(
    texts, st.builds(lambda text, button: [text, {"type": "button", "button": button}], texts, buttons())
)
flags = st.lists(st.sampled_from(["is_bordered", "is_striped", "is_compact"]), unique=True)
photo = {"type": "photo", "photo": {"type": "photo", "media": PHOTO_URL}}


def optional(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    return st.one_of(st.just({}), values.map(lambda value: {name: value}))


def cells() -> st.SearchStrategy[Json]:
    shape = st.fixed_dictionaries(
        {"align": st.sampled_from(["left", "center", "right"]), "valign": st.sampled_from(["top", "middle", "bottom"])}
    )
    more = (
        optional("text", texts),
        optional("colspan", st.integers(2, 3)),
        optional("rowspan", st.integers(2, 3)),
        optional("is_header", st.just(True)),
    )
    return st.builds(lambda *parts: {key: value for part in parts for key, value in part.items()}, shape, *more)


simple_blocks = st.one_of(
    st.builds(lambda kind, text: {"type": kind, "text": text}, st.sampled_from(["paragraph", "footer"]), texts),
    st.builds(lambda text: {"type": "paragraph", "text": text}, texts_with_buttons),
    st.builds(lambda text, size: {"type": "heading", "text": text, "size": size}, texts, st.integers(1, 6)),
    st.builds(lambda text, more: {"type": "pre", "text": text, **more}, plain, optional("language", names)),
    st.just({"type": "divider"}),
    st.builds(lambda name: {"type": "anchor", "name": name}, names),
    st.builds(
        lambda kind, text, more: {"type": kind, "text": text, **more},
        st.sampled_from(["expandable_blockquote", "pullquote"]),
        texts,
        optional("credit", texts),
    ),
    st.builds(
        lambda rows, named, more: {"type": "table", "cells": rows, **dict.fromkeys(named, True), **more},
        st.lists(st.lists(cells(), min_size=1, max_size=3), min_size=1, max_size=3),
        flags,
        optional("caption", texts),
    ),
    st.just(photo),
    st.builds(
        lambda kind, text: {"type": kind, "blocks": [photo, photo], "caption": {"text": text}},
        st.sampled_from(["collage", "slideshow"]),
        texts,
    ),
    st.builds(
        lambda many, more: {"type": "buttons", "buttons": many, **more},
        st.lists(buttons(), min_size=1, max_size=8),
        optional("align", st.sampled_from(["left", "center", "right"])),
    ),
)


def containers(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    blocks = st.lists(inner, min_size=1, max_size=3)
    ordered = st.builds(
        lambda value, kind: {"value": value, "type": kind}, st.integers(1, 4000), st.sampled_from("aAiI1")
    )
    checked = st.sampled_from([{}, {"has_checkbox": True}, {"has_checkbox": True, "is_checked": True}])
    return st.one_of(
        st.builds(lambda many, more: {"type": "blockquote", "blocks": many, **more}, blocks, optional("credit", texts)),
        st.builds(
            lambda text, many, more: {"type": "details", "summary": text, "blocks": many, **more},
            texts,
            blocks,
            optional("is_open", st.just(True)),
        ),
        *(
            st.builds(
                lambda items: {"type": "list", "items": items},
                st.lists(
                    st.builds(lambda many, mark, number: {"blocks": many, **mark, **number}, blocks, checked, numbers),
                    min_size=1,
                    max_size=3,
                ),
            )
            for numbers in (st.just({}), ordered)
        ),
    )


all_blocks = st.recursive(simple_blocks, containers, max_leaves=6)


@st.composite
def rich_messages(draw: st.DrawFn) -> Json:
    """Return a valid InputRichMessage whose anchor links all have a target."""
    blocks = [{"type": "paragraph", "text": draw(texts)}, *draw(st.lists(all_blocks, max_size=5))]
    anchors = [value["name"] for value in objects(blocks) if value.get("type") == "anchor"]
    links = [{"type": "anchor_link", "text": "go", "anchor_name": name} for name in ["", *anchors]]
    blocks.append({"type": "paragraph", "text": links})
    return {"blocks": copy.deepcopy(blocks), "skip_entity_detection": True}


def objects(value: Any) -> Iterator[Json]:
    """Yield every object, outer ones first."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from objects(item)


def containers_of(value: Any) -> Iterator[Any]:
    """Yield every object and array."""
    if isinstance(value, dict | list):
        yield value
        for item in value.values() if isinstance(value, dict) else value:
            yield from containers_of(item)


@st.composite
def broken_messages(draw: st.DrawFn) -> Json:
    """Return a valid message with one field of a wrong type, one unknown type, or one required field too few."""
    message = draw(rich_messages())
    breakage = draw(st.sampled_from(["wrong type", "unknown type", "missing field"]))
    if breakage == "wrong type":
        holder = draw(st.sampled_from([holder for holder in containers_of(message) if holder]))
        key = draw(st.sampled_from(list(holder) if isinstance(holder, dict) else range(len(holder))))
        holder[key] = "x" if isinstance(holder[key], int) else 5
        return message
    typed = [value for value in objects(message["blocks"]) if "type" in value]
    if breakage == "unknown type":
        draw(st.sampled_from(typed))["type"] = "nonsense"
        return message
    value = draw(st.sampled_from([value for value in typed if value["type"] in REQUIRED]))
    del value[draw(st.sampled_from(REQUIRED[value["type"]]))]
    return message
