"""Who may subscribe: strangers learn how to get in and nothing else; links, requests and admins let them in."""

from __future__ import annotations

from datetime import date

import pytest

from domain.audit import AuditAction
from domain.chat.action import InlineAnswer, Send
from domain.chat.event import Chat, InlineQuery, Origin, User
from domain.chat.frozen_message import freeze
from domain.chat.message import Message
from domain.chat.roles import Role
from domain.subscription.admission import MAX_INVITATIONS, NOTICES_PER_HOUR, AdmissionDecision, AdmissionPolicy
from domain.subscription.subscriber import LeftReason
from storage import admissions, audit, bots, invitations, roles, subscribers
from tests.handlers.dialogue import ADMIN, Answer, Bot, Voice, group, private

TODAY = date(2025, 9, 12)
ANN, BOB, CLARA = 7, 8, 9
GROUP = -100
CLOSED = "This digest goes to invited readers."
ASKABLE = "Readers of this digest are let in by its admins."

TYPED = (
    *("/start", "/today", "/item 3", "/items 1-3", "/categories", "/category 技术", "/commentary", "/digest"),
    *("/search 条", "/saved", "/recap", "/status", "/settings", "/help", "/stop", "/chats", "/access", "3", "条"),
    *("/start i_2025-09-12_3", "/start d_2025-09-12", "/start chats", "hello", "/unknown"),
)
PRESSED = ("item 2025-09-12 3", "digest", "start", "save 2025-09-12 3", "vote + 2025-09-12 3", "settings", "recap 7")


@pytest.fixture
async def closed(bot: Bot) -> Bot:
    """Return a bot that is for the invited, with an edition."""
    bot.admission_policy = AdmissionPolicy.INVITED
    await bot.publish(TODAY)
    async with bot.database.write() as tx:
        await bots.set_username(tx, "digest_bot")
    return bot


async def _link(bot: Bot, words: str = "1 7") -> str:
    """Return the payload of a new invitation."""
    shown = await private(bot, ADMIN).say(f"/access link {words}")
    (line,) = [line for line in shown.text.splitlines() if line.startswith("https://t.me/digest_bot?start=")]
    return line.partition("start=")[2]


async def _enters(bot: Bot, person: int, payload: str) -> Answer:
    return await private(bot, person).say(f"/start {payload}")


async def _is_subscribed(bot: Bot, chat: int) -> bool:
    async with bot.database.read() as tx:
        found = await subscribers.get(tx, chat)
    return found is not None and found.active


def _told(answer: Answer, person: int) -> list[str]:
    """Return what an answer tells somebody else."""
    return [
        action.message.text.plain
        for action in answer.actions
        if isinstance(action, Send) and action.chat_id == person and isinstance(action.message, Message)
    ]


@pytest.mark.parametrize("policy", [AdmissionPolicy.INVITED, AdmissionPolicy.APPROVED])
async def test_stranger_learns_how_to_get_in_and_nothing_else(closed: Bot, policy: AdmissionPolicy) -> None:
    closed.admission_policy = policy
    ann, way_in = private(closed, ANN), CLOSED if policy is AdmissionPolicy.INVITED else ASKABLE
    for said in TYPED:
        answer = await ann.say(said)
        assert answer.text.startswith(way_in), said
        assert len(answer.actions) == 1, said
    for data in PRESSED:
        pressed = await ann.press_data(data)
        assert pressed.toast.startswith(way_in), data
        assert not pressed.messages, data
    origin = Origin(closed.next_update(), Chat(ANN), User(ANN, "Ann", "en"))
    (inline,) = await closed.handle_event(InlineQuery(origin=origin, query_id="9", words=""))
    assert isinstance(inline, InlineAnswer)
    assert (inline.articles, inline.button_text) == ((), "For chosen readers · how to get in")
    assert not await _is_subscribed(closed, ANN)
    assert "What I keep" in (await ann.say("/privacy")).text or ann.heard.messages, "what is kept about them is theirs"
    assert way_in not in ann.heard.text


