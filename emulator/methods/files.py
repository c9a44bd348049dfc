"""sendDocument, getFile: bytes, or the id of known ones -> a document in a chat; an id -> where to fetch it."""

from typing import Any

from emulator import answers
from emulator.errors import BadRequest
from emulator.files import DOWNLOAD_BYTES
from emulator.formatting import finish_caption, read_caption
from emulator.methods.sending import open_envelope, post
from emulator.parameters import FILE_BYTES, Parameters
from emulator.telegram import Telegram
from emulator.values import Document


def send_document(tg: Telegram, p: Parameters) -> Any:
    """`document`: an upload, `attach://name`, or a file_id. A URL is refused: nothing here reaches the network."""
    caption = read_caption(p)
    document = _read_document(tg, p)
    envelope = open_envelope(tg, p)
    formatted = finish_caption(caption)
    content = {"text": formatted.text, "entities": formatted.entities, "document": document}
    return answers.message(post(tg, envelope, content, "can_send_documents"), tg.world)


def _read_document(tg: Telegram, p: Parameters) -> Document:
    text = p.text("document")
    upload = p.files.get(text.removeprefix("attach://") if text.startswith("attach://") else "document")
    if upload is not None:
        if not upload.data:
            raise BadRequest("file must be non-empty")
        if len(upload.data) > FILE_BYTES:
            raise BadRequest("file is too big")
        return tg.files.add(upload.name, upload.mime_type, upload.data)
    if not text:
        raise BadRequest("there is no document in the request")
    if text.startswith(("http://", "https://")):
        raise BadRequest("failed to get HTTP URL content")
    found = tg.files.find(text)
    if found is None:
        raise BadRequest("wrong remote file identifier specified: Wrong string length")
    return found[0]


def get_file(tg: Telegram, p: Parameters) -> Any:
    file_id = p.text("file_id")
    found = tg.files.find(file_id)
    if found is None:
        raise BadRequest("invalid file_id" if file_id else "file_id not specified")
    document, _ = found
    if document.file_size > DOWNLOAD_BYTES:
        raise BadRequest("file is too big")
    described = answers.document(document)
    return {
        "file_id": document.file_id,
        "file_unique_id": described["file_unique_id"],
        "file_size": document.file_size,
        "file_path": tg.files.path(document),
    }
