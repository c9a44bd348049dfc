"""The control API under /control; docs/emulator-control.md is its contract."""

from aiohttp import web

from emulator.control.chats import ChatRoutes
from emulator.control.conditions import ConditionRoutes
from emulator.control.http import error_middleware
from emulator.control.inspection import InspectionRoutes
from emulator.control.messages import MessageRoutes
from emulator.control.serving import ControlledServer
from emulator.control.users import UserRoutes


def create_control_app(server: ControlledServer) -> web.Application:
    """The sub-application of /control."""
    app = web.Application(middlewares=[error_middleware])
    for family in (UserRoutes, ChatRoutes, MessageRoutes, ConditionRoutes, InspectionRoutes):
        app.add_routes(family(server).routes())
    return app
