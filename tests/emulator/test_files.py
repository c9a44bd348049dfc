"""Documents: upload, download, sending by id, limits."""

import io

import aiohttp
import pytest

from emulator.client import EmulatedUser, EmulatorClient
from emulator.file_store import FileStore
from tests.emulator.conftest import BotApi


@pytest.fixture
async def ann(emulator: EmulatorClient) -> EmulatedUser:
    return await emulator.create_user("Ann", started=True)


async def upload(api: BotApi, ann: EmulatedUser, field: str = "document", **texts: str) -> dict[str, object]:
    form = aiohttp.FormData({"chat_id": str(ann.id), **texts})
    form.add_field(field, b"# News\n", filename="news.md", content_type="text/markdown")
    async with api.session.post(f"{api.base}/sendDocument", data=form) as response:
        answer: dict[str, object] = await response.json()
        return answer


async def test_upload_and_download(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    answer = await upload(api, ann, caption="<b>here</b>", parse_mode="HTML")
    assert answer["ok"], answer
    got = await ann.next_message()
    assert (got.text, got.entities[0]["type"]) == ("here", "bold")
    assert got.document is not None
    assert (got.document.file_name, got.document.mime_type, got.document.file_size) == ("news.md", "text/markdown", 7)
    result = await api.result("getFile", file_id=got.document.file_id)
    async with api.session.get(f"{emulator.api_url}/file/bot{emulator.token}/{result['file_path']}") as response:
        assert await response.read() == b"# News\n"
    async with api.session.get(f"{emulator.control_url}/control/files/{got.document.file_id}") as response:
        assert await response.read() == b"# News\n"
    again = await api.result("sendDocument", chat_id=ann.id, document=got.document.file_id)
    assert again["document"]["file_id"] == got.document.file_id
    assert "caption" not in again


async def test_attach_reference(api: BotApi, ann: EmulatedUser) -> None:
    answer = await upload(api, ann, field="file7", document="attach://file7")
    assert answer["ok"], answer


async def test_refused_documents(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    assert await api.error("sendDocument", chat_id=ann.id) == "Bad Request: there is no document in the request"
    assert "wrong remote file identifier" in await api.error("sendDocument", chat_id=ann.id, document="x")
    url = await api.error("sendDocument", chat_id=ann.id, document="https://example.org/a.pdf")
    assert url == "Bad Request: failed to get HTTP URL content"
    answer = await upload(api, ann, caption="x" * 1025)
    assert answer["description"] == "Bad Request: message caption is too long"
    assert await api.error("getFile") == "Bad Request: file_id not specified"
    assert await api.error("getFile", file_id="x") == "Bad Request: invalid file_id"
    for path in ("documents/x.md", "../x", "photos/x"):
        async with api.session.get(f"{emulator.api_url}/file/bot{emulator.token}/{path}") as response:
            assert response.status == 404
    async with api.session.get(f"{emulator.api_url}/file/bot1:wrong/documents/x.md") as response:
        assert response.status == 401


async def test_download_limit_of_20_megabytes(api: BotApi, ann: EmulatedUser) -> None:
    form = aiohttp.FormData({"chat_id": str(ann.id)})
    form.add_field("document", io.BytesIO(b"x" * (20 * 2**20 + 1)), filename="large.bin")
    async with api.session.post(f"{api.base}/sendDocument", data=form) as response:
        large = (await response.json())["result"]["document"]
    assert await api.error("getFile", file_id=large["file_id"]) == "Bad Request: file is too big"


async def test_document_and_location_from_user(api: BotApi, ann: EmulatedUser) -> None:
    await ann.send_document("新闻.md", b"text", caption="look #1")
    await ann.send_location(31.2, 121.5)
    await ann.send_location(38.75, -9.15, venue=("Biblioteca", "Campo Grande 83"))
    first, second, third = (update["message"] for update in await api.get_updates())
    assert (first["document"]["file_name"], first["caption"]) == ("新闻.md", "look #1")
    assert second["location"] == {"latitude": 31.2, "longitude": 121.5}
    assert "venue" not in second
    assert third["location"] == {"latitude": 38.75, "longitude": -9.15}
    assert third["venue"] == {"location": third["location"], "title": "Biblioteca", "address": "Campo Grande 83"}
    path = (await api.result("getFile", file_id=first["document"]["file_id"]))["file_path"]
    async with api.session.get(api.base.replace("/bot", "/file/bot") + f"/{path}") as response:
        assert await response.read() == b"text"


def test_oldest_files_are_dropped() -> None:
    files = FileStore(max_bytes=10)
    old, new = files.add("a.txt", None, b"123456"), files.add("b", None, b"123456")
    assert files.find(old.file_id) is None
    assert files.find(new.file_id) is not None
    assert files.path_of(new) == f"documents/{new.file_id}.bin"
