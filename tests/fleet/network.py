"""A network of namespaces: each machine behind a router of its own test, which can drop what passes through it.

test (PostgreSQL, Bot API) <--> router <--> machine 0
                                       <--> machine 1
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

PROGRAMS = "ip", "iptables"
BOTH_WAYS = ("out", "in")


@dataclass(frozen=True, slots=True)
class Network:
    """Addresses and namespaces of a network that runs."""

    name: str
    subnet: str
    machines: int

    @property
    def address(self) -> str:
        """The test's own address, which all machines reach."""
        return f"{self.subnet}.0.1"

    @property
    def everybody(self) -> str:
        return f"{self.subnet}.0.0/16"

    def machine_address(self, number: int) -> str:
        return f"{self.subnet}.{number + 1}.2"

    def namespace(self, number: int) -> str:
        return f"{self.name}-{number}"

    def cut(self, number: int, port: int, ways: Sequence[str] = BOTH_WAYS, *, share: float = 1.0) -> None:
        """Drop a share of all packets between a machine and a port of the test, without a word to either."""
        machine = self.machine_address(number)
        some = [] if share == 1.0 else ["-m", "statistic", "--mode", "random", "--probability", str(share)]
        for way in ways:
            which = ["-s", machine, "-p", "tcp", "--dport"] if way == "out" else ["-d", machine, "-p", "tcp", "--sport"]
            self._at_router("iptables", "-A", "FORWARD", *which, str(port), *some, "-j", "DROP")

    def heal(self) -> None:
        """Let everything pass again."""
        self._at_router("iptables", "-F", "FORWARD")

    def _at_router(self, *command: str) -> None:
        _run("ip", "netns", "exec", f"{self.name}-r", *command)

    def build(self) -> None:
        """Make the namespaces and the links between them."""
        router = f"{self.name}-r"
        _run("ip", "netns", "add", router)
        self._at_router("sysctl", "-qw", "net.ipv4.ip_forward=1")
        _run("ip", "link", "add", f"{self.name}h", "type", "veth", "peer", "name", "host", "netns", router)
        _run("ip", "addr", "add", f"{self.address}/24", "dev", f"{self.name}h")
        _run("ip", "link", "set", f"{self.name}h", "up")
        _run("ip", "-n", router, "addr", "add", f"{self.subnet}.0.2/24", "dev", "host")
        _run("ip", "-n", router, "link", "set", "host", "up")
        _run("ip", "route", "add", self.everybody, "via", f"{self.subnet}.0.2")
        for number in range(self.machines):
            self._add_machine(router, number)

    def _add_machine(self, router: str, number: int) -> None:
        machine, link = self.namespace(number), f"m{number}"
        gateway = f"{self.subnet}.{number + 1}.1"
        _run("ip", "netns", "add", machine)
        _run("ip", "-n", router, "link", "add", link, "type", "veth", "peer", "name", "uplink", "netns", machine)
        _run("ip", "-n", router, "addr", "add", f"{gateway}/24", "dev", link)
        _run("ip", "-n", router, "link", "set", link, "up")
        _run("ip", "-n", machine, "addr", "add", f"{self.machine_address(number)}/24", "dev", "uplink")
        for name in ("lo", "uplink"):
            _run("ip", "-n", machine, "link", "set", name, "up")
        _run("ip", "-n", machine, "route", "add", "default", "via", gateway)

    def remove(self) -> None:
        """Remove all that was made; the links end with their namespaces, but for the test's own some time later."""
        with contextlib.suppress(subprocess.CalledProcessError):
            _run("ip", "link", "del", f"{self.name}h")
        for name in (f"{self.name}-r", *(self.namespace(number) for number in range(self.machines))):
            with contextlib.suppress(subprocess.CalledProcessError):
                _run("ip", "netns", "del", name)


def why_impossible() -> str | None:
    """Return why no network can be made here, or None if one can."""
    if os.getuid():
        return "only root can make network namespaces"
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        return f"not installed: {', '.join(missing)} (Debian: iproute2, iptables)"
    probe = Network(f"p{os.getpid()}", _subnet(), 1)
    try:
        probe.build()
        probe.cut(0, 1, share=0.5)
    except subprocess.CalledProcessError as error:
        return f"no network can be made here: {error.stderr.strip()}"
    finally:
        probe.remove()
    return None


@contextmanager
def running_network(machines: int) -> Iterator[Network]:
    """Run a network inside the block."""
    network = Network(f"n{os.getpid()}", _subnet(), machines)
    try:
        network.build()
        yield network
    finally:
        network.remove()


def _subnet() -> str:
    """Return the first two numbers of addresses that no other test's process has."""
    return f"10.{128 + os.getpid() % 120}"


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)
