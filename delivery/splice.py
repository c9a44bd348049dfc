"""A ready body and its receiver in, the bytes of the call out."""

from __future__ import annotations

from storage.deliveries import DueDelivery
from storage.payloads import Payload


def splice(body: Payload, due: DueDelivery) -> bytes:
    """The body's JSON with chat, topic and silence put in front."""
    topic = b"" if due.topic_id is None else b'"message_thread_id":%d,' % due.topic_id
    silent = b'"disable_notification":true,' if due.silent else b""
    return b'{"chat_id":%d,%s%s%s' % (due.chat_id, topic, silent, body.json[1:])