async def test_invitation_lets_in_as_many_as_it_is_for(closed: Bot) -> None:
    payload = await _link(closed, "1 7")
    assert "Welcome" in (await _enters(closed, ANN, payload)).text
    assert "条" in (await private(closed, ANN).say("/today")).text
    used_up = await _enters(closed, BOB, payload)
    assert used_up.text.startswith("This invitation is used up")
    assert CLOSED in used_up.text
    await _enters(closed, ANN, payload)
    ended = await _link(closed, "0 7")
    closed.wait(days=7)
    assert (await _enters(closed, BOB, ended)).text.startswith("This invitation has ended.")
    assert "not one of mine" in (await _enters(closed, BOB, payload[:-1] + "_")).text
    assert not await _is_subscribed(closed, BOB)
    endless = await _link(closed, "0 0")
    for person in (BOB, CLARA):
        assert "Welcome" in (await _enters(closed, person, endless)).text
    async with closed.database.read() as tx:
        assert [invitation.uses for invitation in await invitations.open_ones(tx, now=closed.now, limit=9)] == [2]


@pytest.mark.parametrize(
    ("bounds", "words"), [("0 30", "Whoever opens it comes in"), ("3 30", "Whoever opens it first")]
)
async def test_invitation_says_who_comes_in(closed: Bot, bounds: str, words: str) -> None:
    assert words in (await private(closed, ADMIN).say(f"/access link {bounds}")).text


async def test_invitation_says_its_year_and_its_bounds(closed: Bot) -> None:
    admin = private(closed, ADMIN)
    within = await admin.say("/access link 5 400")
    assert "until Sat, 17 Oct 2026" in within.text
    assert "at most" not in within.text
    beyond = await admin.say("/access link 5 9999")
    assert "until Mon, 10 Sep 2035" in beyond.text
    assert "at most 100,000 people and 3,650 days" in beyond.text


async def test_revoked_invitation_says_so_and_is_listed_no_more(closed: Bot) -> None:
    owner, payload = private(closed, ADMIN), await _link(closed, "5 0")
    listed = await owner.say("/access links")
    assert "0 of 5 came in · without end" in listed.text
    await owner.press("1")
    await owner.press("Take it back")
    assert "This invitation was taken back." in owner.heard.text
    assert "None at the moment." in (await owner.say("/access links")).text
    assert (await _enters(closed, ANN, payload)).text.startswith("This invitation was taken back.")
    assert (await owner.press_data("access revoke 1.e")).toast == "", "nothing is left to be taken back"
    assert (await owner.press_data("access show 99")).toast == "This button no longer works."


async def test_who_was_subscribed_stays_and_may_come_back(bot: Bot) -> None:
    await bot.publish(TODAY)
    ann, owner = private(bot, ANN), private(bot, ADMIN)
    await ann.say("/start")
    await owner.say("/access")
    await owner.press("The invited")
    assert await _is_subscribed(bot, ANN)
    await ann.say("/stop")
    await ann.press("Unsubscribe")
    assert "条" in (await ann.say("/today")).text
    assert "Welcome back" in (await ann.say("/start")).text
    assert (await private(bot, BOB).say("/start")).text.startswith(CLOSED)
    await ann.say("/erase")
    await ann.press("Yes, erase it all")
    assert (await ann.say("/start")).text.startswith(CLOSED), "nobody knows any more that they were in"


async def test_policy_is_an_owner_s_and_opening_is_asked_first(closed: Bot) -> None:
    async with closed.database.write() as tx:
        await roles.change(tx, BOB, Role.ADMIN, owners=closed.admins)
    admin, owner = private(closed, BOB), private(closed, ADMIN)
    assert "An owner can change that." in (await admin.say("/access policy anyone")).text
    assert "An owner can change that." in (await admin.press_data("access policy anyone yes.e")).text
    await owner.say("/access policy anyone yes")
    assert "Let anyone read and subscribe?" in owner.heard.text
    assert (await private(closed, ANN).say("/today")).text.startswith(CLOSED)
    await owner.press("Yes")
    assert "条" in (await private(closed, ANN).say("/today")).text
    async with closed.database.read() as tx:
        (entry,) = await audit.newest(tx)
        assert await admissions.policy(tx, default=AdmissionPolicy.APPROVED) is AdmissionPolicy.ANYONE
    assert (entry.action, entry.detail, entry.actor) == (AuditAction.ADMISSION_POLICY, "invited anyone", ADMIN)
    assert "The invited → Anyone" in (await owner.say("/audit")).text


