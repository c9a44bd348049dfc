"""What stands around the items: front matter, introduction, contents list, commentary, trailing matter."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.digest.generated.stock import Writer
from tests.digest.generated.truth import COMMENTARY, INTRO, LEFT_OUT, TRAILING, Placed

DAY = "2026-11-27"


@dataclass(frozen=True, slots=True)
class Around:
    """Text before or after the items, and the places of its words."""

    source: str = ""
    placed: tuple[Placed, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """What a surrounding must fit: the headlines, and the level of the outermost headings."""

    headlines: Sequence[str]
    top_level: int
    has_bullets: bool = False


Surrounding = Callable[[Writer, Setting], Around]


def _placed(words: Sequence[str], *places: str) -> tuple[Placed, ...]:
    return tuple(Placed(text, places) for text in words)


def _nothing(_writer: Writer, _setting: Setting) -> Around:
    return Around()


# Before the items


def _paragraph(writer: Writer, _setting: Setting) -> Around:
    text = writer.paragraph(writer.random.choice((1, 2)), "intros")
    return Around(text.source, _placed(text.words, INTRO))


def _two_paragraphs(writer: Writer, setting: Setting) -> Around:
    first, second = _paragraph(writer, setting), _paragraph(writer, setting)
    return Around(f"{first.source}\n\n{second.source}\n\n---", first.placed + second.placed)


def _title(writer: Writer, setting: Setting) -> Around:
    """A title above the introduction; the front matter has the same title or none."""
    below = _paragraph(writer, setting)
    return Around(f"# {{title}}\n\n{below.source}", below.placed)


def _dated_titles(_writer: Writer, _setting: Setting) -> Around:
    """A linked date, then the title."""
    return Around(f"# [{DAY}](https://example.org/issues/{DAY})\n\n# {{title}}")


def _byline(writer: Writer, setting: Setting) -> Around:
    below = _paragraph(writer, setting)
    issue = writer.fill(writer.fixed("issue"))
    return Around(f"![](https://img.example.org/banner.png)\n\n*{issue} · {DAY}*\n\n{below.source}", below.placed)


def _quote(writer: Writer, setting: Setting) -> Around:
    text = _paragraph(writer, setting)
    return Around(f"> {text.source}\n\n---", text.placed)


def _summary(list_mark: Callable[[int], str], *, has_heading: bool = True) -> Surrounding:
    """Write a summary: a list of plain sentences under its name, closed by a rule."""

    def write(writer: Writer, setting: Setting) -> Around:
        words = [writer.draw("sentences") for _ in range(writer.random.randint(3, 4))]
        name = writer.draw("summary_names")
        level = "#" * min(setting.top_level, 3)
        head = f"{level} **{name}**" if has_heading else f"**{name}**{writer.colon.strip()}"
        rows = "\n".join(f"{list_mark(n)}{text}{writer.stop}" for n, text in enumerate(words, 1))
        return Around(f"{head}\n\n{rows}\n\n---", _placed(words, INTRO))

    return write


def _fenced_summary(writer: Writer, _setting: Setting) -> Around:
    words = [writer.draw("sentences") for _ in range(3)]
    rows = "\n".join(text + writer.stop for text in words)
    return Around(f"## {writer.draw('summary_names')}\n\n```\n{rows}\n```", _placed(words, INTRO))


def _contents(writer: Writer, setting: Setting) -> Around:
    """A list of all headlines, linked to their places in the page or not."""
    plain = [headline.replace("`", "") for headline in setting.headlines]
    rows = [f"[{text}](#{n}-{_slug(text)})" for n, text in enumerate(plain, 1)] if writer.chance(0.6) else plain
    mark = "{}. " if writer.chance(0.4) else "- "
    listed = "\n".join(mark.format(n) + row for n, row in enumerate(rows, 1))
    level = "#" * min(setting.top_level, 3)
    name = writer.draw("contents_names")
    head = f"{level} {name}" if writer.chance(0.7) else f"**{name}**"
    return Around(f"{head}\n\n{listed}\n\n---", _placed(plain, LEFT_OUT))


def _slug(text: str) -> str:
    return re.sub(r"\W+", "-", text).strip("-").lower()


def _letter(writer: Writer, setting: Setting) -> Around:
    """A letter of the editor before the items: introduction, or commentary that comes first."""
    text = writer.paragraph(2, "comments")
    level = "#" * min(setting.top_level, 3)
    head = f"{level} {writer.draw('letter_names')}"
    return Around(f"{head}\n\n{text.source}\n\n---", _placed(text.words, INTRO, COMMENTARY))


BEFORE: dict[str, Surrounding] = {
    "nothing": _nothing,
    "paragraph": _paragraph,
    "two paragraphs and rule": _two_paragraphs,
    "title and paragraph": _title,
    "dated titles": _dated_titles,
    "banner, byline, paragraph": _byline,
    "quote and rule": _quote,
    "summary in bullets": _summary(lambda _: "- "),
    "summary in numbers": _summary("{}. ".format),
    "summary in numbers, no heading": _summary("{}. ".format, has_heading=False),
    "summary in a fence": _fenced_summary,
    "contents": _contents,
    "letter of the editor": _letter,
}


# After the items: commentary


def _comment(head: Callable[[str, Setting], str], *, first: str = "", between: str = "\n\n") -> Surrounding:
    """Write a commentary under its name; `first` comes before the name, `between` before the text."""

    def write(writer: Writer, setting: Setting) -> Around:
        paragraphs = [writer.paragraph(writer.random.choice((1, 2)), "comments") for _ in range(1)]
        if writer.chance(0.4):
            paragraphs.append(writer.paragraph(1, "comments"))
        words = [text for paragraph in paragraphs for text in paragraph.words]
        source = "\n\n".join(paragraph.source for paragraph in paragraphs)
        name = head(writer.draw("commentary_names"), setting)
        return Around(f"{first}{name}{between}{source}", _placed(words, COMMENTARY))

    return write


def _at_top(name: str, setting: Setting) -> str:
    return f"{'#' * min(setting.top_level, 4)} {name}"


def _listed_comment(writer: Writer, setting: Setting) -> Around:
    words = [writer.draw("comments") for _ in range(2)]
    rows = "\n".join(f"- {text}{writer.stop}" for text in words)
    return Around(f"{_at_top(writer.draw('commentary_names'), setting)}\n\n{rows}", _placed(words, COMMENTARY))


COMMENTARIES: dict[str, Surrounding] = {
    "nothing": _nothing,
    "heading": _comment(_at_top),
    "rule and heading": _comment(_at_top, first="---\n\n"),
    "rule and bold heading": _comment(lambda name, _: f"### **{name}**", first="---\n\n"),
    "emoji heading": _comment(lambda name, setting: _at_top(f"💡 {name}", setting)),
    "bold line": _comment(lambda name, _: f"**{name}**", first="---\n\n"),
    "lead-in": _comment(lambda name, _: f"**{name}**: ", first="---\n\n", between=""),
    "HTML heading": _comment(lambda name, _: f"<h3>{name}</h3>", first="---\n\n"),
    "heading, rule, text": _comment(_at_top, between="\n\n---\n\n"),
    "rule, heading, rule, text": _comment(_at_top, first="---\n\n", between="\n\n---\n\n"),
    "italic line": _comment(lambda name, _: f"*{name}*", first="---\n\n"),
    "heading and bullets": _listed_comment,
}


# After all


def _subscription(writer: Writer, _setting: Setting) -> Around:
    words = writer.draw("subscribe")
    return Around(f"---\n\n{words}: https://example.org/subscribe", _placed([words], TRAILING))


def _thanks(writer: Writer, _setting: Setting) -> Around:
    words = [writer.draw("thanks"), writer.draw("subscribe")]
    return Around(f"---\n\n*{words[0]}{writer.stop} {words[1]}{writer.stop}*", _placed(words, TRAILING))


def _previous(*, rule: bool) -> Surrounding:
    """Write a list of linked earlier issues under its name."""

    def write(writer: Writer, setting: Setting) -> Around:
        titles = [writer.fill(writer.fixed("previous")) for _ in range(writer.random.randint(2, 4))]
        rows = "\n".join(f"- [{text}](https://example.org/old/{n})" for n, text in enumerate(titles))
        head = _at_top(writer.draw("previous_name"), setting)
        return Around(("---\n\n" if rule else "") + f"{head}\n\n{rows}", _placed(titles, TRAILING))

    return write


def _named(key: str, *, rule: bool) -> Surrounding:
    """Write a paragraph under a name: sponsors, about us."""

    def write(writer: Writer, setting: Setting) -> Around:
        words = writer.draw(key)
        head = _at_top(writer.draw(f"{key}_name"), setting)
        text = f"{head}\n\n{words}{writer.stop} [→](https://ad.example/1)"
        return Around(("---\n\n" if rule else "") + text, _placed([words], TRAILING))

    return write


def _channels(writer: Writer, _setting: Setting) -> Around:
    name, channels = writer.draw("follow_name"), [writer.draw("channels") for _ in range(3)]
    rows = "\n".join(f"- [{channel}](https://example.org/c/{n})" for n, channel in enumerate(channels))
    return Around(f"---\n\n**{name}**\n\n{rows}", _placed([name], TRAILING))


def _table(writer: Writer, _setting: Setting) -> Around:
    name, first, second = writer.draw("follow_name"), writer.draw("channels"), writer.draw("channels")
    links = "| [A](https://example.org/a) | [B](https://example.org/b) |"
    rows = f"| 🎙️ **{first}** | 📹 **{second}** |\n| --- | --- |\n{links}"
    return Around(f"---\n\n## **{name}**\n\n{rows}", _placed([name, first], TRAILING))


def _ways(writer: Writer, _setting: Setting) -> Around:
    first, second = writer.draw("channels"), writer.draw("about_name")
    line = f"[{first}](https://example.org/a) | [{second}](https://example.org/about)"
    return Around(f"---\n\n{line}", _placed([second], TRAILING))


def _credits(writer: Writer, _setting: Setting) -> Around:
    words = writer.draw("credits")
    mark = writer.random.choice(("{}", "*{}*", "<small>{}</small>", "© 2026 · {}"))
    return Around(f"---\n\n{mark.format(words)}", _placed([words], TRAILING))


AFTER: dict[str, Surrounding] = {
    "nothing": _nothing,
    "subscription": _subscription,
    "thanks": _thanks,
    "rule and previous issues": _previous(rule=True),
    "previous issues": _previous(rule=False),
    "rule and sponsor": _named("sponsor", rule=True),
    "sponsor": _named("sponsor", rule=False),
    "about": _named("about", rule=True),
    "channels": _channels,
    "table of channels": _table,
    "line of ways": _ways,
    "credits": _credits,
}


# Around the whole file


@dataclass(frozen=True, slots=True)
class Front:
    """What stands above the page; `has_title` tells whether it gives the digest's title."""

    write: Callable[[str], str]
    has_title: bool = True


