"""/broadcast where paid broadcasts are offered: both ways with their cost, and who pays when."""

import pytest
from structlog.testing import capture_logs

from domain.delivery.payment import Payment
from domain.delivery.states import RunState
from storage import run_progress
from tests.handlers.dialogue import ADMIN, Bot, Voice, private

PEOPLE = range(100, 145)


@pytest.fixture
def paid_bot(bot: Bot) -> Bot:
    bot.offers_paid_broadcasts, bot.star_balance = True, 500
    return bot


async def _drafted(bot: Bot, language: str = "en") -> Voice:
    """Return an admin before the confirmation card of a broadcast to 45 people, which costs at most 5 Stars."""
    for person in PEOPLE:
        await private(bot, person).say("/start")
    admin = private(bot, ADMIN, language)
    await admin.say("/broadcast Good news")
    return admin


async def _run(bot: Bot, run_id: int = 1) -> tuple[RunState, Payment]:
    async with bot.database.read() as tx:
        progress = await run_progress.get(tx, run_id)
    assert progress is not None
    return progress.state, progress.payment


DRAFT, FREE, PAID = (
    (RunState.DRAFT, Payment.FREE),
    (RunState.RUNNING, Payment.FREE),
    (RunState.RUNNING, Payment.PAID),
)


@pytest.mark.parametrize(
    ("language", "lines", "labels"),
    [
        (
            "en",
            ["📣 Free: about 2 s", "⚡ Fast: about 1 s, costs at most 5 ⭐", "The bot has 500 ⭐ now."],
            ["🗑 Discard", "📣 Send for free", "⚡ Send fast, up to 5 ⭐"],
        ),
        (
            "zh",
            ["📣 免费：大约 2 秒", "⚡ 加速：大约 1 秒，最多花 5 ⭐", "机器人现在有 500 ⭐。"],
            ["🗑 放弃", "📣 免费发送", "⚡ 加速发送，最多 5 ⭐"],
        ),
    ],
)
async def test_card_shows_both_ways_and_the_balance(
    paid_bot: Bot, language: str, lines: list[str], labels: list[str]
) -> None:
    admin = await _drafted(paid_bot, language)
    card = admin.heard.messages[0]
    assert card.text.plain.rpartition("\n\n")[2].splitlines() == lines
    assert [label for label in admin.heard.labels if label in labels] == labels
    assert await _run(paid_bot) == DRAFT


@pytest.mark.parametrize(
    ("balance", "line"),
    [(None, "The bot's Stars could not be read."), (4, "The bot has 4 ⭐ now, not enough for that.")],
)
async def test_card_tells_an_unknown_or_low_balance(paid_bot: Bot, balance: int | None, line: str) -> None:
    paid_bot.star_balance = balance
    assert line in (await _drafted(paid_bot)).heard.text


async def test_every_card_tells_the_balance(paid_bot: Bot) -> None:
    admin, told = await _drafted(paid_bot), "The bot has 500 ⭐ now."
    await admin.press("Add a link button")
    assert told in (await admin.say("Read - https://a.example")).text
    assert told in (await admin.edits(1, text="/broadcast Better news")).text
    reads = paid_bot.balance_reads
    await admin.say("Dear all, the studio opens")
    assert paid_bot.balance_reads == reads, "the question below a message costs no call"


async def test_card_for_nobody_offers_no_way_to_send(paid_bot: Bot) -> None:
    admin = private(paid_bot, ADMIN)
    await admin.say("/broadcast Good news")
    assert "⭐" not in admin.heard.text


async def test_nothing_is_offered_or_asked_unless_switched_on(bot: Bot) -> None:
    bot.star_balance = 500
    admin = await _drafted(bot)
    assert [label for label in admin.heard.labels if "Send" in label] == ["📣 Send"]
    assert "⭐" not in admin.heard.text
    assert "switched off" in (await admin.press_data("broadcast 1 pay 5", on=max(admin.seen))).toast
    assert await _run(bot) == DRAFT
    await admin.press("Send")
    assert await _run(bot) == FREE
    assert bot.balance_reads == 0


async def test_only_the_press_on_the_price_pays(paid_bot: Bot) -> None:
    admin = await _drafted(paid_bot)
    with capture_logs() as logs:
        assert (await admin.press("Send for free")).toast == "On its way."
    assert await _run(paid_bot) == FREE
    assert [(entry["run"], entry["payment"]) for entry in logs if entry["event"] == "broadcast_confirmed"] == [
        (1, "free")
    ]
    assert "goes out once" in (await admin.press("Send fast")).toast
    assert await _run(paid_bot) == FREE


