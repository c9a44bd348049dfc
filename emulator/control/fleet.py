"""Routes of a fleet: whoever runs several bot processes shows them on the page and carries out what is pressed there.

runner: POST /fleet -> event `fleet` -> page        page: POST /fleet/actions -> event `fleet_action` -> runner
"""

from typing import Literal

import msgspec
from aiohttp import web

from emulator.control import http
from emulator.control.http import ControlledServer

FleetActionName = Literal["kill", "freeze", "wake", "start", "morning"]


class FleetSender(msgspec.Struct, forbid_unknown_fields=True):
    """A process; `bots` are those that it runs, by their numbers."""

    number: int
    state: Literal["starting", "running", "frozen", "ended"]
    bots: list[int]


class FleetBotFigures(msgspec.Struct, forbid_unknown_fields=True):
    """A bot, its page, and how many people got what was sent last: all, `delivered`, and `twice` of them."""

    number: int
    name: str
    page: str
    people: int
    delivered: int
    unconfirmed: int
    twice: int


class FleetNote(msgspec.Struct, forbid_unknown_fields=True):
    """Something that happened: a sender took over a bot after so many seconds, or woke up without its bots."""

    kind: Literal["took_over", "woke"]
    sender: int
    bot: int | None = None
    seconds: float | None = None


class Fleet(msgspec.Struct, forbid_unknown_fields=True):
    """What the page shows."""

    senders: list[FleetSender]
    bots: list[FleetBotFigures]
    is_going: bool
    notes: list[FleetNote]


class FleetAction(msgspec.Struct, forbid_unknown_fields=True):
    action: FleetActionName
    sender: int | None = None


class FleetRoutes:
    """Routes under /control/fleet; they act on nothing but what the runner has shown."""

    def __init__(self, server: ControlledServer) -> None:
        self._tg = server.tg

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/fleet", self.show),
            web.post("/fleet", self.replace),
            web.post("/fleet/actions", self.act),
        ]

    async def show(self, request: web.Request) -> web.Response:
        return http.json_response({"fleet": self._tg.fleet})

    async def replace(self, request: web.Request) -> web.Response:
        self._tg.fleet = await http.read_body(request, Fleet)
        self._tg.events.publish("fleet", {"fleet": self._tg.fleet})
        return http.json_response({"fleet": self._tg.fleet})

    async def act(self, request: web.Request) -> web.Response:
        body = await http.read_body(request, FleetAction)
        fleet = self._tg.fleet
        if not isinstance(fleet, Fleet):
            raise http.ControlError("nobody runs a fleet here", 404)
        if body.action != "morning" and body.sender not in {sender.number for sender in fleet.senders}:
            raise http.ControlError(f"there is no sender {body.sender}", 404)
        self._tg.events.publish("fleet_action", {"action": body.action, "sender": body.sender})
        return http.json_response({})
