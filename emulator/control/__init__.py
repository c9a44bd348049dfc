"""The control API under /control; docs/emulator-control.md is its contract."""

from aiohttp import web

from emulator.control.bodies import mistakes
from emulator.control.chats import Chats
from emulator.control.conditions import Conditions
from emulator.control.messages import Messages
from emulator.control.people import People
from emulator.control.serving import Running
from emulator.control.watching import Watching


def application(server: Running) -> web.Application:
    """The sub-application of /control."""
    app = web.Application(middlewares=[mistakes])
    for family in (People, Chats, Messages, Conditions, Watching):
        app.add_routes(family(server).routes())
    return app