async def test_paid_broadcast_is_confirmed_once(paid_bot: Bot) -> None:
    admin = await _drafted(paid_bot)
    with capture_logs() as logs:
        assert (await admin.press("Send fast")).toast == "On its way."
    assert await _run(paid_bot) == PAID
    assert [entry["payment"] for entry in logs if entry["event"] == "broadcast_confirmed"] == ["paid"]
    for label in ("Send fast", "Send for free"):
        assert "goes out once" in (await admin.press(label)).toast
    assert "goes out once" in (await admin.press("Discard")).toast
    async with paid_bot.database.read() as tx:
        assert (await tx.exec_driver_sql("SELECT count(*) FROM waves")).scalar_one() == 1
    assert await _run(paid_bot) == PAID


async def test_discarded_draft_is_not_paid_for(paid_bot: Bot) -> None:
    admin = await _drafted(paid_bot)
    await admin.press("Discard")
    assert "was discarded" in (await admin.press_data("broadcast 1 pay 5")).toast
    assert await _run(paid_bot) == (RunState.CANCELLED, Payment.FREE)


async def test_low_balance_is_told_instead_of_sending(paid_bot: Bot) -> None:
    admin = await _drafted(paid_bot)
    paid_bot.star_balance = 4
    refused = await admin.press("Send fast")
    assert "Nothing was sent" in refused.toast
    assert refused.edited
    assert "The bot has 4 ⭐ now, not enough for that." in refused.text
    assert await _run(paid_bot) == DRAFT
    paid_bot.star_balance = 5
    await admin.press("Send fast")
    assert await _run(paid_bot) == PAID


async def test_unknown_balance_leaves_the_choice_to_the_admin(paid_bot: Bot) -> None:
    admin = await _drafted(paid_bot)
    paid_bot.star_balance = None
    assert (await admin.press("Send fast")).toast == "On its way."
    assert await _run(paid_bot) == PAID


async def test_higher_cost_than_agreed_is_shown_first(paid_bot: Bot) -> None:
    admin = await _drafted(paid_bot)
    for person in range(200, 210):
        await private(paid_bot, person).say("/start")
    shown = await admin.press("Send fast, up to 5")
    assert "more subscribers" in shown.toast
    assert "costs at most 6 ⭐" in shown.text
    assert await _run(paid_bot) == DRAFT
    await admin.press("Send fast, up to 6")
    assert await _run(paid_bot) == PAID


async def test_only_the_author_pays(paid_bot: Bot) -> None:
    paid_bot.admins = frozenset({ADMIN, 2})
    await _drafted(paid_bot)
    assert "Only the author" in (await private(paid_bot, 2).press_data("broadcast 1 pay 5")).toast
    assert (await private(paid_bot, 100).press_data("broadcast 1 pay 5")).toast == "This button no longer works."
    assert await _run(paid_bot) == DRAFT


@pytest.mark.parametrize("data", ["pay", "pay x", "pay -5", "pay 5 5", "pay 99999999999999", "pay 0", "paid 5"])
async def test_altered_price_pays_nothing(paid_bot: Bot, data: str) -> None:
    admin = await _drafted(paid_bot)
    assert (await admin.press_data(f"broadcast 1 {data}", on=max(admin.seen))).toast
    assert await _run(paid_bot) == DRAFT


async def test_balance_is_read_for_bot_admins_only(paid_bot: Bot) -> None:
    await private(paid_bot, 100).say("/broadcast hello")
    await private(paid_bot, 100).press_data("broadcast 1 pay 5")
    assert paid_bot.balance_reads == 0
    admin = await _drafted(paid_bot)
    assert paid_bot.balance_reads == 1
    await admin.press("Send for free")
    assert paid_bot.balance_reads == 1


@pytest.mark.parametrize(
    ("language", "when", "labels", "lines"),
    [
        (
            "en",
            ("When", "Tomorrow 08:00", "Back"),
            {"📣 Schedule for free", "⚡ Schedule fast, up to 5 ⭐"},
            ("📣 Free: about 2 s from then on", "⚡ Fast: about 1 s from then on, costs at most 5 ⭐"),
        ),
        (
            "zh-hans",
            ("什么时候", "明早 08:00", "返回"),
            {"📣 到时免费发送", "⚡ 到时加速发送，最多 5 ⭐"},
            ("📣 免费：到时开始，大约 2 秒", "⚡ 加速：到时开始，大约 1 秒，最多花 5 ⭐"),
        ),
    ],
)
async def test_card_with_a_time_schedules(
    paid_bot: Bot, language: str, when: tuple[str, ...], labels: set[str], lines: tuple[str, ...]
) -> None:
    admin = await _drafted(paid_bot, language)
    for label in when:
        card = await admin.press(label)
    assert labels <= set(card.labels)
    assert [line for line in card.text.split("\n") if line.startswith(("📣", "⚡"))] == list(lines)
