"""How a machine of the demonstration works: at a site, with a counter, until it fails, is repaired, or rests."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from api.importing.demo_designs import Design, Failing, Party
from api.importing.demo_life import Item
from api.importing.demo_telling import DAY, HOUR, Tale
from domain.equipment import life_commands as life
from domain.equipment import meters_commands as meters
from domain.equipment import operation_commands as operation
from domain.equipment.papers_commands import IssuePassport, RevisePassport
from domain.equipment.terms import Detection, Impact, MaintenanceType, OperationalState

MODULUS = Decimal(100_000)
"""Counters of trips have five digits."""


class Counter:
    """What a machine has done, and what its counter shows of that."""

    def __init__(self, a_day: Decimal, modulus: Decimal | None) -> None:
        """Take what it does on a day of work; it does not work yet."""
        self.a_day = a_day
        self.modulus = modulus
        self.zero = Decimal(0)
        """What was done when it showed 0."""
        self._done = Decimal(0)
        self._since: datetime | None = None
        self._passes = 0

    def run(self, at: datetime) -> None:
        """Work from now on."""
        self._done, self._since = self.done(at), at

    def stop(self, at: datetime) -> None:
        """Rest from now on."""
        self._done, self._since = self.done(at), None

    def done(self, at: datetime) -> Decimal:
        """Return what was done by a moment that is not before the last one."""
        if self._since is None:
            return self._done
        return self._done + self.a_day * Decimal((at - self._since) // HOUR) / 24

    def shows(self, at: datetime) -> Decimal:
        """Return what it shows."""
        shown = (self.done(at) - self.zero).quantize(Decimal(1) if self.modulus else Decimal("0.1"))
        return shown if self.modulus is None else shown % self.modulus

    def passed(self, at: datetime) -> int:
        """Return how often it passed through 0 since it was asked last."""
        if self.modulus is None:
            return 0
        before, self._passes = self._passes, int((self.done(at) - self.zero).quantize(Decimal(1)) // self.modulus)
        return self._passes - before


class Machine(Item):
    """An item that works at a site."""

    design: Design

    def __init__(self, design: Design, serial: str, tale: Tale, operator: Party, site: str) -> None:
        """Take what it is, who will run it and where."""
        super().__init__(design, serial, tale)
        self.operator = operator
        self.site = site
        a_day = Decimal(self.random.randint(10 * design.pace.a_day[0], 10 * design.pace.a_day[1])) / 10
        self.counter = Counter(a_day, MODULUS if design.symbol == "1" else None)
        self.commissioned_at: datetime | None = None
        self.certified_at: datetime | None = None
        self.downs: list[tuple[datetime, datetime]] = []
        """When it was down; what is not over yet is not in it."""
        self._down_since: datetime | None = None
        self.seen_to: set[object] = set()
        """Bulletins that were applied to it, or to whose of its units."""

    @property
    def by_the_hour(self) -> bool:
        """Whether its counter is one of operating hours."""
        return self.design.symbol == "h"

    def come_to_its_site(self, made: datetime) -> None:
        """Be made with its papers, sold, and brought to where it will work."""
        self.be_made(made, as_built=self.design.as_built, certified=False)
        self.be_certified_for_work(made + 2 * DAY)
        self.say(IssuePassport(equipment_id=self.id, passport=f"PP-{self.serial}"), made + 3 * DAY)
        self.be_brought(made + 6 * DAY, self.operator, self.site)
        self.be_sold(made + 11 * DAY + HOUR, self.operator)

    def be_certified_for_work(self, at: datetime) -> None:
        """Be certified, for as long as items of its design are."""
        self.certified_at = at
        self.be_certified(at, self.design.pace.certified_years)

    def be_installed(self, at: datetime) -> None:
        """Be set up at its site."""
        self.say(life.InstallEquipment(equipment_id=self.id, place=self.site), at)

    def be_commissioned(self, at: datetime, number: int = 1) -> UUID:
        """Start to work."""
        if not self.by_the_hour and number == 1:
            fit = meters.FitMeter(equipment_id=self.id, meter=self.design.meter, unit="1", modulus=MODULUS)
            self.say(fit, at - 2 * HOUR)
        commission = life.CommissionEquipment(
            equipment_id=self.id,
            operator_id=self.operator.id,
            act=f"ACT-{self.serial}-{number}",
            operating_time=self.counter.shows(at) if self.by_the_hour else None,
        )
        self.commissioned_at = at
        self.counter.run(at)
        return self.say(commission, at)

    def begin(self, made: datetime) -> None:
        """Come to its site and start to work there, 30 days after it was made."""
        self.come_to_its_site(made)
        self.be_installed(made + 25 * DAY)
        self.be_commissioned(made + 30 * DAY)

    def be_read(self, at: datetime, *, off_by: int = 0) -> UUID:
        """Have its counter read, rightly or not."""
        reading = meters.RecordMeterReading(
            equipment_id=self.id,
            meter=self.design.meter,
            value=self.counter.shows(at) + off_by,
            unit=self.design.symbol,
            passes=self.counter.passed(at),
        )
        return self.say(reading, at)

    def fail(
        self,
        at: datetime,
        failing: Failing | str,
        *,
        impact: Impact = "critical",
        unit: Item | None = None,
        detection: Detection = "operator",
        reading: Decimal | None = None,
        reason: str | None = None,
    ) -> UUID:
        """Lose a function, or show the first sign of it; return the id of the fact."""
        shown = self.counter.shows(at) if self.by_the_hour else None
        report = operation.ReportFailure(
            equipment_id=self.id,
            failure_mode=failing if isinstance(failing, str) else failing.mode,
            impact=impact,
            detection=detection,
            operating_time=reading or shown,
            unit_id=None if unit is None else unit.id,
        )
        if impact == "critical":
            self._go_down(at)
        return self.say(report, at, reason)

    def be_diagnosed(self, at: datetime, failing: Failing, unit: Item) -> None:
        """Have it found out why it failed."""
        found = operation.DiagnoseFailure(
            equipment_id=self.id,
            failure_mode=failing.mode,
            mechanism=failing.mechanism,
            cause=failing.cause,
            slot=next((slot for slot, each in self.units.items() if each is unit), None),
            unit_id=unit.id,
        )
        self.say(found, at)

    def start_repair(self, at: datetime, kind: MaintenanceType = "corrective") -> UUID:
        """Go down for work."""
        self._go_down(at)
        return self.say(operation.StartRepair(equipment_id=self.id, maintenance_type=kind), at)

    def complete_repair(self, at: datetime) -> None:
        """Be up again."""
        assert self._down_since is not None
        self.downs.append((self._down_since, at))
        self._down_since = None
        self.counter.run(at)
        self.say(operation.CompleteRepair(equipment_id=self.id), at)

    def go_on(self, at: datetime, state: OperationalState, reason: str | None = None) -> None:
        """Go on in another way; the counter runs while it operates or is degraded."""
        self.say(operation.ChangeOperationalState(equipment_id=self.id, state=state, reason=reason), at)
        (self.counter.run if state in {"operating", "degraded"} else self.counter.stop)(at)

    def rest(self, at: datetime, reason: str) -> None:
        """Be laid up."""
        self.say(life.LayUpEquipment(equipment_id=self.id, reason=reason), at)
        self.counter.stop(at)

    def return_to_service(self, at: datetime) -> None:
        """Work again after it was laid up."""
        self.say(life.ReturnToService(equipment_id=self.id), at)
        self.counter.run(at)

    def get_another_counter(self, at: datetime) -> UUID:
        """Have its counter replaced by one that begins at 0."""
        last, self.counter.zero = self.counter.shows(at), self.counter.done(at)
        replace = meters.ReplaceMeter(equipment_id=self.id, meter=self.design.meter, unit=self.design.symbol, last=last)
        return self.say(replace, at)

    def be_measured(self, at: datetime) -> None:
        """Have its condition measured: the longer it works, the worse."""
        assert self.commissioned_at is not None
        measured = self.design.measured
        aged = Decimal((at - self.commissioned_at).days % 700) / 700
        value = (
            measured.least
            + (measured.most - measured.least) * (aged * 3 + Decimal(self.random.randint(0, 100)) / 100) / 4
        )
        measure = operation.MeasureCondition(
            equipment_id=self.id,
            parameter=measured.parameter,
            value=value.quantize(Decimal("0.1")),
            unit=measured.unit,
            slot=measured.slot,
        )
        self.say(measure, at)

    def report_period(self, begin: datetime, end: datetime, at: datetime) -> None:
        """Tell only how long it was up within a time."""
        down = sum((max(min(end, till) - max(begin, since), timedelta(0)) for since, till in self.downs), timedelta(0))
        total = (end - begin) // HOUR
        period = meters.ReportPeriod(
            equipment_id=self.id,
            meter="operating-time",
            unit="h",
            begin=begin,
            end=end,
            up=Decimal(total - down // HOUR),
            total=Decimal(total),
        )
        self.say(period, at)

    def revise_passport(self, at: datetime, reason: str) -> None:
        """Have its passport issued anew."""
        self.say(RevisePassport(equipment_id=self.id, reason=reason), at)

    def _go_down(self, at: datetime) -> None:
        self._down_since = self._down_since or at
        self.counter.stop(at)
