"""A typed client of the control interface, for tests and demos: people who write, press and wait.

running(): an emulator in this event loop; spawned(): one in a process of its own; Sim.connect(): one that runs already.
"""

from emulator.client.people import SimChat, SimPerson
from emulator.client.shapes import Call, LogEntry, Message, SimError, Toast
from emulator.client.sim import Sim
from emulator.client.starting import running, spawned

__all__ = ["Call", "LogEntry", "Message", "Sim", "SimChat", "SimError", "SimPerson", "Toast", "running", "spawned"]
