"""Parse the Bot API's HTML style into plain text and entities, with Telegram's error messages.

Follows tdlib's `parse_html` (1.8.66): offsets in errors are byte offsets of the tag.
"""

from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from emulator.entity_nesting import sort_entities
from emulator.errors import BadRequest
from emulator.links import normalize_url
from emulator.models import MessageEntity

_ENTITY_TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
_TAGS = frozenset(_ENTITY_TYPES) | {"a", "code", "pre", "blockquote", "tg-emoji", "tg-time"}
_NAMED_REFERENCES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_SPACE = frozenset(" \t\r\n\0\v")


class HtmlError(BadRequest):
    """The HTML markup is invalid."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"can't parse entities: {reason}")


@dataclass(slots=True)
class _OpenTag:
    tag: str
    argument: str
    utf16_offset: int
    character_index: int


class _HtmlParser:
    """One-pass parser; `position` counts characters, offsets in errors count bytes."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.characters: list[str] = []
        self.utf16_offset = 0
        self.open_tags: list[_OpenTag] = []
        self.entities: list[MessageEntity] = []

    def peek(self) -> str:
        return self.source[self.position] if self.position < len(self.source) else ""

    def byte_offset(self, index: int) -> int:
        return len(self.source[:index].encode())

    def parse(self) -> None:
        while self.position < len(self.source):
            character = self.source[self.position]
            if character == "<":
                self.read_tag()
                continue
            decoded = self.read_reference() if character == "&" else ""
            if not decoded:
                decoded = character
                self.position += 1
            self.characters.append(decoded)
            self.utf16_offset += 2 if decoded >= "\U00010000" else 1
        if self.open_tags:
            raise HtmlError(f'Can\'t find end tag corresponding to start tag "{self.open_tags[-1].tag}"')

    def read_reference(self) -> str:
        """Decode &lt; &gt; &amp; &quot; or a numeric reference, with or without semicolon; "" if it is not one."""
        end = self.position + 1
        if self.source[end : end + 1] == "#":
            code, end = _read_number(self.source, end + 1)
            if code == 0 or code >= 0x10FFFF or end - self.position >= 10 or 0xD800 <= code <= 0xDFFF:
                return ""
            decoded = chr(code)
        else:
            while end < len(self.source) and self.source[end].isascii() and self.source[end].isalpha():
                end += 1
            decoded = _NAMED_REFERENCES.get(self.source[self.position + 1 : end], "")
            if not decoded:
                return ""
        self.position = end + 1 if self.source[end : end + 1] == ";" else end
        return decoded

    def read_tag(self) -> None:
        begin = self.position
        self.position += 1
        if self.peek() == "/":
            self.read_end_tag(begin)
        else:
            self.read_start_tag(begin)

    def read_start_tag(self, begin: int) -> None:
        byte_offset = self.byte_offset(begin)
        while self.peek() and self.peek() not in _SPACE and self.peek() != ">":
            self.position += 1
        if not self.peek():
            raise HtmlError(f"Unclosed start tag at byte offset {byte_offset}")
        tag = self.source[begin + 1 : self.position].lower()
        if tag not in _TAGS:
            raise HtmlError(f'Unsupported start tag "{tag}" at byte offset {byte_offset}')
        argument = ""
        while True:
            self.skip_space()
            if self.peek() == ">":
                break
            argument = self.read_attribute(tag, byte_offset) or argument
        self.position += 1
        if tag == "span" and argument != "spoiler":
            raise HtmlError(f'Tag "span" must have class "tg-spoiler" at byte offset {byte_offset}')
        self.open_tags.append(_OpenTag(tag, argument, self.utf16_offset, len(self.characters)))

    def skip_space(self) -> None:
        while self.peek() and self.peek() in _SPACE:
            self.position += 1

    def read_attribute(self, tag: str, byte_offset: int) -> str:
        """Read one attribute and return the argument it gives the tag, or ""."""
        begin = self.position
        while self.peek() and self.peek() not in _SPACE and self.peek() not in "=>/\"'":
            self.position += 1
        name = self.source[begin : self.position]
        if not name:
            raise HtmlError(f'Empty attribute name in the tag "{tag}" at byte offset {byte_offset}')
        self.skip_space()
        value = ""
        if self.peek() == "=":
            self.position += 1
            self.skip_space()
            if self.peek():
                value = self.read_attribute_value()
                if not self.peek():
                    raise HtmlError(f"Unclosed start tag at byte offset {byte_offset}")
        if not self.peek():
            raise HtmlError(f'Unclosed start tag "{tag}" at byte offset {byte_offset}')
        return _tag_argument(tag, name, value)

    def read_attribute_value(self) -> str:
        quote = self.peek()
        begin = self.position
        if quote not in ("'", '"'):
            while self.peek() and self.peek().isascii() and (self.peek().isalnum() or self.peek() in ".-"):
                self.position += 1
            if self.peek() and self.peek() not in _SPACE and self.peek() != ">":
                raise HtmlError(f"Unexpected end of name token at byte offset {self.byte_offset(begin)}")
            return self.source[begin : self.position].lower()
        self.position += 1
        parts = []
        while self.peek() and self.peek() != quote:
            decoded = self.read_reference() if self.peek() == "&" else ""
            if not decoded:
                decoded = self.peek()
                self.position += 1
            parts.append(decoded)
        if self.peek() == quote:
            self.position += 1
        return "".join(parts)

    def read_end_tag(self, begin: int) -> None:
        byte_offset = self.byte_offset(begin)
        if not self.open_tags:
            raise HtmlError(f"Unexpected end tag at byte offset {byte_offset}")
        while self.peek() and self.peek() not in _SPACE and self.peek() != ">":
            self.position += 1
        name = self.source[begin + 2 : self.position].lower()
        self.skip_space()
        if self.peek() != ">":
            raise HtmlError(f"Unclosed end tag at byte offset {byte_offset}")
        self.position += 1
        open_tag = self.open_tags[-1]
        if name and name != open_tag.tag:
            raise HtmlError(
                f'Unmatched end tag at byte offset {byte_offset}, expected "</{open_tag.tag}>", found "</{name}>"'
            )
        self.open_tags.pop()
        if self.utf16_offset > open_tag.utf16_offset:
            self.close_element(open_tag)

    def close_element(self, open_tag: _OpenTag) -> None:
        if open_tag.tag in _ENTITY_TYPES:
            self.add_entity(open_tag, _ENTITY_TYPES[open_tag.tag])
        elif open_tag.tag == "blockquote":
            self.add_entity(open_tag, "expandable_blockquote" if open_tag.argument else "blockquote")
        elif open_tag.tag == "a":
            self.close_link(open_tag)
        elif open_tag.tag == "tg-emoji":
            if not open_tag.argument.isdigit() or int(open_tag.argument) == 0:
                raise HtmlError("Invalid custom emoji identifier specified")
            self.add_entity(open_tag, "custom_emoji", custom_emoji_id=open_tag.argument)
        elif open_tag.tag in ("pre", "code"):
            self.close_code(open_tag)

    def add_entity(self, open_tag: _OpenTag, kind: str, **argument: Any) -> None:
        self.entities.append(
            MessageEntity(kind, open_tag.utf16_offset, self.utf16_offset - open_tag.utf16_offset, **argument)
        )

    def close_link(self, open_tag: _OpenTag) -> None:
        url = open_tag.argument or "".join(self.characters[open_tag.character_index :])
        user = url.removeprefix("tg://user?id=")
        if user != url and user.isdigit():
            self.add_entity(open_tag, "text_mention", user={"id": int(user)})
        elif checked := normalize_url(url):
            self.add_entity(open_tag, "text_link", url=checked)

    def close_code(self, open_tag: _OpenTag) -> None:
        """Close pre or code; <pre><code class="language-x">, in either order, becomes one block with a language."""
        self.add_entity(
            open_tag, open_tag.tag, language=open_tag.argument if open_tag.tag == "code" and open_tag.argument else None
        )
        if len(self.entities) < 2:
            return
        inner, outer = self.entities[-2:]
        if (inner.offset, inner.length) != (outer.offset, outer.length):
            return
        language = inner.language or outer.language
        if {inner.type, outer.type} == {"pre", "code"} and language:
            self.entities[-2:] = [replace(inner, type="pre", language=language)]


def _read_number(source: str, at: int) -> tuple[int, int]:
    base, digits = 10, "0123456789"
    if source[at : at + 1] == "x":
        base, digits, at = 16, "0123456789abcdefABCDEF", at + 1
    begin = at
    while at < len(source) and source[at] in digits:
        at += 1
    return (int(source[begin:at], base) if at > begin else 0), at


def _tag_argument(tag: str, name: str, value: str) -> str:
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


def parse_html(source: str) -> tuple[str, list[MessageEntity]]:
    """Return the plain text and its entities. Raises HtmlError, a BadRequest."""
    parser = _HtmlParser(source)
    parser.parse()
    entities = [replace(entity, language=None) if entity.type == "code" else entity for entity in parser.entities]
    return "".join(parser.characters), sort_entities(entities)
