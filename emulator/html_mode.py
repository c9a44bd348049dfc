"""A text with HTML tags -> plain text and entities, or the error Telegram gives. Pure.

Follows tdlib's `parse_html` (1.8.66; Bot API, "HTML style"): N in an error is the byte offset of the tag.
"""

from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from emulator.errors import BadRequest
from emulator.links import checked_url
from emulator.nesting import sort_entities
from emulator.values import Entity

_KINDS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
    "tg-spoiler": "spoiler", "span": "spoiler",
}  # fmt: skip
_TAGS = frozenset(_KINDS) | {"a", "code", "pre", "blockquote", "tg-emoji", "tg-time"}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_SPACE = frozenset(" \t\r\n\0\v")


class HtmlError(BadRequest):
    """The markup cannot be parsed."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"can't parse entities: {reason}")


@dataclass(slots=True)
class _Open:
    tag: str
    argument: str
    offset: int
    index: int


class _Parser:
    """One pass over the text; `at` is an index of characters, errors count bytes."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.plain: list[str] = []
        self.offset = 0
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def peek(self) -> str:
        return self.source[self.at] if self.at < len(self.source) else ""

    def bytes_at(self, index: int) -> int:
        return len(self.source[:index].encode())

    def run(self) -> None:
        while self.at < len(self.source):
            character = self.source[self.at]
            if character == "<":
                self.tag()
                continue
            decoded = self.reference() if character == "&" else ""
            if not decoded:
                decoded = character
                self.at += 1
            self.plain.append(decoded)
            self.offset += 2 if decoded >= "\U00010000" else 1
        if self.open:
            raise HtmlError(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')

    def reference(self) -> str:
        """Decode &lt; &gt; &amp; &quot; and numbers, with or without the semicolon; "" when it is none."""
        end = self.at + 1
        if self.source[end : end + 1] == "#":
            code, end = _number(self.source, end + 1)
            if code == 0 or code >= 0x10FFFF or end - self.at >= 10 or 0xD800 <= code <= 0xDFFF:
                return ""
            decoded = chr(code)
        else:
            while end < len(self.source) and self.source[end].isascii() and self.source[end].isalpha():
                end += 1
            decoded = _NAMED.get(self.source[self.at + 1 : end], "")
            if not decoded:
                return ""
        self.at = end + 1 if self.source[end : end + 1] == ";" else end
        return decoded

    def tag(self) -> None:
        begin = self.at
        self.at += 1
        if self.peek() == "/":
            self.end_tag(begin)
        else:
            self.start_tag(begin)

    def start_tag(self, begin: int) -> None:
        where = self.bytes_at(begin)
        while self.peek() and self.peek() not in _SPACE and self.peek() != ">":
            self.at += 1
        if not self.peek():
            raise HtmlError(f"Unclosed start tag at byte offset {where}")
        tag = self.source[begin + 1 : self.at].lower()
        if tag not in _TAGS:
            raise HtmlError(f'Unsupported start tag "{tag}" at byte offset {where}')
        argument = ""
        while True:
            self.skip_space()
            if self.peek() == ">":
                break
            argument = self.attribute(tag, where) or argument
        self.at += 1
        if tag == "span" and argument != "spoiler":
            raise HtmlError(f'Tag "span" must have class "tg-spoiler" at byte offset {where}')
        self.open.append(_Open(tag, argument, self.offset, len(self.plain)))

    def skip_space(self) -> None:
        while self.peek() and self.peek() in _SPACE:
            self.at += 1

    def attribute(self, tag: str, where: int) -> str:
        """Read one attribute; the argument it gives to the tag, or ""."""
        begin = self.at
        while self.peek() and self.peek() not in _SPACE and self.peek() not in "=>/\"'":
            self.at += 1
        name = self.source[begin : self.at]
        if not name:
            raise HtmlError(f'Empty attribute name in the tag "{tag}" at byte offset {where}')
        self.skip_space()
        value = ""
        if self.peek() == "=":
            self.at += 1
            self.skip_space()
            if self.peek():
                value = self.value()
                if not self.peek():
                    raise HtmlError(f"Unclosed start tag at byte offset {where}")
        if not self.peek():
            raise HtmlError(f'Unclosed start tag "{tag}" at byte offset {where}')
        return _argument(tag, name, value)

    def value(self) -> str:
        quote = self.peek()
        begin = self.at
        if quote not in ("'", '"'):
            while self.peek() and self.peek().isascii() and (self.peek().isalnum() or self.peek() in ".-"):
                self.at += 1
            if self.peek() and self.peek() not in _SPACE and self.peek() != ">":
                raise HtmlError(f"Unexpected end of name token at byte offset {self.bytes_at(begin)}")
            return self.source[begin : self.at].lower()
        self.at += 1
        parts = []
        while self.peek() and self.peek() != quote:
            decoded = self.reference() if self.peek() == "&" else ""
            if not decoded:
                decoded = self.peek()
                self.at += 1
            parts.append(decoded)
        if self.peek() == quote:
            self.at += 1
        return "".join(parts)

    def end_tag(self, begin: int) -> None:
        where = self.bytes_at(begin)
        if not self.open:
            raise HtmlError(f"Unexpected end tag at byte offset {where}")
        while self.peek() and self.peek() not in _SPACE and self.peek() != ">":
            self.at += 1
        name = self.source[begin + 2 : self.at].lower()
        self.skip_space()
        if self.peek() != ">":
            raise HtmlError(f"Unclosed end tag at byte offset {where}")
        self.at += 1
        opened = self.open[-1]
        if name and name != opened.tag:
            raise HtmlError(f'Unmatched end tag at byte offset {where}, expected "</{opened.tag}>", found "</{name}>"')
        self.open.pop()
        if self.offset > opened.offset:
            self.close(opened)

    def close(self, opened: _Open) -> None:
        if opened.tag in _KINDS:
            self.add(opened, _KINDS[opened.tag])
        elif opened.tag == "blockquote":
            self.add(opened, "expandable_blockquote" if opened.argument else "blockquote")
        elif opened.tag == "a":
            self.close_link(opened)
        elif opened.tag == "tg-emoji":
            if not opened.argument.isdigit() or int(opened.argument) == 0:
                raise HtmlError("Invalid custom emoji identifier specified")
            self.add(opened, "custom_emoji", custom_emoji_id=opened.argument)
        elif opened.tag in ("pre", "code"):
            self.close_code(opened)

    def add(self, opened: _Open, kind: str, **argument: Any) -> None:
        self.entities.append(Entity(kind, opened.offset, self.offset - opened.offset, **argument))

    def close_link(self, opened: _Open) -> None:
        url = opened.argument or "".join(self.plain[opened.index :])
        user = url.removeprefix("tg://user?id=")
        if user != url and user.isdigit():
            self.add(opened, "text_mention", user={"id": int(user)})
        elif checked := checked_url(url):
            self.add(opened, "text_link", url=checked)

    def close_code(self, opened: _Open) -> None:
        """<pre><code class="language-x"> is one block with a language, either way around."""
        self.add(opened, opened.tag, language=opened.argument if opened.tag == "code" and opened.argument else None)
        if len(self.entities) < 2:
            return
        inner, outer = self.entities[-2:]
        if (inner.offset, inner.length) != (outer.offset, outer.length):
            return
        language = inner.language or outer.language
        if {inner.type, outer.type} == {"pre", "code"} and language:
            self.entities[-2:] = [replace(inner, type="pre", language=language)]


def _number(source: str, at: int) -> tuple[int, int]:
    base, digits = 10, "0123456789"
    if source[at : at + 1] == "x":
        base, digits, at = 16, "0123456789abcdefABCDEF", at + 1
    begin = at
    while at < len(source) and source[at] in digits:
        at += 1
    return (int(source[begin:at], base) if at > begin else 0), at


def _argument(tag: str, name: str, value: str) -> str:
    match tag, name:
        case "a", "href":
            return value
        case "code", "class":
            return value.removeprefix("language-") if value.startswith("language-") else ""
        case "span", "class":
            return value.removeprefix("tg-") if value.startswith("tg-") else ""
        case "tg-emoji", "emoji-id":
            return value
        case "blockquote", "expandable":
            return "1"
    return ""


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Plain text and its entities. Raises HtmlError, a BadRequest."""
    parser = _Parser(source)
    parser.run()
    entities = [replace(one, language=None) if one.type == "code" else one for one in parser.entities]
    return "".join(parser.plain), sort_entities(entities)
