"""Routes for the conditions the bot runs under: clock, fault rules, flood limits, Stars."""

from datetime import datetime

import msgspec
from aiohttp import web

from emulator.clock import SimulatedClock
from emulator.control import http
from emulator.control.http import ControlledServer
from emulator.faults import FaultRule
from emulator.stars import NANOSTARS_PER_STAR

EARLIEST_UNIX_SECONDS, LATEST_UNIX_SECONDS = 0.0, 4_102_444_800.0  # years 1970 to 2100


class ClockChange(msgspec.Struct, forbid_unknown_fields=True):
    now: datetime | None = None
    advance_seconds: float | None = None
    offset_seconds: float | None = None
    baseline: bool = False


class LimitsChange(msgspec.Struct, forbid_unknown_fields=True):
    enabled: bool | None = None
    per_second: int | None = None
    per_second_paid: int | None = None
    chat_per_second: float | None = None
    chat_burst: int | None = None
    group_per_minute: int | None = None


class StarsChange(msgspec.Struct, forbid_unknown_fields=True):
    balance: float | None = None
    paid_broadcasts: bool | None = None


def _requested_offset(body: ClockChange, clock: SimulatedClock) -> float:
    if body.now is not None:
        if body.now.tzinfo is None:
            raise http.ControlError("now needs a UTC offset, as in 2025-09-12T07:59:00+08:00")
        return clock.offset_for(body.now)
    if body.advance_seconds is not None:
        return clock.offset + body.advance_seconds
    if body.offset_seconds is not None:
        return body.offset_seconds
    raise http.ControlError("give one of now, advance_seconds, offset_seconds")


class ConditionRoutes:
    """Routes under /control/clock, /control/faults, /control/limits and /control/stars."""

    def __init__(self, server: ControlledServer) -> None:
        self._server = server
        self._tg = server.tg

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/clock", self.get_clock),
            web.post("/clock", self.set_clock),
            web.get("/faults", self.list_faults),
            web.post("/faults", self.add_fault),
            web.delete("/faults", self.clear_faults),
            web.delete("/faults/{id}", self.remove_fault),
            web.get("/limits", self.get_limits),
            web.post("/limits", self.set_limits),
            web.get("/stars", self.get_stars),
            web.post("/stars", self.set_stars),
        ]

    async def get_clock(self, request: web.Request) -> web.Response:
        return http.json_response(self._tg.clock_as_control_json())

    async def set_clock(self, request: web.Request) -> web.Response:
        body, clock = await http.read_body(request, ClockChange), self._tg.clock
        offset = _requested_offset(body, clock)
        if not EARLIEST_UNIX_SECONDS < clock.at_offset(offset) < LATEST_UNIX_SECONDS:
            raise http.ControlError("the clock must stay within 1970 to 2100")
        clock.offset = offset
        clock.baseline_offset = offset if body.baseline else clock.baseline_offset
        for notify in clock.listeners:
            notify()
        return http.json_response(self._tg.clock_as_control_json())

    async def list_faults(self, request: web.Request) -> web.Response:
        return http.json_response({"faults": self._tg.faults.snapshot()})

    async def add_fault(self, request: web.Request) -> web.Response:
        fault = self._tg.faults.add(await http.read_body(request, FaultRule))
        if fault.applies_at_once:
            fault.fired = 1
            self._tg.log_event("fault", None, detail={"fault_id": fault.id, "kind": "refuse", "executed": False})
            await self._server.refuse_connections(fault.seconds)
        self._tg.publish_faults()
        return http.json_response(fault)

    async def remove_fault(self, request: web.Request) -> web.Response:
        fault_id = http.path_integer(request, "id")
        if not self._tg.faults.remove(fault_id):
            raise http.ControlError(f"there is no fault {fault_id}", 404)
        return await self._respond_after_removal()

    async def clear_faults(self, request: web.Request) -> web.Response:
        self._tg.faults.clear()
        return await self._respond_after_removal()

    async def _respond_after_removal(self) -> web.Response:
        if not any(fault.kind == "refuse" for fault in self._tg.faults.snapshot()):
            await self._server.accept_connections()
        self._tg.publish_faults()
        return http.json_response({"faults": self._tg.faults.snapshot()})

    async def get_limits(self, request: web.Request) -> web.Response:
        return http.json_response(self._tg.flood_control.limits)

    async def set_limits(self, request: web.Request) -> web.Response:
        requested = msgspec.structs.asdict(await http.read_body(request, LimitsChange))
        changes = {name: value for name, value in requested.items() if value is not None}
        if any(value <= 0 for name, value in changes.items() if name != "enabled"):
            raise http.ControlError("limits must be above 0")
        self._tg.flood_control.limits = msgspec.structs.replace(self._tg.flood_control.limits, **changes)
        self._tg.flood_control.reset()
        self._tg.events.publish("limits", self._tg.flood_control.limits)
        return http.json_response(self._tg.flood_control.limits)

    async def get_stars(self, request: web.Request) -> web.Response:
        return http.json_response(self._tg.stars.as_control_json())

    async def set_stars(self, request: web.Request) -> web.Response:
        body, stars = await http.read_body(request, StarsChange), self._tg.stars
        if body.balance is not None:
            if not 0 <= body.balance < 1e9:
                raise http.ControlError("balance must be at least 0 and below a thousand million Stars")
            stars.nanostars = round(body.balance * NANOSTARS_PER_STAR)
        if body.paid_broadcasts is not None:
            stars.has_paid_broadcasts = body.paid_broadcasts
        return http.json_response(stars.as_control_json())
