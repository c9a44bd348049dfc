"""The control interface /sim: what people do, what goes wrong, what happened. docs/emulator-control.md is its contract."""

from aiohttp import web

from emulator.control import chats, conditions, messages, people, watching
from emulator.control.bodies import mistakes
from emulator.control.serving import Running


def application(server: Running) -> web.Application:
    """The sub-application of /sim."""
    app = web.Application(middlewares=[mistakes])
    for family in (people, chats, messages, conditions, watching):
        app.add_routes(family.routes(server))
    return app
