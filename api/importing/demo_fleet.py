"""The demonstration: machines of four models with their units over three years, the same in every run."""

from datetime import datetime
from decimal import Decimal
from random import Random
from typing import NamedTuple
from uuid import UUID

from api.importing.demo_bulletins import BULLETINS, RELIEF_VALVE
from api.importing.demo_designs import MACHINES, OPERATORS, UNITS
from api.importing.demo_ends import STANDING, YOUNG
from api.importing.demo_fates import FATES, ordinary
from api.importing.demo_founding import auditor, founding
from api.importing.demo_life import Item
from api.importing.demo_machine import Machine
from api.importing.demo_slips import SLIPS
from api.importing.demo_telling import BEGIN, DAY, END, HOUR, Tale, in_order, moment
from api.importing.demo_work import work
from api.importing.entries import Entry
from domain.equipment.custody_commands import ReportLoss

_MADE = {"PX40": 18, "CX9": 16, "PS12": 17, "LX8": 12}
"""How many machines of each code are made, numbered from 1."""
_FROM_ELSEWHERE = ("PX40-0901", "CX9-0901", "CX9-0902")
_SPARES = 12
_FAILED = moment("2024-03-14T09:30")


class Shown(NamedTuple):
    """What the tour shows: an item in service with a moment in its past, and a bulletin."""

    id: UUID
    serial: str
    under_repair_at: datetime
    bulletin: UUID


class Fleet(NamedTuple):
    """Everything to record, in this order; then the last."""

    entries: list[Entry]
    last: Entry
    """Where it is on record, the whole fleet is: one that another version made up stays as it is."""
    shown: Shown


def fleet() -> Fleet:
    """Return the demonstration."""
    shared = Tale()
    founding(shared)
    for bulletin in BULLETINS:
        for number, (at, command) in enumerate(bulletin.told()):
            shared.say(command, at, f"{bulletin.number}/{number + 1}")
    serials = [f"{design.code}-{number:04}" for design in MACHINES for number in range(1, _MADE[design.code] + 1)]
    machines = [_lived(serial) for serial in (*serials, *_FROM_ELSEWHERE)]
    spares = [_spare(number) for number in range(1, _SPARES + 1)]
    entries = in_order((shared, *(item.tale for item in (*machines, *spares))))
    end = Tale()
    end.say(auditor(), END, "fleet/complete")
    (last,) = in_order([end])
    story = machines[0]
    return Fleet(entries, last, Shown(story.id, story.serial, _FAILED + 10 * HOUR, RELIEF_VALVE.id))


def _lived(serial: str) -> Machine:
    """Return a machine with its life; what is special in it follows from its serial number."""
    code, number = serial.split("-")
    design = next(each for each in MACHINES if each.code == code)
    random = Random(f"2026/made/{serial}")  # noqa: S311  a fleet to look at, no secret
    operator = OPERATORS[int(number) % len(OPERATORS)]
    machine = Machine(design, serial, Tale(), operator, random.choice(operator.sites))
    fate = _toured if serial == "PX40-0001" else {**SLIPS, **FATES, **YOUNG}.get(serial, ordinary)
    made = BEGIN + random.randint(5, 520 if fate is ordinary else 90) * DAY
    fate(machine, made)
    if serial in STANDING:
        STANDING[serial](machine)
    return machine


def _toured(press: Machine, _made: datetime) -> None:
    """Live the life that the tour shows: a wrong reading corrected, units exchanged, a fact recorded late."""
    press.counter.a_day = Decimal(16)
    began = moment("2023-08-05T06:00")
    press.begin(began - 30 * DAY)
    work(press, began, _FAILED)
    _its_pump_fails(press)
    noticed = moment("2024-11-20T14:00")
    work(press, _FAILED + 2 * DAY, noticed)
    with press.tale.typed_in(noticed + 96 * DAY):
        press.fail(noticed, "vibration", impact="incipient", detection="inspection", reason="late-paper-record")
    overhaul = moment("2025-02-03T07:00")
    work(press, noticed, overhaul)
    press.start_repair(overhaul, "preventive")
    press.live_on(press.exchange("motor", overhaul + 2 * HOUR, "preventive"), "motor", overhaul + 2 * HOUR)
    press.complete_repair(overhaul + 9 * HOUR)
    blind = moment("2025-05-05T00:00")
    work(press, overhaul + DAY, blind)
    press.report_period(blind, blind + 14 * DAY, blind + 15 * DAY)
    work(press, blind + 16 * DAY, moment("2026-05-08T11:00"))
    hot = UNITS["Motor EM-4"].failings[0]
    press.fail(moment("2026-05-08T11:00"), hot, impact="degraded", unit=press.units["motor"])


def _its_pump_fails(press: Machine) -> None:
    """Tell the failure with one digit too many, have that declared wrong, and tell it again."""
    pump, leak = press.units["pump"], UNITS["Hydraulic pump HP-1"].failings[0]
    wrong = press.fail(_FAILED, leak, unit=pump, reading=10 * press.counter.shows(_FAILED))
    press.correct(wrong, _FAILED + 2 * HOUR, "wrong-reading")
    with press.tale.typed_in(_FAILED + 2 * HOUR):
        press.fail(_FAILED, leak, unit=pump, reason="correction")
    press.start_repair(_FAILED + 4 * HOUR)
    press.exchange("pump", _FAILED + 28 * HOUR)
    press.be_diagnosed(_FAILED + 29 * HOUR, leak, pump)
    press.complete_repair(_FAILED + 30 * HOUR)


def _spare(number: int) -> Item:
    """Return a unit in stock that nobody has used yet; one of them is stolen."""
    design = list(UNITS.values())[1:][number % (len(UNITS) - 1)]
    unit = Item(design, f"{design.code}-SPARE-{number:02}", Tale())
    unit.be_made(END - unit.random.randint(40, 400) * DAY)
    unit.be_stocked(END - 30 * DAY, design.maker.sites[0])
    if number == _SPARES:
        unit.say(ReportLoss(equipment_id=unit.id, reason="stolen"), END - 11 * DAY)
    return unit
