"""Messages as plain JSON."""

from __future__ import annotations

import json

from domain.chat.message import Button, Message
from domain.chat.text import Style, bold, concat, link, styled
from views.message_json import preview_json


def test_json_shape() -> None:
    text = concat([bold("👍"), link("源", "https://example.org"), styled("x", Style.PRE, "py")])
    rows = ((Button("条目", callback_data="items 2025-09-12"), Button("源", url="https://example.org")),)
    assert json.loads(json.dumps(preview_json([Message(text, rows)]))) == {
        "messages": [
            {
                "text": "👍源x",
                "entities": [
                    {"type": "bold", "offset": 0, "length": 2, "url": ""},
                    {"type": "text_link", "offset": 2, "length": 1, "url": "https://example.org"},
                    {"type": "pre", "offset": 3, "length": 1, "url": ""},
                ],
                "buttons": [
                    [
                        {"text": "条目", "data": "items 2025-09-12", "url": ""},
                        {"text": "源", "data": "", "url": "https://example.org"},
                    ]
                ],
            }
        ]
    }


def test_no_messages() -> None:
    assert preview_json([]) == {"messages": []}
