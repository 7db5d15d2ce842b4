"""The ordinary days of a machine of the demonstration: read, measured, maintained, failed and repaired."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from api.importing.demo_bulletins import BULLETINS, GREASE, due_at, see_to
from api.importing.demo_designs import OLD_MOTOR, Failing, UnitDesign
from api.importing.demo_life import Item
from api.importing.demo_machine import Machine
from api.importing.demo_telling import DAY, HOUR
from domain.equipment.configuration_commands import ApplyBulletin
from domain.equipment.terms import OperationalState

Happens = Callable[[datetime], datetime]
"""Lets something happen at a moment; returns when it is over."""

_SIGNS, _DEGRADED, _LATE = 0.2, 0.2, 0.12
"""How often a failure is only the first sign of one; or else impairs a function; or else is typed in weeks later."""
_WEAKEST, _EXCHANGED, _EXCHANGED_BEFORE, _DIAGNOSED = 0.5, 0.45, 0.15, 0.7
"""How often it is the weakest unit; a unit is exchanged after its failure, and before it; a cause is found."""
_LATE_READINGS = 0.03
_RESTS: Sequence[tuple[OperationalState, str]] = (
    ("standby", "no-orders"),
    ("idle", "change-of-shift"),
    ("externally_disabled", "power-supply-missing"),
)
_DAYS_BETWEEN_RESTS, _DAYS_BETWEEN_MEASUREMENTS = 700, 122


def work(machine: Machine, since: datetime, until: datetime) -> None:
    """Let a machine that is in service go through its days from one moment to another."""
    over = since
    for at, happens in sorted(_days(machine, since, until), key=lambda each: each[0]):
        if over < at < until - 12 * DAY:
            over = happens(at)


def _days(machine: Machine, since: datetime, until: datetime) -> Iterator[tuple[datetime, Happens]]:
    """Yield what is to happen, in no order; what falls into the time of something else does not."""
    days, pace = _Days(machine, until), machine.design.pace
    for month in _months(since, until):
        if month.month % machine.design.months == 0:
            yield month + machine.random.randint(0, 50) * HOUR, days.be_read
        if not machine.by_the_hour:
            yield month + 9 * HOUR, days.report_month
    yield from ((at, days.measure) for at in _every(since, until, _DAYS_BETWEEN_MEASUREMENTS * DAY))
    yield from ((at, days.maintain) for at in _every(since, until, pace.service_days * DAY))
    yield from ((at, days.fail) for at in _now_and_then(machine, since, until, pace.days_between_failures))
    yield from ((at, days.have_nothing_to_do) for at in _now_and_then(machine, since, until, _DAYS_BETWEEN_RESTS))
    if pace.certified_years is not None and machine.certified_at is not None:
        yield machine.certified_at + (365 * pace.certified_years - 12) * DAY, days.renew
    for bulletin in BULLETINS:
        at = due_at(machine, bulletin, since)
        if at is not None:
            yield at, partial(see_to, machine, bulletin)


def _months(began: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the first mornings of the months within a time."""
    for number in range(began.year * 12 + began.month, until.year * 12 + until.month):
        yield datetime(number // 12, number % 12 + 1, 1, 6, tzinfo=UTC)


def _every(began: datetime, until: datetime, interval: timedelta) -> Iterator[datetime]:
    at = began
    while (at := at + interval) < until:
        yield at


def _now_and_then(machine: Machine, began: datetime, until: datetime, days: int) -> Iterator[datetime]:
    """Yield moments at random, so many days apart on average and ten at least."""
    at = began
    while (at := at + max(240, round(machine.random.expovariate(1 / (days * 24)))) * HOUR) < until:
        yield at


class _Days:
    """What happens to one machine up to a moment."""

    def __init__(self, machine: Machine, until: datetime) -> None:
        self.machine = machine
        self.until = until
        self.random = machine.random

    def be_read(self, at: datetime) -> datetime:
        """Have its counter read; some lists lie in a drawer for weeks."""
        late = self.machine.by_the_hour and self.happens(_LATE_READINGS)
        typed_in = at + self.random.randint(40, 120) * DAY if late else at
        with self.machine.tale.typed_in(typed_in):
            self.machine.be_read(at)
        return at

    def report_month(self, at: datetime) -> datetime:
        """Tell how long the machine was up in the month before, if it worked through all of it."""
        end = at.replace(hour=0)
        begin = (end - DAY).replace(day=1)
        assert self.machine.commissioned_at is not None
        if begin > self.machine.commissioned_at:
            self.machine.report_period(begin, end, at)
        return at

    def measure(self, at: datetime) -> datetime:
        self.machine.be_measured(at)
        return at

    def renew(self, at: datetime) -> datetime:
        self.machine.be_certified_for_work(at)
        return at

    def maintain(self, at: datetime) -> datetime:
        """Maintain it, with what bulletins ask for its motor; now and then a unit is exchanged before it fails."""
        self.machine.start_repair(at, "preventive")
        motor = self.machine.units.get("motor")
        if self.happens(_EXCHANGED_BEFORE):
            slot = self.random.choice(list(self.machine.units))
            self.machine.live_on(self.machine.exchange(slot, at + 2 * HOUR, "preventive"), slot, at + 2 * HOUR)
        elif motor and motor.design is OLD_MOTOR and at > GREASE.issued and motor.id not in self.machine.seen_to:
            self.machine.seen_to.add(motor.id)
            motor.say(ApplyBulletin(equipment_id=motor.id, bulletin_id=GREASE.id), at + HOUR)
        end = at + self.random.randint(4, 10) * HOUR
        self.machine.complete_repair(end)
        return end

    def have_nothing_to_do(self, at: datetime) -> datetime:
        """Let it stand by, be idle, or lack what it needs from outside."""
        state, reason = self.random.choice(_RESTS)
        self.machine.go_on(at, state, reason)
        end = at + self.random.randint(3, 60) * HOUR
        self.machine.go_on(end, "operating")
        return end

    def fail(self, at: datetime) -> datetime:
        """Let a unit of it fail, or show the first sign of that."""
        holder, slot = self._part()
        unit = holder.units[slot]
        assert isinstance(unit.design, UnitDesign)
        failing = self.random.choice(unit.design.failings)
        if self.happens(_SIGNS):
            with self.machine.tale.typed_in(at + self.random.choice([0, 0, 90]) * DAY):
                self.machine.fail(at, "noise", impact="incipient", unit=unit, detection="monitoring")
            return at
        if self.happens(_DEGRADED):
            self.machine.fail(at, failing, impact="degraded", unit=unit, detection="inspection")
            at += self.random.randint(20, 200) * HOUR
            self.machine.start_repair(at)
            return self._complete(at, failing, unit)
        if self.happens(_LATE) and at + 75 * DAY < self.until:
            typed_in = at + self.random.randint(20, 60) * DAY
            with self.machine.tale.typed_in(typed_in):
                self._repair(at, failing, unit, "late-paper-record")
            return typed_in
        started = self._down(at, failing, unit)
        if self.happens(_EXCHANGED):
            holder.live_on(holder.exchange(slot, started + 2 * HOUR), slot, started + 2 * HOUR)
        return self._complete(started, failing, unit)

    def happens(self, chance: float) -> bool:
        """Return whether something happens this time."""
        return self.random.random() < chance

    def _part(self) -> tuple[Item, str]:
        """Return a slot of the machine, or of a unit in it, and whose it is."""
        weakest = self.machine.design.weakest
        slot = weakest if self.happens(_WEAKEST) else self.random.choice(list(self.machine.units))
        unit = self.machine.units[slot]
        return (
            (unit, self.random.choice(list(unit.units)))
            if unit.units and self.happens(_WEAKEST)
            else (self.machine, slot)
        )

    def _down(self, at: datetime, failing: Failing, unit: Item, reason: str | None = None) -> datetime:
        self.machine.fail(at, failing, unit=unit, reason=reason)
        started = at + self.random.randint(1, 14) * HOUR
        self.machine.start_repair(started)
        return started

    def _repair(self, at: datetime, failing: Failing, unit: Item, reason: str) -> None:
        self._complete(self._down(at, failing, unit, reason), failing, unit)

    def _complete(self, started: datetime, failing: Failing, unit: Item) -> datetime:
        end = started + (3 + self.random.randint(*self.machine.design.pace.repair_hours)) * HOUR
        if self.happens(_DIAGNOSED):
            self.machine.be_diagnosed(end - HOUR, failing, unit)
        self.machine.complete_repair(end)
        return end
