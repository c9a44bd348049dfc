"""Typed client of the emulator's control API, for tests and demos.

run_emulator() starts an emulator in this event loop, spawn_emulator() one in a process of its own;
EmulatorClient.connect() uses one that is already running.
"""

from emulator.client.chats import EmulatedChat, EmulatedUser
from emulator.client.emulator_client import EmulatorClient
from emulator.client.launch import run_emulator, spawn_emulator, spawn_emulators
from emulator.client.models import Call, CallbackQueryAnswer, EmulatorError, LogEntry, Message

__all__ = [
    "Call",
    "CallbackQueryAnswer",
    "EmulatedChat",
    "EmulatedUser",
    "EmulatorClient",
    "EmulatorError",
    "LogEntry",
    "Message",
    "run_emulator",
    "spawn_emulator",
    "spawn_emulators",
]
