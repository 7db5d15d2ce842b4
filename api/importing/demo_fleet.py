"""The demonstration: two makers, four operators and 200 items over three years, the same in every run."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple
from uuid import UUID

from api.importing.demo_designs import MACHINES, OPERATORS, UNITS, Design, auditor, registrations
from api.importing.demo_life import Item, Machine, said
from api.importing.entries import Entry

ITEMS = 200
BEGIN = datetime(2023, 7, 1, 6, tzinfo=UTC)
END = datetime(2026, 6, 30, 18, tzinfo=UTC)
"""Fixed, so that the fleet is the same on every day; whatever is recorded by hand comes after it."""

_SEED = 2026
_MACHINES = 84
_SPARES = 8
_YOUNG = {0: "in stock", 7: "on its way", 13: "delivered, not yet installed"}
"""What becomes of a machine by the end, by its number modulo 20; all others work."""
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


class Shown(NamedTuple):
    """What the tour shows: an item with a moment in its past, and one that may not do what is asked of it."""

    id: UUID
    serial: str
    under_repair_at: datetime
    never_decommissioned: UUID


class Fleet(NamedTuple):
    """Everything to record: first what is shared, then lanes that rest on nothing in each other, then the last."""

    shared: list[Entry]
    lanes: list[list[Entry]]
    last: Entry
    """Where it is on record, the whole fleet is: one that another version made up stays as it is."""
    shown: Shown


def fleet() -> Fleet:
    """Return the demonstration."""
    shared = [said(command, BEGIN - 30 * _DAY, key) for key, command in registrations()]
    story, looked_back = _story()
    lives = _Lives()
    machines = [story, *(lives.machine(number) for number in range(2, _MACHINES + 1))]
    made = len(machines) + sum(machine.made_units for machine in machines)
    spares = [lives.spare(number) for number in range(1, ITEMS - made + 1)]
    lanes = [item.entries for item in (*machines, *spares)]
    last = said(auditor(), END, "fleet/complete")
    return Fleet(shared, lanes, last, Shown(story.id, story.serial, looked_back, machines[1].id))


def _story() -> tuple[Machine, datetime]:
    """Return the life that the tour shows: a wrong reading corrected, a unit exchanged, a fact recorded late."""
    press = Machine(MACHINES[0], "PX40-0001", OPERATORS[0], Decimal(16))
    made = BEGIN + 5 * _DAY
    press.be_made(made, date(2028, 7, 31))
    press.be_shipped(made + 6 * _DAY)
    press.be_delivered(made + 11 * _DAY)
    press.be_commissioned(made + 30 * _DAY)
    failed = datetime(2024, 3, 14, 9, 30, tzinfo=UTC)
    wrong = press.fail(failed, "external-leakage", slot="pump", reading=10 * press.hours(failed))
    press.correct(wrong, failed + 2 * _HOUR, "wrong-reading")
    press.fail(failed, "external-leakage", slot="pump", reason="correction")
    press.start_repair(failed + 4 * _HOUR)
    press.exchange("pump", failed + 26 * _HOUR)
    press.complete_repair(failed + 30 * _HOUR)
    overhaul = datetime(2025, 2, 3, 7, tzinfo=UTC)
    press.start_repair(overhaul, "preventive")
    press.exchange("motor", overhaul + 2 * _HOUR, "preventive")
    press.complete_repair(overhaul + 9 * _HOUR)
    noticed = datetime(2024, 11, 20, 14, tzinfo=UTC)
    press.fail(noticed, "vibration", impact="incipient", detection="inspection", reason="late-paper-record")
    press.fail(datetime(2026, 5, 8, 11, tzinfo=UTC), "overheating", impact="degraded", slot="motor")
    return press, failed + 10 * _HOUR


class _Lives:
    """Makes up the other lives, with as many units as there may be items."""

    def __init__(self) -> None:
        self.random = Random(_SEED)  # noqa: S311  a fleet to look at, no secret
        working = [number for number in range(2, _MACHINES + 1) if number % 20 not in _YOUNG]
        fitted = sum(len(_design(number).slots) for number in working)
        self.exchanges_left = ITEMS - _MACHINES - fitted - 2 * 2 - _SPARES  # the story has two units, exchanges both

    def machine(self, number: int) -> Machine:
        """Return a machine; what becomes of it follows from its number."""
        design = _design(number)
        serial = f"{design.designation.split()[1].replace('-', '')}-{number:04}"
        hours_a_day = Decimal(self.random.randint(60, 200)) / 10
        machine = Machine(design, serial, self.random.choice(OPERATORS), hours_a_day)
        young = number % 20 in _YOUNG
        made = END - 40 * _DAY if young else BEGIN + self.random.randint(5, 700) * _DAY
        machine.be_made(made, None if number % 3 else (made + 1826 * _DAY).date())
        if number % 20 == 0:
            machine.be_stocked(made + 4 * _DAY, f"{design.maker.key}-store")
            return machine
        machine.be_shipped(made + 6 * _DAY)
        if number % 20 == 7:  # noqa: PLR2004  on its way at the end
            return machine
        machine.be_delivered(made + 11 * _DAY)
        if not young:
            machine.be_commissioned(made + 30 * _DAY)
            self._work(machine, number)
        return machine

    def spare(self, number: int) -> Item:
        """Return a unit in stock that nobody has used yet."""
        unit = Item(list(UNITS.values())[number % len(UNITS)], f"SPARE-{number:03}")
        made = END - self.random.randint(30, 400) * _DAY
        unit.be_made(made)
        unit.be_stocked(made + 5 * _DAY, f"{unit.design.maker.key}-store")
        return unit

    def _work(self, machine: Machine, number: int) -> None:
        """Let a machine work to the end of the three years, or to its own."""
        assert machine.commissioned_at is not None
        until = END - self.random.randint(60, 200) * _DAY if number % 10 == 4 else END - 3 * _DAY  # noqa: PLR2004
        at = machine.commissioned_at
        while (at := at + self._pause()) < until - 5 * _DAY:
            self._trouble(machine, at)
        if number % 6 == 2:  # noqa: PLR2004  a paper that nobody typed in for a while
            noticed = machine.commissioned_at + (until - machine.commissioned_at) / 2
            noticed = noticed.replace(minute=0, second=0, microsecond=0)
            machine.fail(noticed, "noise", impact="incipient", detection="inspection", reason="late-paper-record")
        if number % 10 == 4:  # noqa: PLR2004  the end of its life
            machine.end(until, None if number % 30 == 4 else f"WTN-{number:05}")  # noqa: PLR2004  one awaits disposal
        elif number % 7 == 3:  # noqa: PLR2004  impaired, and still at work
            slot, unit = machine.design.slots[0]
            machine.fail(END - 2 * _DAY, UNITS[unit].modes[0], impact="degraded", slot=slot)
        elif number % 9 == 5:  # noqa: PLR2004  down at the end
            self._fail(machine, END - 2 * _DAY)
            machine.start_repair(END - 2 * _DAY + 3 * _HOUR)

    def _trouble(self, machine: Machine, at: datetime) -> None:
        """Let something happen: a sign, or a failure with its repair."""
        if self.random.random() < 0.3:  # noqa: PLR2004  of all reports
            machine.fail(at, "vibration", impact="incipient", detection="monitoring")
            return
        slot = self._fail(machine, at)
        started = at + self.random.randint(1, 30) * _HOUR
        machine.start_repair(started)
        if self.exchanges_left > 0 and self.random.random() < 0.5:  # noqa: PLR2004  of all repairs
            self.exchanges_left -= 1
            machine.exchange(slot, started + 2 * _HOUR)
        machine.complete_repair(started + self.random.randint(6, 60) * _HOUR)

    def _fail(self, machine: Machine, at: datetime) -> str:
        slot, unit = self.random.choice(machine.design.slots)
        machine.fail(at, self.random.choice(UNITS[unit].modes), slot=slot)
        return slot

    def _pause(self) -> timedelta:
        return _HOUR * max(240, round(self.random.expovariate(1 / (150 * 24))))


def _design(number: int) -> Design:
    return MACHINES[number % len(MACHINES)]
