"""Read InputRichBlocks into RichBlocks, the form in which a message contains them."""

from collections.abc import Callable
from typing import Any

from emulator.errors import BadRequest
from emulator.rich import fields
from emulator.rich.fields import FieldError, Json
from emulator.rich.findings import MAX_TABLE_COLUMNS, Findings
from emulator.rich.labels import item_labels
from emulator.rich.photos import PhotoReference
from emulator.rich.text import RichTextReader, read_anchor_name

MAX_ROW_BUTTONS = 8
UNSUPPORTED_TYPES = (
    "mathematical_expression",
    "map",
    "animation",
    "audio",
    "document",
    "video",
    "voice_note",
    "thinking",
)
HORIZONTAL = ("left", "center", "right")
VERTICAL = ("top", "middle", "bottom")
LABEL_TYPES = ("a", "A", "i", "I", "1")


class BlockReader:
    """Reader of the blocks of one rich message; `depth` of a block at the top is 1."""

    def __init__(self, findings: Findings, texts: RichTextReader) -> None:
        self._findings = findings
        self._texts = texts
        self._readers: dict[str, Callable[[Json, int], Json]] = {
            "paragraph": self._read_text_block,
            "footer": self._read_text_block,
            "heading": self._read_heading,
            "pre": self._read_preformatted,
            "divider": lambda block, depth: {"type": "divider"},
            "anchor": lambda block, depth: {"type": "anchor", "name": read_anchor_name(block, self._findings)},
            "list": self._read_list,
            "blockquote": self._read_block_quotation,
            "expandable_blockquote": self._read_quotation,
            "pullquote": self._read_quotation,
            "details": self._read_details,
            "table": self._read_table,
            "photo": self._read_photo,
            "collage": self._read_media_group,
            "slideshow": self._read_media_group,
            "buttons": self._read_buttons,
        }

    def read_all(self, owner: Json, depth: int) -> list[Json]:
        """Return the blocks of a container, which must not be empty. Raises FieldError or BadRequest."""
        blocks = [self._read(block, depth) for block in fields.array(owner, "blocks")]
        if not blocks:
            self._findings.refuse("RICH_MESSAGE_CONTENT_REQUIRED" if depth > 1 else "RICH_MESSAGE_EMPTY")
        return blocks

    def _read(self, block: Any, depth: int) -> Json:
        if not isinstance(block, dict):
            raise FieldError("Object expected as InputRichMessageBlock")
        self._findings.descend(depth, depth)
        self._findings.blocks += 1
        kind = fields.string(block, "type")
        if kind in UNSUPPORTED_TYPES:
            raise FieldError(f'this emulator does not hold blocks of type "{kind}"')
        reader = self._readers.get(kind)
        if reader is None:
            raise FieldError(f'type "{kind}" is unsupported')
        return reader(block, depth)

    def _read_text_block(self, block: Json, depth: int) -> Json:
        return {"type": block["type"], "text": self._texts.required(block, "text", depth)}

    def _read_heading(self, block: Json, depth: int) -> Json:
        size = fields.integer(block, "size")
        text = self._texts.required(block, "text", depth)
        if not 1 <= size <= 6:
            self._findings.refuse("invalid section heading size specified")
        return {"type": "heading", "text": text, "size": size}

    def _read_preformatted(self, block: Json, depth: int) -> Json:
        language = fields.string(block, "language", "")
        text = self._texts.required(block, "text", depth, code=True)
        return {"type": "pre", "text": text} | ({"language": language} if language else {})

    def _read_list(self, block: Json, depth: int) -> Json:
        items = [self._read_item(item, depth) for item in fields.array(block, "items")]
        if not items:
            self._findings.refuse("list must be non-empty")
        if len({"type" in item for item in items}) > 1:
            self._findings.refuse("list must be either ordered or unordered")
        return {"type": "list", "items": item_labels(items)}

    def _read_item(self, item: Any, depth: int) -> Json:
        """Return a RichBlockListItem without its label; as on Telegram, only an item with a type has a number."""
        if not isinstance(item, dict):
            raise FieldError("Object expected as InputRichBlockListItem")
        self._findings.blocks += 1
        result: Json = {"blocks": self.read_all(item, depth + 1)}
        has_checkbox, is_checked = fields.boolean(item, "has_checkbox"), fields.boolean(item, "is_checked")
        value, label_type = fields.integer(item, "value", 0), fields.string(item, "type", "")
        if has_checkbox:
            result |= {"has_checkbox": True} | ({"is_checked": True} if is_checked else {})
        if label_type and label_type not in LABEL_TYPES:
            self._findings.refuse("invalid list item type specified")
        return result | ({"value": value, "type": label_type} if label_type else {})

    def _read_block_quotation(self, block: Json, depth: int) -> Json:
        return {"type": "blockquote", "blocks": self.read_all(block, depth + 1)} | self._credit(block, depth)

    def _read_quotation(self, block: Json, depth: int) -> Json:
        text = self._texts.required(block, "text", depth)
        return {"type": block["type"], "text": text} | self._credit(block, depth)

    def _credit(self, block: Json, depth: int) -> Json:
        credit = self._texts.optional(block, "credit", depth)
        return {} if credit is None else {"credit": credit}

    def _read_details(self, block: Json, depth: int) -> Json:
        summary = self._texts.required(block, "summary", depth)
        is_open = fields.boolean(block, "is_open")
        result: Json = {"type": "details", "summary": summary, "blocks": self.read_all(block, depth + 1)}
        return result | ({"is_open": True} if is_open else {})

    def _read_table(self, block: Json, depth: int) -> Json:
        rows = [self._read_row(row, depth) for row in fields.array(block, "cells")]
        if not any(rows):
            self._findings.refuse("RICH_MESSAGE_CONTENT_REQUIRED")
        if _column_count(rows) > MAX_TABLE_COLUMNS:
            self._findings.refuse("RICH_MESSAGE_TABLE_COLS_TOO_MANY")
        flags = [name for name in ("is_bordered", "is_striped", "is_compact") if fields.boolean(block, name)]
        caption = self._texts.optional(block, "caption", depth)
        result: Json = {"type": "table", "cells": rows} | dict.fromkeys(flags, True)
        return result if caption is None else result | {"caption": caption}

    def _read_row(self, row: Any, depth: int) -> list[Json]:
        if not isinstance(row, list):
            raise FieldError('Field "cells" must be an Array of Arrays')
        self._findings.blocks += 1
        try:
            return [self._read_cell(cell, depth) for cell in row]
        except FieldError as error:
            raise BadRequest(f"Can't parse PageBlockTableCell: {error}") from None

    def _read_cell(self, cell: Any, depth: int) -> Json:
        if not isinstance(cell, dict):
            raise FieldError("RichBlockTableCell must be an Object")
        is_header = fields.boolean(cell, "is_header")
        align = fields.string(cell, "align", "") or ("center" if is_header else "left")
        valign = fields.string(cell, "valign", "") or "middle"
        if align not in HORIZONTAL:
            raise FieldError("Invalid horizontal alignment specified")
        if valign not in VERTICAL:
            raise FieldError("Invalid vertical alignment specified")
        result: Json = {"align": align, "valign": valign} | ({"is_header": True} if is_header else {})
        for name in ("colspan", "rowspan"):
            span = fields.integer(cell, name, 0)
            if span < 0:
                self._findings.refuse(f"invalid table cell {name} specified")
            if span > 1:
                result[name] = span
        text = self._texts.optional(cell, "text", depth)
        return result if text is None else result | {"text": text}

    def _read_photo(self, block: Json, depth: int) -> Json:
        photo = fields.json_object(block, "photo")
        kind = fields.string(photo, "type")
        media = fields.string(photo, "media", "")
        has_spoiler = fields.boolean(photo, "has_spoiler")
        if kind != "photo":
            raise FieldError(f'Unexpected media type "{kind}" for block "photo"')
        if not media:
            raise FieldError("media not found")
        reference = PhotoReference(media)
        self._findings.media += 1
        if reference.is_url:
            self._findings.web_photos[media] = None
        else:
            self._findings.depends_on_state = True
        result: Json = {"type": "photo", "photo": reference} | ({"has_spoiler": True} if has_spoiler else {})
        return result | self._caption(block, depth)

    def _read_media_group(self, block: Json, depth: int) -> Json:
        blocks = self.read_all(block, depth + 1)
        if any(inner["type"] != "photo" for inner in blocks):
            raise FieldError(f"this emulator holds only photos in a {block['type']}")
        return {"type": block["type"], "blocks": blocks} | self._caption(block, depth)

    def _caption(self, block: Json, depth: int) -> Json:
        """Return the caption as a field; Telegram shows an empty one as none."""
        caption = block.get("caption")
        if caption is None:
            return {}
        if not isinstance(caption, dict):
            raise FieldError("RichBlockCaption must be an Object")
        text = self._texts.optional(caption, "text", depth)
        credit = self._credit(caption, depth)
        return {} if text is None and not credit else {"caption": {"text": text or "", **credit}}

    def _read_buttons(self, block: Json, depth: int) -> Json:
        buttons = [self._texts.button(button, depth) for button in fields.array(block, "buttons")]
        align = fields.string(block, "align", "")
        if align and align not in HORIZONTAL:
            raise FieldError("Invalid horizontal alignment specified")
        if not buttons:
            self._findings.refuse("button row must be non-empty")
        if len(buttons) > MAX_ROW_BUTTONS:
            self._findings.refuse("RICH_MESSAGE_BUTTONS_TOO_MANY")
        return {"type": "buttons", "buttons": buttons} | ({"align": align} if align else {})


def _column_count(rows: list[list[Json]]) -> int:
    """Return the width of a table; a cell that spans rows takes its columns in each of them."""
    widest = 0
    rows_left: list[int] = []  # for each column, the rows a cell from above still takes
    for row in rows:
        column = 0
        for cell in row:
            while column < len(rows_left) and rows_left[column]:
                column += 1
            end = min(column + cell.get("colspan", 1), MAX_TABLE_COLUMNS + 1)
            rows_left += [0] * (end - len(rows_left))
            rows_left[column:end] = [cell.get("rowspan", 1)] * (end - column)
            column = end
        widest = max(widest, len(rows_left))
        rows_left = [max(0, left - 1) for left in rows_left]
    return widest
