"""Forms with files, as another reader of MIME sees them."""

from __future__ import annotations

from email import message_from_bytes
from email.message import Message

import pytest

from transport.multipart import File, encode_form


@pytest.mark.parametrize(
    ("name", "shown"), [("digest-2025-09-12.md", "digest-2025-09-12.md"), ('a"b\r\nX: y\\', "a_b__X: y_")]
)
def test_form_carries_fields_and_files_unchanged(name: str, shown: str) -> None:
    content = bytes(range(256)) + b"\r\n--boundary--\r\n"
    content_type, body = encode_form({"chat_id": "7", "caption": "早报 <3"}, {"document": File(name, content)})
    form = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    parts = [part for part in form.walk() if part is not form and isinstance(part, Message)]
    found = [(part.get_param("name", header="content-disposition"), part.get_payload(decode=True)) for part in parts]
    assert found == [("chat_id", b"7"), ("caption", "早报 <3".encode()), ("document", content)]
    assert parts[-1].get_filename() == shown
