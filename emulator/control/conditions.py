"""/control/clock, /control/faults, /control/limits: the time, what goes wrong, how fast is too fast."""

from datetime import datetime

import msgspec
from aiohttp import web

from emulator.clock import SimulatedClock
from emulator.control import bodies
from emulator.control.serving import Running
from emulator.faults import Fault

EARLIEST, LATEST = 0.0, 4_102_444_800.0  # Unix seconds: what `date` can tell


class ClockMove(msgspec.Struct, forbid_unknown_fields=True):
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


def _offset(wish: ClockMove, clock: SimulatedClock) -> float:
    if wish.now is not None:
        if wish.now.tzinfo is None:
            raise bodies.Wrong("now needs a zone, as in 2025-09-12T07:59:00+08:00")
        return clock.offset_of(wish.now)
    if wish.advance_seconds is not None:
        return clock.offset + wish.advance_seconds
    if wish.offset_seconds is not None:
        return wish.offset_seconds
    raise bodies.Wrong("give one of now, advance_seconds, offset_seconds")


class Conditions:
    """Time, faults, rates."""

    def __init__(self, server: Running) -> None:
        self._server = server
        self._tg = server.tg

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/clock", self.clock),
            web.post("/clock", self.move),
            web.get("/faults", self.faults),
            web.post("/faults", self.add_fault),
            web.delete("/faults", self.clear_faults),
            web.delete("/faults/{id}", self.remove_fault),
            web.get("/limits", self.limits),
            web.post("/limits", self.set_limits),
        ]

    async def clock(self, request: web.Request) -> web.Response:
        return bodies.answer(self._tg.clock_view())

    async def move(self, request: web.Request) -> web.Response:
        wish, clock = await bodies.body(request, ClockMove), self._tg.clock
        offset = _offset(wish, clock)
        if not EARLIEST < clock.at(offset) < LATEST:
            raise bodies.Wrong("the clock goes from 1970 to 2100")
        clock.offset = offset
        clock.baseline_offset = offset if wish.baseline else clock.baseline_offset
        self._tg.hub.publish("clock", self._tg.clock_view())
        return bodies.answer(self._tg.clock_view())

    def show_faults(self) -> None:
        self._tg.hub.publish("faults", {"faults": self._tg.faults.all()})

    async def faults(self, request: web.Request) -> web.Response:
        return bodies.answer({"faults": self._tg.faults.all()})

    async def add_fault(self, request: web.Request) -> web.Response:
        fault = self._tg.faults.add(await bodies.body(request, Fault))
        if fault.immediate:
            fault.fired = 1
            self._tg.note("fault", None, detail={"fault_id": fault.id, "kind": "refuse", "executed": False})
            await self._server.refuse(fault.seconds)
        self.show_faults()
        return bodies.answer(fault)

    async def remove_fault(self, request: web.Request) -> web.Response:
        if not self._tg.faults.remove(bodies.path_number(request, "id")):
            raise bodies.Wrong("there is no such fault", 404)
        return await self.reopened()

    async def clear_faults(self, request: web.Request) -> web.Response:
        self._tg.faults.clear()
        return await self.reopened()

    async def reopened(self) -> web.Response:
        if not any(fault.kind == "refuse" for fault in self._tg.faults.all()):
            await self._server.accept()
        self.show_faults()
        return bodies.answer({"faults": self._tg.faults.all()})

    async def limits(self, request: web.Request) -> web.Response:
        return bodies.answer(self._tg.gate.limits)

    async def set_limits(self, request: web.Request) -> web.Response:
        wish = msgspec.structs.asdict(await bodies.body(request, LimitsChange))
        changes = {name: value for name, value in wish.items() if value is not None}
        if any(value <= 0 for name, value in changes.items() if name != "enabled"):
            raise bodies.Wrong("rates are above 0")
        self._tg.gate.limits = msgspec.structs.replace(self._tg.gate.limits, **changes)
        self._tg.gate.reset()
        self._tg.hub.publish("limits", self._tg.gate.limits)
        return bodies.answer(self._tg.gate.limits)