FRONTS: dict[str, Front] = {
    "YAML": Front(lambda title: f'---\ntitle: "{title}"\ndate: {DAY}T08:00:00+08:00\n---\n\n'),
    "YAML of another tool": Front(
        lambda title: (
            f"---\nlayout: post\ntitle: {title}\ndate: {DAY} 08:00:00 +0800\nauthor: ida\ncomments: true\n"
            f"permalink: /news/{DAY}/\ntags:\n  - news\n---\n\n"
        )
    ),
    "TOML": Front(lambda title: f'+++\ntitle = "{title}"\ndate = {DAY}T08:00:00Z\n+++\n\n'),
    "header lines": Front(lambda title: f"Title: {title}\nDate: {DAY} 08:00\nAuthor: ida\nSlug: news-{DAY}\n\n"),
    "two byte order marks": Front(lambda title: f"\ufeff\ufeff---\ntitle: {title}\ndate: {DAY}\n---\n\n"),
    "none": Front(lambda title: f"# {title}\n\n"),
}


def _thought(source: str, writer: Writer) -> Around:
    words = [writer.draw("model_thought"), *(writer.draw("headlines") for _ in range(2))]
    draft = f"{words[0]}{writer.stop}\n\n1. {words[1]}\n2. {words[2]}"
    return Around(f"<think>\n{draft}\n</think>\n\n{source}", _placed(words, LEFT_OUT))


