"""sendDocument and getFile."""

from typing import Any

from emulator import api_objects
from emulator.errors import BadRequest
from emulator.file_store import MAX_DOWNLOAD_BYTES
from emulator.formatting import format_caption, read_caption
from emulator.methods.media import find_file
from emulator.methods.sending import read_send_options, send
from emulator.parameters import Parameters
from emulator.telegram import Telegram


def send_document(tg: Telegram, params: Parameters) -> Any:
    """Send a document: an upload, `attach://name` or a file_id. URLs are refused, as nothing reaches the network."""
    caption = read_caption(params)
    document = find_file(tg, params, params.text("document"), "document")
    options = read_send_options(tg, params)
    formatted = format_caption(caption)
    content = {"text": formatted.text, "entities": formatted.entities, "document": document}
    return api_objects.message_object(send(tg, options, content, "can_send_documents"), tg.store)


def get_file(tg: Telegram, params: Parameters) -> Any:
    file_id = params.text("file_id")
    stored = tg.files.find(file_id)
    if stored is None:
        raise BadRequest("invalid file_id" if file_id else "file_id not specified")
    document, _ = stored
    if document.file_size > MAX_DOWNLOAD_BYTES:
        raise BadRequest("file is too big")
    document_json = api_objects.document_object(document)
    return {
        "file_id": document.file_id,
        "file_unique_id": document_json["file_unique_id"],
        "file_size": document.file_size,
        "file_path": tg.files.path_of(document),
    }
