"""Names of processes: whole in the names of their connections, however long the machine's name is."""

from __future__ import annotations

import pytest

from storage.process_name import application_name, parse_application_name, process_name, process_name_of

POSTGRESQL_NAME_BYTES = 63


@pytest.mark.parametrize("host", ["a", "h" * 40, "ip-172-31-100-200.ap-southeast-1.compute.internal", "h" * 253])
def test_connection_names_process_and_role(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: host)
    monkeypatch.setattr("os.getpid", lambda: 4194304)
    kept = application_name("send")[:POSTGRESQL_NAME_BYTES]
    assert parse_application_name(kept) == (process_name(), "send")


def test_machines_whose_long_names_begin_alike_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    names = set()
    for machine in ("one", "two"):
        monkeypatch.setattr("socket.gethostname", lambda machine=machine: f"{'h' * 60}-{machine}")
        names.add(process_name_of("1"))
    assert len(names) == 2
