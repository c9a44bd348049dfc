"""Notices for admins: each in both languages, naming what is wrong, and no two alike."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from domain.chat.frozen_message import FrozenMessage
from domain.chat.i18n import Translations, Translator
from domain.chat.message import Message
from domain.chat.text import Text
from domain.delivery.broadcast import Broadcast, LinkButton
from domain.delivery.outage import Outage
from domain.delivery.progress import Counts, FailureCount, RunMessageKind, Trouble
from domain.delivery.reasons import DeliveryReason, RunStateReason
from domain.delivery.segment import SegmentSize
from domain.delivery.states import RunPurpose, RunState
from domain.folder_problems import FileProblem, FolderProblem
from tests.delivery.harness import DAY, MORNING
from tests.languages import foreign_words
from tests.views.progress import run_progress
from views import folder_notices, outages, run_reports
from views.broadcast import discarded_card, offer_card
from views.composer import (
    BroadcastDraftView,
    address_question,
    address_refused,
    button_question,
    buttons_refused,
    composer_card,
)
from views.run_reports import Speed

TEXTS = Translations.load()
FAILURES = tuple(DeliveryReason(reason) for reason in run_reports._REASONS)
RUN = replace(run_progress(), counts=Counts(9, 1, 1, 3, 2, 1, 1), missed=2)

BROADCAST = Broadcast(
    messages=(FrozenMessage(message_id=1, kind="poll", method="sendPoll", parameters={"question": "3"}),),
    buttons=((LinkButton("3", "https://3.example"),),),
    shares_votes=True,
)


def _draft(size: SegmentSize) -> BroadcastDraftView:
    return BroadcastDraftView(run_id=17, broadcast=BROADCAST, size=size, who="3", when=Text("3"))


Notice = Callable[[Translator], Message]
NOTICES: dict[str, Notice] = {
    "missing edition": lambda translate: run_reports.missing_edition_notice(DAY, translate),
    "topic": run_reports.topic_closed_notice,
    "restored": run_reports.restored_notice,
    "lock": lambda translate: run_reports.database_lost_notice("/f", None, translate, is_lock=True),
    "lost": lambda translate: run_reports.database_lost_notice("/f", None, translate, is_lock=False),
    "saved": lambda translate: run_reports.database_lost_notice("/f", "/f-1", translate, is_lock=False),
    "unwritable": lambda translate: run_reports.database_unwritable_notice("13", translate),
    "outage": lambda translate: outages.outage_notice(
        Outage(since=MORNING, seconds=0, reason="502", unconfirmed=0), translate, zone="Asia/Shanghai"
    ),
    "outage over": lambda translate: outages.outage_over_notice(
        Outage(since=MORNING, seconds=90, reason="502", unconfirmed=3), translate
    ),
    "offer": lambda translate: offer_card(17, BROADCAST, translate),
    "draft": lambda translate: composer_card(_draft(SegmentSize(3, 1, 1)), translate),
    "draft for nobody": lambda translate: composer_card(_draft(SegmentSize()), translate),
    "question for a button": lambda translate: button_question(17, translate),
    "question for an address": lambda translate: address_question(17, "3", translate),
    "refused buttons": lambda translate: buttons_refused(17, "3", translate),
    "refused address": lambda translate: address_refused(17, "3", translate),
    "discarded": discarded_card,
    "folder is back": lambda translate: folder_notices.folder_back_notice("/f", translate),
    "former content": lambda translate: folder_notices.former_content_notice("1.md", DAY, translate),
    "two files": lambda translate: folder_notices.two_files_notice("1.md", "2.md", DAY, translate),
}
NOTICES |= {
    f"folder {problem}": lambda translate, problem=problem: folder_notices.folder_unavailable_notice(  # type: ignore[misc]
        "/f", problem, translate
    )
    for problem in FolderProblem
}
NOTICES |= {
    f"file {problem}": lambda translate, problem=problem: folder_notices.unread_file_notice("1.md", problem, translate)  # type: ignore[misc]
    for problem in FileProblem
}
NOTICES |= {
    f"{kind} {state} {what}": lambda translate, kind=kind, state=state, what=what: run_reports.run_message(  # type: ignore[misc]
        kind,
        replace(RUN, state=state, purpose=what, state_reason=RunStateReason.REJECTIONS, state_detail="400"),
        Trouble([FailureCount(reason, "400", 1) for reason in FAILURES[:5]], range(1, 8)),
        Speed(per_second=3),
        translate,
        offer_resend=True,
    )
    for kind in RunMessageKind
    for state in (RunState.RUNNING, RunState.PAUSED, RunState.CANCELLED, RunState.FINISHED)
    for what in (RunPurpose.DIGEST, RunPurpose.BROADCAST)
}

QUOTED = re.compile(r"/f(-1)?|\d\.md|\d{4}-\d\d-\d\d\.md|\.md\b|\.markdown|\.txt|Markdown|https://[a-z0-9.]+")


def _texts(message: Message) -> list[str]:
    return [message.text.plain, *(button.text for row in message.keyboard for button in row)]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", NOTICES)
def test_notice_is_in_the_admin_s_language(name: str, language: str) -> None:
    texts = _texts(NOTICES[name](TEXTS.translator(language)))
    assert [word for text in texts for word in foreign_words(text, language, quoted=QUOTED)] == []
    assert not re.search(r"\{[a-z]+\}", " ".join(texts))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_two_notices_of_problems_are_alike(language: str) -> None:
    translate = TEXTS.translator(language)
    problems = [notice(translate).text.plain for name, notice in NOTICES.items() if name.startswith(("folder", "file"))]
    assert len(set(problems)) == len(problems) > len(FolderProblem) + len(FileProblem)


@pytest.mark.parametrize("reason", FAILURES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_reason_of_a_failure_is_put_into_words(reason: DeliveryReason, language: str) -> None:
    translate = TEXTS.translator(language)
    trouble = Trouble([FailureCount(reason, "Forbidden: in its words", 3)])
    lines = run_reports.report(RUN, trouble, translate, offer_resend=False).text.plain.split("\n")
    (line,) = [line for line in lines if line.startswith("· ")]
    assert "3" in line
    assert "Forbidden" not in line
    assert foreign_words(line, language) == []


def test_notices_name_files_and_days() -> None:
    translate = TEXTS.translator("en")
    two = folder_notices.two_files_notice("new.md", "old.md", date(2025, 9, 12), translate).text.plain.split("\n\n")
    assert two == [
        "⚠️ new.md was not published.",
        "new.md and old.md both hold the edition of Fri, 12 Sep 2025. The one from old.md stays published.",
        "To correct the edition, change old.md. To use new.md instead, delete or move old.md.",
    ]
    lost = run_reports.database_lost_notice("/bot.db", "/bot.db.saved", translate, is_lock=False).text.plain
    assert "/bot.db was deleted" in lost
    assert "digestbot restore /bot.db.saved" in lost
    assert lost.count("\n\n") == 1
    assert "Restart the bot." in run_reports.database_lost_notice("/b.lock", None, translate, is_lock=True).text.plain
