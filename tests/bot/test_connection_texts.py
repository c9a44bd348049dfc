"""The transport's words for a failed connection are known to the catalogues."""

from __future__ import annotations

from bot.connection_texts import TEMPLATES
from transport.connector import Step
from transport.proxy import LABELS
from transport.tunnel import SOCKS5_FAILURES


def test_steps_proxies_and_replies_of_the_transport_are_known() -> None:
    steps = {f"{step} failed: {{cause}}" for step in Step}
    routes = {f"{{host}} through {label} {{proxy}}: {{problem}}" for label in LABELS.values()}
    assert steps | routes | set(SOCKS5_FAILURES.values()) <= set(TEMPLATES)