def _model_lead(source: str, writer: Writer) -> Around:
    words = writer.draw("model_lead")
    return Around(f"{words}\n\n{source}", _placed([words], LEFT_OUT, INTRO))


def _fence(source: str, _writer: Writer) -> Around:
    return Around(f"```markdown\n{source}\n```")


def _escapes(source: str, _writer: Writer) -> Around:
    """Escape the dots behind numbers, as some editors do on export."""
    return Around(re.sub(r"^(#+ |)(\d{1,2})\. ", r"\1\2\\. ", source, flags=re.MULTILINE))


def _excerpt(source: str, _writer: Writer) -> Around:
    first, gap, rest = source.partition("\n\n")
    return Around(f"{first}{gap}<!--more-->\n\n{rest}")


LEFTOVERS: dict[str, Callable[[str, Writer], Around]] = {
    "nothing": lambda source, _writer: Around(source),
    "reasoning of a model": _thought,
    "sentence of a model": _model_lead,
    "fence around the file": _fence,
    "escaped numbers": _escapes,
    "excerpt mark": _excerpt,
    "Liquid tag": lambda source, _writer: Around("{% include header.html %}\n\n" + source),
    "wide line ends": lambda source, _writer: Around(source.replace("\n", "\r\n")),
}
"""What tools leave behind, done to the page below the front matter."""

AROUND_FILE = frozenset({"reasoning of a model", "sentence of a model", "fence around the file"})
"""Leftovers that may also stand around the whole file, above the front matter."""