async def test_request_is_asked_once_and_answered(closed: Bot) -> None:
    closed.admission_policy = AdmissionPolicy.APPROVED
    owner, ann = private(closed, ADMIN), private(closed, ANN)
    await owner.say("/start")
    await ann.say("/start")
    asked = await ann.press("Ask to be let in")
    (notice,) = _told(asked, ADMIN)
    assert notice == "✋ 7 – asks to be let in and to read the digest."
    assert "Your request is with the admins" in (await ann.say("/today")).text
    assert (await ann.press_data("join.e")).messages == [], "it is asked once"
    answered = await owner.press_data(f"access {ANN} admit.e")
    assert _told(answered, ANN) == ["👋 You have been let in."]
    assert answered.toast == "Let in."
    assert "Welcome" in (await ann.press_data("start")).text
    async with closed.database.read() as tx:
        (entry,) = await audit.newest(tx)
    assert (entry.action, entry.person) == (AuditAction.ADMITTED, ANN)


ASK_AGAIN = "This was decided already. To change it, press again."


async def _three_admins(bot: Bot) -> tuple[Voice, Voice, Voice]:
    """Return an owner and two admins who have a request of Ann before them."""
    bot.admission_policy = AdmissionPolicy.APPROVED
    async with bot.database.write() as tx:
        for person in (BOB, CLARA):
            await roles.change(tx, person, Role.ADMIN, owners=bot.admins)
    owner, bob, clara = (private(bot, person) for person in (ADMIN, BOB, CLARA))
    for admin in (owner, bob, clara):
        await admin.say("/start")
    asked = await private(bot, ANN).press_data("join.e")
    assert all(_told(asked, person) for person in (ADMIN, BOB, CLARA))
    return owner, bob, clara


@pytest.mark.parametrize(
    ("first", "second", "standing", "changing", "told"),
    [
        ("decline", "admit", "was declined", "Let in", "👋 You have been let in."),
        (
            "admit",
            "decline",
            "was let in",
            "Decline",
            "You are no longer a reader of this digest: an admin took you out.",
        ),
    ],
)
async def test_stale_request_button_overturns_no_decision(
    closed: Bot, first: str, second: str, standing: str, changing: str, told: str
) -> None:
    owner, bob, clara = await _three_admins(closed)
    assert _told(await owner.press_data(f"access {ANN} {first}.e"), ANN)
    for _ in range(2):  # the second is a press before the message has changed
        overtaken = await bob.press_data(f"access {ANN} {second}.e")
        assert overtaken.toast == ASK_AGAIN
        assert overtaken.edited
        assert overtaken.text == f"7 – {standing} · not subscribed\nDecided by: 1 · today (Fri) at 14:05"
        assert _told(overtaken, ANN) == []
    same = await clara.press_data(f"access {ANN} {first}.e")
    assert same.toast == "That has been decided already."
    assert "Decided by: 1 ·" in same.text
    assert _told(same, ANN) == []
    changed = await bob.press(changing)
    assert _told(changed, ANN) == [told]
    assert "Decided by: you ·" in changed.text
    behind = await clara.press_data(f"access {ANN} {first}.e")
    assert (behind.toast, _told(behind, ANN)) == (ASK_AGAIN, [])
    assert "Decided by: 8 ·" in behind.text
    async with closed.database.read() as tx:
        assert [entry.actor for entry in await audit.newest(tx)] == [BOB, ADMIN]


async def test_typed_decision_asks_before_it_overturns_another(closed: Bot) -> None:
    owner, bob, _ = await _three_admins(closed)
    await owner.say(f"/access {ANN} decline")
    asked = await bob.say(f"/access {ANN} admit")
    assert _told(asked, ANN) == []
    assert asked.text.startswith("This was decided already. To change it, press the button.\n\n7 – was declined")
    assert _told(await bob.press("Let in"), ANN) == ["👋 You have been let in."]


async def test_taking_out_a_reader_says_who_let_them_in(closed: Bot) -> None:
    owner, bob, clara = await _three_admins(closed)
    await owner.press_data(f"access {ANN} admit.e")
    await private(closed, ANN).say("/start")
    question = await bob.press_data(f"access {ANN} decline.e")
    assert "Take them out?\nDecided by: 1 · today (Fri) at 14:05" in question.text
    await clara.press_data(f"access {ANN} decline yes admitted.e")
    late = await bob.press("Yes")
    assert (late.toast, _told(late, ANN)) == ("That has been decided already.", [])
    assert "Decided by: 9 ·" in late.text


