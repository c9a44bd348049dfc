"""The control API under /control; docs/emulator-control.md is its contract."""

from aiohttp import web

from emulator.control.chats import ChatRoutes
from emulator.control.conditions import ConditionRoutes
from emulator.control.dropped_files import DroppedFileRoutes
from emulator.control.fleet import FleetRoutes
from emulator.control.http import ControlledServer, error_middleware, local_middleware
from emulator.control.inspection import InspectionRoutes
from emulator.control.messages import MessageRoutes
from emulator.control.users import UserRoutes

ROUTES = (
    UserRoutes,
    ChatRoutes,
    MessageRoutes,
    ConditionRoutes,
    InspectionRoutes,
    FleetRoutes,
    DroppedFileRoutes,
)


def create_control_app(server: ControlledServer) -> web.Application:
    """Return the sub-application for /control."""
    app = web.Application(middlewares=[error_middleware, local_middleware])
    for routes in ROUTES:
        app.add_routes(routes(server).routes())
    return app
