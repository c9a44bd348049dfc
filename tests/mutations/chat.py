"""Faults in the chat: who may press what, what is kept of people, search, roles, and languages."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from sqlalchemy import false, insert, select, true, update

from domain.chat.commands import CommandName, Permission
from domain.chat.roles import Role
from handlers.request import Request
from storage import chat_administrators, planning, roles
from storage.database import Tx
from storage.schema import runs, setting_changes, subscribers
from storage.sqlite import ledger
from tests.mutations.mutation import Mutation, registering, without_condition

MUTATIONS: list[Mutation] = []

mutation = registering(MUTATIONS)


@mutation(
    26,
    "handlers.request_handling:handle",
    "tests/handlers/test_strangers.py::test_press_never_changes_another_chats_settings",
)
def press_needs_no_chat_administrator(original: Any) -> Any:
    async def handle(request: Request, context: Any, *, has_rights: bool) -> Any:
        return await original(request, context, has_rights=has_rights or request.press is not None)

    return handle


@mutation(
    27,
    "handlers.request_handling:handle",
    "tests/handlers/test_strangers.py::test_former_admin_is_refused_even_by_old_buttons",
)
def press_counts_as_an_admins(original: Any) -> Any:
    async def handle(request: Request, context: Any, *, has_rights: bool) -> Any:
        if request.press is not None:
            context = replace(context, role=Role.OWNER)
        return await original(request, context, has_rights=has_rights)

    return handle


@mutation(28, "storage.runs:confirm", "tests/storage/test_runs.py::test_draft_is_confirmed_once")
def running_broadcast_can_be_confirmed(original: Any) -> Any:
    async def confirm(tx: Tx, run_id: int, **kwargs: Any) -> Any:
        await tx.exec_driver_sql("UPDATE runs SET state = 'draft' WHERE id = ?", (run_id,))
        return await original(tx, run_id, **kwargs)

    return confirm


@mutation(
    34,
    "storage.personal_data:erase",
    "tests/storage/test_personal_data.py::test_erased_person_is_nowhere_and_the_sums_stay",
)
def erasing_leaves_a_hash_of_the_id(original: Any) -> Any:
    async def erase(tx: Tx, chat_id: int) -> None:
        whose = subscribers.c.id == await tx.scalar(select(subscribers.c.id).where(subscribers.c.chat_id == chat_id))
        await original(tx, chat_id)
        digest = hashlib.sha256(str(chat_id).encode()).hexdigest()[:32]
        await tx.execute(update(subscribers).where(whose).values(left_reason=digest))

    return erase


@mutation(
    34,
    "storage.sqlite.ledger:_SENT",
    "tests/storage/test_personal_data.py::test_delivery_in_flight_settles_without_its_message",
)
def late_settlement_brings_the_message_back(original: str) -> str:
    return without_condition(original, ledger._IS_KNOWN)


@mutation(34, "handlers.routes:ROUTES", "tests/handlers/test_privacy.py::test_asking_makes_nobody_known")
def every_command_stores_the_contact(original: Any) -> Any:
    return {command: replace(route, stores_contact=True) for command, route in original.items()}


@mutation(
    76,
    "storage.item_index:delete",
    "tests/storage/test_item_index.py::test_correction_takes_the_place_of_what_it_corrects",
)
def correction_leaves_the_former_items_in_the_index(original: Any) -> Any:
    return lambda table: original(table).where(false())


@mutation(76, "storage.item_match:_prefix", "tests/storage/test_item_index.py::test_bots_find_their_own_items_only")
def tokens_do_not_carry_their_bot(original: Any) -> Any:
    return lambda field, _bot_id: original(field, 0)


@mutation(77, "storage.searches:_of", "tests/handlers/test_search.py::test_search_of_another_person_is_refused")
def search_is_looked_up_by_its_number_alone(_original: Any) -> Any:
    return lambda _tx, _searcher: (true(),)


@mutation(78, "storage.saved_items:item_key", "tests/handlers/test_saved.py::test_saved_item_follows_its_edition")
def saved_item_is_known_by_its_position(_original: Any) -> Any:
    return lambda item: f"{item.position:010}"


@mutation(
    79,
    "storage.planning:_plan_first",
    "tests/storage/test_planning.py::test_pause_comes_back_by_itself_and_brings_nothing_late",
)
def pause_never_ends(original: Any) -> Any:
    chosen = original.select.where(subscribers.c.paused_until.is_(None))
    return insert(original.table).from_select(planning.ROW_COLUMNS, chosen)


@mutation(
    80,
    "handlers.routes:ROUTES",
    "tests/handlers/test_proposals.py::test_proposal_pressed_by_another_changes_nothing",
)
def anybody_may_agree(original: Any) -> Any:
    routes = dict(original)
    routes[CommandName.AGREE] = replace(routes[CommandName.AGREE], permission=Permission.ANYONE)
    return routes


@mutation(
    80,
    "handlers.input.slot_wishes:parse_slot_intent",
    "tests/handlers/test_slots.py::test_end_of_a_slot_leaves_the_subscription",
)
def end_of_an_edition_ends_all(_original: Any) -> Any:
    return lambda *_arguments: None


@mutation(
    80,
    "storage.setting_changes:take",
    "tests/handlers/test_pausing.py::test_only_who_made_a_change_undoes_it",
)
def undo_is_anybodys(original: Any) -> Any:
    async def take(tx: Tx, change_id: int, **_who: Any) -> Any:
        made = await tx.execute(select(setting_changes).where(setting_changes.c.id == change_id))
        row = made.one_or_none()
        if row is None:
            return None
        return await original(tx, change_id, subscriber_id=row.subscriber_id, user_ids=[row.user_id])

    return take


@mutation(
    83,
    "handlers.request_handling:handle_for_chat",
    "tests/handlers/test_my_chats.py::test_rights_are_asked_at_the_moment_of_the_press",
)
def whoever_looked_after_a_chat_keeps_the_right(original: Any) -> Any:
    async def handle(request: Request, context: Any, subscriber_id: int, *, has_rights: bool) -> Any:
        looked_after = context.user_id in await chat_administrators.of_chat(context.tx, subscriber_id)
        return await original(request, context, subscriber_id, has_rights=has_rights or looked_after)

    return handle


@mutation(
    92,
    "domain.chat.roles:Role.includes",
    "tests/handlers/test_roles.py::test_each_role_may_do_what_its_commands_say_and_no_more",
)
def roles_are_all_the_same(_original: Any) -> Any:
    return lambda _self, _least: True


@mutation(
    92,
    "storage.roles:_remains_owner",
    "tests/handlers/test_roles.py::test_last_owner_remains_and_the_settings_decide_about_their_own",
)
def last_owner_may_go(_original: Any) -> Any:
    async def _remains_owner(*_arguments: Any) -> bool:
        return True

    return _remains_owner


@mutation(
    92,
    "handlers.roles:_ask",
    "tests/handlers/test_roles.py::test_typed_confirmation_changes_nothing",
)
def typed_yes_is_an_answer(original: Any) -> Any:
    async def _ask(request: Request, context: Any, user_id: int, role: Role | None) -> Any:
        if request.arguments.endswith("yes"):
            await roles.change(context.tx, user_id, role, owners=context.services.owners)
        return await original(request, context, user_id, role)

    return _ask


@mutation(
    93,
    "domain.audit:OPERATOR",
    "tests/bot/test_withdraw_command.py::test_withdraw_shows_the_numbers_and_withdraws_only_with_yes",
)
def act_on_the_command_line_has_no_actor(_original: Any) -> None:
    return None


@mutation(
    93,
    "handlers.roles:record",
    "tests/handlers/test_audit.py::test_each_act_has_an_entry",
)
def role_change_is_not_recorded(_original: Any) -> Any:
    async def record(*_arguments: Any, **_fields: Any) -> None:
        return

    return record


@mutation(
    93,
    "storage.personal_data:PERSONAL",
    "tests/storage/test_audit.py::test_erased_people_are_replaced",
)
def erasing_leaves_the_actor(original: Any) -> Any:
    return tuple(personal for personal in original if personal.emptied != {"actor"} or personal.table is runs)


@mutation(
    96,
    "domain.chat.event:Coordinates.__repr__",
    "tests/handlers/test_shared_place.py::test_coordinates_are_neither_stored_nor_logged",
)
def an_event_shows_where_somebody_is(_original: Any) -> Any:
    return lambda self: f"{self.latitude}, {self.longitude}"


@mutation(100, "storage.votes:get", "tests/handlers/test_feedback.py::test_one_vote_of_each_person_counts")
def a_vote_cannot_be_taken_back(_original: Any) -> Any:
    async def get(*_: Any) -> None:
        return None

    return get


@mutation(110, "domain.chat.i18n:_code_and_script", "tests/domain/chat/test_i18n.py::test_language_for_app_tag")
def the_script_of_an_app_is_ignored(original: Any) -> Any:
    return lambda tag: (original(tag)[0], "")


@mutation(
    119,
    "storage.invitations:_is_open",
    "tests/storage/test_admissions.py::test_last_place_of_an_invitation_goes_to_one",
)
def used_up_invitation_lets_people_in(original: Any) -> Any:
    return lambda tx, now: original(tx, now)[:-1]


@mutation(
    119,
    "handlers.access:enter",
    "tests/handlers/test_access.py::test_administrator_brings_an_invitation_into_a_group",
)
def any_member_brings_a_group_in(original: Any) -> Any:
    return lambda request, context, *, has_rights: original(request, context, has_rights=True)


@mutation(
    119,
    "storage.admissions:is_admitted",
    "tests/handlers/test_access.py::test_who_was_subscribed_stays_and_may_come_back",
)
def who_was_subscribed_is_a_stranger(original: Any) -> Any:
    return lambda policy, decision, **_: original(policy, decision, has_joined=False)


@mutation(
    119,
    "storage.admissions:_may_tell",
    "tests/handlers/test_access.py::test_strangers_do_not_flood_admins_with_requests",
)
def each_request_is_told(_original: Any) -> Any:
    async def may_tell(*_arguments: object) -> bool:
        return True

    return may_tell


@mutation(
    120,
    "handlers.withdrawals:_tell_other_editors",
    "tests/handlers/test_withdrawals.py::test_other_editors_hear_of_a_withdrawal_once",
)
def nobody_else_hears_of_a_withdrawal(_original: Any) -> Any:
    async def tell(*_arguments: object) -> list[object]:
        return []

    return tell


@mutation(
    120,
    "handlers.composing:segments",
    "tests/handlers/test_audience_and_time.py::test_saved_choice_is_forgotten_by_a_press_alone",
)
def a_saved_choice_gives_way(original: Any) -> Any:
    return SimpleNamespace(**{**vars(original), "MAX_SAVED_SEGMENTS": 1000})


@mutation(
    127,
    "storage.segments:_is_forgotten",
    "tests/storage/test_segments.py::test_nobody_missed_what_is_not_kept_any_more",
)
def everybody_missed_an_edition_without_rows(_original: Any) -> Any:
    return lambda *_arguments: false()


@mutation(
    135,
    "handlers.charts:with_pictures",
    "tests/handlers/test_figures.py::test_numbers_come_where_nothing_can_be_drawn",
)
def charts_are_sent_without_a_picture(_original: Any) -> Any:
    async def with_pictures(actions: Any, draw: Any) -> Any:
        return list(actions)

    return with_pictures


@mutation(
    135,
    "views.chart_drawing.font:_replaced",
    "tests/views/test_chart_drawing.py::test_nothing_is_drawn_as_an_empty_box",
)
def missing_characters_are_drawn_as_they_are(_original: Any) -> Any:
    return lambda character: character
