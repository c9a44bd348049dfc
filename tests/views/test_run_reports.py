"""Run reports: progress cards, reports and notices, built from figures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.running_bot import PAUSED
from domain.chat.frozen_message import FrozenMessage
from domain.chat.i18n import Translations
from domain.chat.text import Text
from domain.delivery.broadcast import CAPTION_KINDS, Broadcast
from domain.delivery.payment import Payment
from domain.delivery.progress import Counts, FailureCount, RecipientCounts, Trouble
from domain.delivery.reasons import DeliveryReason, RunStateReason
from domain.delivery.states import RunPurpose, RunState
from tests.views.progress import run_progress
from views import run_reports
from views.run_figures import figures_in_one_line
from views.run_reports import Speed

TEXTS = Translations.load()


def test_running_card_shows_rate_and_time_left() -> None:
    translate = TEXTS.translator("en")
    text = str(run_reports.progress_card(run_progress(), Speed(per_second=2.5), translate, offer_resend=True).text)
    assert "2.5 a second, 2 s to go" in text
    assert "To go: 5" in text
    assert "5/10" in text
    held_card = str(
        run_reports.progress_card(run_progress(), Speed(hold_seconds=3700), translate, offer_resend=True).text
    )
    assert "1 h 1 min" in held_card
    outage_card = str(
        run_reports.progress_card(run_progress(), Speed(is_outage=True), translate, offer_resend=True).text
    )
    assert "Telegram does not answer" in outage_card
    held = Speed(hold_reason=PAUSED, is_outage=True)
    assert "Nothing is sent for now: paused by the operator" in str(
        run_reports.progress_card(run_progress(), held, translate, offer_resend=True).text
    )
    standbyless_card = str(
        run_reports.progress_card(run_progress(), Speed(standbyless_seconds=190), translate, offer_resend=True).text
    )
    assert "Nothing is sent: no standby has confirmed the database's commits for 3 min" in standbyless_card


def test_only_the_report_offers_resend_after_the_end() -> None:
    translate = TEXTS.translator("en")
    for state, offered in ((RunState.RUNNING, True), (RunState.PAUSED, True), (RunState.FINISHED, False)):
        rows = run_reports.progress_card(run_progress(state=state), Speed(), translate, offer_resend=True).keyboard
        assert any(button.callback_data == "run 17 resend" for row in rows for button in row) is offered
    finished = run_progress(state=RunState.FINISHED)
    assert (
        run_reports.report(finished, Trouble(), translate, offer_resend=True).keyboard[0][0].callback_data
        == "run 17 resend"
    )


def test_card_and_notice_show_why_a_run_paused() -> None:
    detail, translate = "Bad Request: message is too long", TEXTS.translator("zh")
    paused = run_progress(state=RunState.PAUSED, state_reason=RunStateReason.REJECTIONS, state_detail=detail)
    assert detail in str(run_reports.paused_notice(paused, translate).text)
    assert f"{translate('Paused')}: {detail}" in str(
        run_reports.progress_card(paused, Speed(), translate, offer_resend=True).text
    )


def test_card_paused_by_an_admin_shows_no_reason() -> None:
    translate = TEXTS.translator("en")
    paused = run_progress(state=RunState.PAUSED, state_reason=RunStateReason.ADMIN)
    assert "Paused\n" in str(run_reports.progress_card(paused, Speed(), translate, offer_resend=True).text)


def test_foreign_text_is_shown_literally() -> None:
    translate = TEXTS.translator("en")
    trouble = Trouble([FailureCount(DeliveryReason.REJECTED, "<b>{why}</b> %s", 3)], [1001])
    assert "<b>{why}</b> %s" in str(run_reports.report(run_progress(), trouble, translate, offer_resend=True).text)
    paused = run_reports.paused_notice(run_progress(state=RunState.PAUSED, state_detail="{oops} <3"), translate)
    assert "{oops} <3" in str(paused.text)
    assert paused.text != Text()


def test_resend_is_offered_only_by_the_ask_policy() -> None:
    translate = TEXTS.translator("en")
    assert not run_reports.report(run_progress(), Trouble(), translate, offer_resend=False).keyboard
    assert run_reports.report(run_progress(), Trouble(), translate, offer_resend=True).keyboard


@pytest.mark.parametrize(
    ("reason", "error", "expected"),
    [
        (DeliveryReason.BLOCKED, "", "屏蔽了机器人"),
        (
            DeliveryReason.NOT_ALLOWED,
            "Bad Request: not enough rights to send text messages",
            "机器人在那里没有发言权限",
        ),
        (DeliveryReason.TOPIC_CLOSED, "Bad Request: TOPIC_CLOSED", "话题已关闭或不存在"),
        (DeliveryReason.REJECTED, "Bad Request: message is too long", "Bad Request: message is too long"),
    ],
)
def test_failure_reasons_are_in_the_admins_language(reason: DeliveryReason, error: str, expected: str) -> None:
    trouble = Trouble(failures=(FailureCount(reason, error, 2),))
    report = run_reports.report(run_progress(), trouble, TEXTS.translator("zh"), offer_resend=True)
    assert f"失败 2 次：{expected}" in report.text.plain


@pytest.mark.parametrize(
    ("language", "unit"), [("en", "Sent fast: 31, for at most 4 ⭐"), ("zh", "加速发送：31，最多花 4 ⭐")]
)
def test_card_and_report_tell_what_was_paid(language: str, unit: str) -> None:
    translate = TEXTS.translator(language)
    free = run_progress(purpose=RunPurpose.BROADCAST, counts=Counts(recipients=40, sent=40))
    paid = replace(free, payment=Payment.PAID, counts=Counts(recipients=40, sent=40, paid=31))
    for run, is_told in ((free, False), (paid, True)):
        card = run_reports.progress_card(run, Speed(), translate, offer_resend=True)
        report = run_reports.report(run, Trouble(), translate, offer_resend=True)
        assert (unit in card.text.plain, unit in report.text.plain) == (is_told, is_told)
        assert ("⭐" in card.text.plain) is is_told


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ("Bad Request: BALANCE_TOO_LOW", "the bot does not have enough Stars"),
        ("Too Many Requests", "enabled in @BotFather"),
        ("Bad Request: PAYMENT_{x}", "Bad Request: PAYMENT_{x}"),
    ],
)
def test_refused_payment_is_told_in_plain_words(detail: str, words: str) -> None:
    translate = TEXTS.translator("en")
    run = run_progress(purpose=RunPurpose.BROADCAST, payment=Payment.STOPPED, payment_detail=detail)
    assert words in run_reports.progress_card(run, Speed(), translate, offer_resend=True).text.plain
    assert words in run_reports.report(run, Trouble(), translate, offer_resend=True).text.plain
    notice = run_reports.payment_refused_notice(detail, translate).text.plain
    assert words in notice
    assert "nobody twice" in notice


@pytest.mark.parametrize(
    "kind", ["text", *CAPTION_KINDS, "poll", "sticker", "video_note", "contact", "location", "album"]
)
def test_edit_is_offered_for_what_can_be_edited(kind: str) -> None:
    photo = FrozenMessage(message_id=1, kind="photo", method="sendPhoto", parameters={}, album_id="7")
    messages = (photo, replace(photo, message_id=2)) if kind == "album" else (replace(photo, kind=kind, album_id=""),)
    sent = replace(run_progress(purpose=RunPurpose.BROADCAST, edition=None), broadcast=Broadcast(messages=messages))
    translate = TEXTS.translator("en")
    shown = (
        run_reports.progress_card(sent, Speed(), translate, offer_resend=False),
        run_reports.report(replace(sent, state=RunState.FINISHED), Trouble(), translate, offer_resend=False),
    )
    for message in shown:
        labels = [button.text for row in message.keyboard for button in row]
        assert ("✏️ Edit…" in labels) is (kind in ("text", *CAPTION_KINDS))


LONG = Counts(
    recipients=10,
    pending=6,
    in_flight=1,
    sent=11,
    unconfirmed=1,
    failed=1,
    people=RecipientCounts(pending=2, in_flight=1, sent=6, failed=1),
)
"""Ten people who get two messages each: of three the second one has not arrived so far."""


def test_people_are_counted_by_their_first_message_and_the_others_named() -> None:
    run, translate = run_progress(counts=LONG, payment=Payment.PAID), TEXTS.translator("en")
    card = run_reports.progress_card(run, Speed(per_second=2), translate, offer_resend=True)
    lines = card.text.plain.splitlines()
    assert lines[1:] == [
        "On its way: 2 a second, 4 s to go",
        "▓▓▓▓▓▓▓░░░░░ 13/20 messages",
        "Sent: 6",
        "To go: 3",
        "Failed: 1",
        "Further messages: 4 to go, 1 unconfirmed",
        "⚡ Sent fast: 0 messages, for at most 0 ⭐",
    ]
    assert "🔁 Send again (1 message)" in [button.text for row in card.keyboard for button in row]
    one_line = "6 sent, 1 failed, 3 to go · Further messages: 4 to go, 1 unconfirmed"
    assert figures_in_one_line(run, translate) == one_line
    cancelled = replace(run, state=RunState.CANCELLED)
    lines = run_reports.report(cancelled, Trouble(), translate, offer_resend=True).text.plain.splitlines()
    assert "Skipped: 2" in lines


@pytest.mark.parametrize(
    ("purpose", "unpins", "words"),
    [
        (RunPurpose.EDIT, False, "6 edited, 1 not edited, 3 to go"),
        (RunPurpose.RECALL, False, "6 deleted, 1 not deleted, 3 to go"),
        (RunPurpose.PINS, False, "6 pinned, 1 not pinned, 3 to go"),
        (RunPurpose.PINS, True, "6 unpinned, 1 not unpinned, 3 to go"),
    ],
)
def test_change_of_a_broadcast_is_told_in_its_own_words(purpose: RunPurpose, unpins: bool, words: str) -> None:
    run = run_progress(purpose=purpose, unpins=unpins, counts=LONG)
    assert figures_in_one_line(run, TEXTS.translator("en")).startswith(words)


def test_figures_without_people_say_that_they_are_messages() -> None:
    """Older versions stored messages alone, and a correction may change only the second message of somebody."""
    old, translate = run_progress(counts=replace(LONG, people=None)), TEXTS.translator("en")
    correction = run_progress(purpose=RunPurpose.CORRECTION, counts=LONG)
    for run, done in ((old, "Sent: 11 messages"), (correction, "Corrected: 11 messages")):
        lines = run_reports.progress_card(run, Speed(), translate, offer_resend=True).text.plain.splitlines()
        assert done in lines
        assert "Further" not in "".join(lines)
        assert figures_in_one_line(run, translate).startswith("Messages: 11 ")
    (first, *_) = run_reports.report(
        run_progress(state=RunState.FINISHED, recall=replace(old, purpose=RunPurpose.RECALL)),
        Trouble(),
        translate,
        offer_resend=True,
    ).text.plain.splitlines()[-2:]
    assert "Recalled: 11 messages deleted" in first
