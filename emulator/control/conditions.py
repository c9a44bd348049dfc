"""/sim/clock, /sim/faults, /sim/limits: the time, what goes wrong, how fast is too fast."""

from datetime import datetime

import msgspec
from aiohttp import web

from emulator.control import bodies
from emulator.control.serving import Running
from emulator.faults import Fault


class ClockMove(msgspec.Struct, forbid_unknown_fields=True):
    now: datetime | None = None
    advance_seconds: float | None = None
    offset_seconds: float | None = None


class LimitsChange(msgspec.Struct, forbid_unknown_fields=True):
    enabled: bool | None = None
    per_second: int | None = None
    per_second_paid: int | None = None
    chat_per_second: float | None = None
    chat_burst: int | None = None
    group_per_minute: int | None = None


def routes(server: Running) -> list[web.RouteDef]:
    tg = server.tg

    async def clock(request: web.Request) -> web.Response:
        return bodies.answer(tg.clock_view())

    async def move(request: web.Request) -> web.Response:
        wish = await bodies.body(request, ClockMove)
        if wish.now is not None:
            if wish.now.tzinfo is None:
                raise bodies.Wrong("now needs a zone, as in 2025-09-12T07:59:00+08:00")
            tg.clock.set(wish.now)
        elif wish.advance_seconds is not None:
            tg.clock.advance(wish.advance_seconds)
        elif wish.offset_seconds is not None:
            tg.clock.offset = wish.offset_seconds
        else:
            raise bodies.Wrong("give one of now, advance_seconds, offset_seconds")
        tg.hub.publish("clock", tg.clock_view())
        return bodies.answer(tg.clock_view())

    def show_faults() -> None:
        tg.hub.publish("faults", {"faults": tg.faults.all()})

    async def faults(request: web.Request) -> web.Response:
        return bodies.answer({"faults": tg.faults.all()})

    async def add_fault(request: web.Request) -> web.Response:
        fault = tg.faults.add(await bodies.body(request, Fault))
        if fault.immediate:
            fault.fired = 1
            tg.note("fault", None, detail={"fault_id": fault.id, "kind": "refuse", "effect": False})
            await server.refuse(fault.seconds)
        show_faults()
        return bodies.answer(fault)

    async def remove_fault(request: web.Request) -> web.Response:
        if not tg.faults.remove(bodies.path_number(request, "id")):
            raise bodies.Wrong("there is no such fault", 404)
        return await reopened()

    async def clear_faults(request: web.Request) -> web.Response:
        tg.faults.clear()
        return await reopened()

    async def reopened() -> web.Response:
        if not any(fault.kind == "refuse" for fault in tg.faults.all()):
            await server.accept()
        show_faults()
        return bodies.answer({"faults": tg.faults.all()})

    async def limits(request: web.Request) -> web.Response:
        return bodies.answer(tg.gate.limits)

    async def set_limits(request: web.Request) -> web.Response:
        wish = msgspec.structs.asdict(await bodies.body(request, LimitsChange))
        changes = {name: value for name, value in wish.items() if value is not None}
        if any(value <= 0 for name, value in changes.items() if name != "enabled"):
            raise bodies.Wrong("rates are above 0")
        tg.gate.limits = msgspec.structs.replace(tg.gate.limits, **changes)
        tg.gate.reset()
        tg.hub.publish("limits", tg.gate.limits)
        return bodies.answer(tg.gate.limits)

    return [
        web.get("/clock", clock),
        web.post("/clock", move),
        web.get("/faults", faults),
        web.post("/faults", add_fault),
        web.delete("/faults", clear_faults),
        web.delete("/faults/{id}", remove_fault),
        web.get("/limits", limits),
        web.post("/limits", set_limits),
    ]
