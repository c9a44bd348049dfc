"""The owner of a bot on a phone, in both languages: figures, invitations, roles, and the audit log.

With SCREENSHOTS=FOLDER in the environment each screen is kept there, to be looked at.
"""

from __future__ import annotations

import pytest

from emulator.client import EmulatedUser, EmulatorClient
from tests.chromium import chromium
from tests.demo.test_demo import ADMIN, PATIENCE, XIAOYU, demo, see
from tests.demo.walking import Walk, walk

GUEST = 1003
COLLEAGUE = 1004
SECRET = "Nobody is to get this"


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize(("language", "reader"), [("zh", XIAOYU), pytest.param("en", 1002, marks=pytest.mark.long)])
async def test_owner_looks_after_people(language: str, reader: int) -> None:
    async with demo() as emulator, chromium() as browser:
        await EmulatedUser(emulator, ADMIN, 0).set_language(language)
        await EmulatedUser(emulator, reader, 0).send("/start")
        colleague = await emulator.create_user("Kim", language=language, id=COLLEAGUE, started=True)
        await colleague.send("/start")
        async with walk(browser, emulator, ADMIN, language, "owner") as owner:
            await owner.say("/stats", "📊")
            await owner.keep("1-stats")
            await owner.say("/access", "Who may subscribe")
            await owner.keep("2-access")
            await owner.press("🔗", "Invitations")
            await owner.press("➕", "Whoever opens it comes in: pass it on only to those whom you mean.")
            await owner.keep("3-invitation")
            await _give_and_take_a_role(owner, colleague, emulator)
            await owner.say("/audit", "Audit log", "role changed", "invitation made")
            await owner.keep("7-audit")
            await _refuse_guest(emulator, reader)


async def _give_and_take_a_role(owner: Walk, colleague: EmulatedUser, emulator: EmulatorClient) -> None:
    """Make somebody an admin, and take the role while they compose: their press sends nothing."""
    await owner.say(f"/roles {colleague.id}", f"{colleague.id} – ", "no role")
    await owner.keep("4-person")
    await owner.press("→ " + owner.words("admin"), "Admins broadcast and see figures too.")
    await owner.keep("5-question")
    await owner.press("✓ " + owner.words("Yes"))
    take, send = owner.key("✖ " + owner.words("Take the role")), "📣 " + owner.words("Send for free")
    await see(take)
    await owner.keep("6-given")
    await colleague.send(f"/broadcast {SECRET}")
    card = await emulator.wait_for_log_entry(
        lambda line: (
            line.kind == "bot_message" and line.message is not None and bool(line.message.callback_data_of(send))
        ),
        chat=colleague.id,
        timeout=PATIENCE,
    )
    assert card.message is not None
    await take.click()
    await owner.press("✓ " + owner.words("Yes"), f"{colleague.id} – ", "no role")
    answer = await colleague.press(card.message, send, timeout=PATIENCE)
    assert answer.text != owner.translate("On its way.")


async def _refuse_guest(emulator: EmulatorClient, reader: int) -> None:
    """Let a guest press an admin's buttons: nothing is sent to anybody."""
    guest = await emulator.create_user("Guest", id=GUEST)
    await guest.send("/start")
    message = await guest.next_message(timeout=PATIENCE)
    for verb in ("open", "send"):
        pressed = await guest.send_press(message, f"broadcast 1 {verb}", forge=True)
        await guest.wait_for_callback_answer(pressed, timeout=PATIENCE)
    received = [line.message.text for line in await emulator.log(reader, kind="bot_message") if line.message]
    assert received
    assert SECRET not in received
