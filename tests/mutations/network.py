"""Faults on the way to and from Telegram: updates, floods, answers, proxies, addresses and tokens."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import msgspec
from sqlalchemy import select, true, update

from domain.chat.text import Text
from storage.database import Tx
from storage.schema import payloads, runs, subscribers
from tests.mutations.mutation import Mutation, registering
from transport import inbox as inbox_module
from transport.bot_api_client import BotApiClient
from transport.responses import NotSent, TransportResult
from transport.turn_queue import Priority

MUTATIONS: list[Mutation] = []

mutation = registering(MUTATIONS)


@mutation(
    24,
    "storage.updates:mark_processed",
    "tests/handlers/test_dispatcher.py::test_concurrent_copies_of_an_update_have_one_effect",
)
def every_update_counts_as_new(original: Any) -> Any:
    async def mark_processed(*args: Any, **kwargs: Any) -> bool:
        await original(*args, **kwargs)
        return True

    return mark_processed


@mutation(
    25,
    "transport.drivers.aiogram.driver:AiogramDriver.__init__",
    "tests/conformance/test_transport.py::test_an_unanswered_poll_is_abandoned_and_repeated",
)
def poll_may_take_an_hour(original: Any) -> Any:
    def initialise(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs | {"grace_seconds": 3600})

    return initialise


@mutation(
    29,
    "views.not_found:Text",
    "tests/handlers/test_strangers.py::test_names_and_texts_are_literal_everywhere",
)
def category_typed_by_a_person_is_shown_unsanitized(original: Any) -> Any:
    class Unsanitized(original):  # type: ignore[misc]
        def sanitized(self) -> Text:
            return Text(self.plain)

    return Unsanitized


@mutation(31, "transport.webhook:hmac", "tests/transport/test_webhook.py::test_a_wrong_secret_is_rejected")
def any_secret_is_accepted(_original: Any) -> Any:
    return SimpleNamespace(compare_digest=lambda _given, _expected: True)


@mutation(
    32,
    "transport.bot_api_client:BotApiClient.call",
    "tests/transport/test_bot_api_client.py::test_neither_outcome_nor_log_contains_the_token",
)
def reason_quotes_the_called_address(original: Any) -> Any:
    async def call(self: BotApiClient, *args: Any, **kwargs: Any) -> TransportResult:
        result: TransportResult = await original(self, *args, **kwargs)
        return NotSent(self._path) if isinstance(result, NotSent) else result

    return call


@mutation(
    33,
    "transport.update_throttle:UpdateThrottle.allow",
    "tests/transport/test_update_throttle.py::test_limit_each_group_for_all_senders_together",
)
def nobody_is_limited(_original: Any) -> Any:
    return lambda _self, _sender_id, _chat_id: True


@mutation(
    33,
    "transport.inbox:Inbox.put",
    "tests/transport/test_inbox.py::test_updates_and_replies_of_a_chat_keep_their_order",
)
def newest_update_of_a_chat_goes_first(original: Any) -> Any:
    def put(self: Any, update: Any) -> Any:
        finished = original(self, update)
        self._backlogs[update.chat_id].updates.reverse()
        return finished

    return put


@mutation(
    33,
    "transport.inbox:Inbox._dispatch",
    "tests/transport/test_polling.py::test_confirmation_does_not_wait_for_replies",
)
def update_is_finished_when_its_reply_has_left(original: Any) -> Any:
    async def dispatch(self: Any, update: Any) -> Any:
        for action in await original(self, update):
            await self._update_source.execute(action)
        return []

    return dispatch


@mutation(
    36,
    "transport.responses:INVALID_JSON",
    "tests/conformance/test_foreign_answers.py::test_a_foreign_answer_is_a_failed_call",
)
def bytes_that_are_no_utf8_are_not_expected(_original: Any) -> Any:
    return (msgspec.MsgspecError,)


@mutation(
    48,
    "transport.tunnel:_http_error",
    "tests/conformance/test_proxies.py::test_wrong_password_means_not_sent",
)
def refused_tunnel_counts_as_open(_original: Any) -> Any:
    return lambda *_args: None


@mutation(
    48,
    "transport.drivers.api_session:BotApiClient",
    "tests/conformance/test_proxies.py::test_webhook_is_registered_through_the_proxy",
)
def drivers_go_around_the_proxy(original: Any) -> Any:
    return lambda *args, **options: original(*args, **options | {"proxy": None})


@mutation(
    51,
    "transport.connector:CONNECTION_ATTEMPT_DELAY_SECONDS",
    "tests/transport/test_name_lookup.py::test_dead_address_first_is_passed_over",
)
def addresses_are_tried_one_after_the_other(_original: Any) -> Any:
    return None


@mutation(
    51,
    "transport.connector:HostAddresses.avoid",
    "tests/transport/test_name_lookup.py::test_address_without_tls_is_the_last_choice",
)
def no_address_is_avoided(_original: Any) -> Any:
    return lambda _self, _host: None


@mutation(
    52,
    "transport.responses:_API_DESCRIPTION",
    "tests/bot/test_own_server.py::test_logged_out_bot_ends_with_one_line",
)
def logged_out_is_a_strangers_word(original: re.Pattern[str]) -> re.Pattern[str]:
    return re.compile(original.pattern.replace("|Logged out", ""))


@mutation(
    53,
    "storage.runs:_is",
    "tests/handlers/test_two_bots.py::test_buttons_of_another_bot_change_and_show_nothing_of_it",
)
def run_of_any_bot_is_found_by_its_id(_original: Any) -> Any:
    return lambda _tx, run_id: (runs.c.id == run_id,)


@mutation(
    53,
    "storage.deliveries:settle",
    "tests/handlers/test_two_bots.py::test_buttons_of_another_bot_change_and_show_nothing_of_it",
)
def press_settles_the_delivery_of_any_bot(original: Any) -> Any:
    async def settle(tx: Tx, payload_id: int, *args: Any, **kwargs: Any) -> bool:
        of_payload = select(runs.c.bot_id).join(payloads, payloads.c.run_id == runs.c.id)
        bot_id = await tx.scalar(of_payload.where(payloads.c.id == payload_id))
        settled: bool = await original(Tx(tx.connection, bot_id or tx.bot_id), payload_id, *args, **kwargs)
        return settled

    return settle


@mutation(
    53,
    "storage.claims:_of_bot",
    "tests/handlers/test_two_bots.py::test_what_delivery_does_for_one_bot_leaves_the_other_alone",
)
def interrupted_sends_of_all_bots_are_settled(_original: Any) -> Any:
    return lambda _tx, *_states: true()


@mutation(
    95,
    "bot.import_command:_add_all",
    "tests/bot/test_import.py::test_import_subscribes_only_those_the_bot_does_not_know",
)
def import_subscribes_who_has_left(add_all: Any) -> Any:
    async def also_those(database: Any, process: Any, file: Any) -> int:
        added: int = await add_all(database, process, file)
        async with database.write() as tx:
            await tx.execute(update(subscribers).where(subscribers.c.left_at.is_not(None)).values(active=True))
        return added

    return also_those


@mutation(
    106,
    "transport.turn_queue:_Waiting.add",
    "tests/transport/test_rate_limiter.py::test_replies_take_turns_between_chats",
)
def replies_are_first_in_first_out(original: Any) -> Any:
    return lambda self, _recent: original(self, 0)


@mutation(
    106,
    "transport.inbox:Inbox._has_room",
    "tests/transport/test_inbox.py::test_who_asks_once_does_not_wait_for_a_flood_from_many",
)
def nothing_is_kept_for_who_asks_once(_original: Any) -> Any:
    return lambda self, _chat_id: self._action_count < inbox_module.MAX_ACTIONS


@mutation(
    106,
    "transport.turn_queue:TurnQueue._record_send",
    "tests/transport/test_rate_limiter.py::test_a_flood_of_replies_does_not_stop_the_digests",
)
def replies_in_a_row_are_not_counted(original: Any) -> Any:
    return lambda self, now, _priority: original(self, now, Priority.BULK)


@mutation(
    114,
    "domain.subscription.subscriber:OpenSetup.is_open",
    "tests/handlers/test_chat_setup.py::test_a_text_is_a_signature_only_where_it_was_asked_for",
)
def opened_settings_stay_open(_original: Any) -> Any:
    return lambda *_: True


@mutation(
    114,
    "storage.payloads:Payload.takes_signature",
    "tests/delivery/test_signatures.py::test_last_part_is_signed_and_payloads_are_shared",
)
def each_part_is_signed(_original: Any) -> Any:
    return property(lambda _: True, lambda *_: None)


@mutation(
    114,
    "handlers.dispatcher:handle_for_chat",
    "tests/handlers/test_chat_setup.py::test_signature_needs_the_rights_of_the_moment",
)
def rights_for_another_chat_are_not_asked_for(original: Any) -> Any:
    return lambda request, context, subscriber_id, **_: original(request, context, subscriber_id, has_rights=True)