async def test_request_decided_by_an_invitation_names_no_admin(closed: Bot) -> None:
    owner, *_ = await _three_admins(closed)
    await _enters(closed, ANN, await _link(closed))
    shown = await owner.say(f"/access {ANN}")
    assert shown.text == "7 – was let in · subscribed"


async def test_strangers_do_not_flood_admins_with_requests(closed: Bot) -> None:
    closed.admission_policy = AdmissionPolicy.APPROVED
    owner = private(closed, ADMIN)
    await owner.say("/start")
    told = []
    for person in range(100, 100 + NOTICES_PER_HOUR + 2):
        stranger = private(closed, person)
        told += _told(await stranger.press_data("join.e"), ADMIN)
        await stranger.say("/erase")
        await stranger.press("Yes, erase it all")
        told += _told(await stranger.press_data("join.e"), ADMIN)
    assert len(told) == NOTICES_PER_HOUR, "erasing one's data makes no room for more"
    assert f"Requests ({NOTICES_PER_HOUR + 2})" in " ".join((await owner.say("/access")).labels)
    closed.wait(hours=1, seconds=1)
    (notice,) = _told(await private(closed, BOB).press_data("join.e"), ADMIN)
    assert f"{NOTICES_PER_HOUR + 2} more wait: /access" in notice


async def test_reader_is_taken_out_after_a_question(closed: Bot) -> None:
    owner, ann = private(closed, ADMIN), private(closed, ANN)
    payload = await _link(closed, "0 0")
    await _enters(closed, ANN, payload)
    assert "Take them out?" in (await owner.say(f"/access {ANN} decline")).text
    await owner.say(f"/access {ANN} decline yes")
    assert await _is_subscribed(closed, ANN), "a typed answer is none"
    taken_out = await owner.press("Yes")
    assert _told(taken_out, ANN) == ["You are no longer a reader of this digest: an admin took you out."]
    assert (await ann.row()).left_reason is LeftReason.TAKEN_OUT
    for said in ("/start", f"/start {payload}", "/today"):
        assert (await ann.say(said)).text == "The people who run this digest have not let you in. I am sorry."
    await owner.say(f"/access {ANN}")
    await owner.press("Let in")
    assert "Welcome back" in (await ann.say("/start")).text


async def test_group_is_subscribed_by_an_administrator_who_may_themselves(closed: Bot) -> None:
    closed.group_admins = {GROUP: {ANN, BOB}}
    ann, bob = group(closed, GROUP, ANN), group(closed, GROUP, BOB)
    let_in = await ann.lets_in(present=True)
    assert "chosen readers" in let_in.text
    await _enters(closed, BOB, await _link(closed))
    for said in ("/start", "/today"):
        assert "An administrator who is one can subscribe this group." in (await ann.say(said)).text
    assert (await ann.say("/unknown")).actions == []
    await private(closed, ANN).press_data(f"@{(await ann.row()).id} start.s")
    assert not await _is_subscribed(closed, GROUP)
    assert "This group is subscribed." in (await bob.say("/start")).text
    assert "条" in (await ann.say("/today")).text, "whoever reads there reads what it gets"
    assert (await private(closed, ANN).say("/start i_2025-09-12_3")).text.startswith(CLOSED)
    owner = private(closed, ADMIN)
    await owner.say(f"/access {GROUP} decline")
    await owner.press("Yes")
    assert "chosen readers" in (await bob.say("/start")).text, "a group that was taken out stays out"


async def test_administrator_brings_an_invitation_into_a_group(closed: Bot) -> None:
    closed.group_admins = {GROUP: {ANN}}
    ann, bob, payload = group(closed, GROUP, ANN), group(closed, GROUP, BOB), await _link(closed, "1 7")
    shown = await private(closed, ADMIN).say("/access show 1")
    assert f"https://t.me/digest_bot?startgroup={payload}" in shown.text
    assert "invitation link for groups" in (await ann.lets_in(present=True)).text
    assert _told(await bob.say(f"/start {payload}"), BOB) == ["Only the administrators of “a group” can do that."]
    assert not await _is_subscribed(closed, GROUP)
    assert "This group is subscribed." in (await ann.say(f"/start {payload}")).text
    assert "条" in (await bob.say("/today")).text
    assert (await private(closed, BOB).say(f"/start {payload}")).text.startswith("This invitation is used up")
    assert (await private(closed, ANN).say("/start")).text.startswith(CLOSED), "the group came in, not the person"
    await ann.say(f"/start {payload}")
    assert await _is_subscribed(closed, GROUP), "a second start of a group that is in needs no invitation"


