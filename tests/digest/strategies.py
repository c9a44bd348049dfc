"""Hypothesis strategies for digests in all forms; every visible word is known and unique."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

_PLAINER = re.compile(r"\*\*|</?b>")  # a body that is one bold sentence could not be told from a headline

FORMS: dict[str, Callable[[int, str, str, str], str]] = {
    "list": lambda n, t, u, b: f"{n}. [{t}]({u})\n\n" + _in(b, 4),
    "padded": lambda n, t, u, b: f"{n}.  [{t}]({u})\n\n" + _in(b, 4),
    "lazy": lambda n, t, u, b: f"{n}. **{t}**\n（[来源]({u})）\n\n" + _in(b, 3),
    "lines": lambda n, t, u, b: f"{n}、[{t}]({u})\n\n{b}\n",
    "round": lambda n, t, u, b: f"（{n}）{t}：{u}\n\n{b}\n",
    "headings": lambda n, t, u, b: f"### {n}. [{t}]({u})\n\n{b}\n",
    "tags": lambda n, t, u, b: f"### [{t}]({u}) `#{n}`\n\n{b}\n",
    "bold": lambda n, t, u, b: f"**{t}**\n\n{_PLAINER.sub('', b)}\n\n[来源]({u})\n",
    "linked": lambda n, t, u, b: f"[{t}]({u})\n\n{b}\n",
    "addresses": lambda n, t, u, b: f"{t}\n{u}\n{b}\n",
    "bullets": lambda n, t, u, b: f"- [{t}]({u})\n\n" + _in(b, 2),
}
"""Ways to write an item from its number, headline, address and body."""


@dataclass(frozen=True)
class Written:
    """A digest's source, the words a reader must be shown, and the headlines and addresses of its items."""

    source: str
    words: tuple[str, ...]
    heads: tuple[tuple[str, str], ...]
    form: str


class _UniqueWords:
    """Unique words: 甲1乙, 甲2乙, …"""

    def __init__(self) -> None:
        self.made: list[str] = []

    def one(self) -> str:
        self.made.append(f"词{len(self.made) + 1000}语")
        return self.made[-1]

    def sentence(self, draw: st.DrawFn) -> str:
        return "，".join(draw(_INLINE).replace("@", self.one()) for _ in range(draw(st.integers(1, 4)))) + "。"


_INLINE = st.sampled_from(
    [
        "@",
        "**@**",
        "**“@”**",
        "`@`",
        "*@*",
        "[@](https://in.example/)",
        "~~@~~",
        "@<br/>",
        "a_@_b",
        "2*3*@",
        "(*^_^*)@",
        "@ & @",
        "&lt;@&gt;",
        "<b>@</b>",
        "@\n",
        "<3 @",
        "@**@****@**",
        '<small style="color:red">@</small>',
        "R&D @",
        "snake_case_@",
        '"@”',
        "@（@）",
        "\\*@\\*",
        "C# @",
        "@ https://bare.example/x",
    ]
)
_BODY = st.sampled_from(
    [
        "@",
        "@\n\n@",
        "- @\n- @",
        "- @\n  - @",
        "1. @\n2. @",
        "> @",
        "```\n@\n```",
        "@\n@",
        "| @ | @ |\n| - | - |\n| @ | @ |",
    ]
)


_LAST_BODY = _BODY.filter(lambda shape: shape != "@\n\n@")
"""Bodies of the last item: one paragraph more than all others have is rather a farewell."""


def _in(text: str, by: int) -> str:
    return "".join(f"{' ' * by}{line}\n" if line else "\n" for line in text.split("\n"))


def _filled(draw: st.DrawFn, words: _UniqueWords, shape: str) -> str:
    whole = "```" in shape or "|" in shape
    return "".join(
        (words.one() if whole else words.sentence(draw).replace("\n", "")) if part == "@" else part
        for part in _parts(shape)
    )


def _parts(shape: str) -> list[str]:
    return [part for piece in shape.split("@") for part in (piece, "@")][:-1]


@st.composite
def digests(draw: st.DrawFn, forms: tuple[str, ...] = tuple(FORMS)) -> Written:
    """A digest in one of the forms, with or without sections, introduction and commentary."""
    words = _UniqueWords()
    form = draw(st.sampled_from(forms))
    parts = ["---\ntitle: 早报\ndate: 2025-09-12\n---\n"]
    if draw(st.booleans()):
        parts.append(words.sentence(draw).replace("\n", "") + "\n\n---\n")
    heads: list[tuple[str, str]] = []
    for _ in range(draw(st.integers(1, 3)) if draw(st.booleans()) else 1):
        sectioned = len(parts) > 1 and form not in ("headings", "tags")
        if sectioned:
            parts.append(f"## {words.one()}\n")
        count = draw(st.integers(2, 4))
        for number in range(1, count + 1):
            title, url = f"{words.one()}发布新模型", f"https://example.org/{len(heads)}"
            heads.append((title, url))
            body = draw(_BODY if number < count else _LAST_BODY)
            parts.append(FORMS[form](number, title, url, _filled(draw, words, body)))
        if not sectioned:
            break
    if draw(st.booleans()):
        parts.append(f"---\n\n### **点评**\n\n{_filled(draw, words, draw(_BODY))}\n")
    return Written("\n".join(parts), tuple(words.made), tuple(heads), form)