async def test_group_invitation_says_why_it_lets_nobody_in(closed: Bot) -> None:
    closed.group_admins = {GROUP: {ANN}, -200: {BOB}, -300: {CLARA}}
    owner, payload = private(closed, ADMIN), await _link(closed, "0 7")
    assert "not one of mine" in (await group(closed, GROUP, ANN).say(f"/start {payload[:-1]}_")).text
    await owner.say(f"/access {GROUP} decline")
    await owner.say(f"/access {BOB} decline")
    for chat, person in ((GROUP, ANN), (-200, BOB)):
        declined = await group(closed, chat, person).say(f"/start {payload}")
        assert declined.text.startswith("This digest has chosen readers."), "nothing is said of the invitation"
    closed.wait(days=7)
    ended = await group(closed, -300, CLARA).say(f"/start {payload}")
    assert ended.text.startswith("This invitation has ended.")
    assert "chosen readers" in ended.text
    for chat in closed.group_admins:
        assert not await _is_subscribed(closed, chat)


async def test_each_bot_has_its_own_readers(closed: Bot) -> None:
    async with closed.database.write() as tx:
        await bots.add(tx, "second", "env:BOT_TOKEN_SECOND", {})
    other = Bot(closed.database.for_bot(2), admission_policy=AdmissionPolicy.INVITED)
    payload = await _link(closed, "0 0")
    assert "not one of mine" in (await _enters(other, ANN, payload)).text
    await private(closed, ADMIN).say(f"/access {ANN} admit")
    assert "Welcome" in (await private(closed, ANN).say("/start")).text
    assert (await private(other, ANN).say("/start")).text.startswith(CLOSED)
    await private(closed, ADMIN).say("/access policy approved")
    async with other.database.read() as tx:
        assert await admissions.policy(tx, default=AdmissionPolicy.INVITED) is AdmissionPolicy.INVITED


async def test_who_asked_and_then_came_in_by_a_link_waits_no_more(closed: Bot) -> None:
    closed.admission_policy = AdmissionPolicy.APPROVED
    await private(closed, ANN).press_data("join")
    assert await _asking(closed) == [ANN]
    await _enters(closed, ANN, await _link(closed))
    assert await _asking(closed) == []
    assert f"{ANN}" in "".join((await private(closed, ADMIN).say("/access admitted")).labels)


async def test_access_is_decided_in_private_about_whom_an_admin_answers(closed: Bot) -> None:
    owner = private(closed, ADMIN)
    assert "private chat" in (await group(closed, GROUP, ADMIN, language="en").say("/access")).text
    message = freeze({"message_id": 5, "text": "let me in", "forward_origin": {"type": "hidden_user"}})
    assert "Who may subscribe" not in (await owner.say("/access", reply_to=message)).text
    shown = await owner.say("/access", reply_to=message, about=ANN)
    assert str(ANN) in shown.text
    await owner.press("Let in")
    assert "Welcome" in (await private(closed, ANN).say("/start")).text
    assert "Who may subscribe" in (await owner.say("/access of all things")).text


async def test_no_more_invitations_than_can_be_listed(closed: Bot) -> None:
    for _ in range(MAX_INVITATIONS):
        await _link(closed, "1 7")
    owner = private(closed, ADMIN)
    refused = await owner.say("/access link 1 7")
    assert "https://t.me" not in refused.text
    async with closed.database.read() as tx:
        assert await invitations.count_open(tx, now=closed.now) == MAX_INVITATIONS
    await owner.press("1")
    await owner.press("Take it back")
    assert await _link(closed, "1 7")


async def _asking(bot: Bot) -> list[int]:
    async with bot.database.read() as tx:
        return list(await admissions.listed(tx, AdmissionDecision.ASKED, start=0, limit=9))
