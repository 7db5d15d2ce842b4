"""The Azure predictive maintenance data as lives of equipment: what each row says, in the words of the trade.

The files say nothing of the time before their first row. Each machine gets a start of life that agrees with its age,
and each component that was ever in it a life of its own; what is made up, and why, is in ADR 7.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from api.importing.azure_tables import COMPONENTS, MODELS, Happened, Machine, Tables
from api.importing.entries import Entry
from api.importing.entries import Place as Row
from domain.equipment.beginning_commands import ReleaseEquipment
from domain.equipment.custody_commands import DeliverEquipment, ShipEquipment, StockEquipment
from domain.equipment.life_commands import CommissionEquipment, InstallEquipment
from domain.equipment.model_commands import RegisterModel
from domain.equipment.operation_commands import CompleteRepair, ReportFailure, StartRepair
from domain.equipment.papers_commands import CertifyEquipment
from domain.equipment.structure_commands import InstallUnit, RemoveUnit
from domain.equipment.terms import MaintenanceType
from domain.kernel.commands import Command
from domain.kernel.envelope import Provenance
from domain.parties.organisation import RegisterOrganisation

SOURCE = "urn:azure-pdm"
_IDS = UUID("3b0fb5a3-8f0e-4b53-9d0b-6a6b1f6f9c3d")
"""The importer gives the ids: the same thing gets the same id in every run, so that a repeat is known as one."""

OBSERVED_YEAR = 2015
REGISTERED_AT = datetime(1990, 1, 1, tzinfo=UTC)
AUTHORITY = "maker-declaration"
_DAY = timedelta(days=1)
_MOMENT = "%Y-%m-%dT%H:%M:%S"
_STOCKED_BEFORE = 30 * _DAY


def azure_id(what: str) -> UUID:
    """Return the id of an organisation, model, machine or unit of the data: `machine/1`, `unit/PDM-001-comp2-003`."""
    return uuid5(_IDS, what)


def machine_id(number: int) -> UUID:
    """Return the id of a machine."""
    return azure_id(f"machine/{number}")


MAKER = azure_id("organisation/maker")
OPERATOR = azure_id("organisation/operator")


def shared_entries() -> list[Entry]:
    """Return what every machine needs before it: the two organisations, the models of machines and components."""
    commands: list[tuple[str, Command]] = [
        ("maker", RegisterOrganisation(organisation_id=MAKER, name="Azure PdM maker")),
        ("operator", RegisterOrganisation(organisation_id=OPERATOR, name="Azure PdM operator")),
    ]
    for model in (*MODELS, *COMPONENTS):
        parts = COMPONENTS if model in MODELS else ()
        register = RegisterModel(
            model_id=azure_id(f"model/{model}"), designation=model, manufacturer_id=MAKER, maintainable_items=parts
        )
        commands.append((model, register))
    return [_beside(command, REGISTERED_AT, what) for what, command in commands]


def machine_lanes(tables: Tables) -> list[list[Entry]]:
    """Return one lane for each machine: its whole life, in the order in which it happened."""
    rows: dict[int, list[list[Happened]]] = defaultdict(lambda: [[], [], []])
    for index, happened in enumerate((tables.errors, tables.failures, tables.maintenance)):
        for row in happened:
            rows[row.machine][index].append(row)
    lives = (_Life(machine, *rows[machine.number]).entries() for machine in tables.machines.values())
    return [sorted(life, key=lambda entry: entry.occurred_at) for life in lives]


class _Life:
    """One machine's rows, told as its life."""

    def __init__(
        self, machine: Machine, errors: list[Happened], failures: list[Happened], maintenance: list[Happened]
    ) -> None:
        self.machine = machine
        self.id = machine_id(machine.number)
        self.serial = f"PDM-{machine.number:03}"
        self.errors = errors
        self.failures = failures
        self.maintenance = maintenance
        self.failed = {(each.at, each.what) for each in failures}
        self.replaced = {(each.at, each.what) for each in maintenance}
        self.open: set[str] = set()  # failure modes whose faults no repair has ended yet
        self.changes = dict.fromkeys(COMPONENTS, 0)  # units ever installed in each slot

    def entries(self) -> Iterator[Entry]:
        """Yield the start of life and what followed: at one moment signs first, then failures, then the repair."""
        yield from self._start()
        moments: dict[datetime, list[list[Happened]]] = defaultdict(lambda: [[], [], []])
        for index, happened in enumerate((self.errors, self.failures, self.maintenance)):
            for each in happened:
                moments[each.at][index].append(each)
        for at in sorted(moments):
            errors, failures, replacements = moments[at]
            for error in errors:
                yield self._report(error, "errors", None)
            for failure in failures:
                yield self._report(failure, "failures", self._unit(failure.what))
            if replacements:
                yield from self._repair(at, replacements)

    def _start(self) -> Iterator[Entry]:
        """Yield release to commissioning: the machine is `age` completed years old when the observed year begins."""
        row, at = self.machine.row, datetime(OBSERVED_YEAR - 1 - self.machine.age, 1, 1, tzinfo=UTC)
        home = f"site-{self.machine.number:03}"
        release = ReleaseEquipment(
            equipment_id=self.id,
            model_id=azure_id(f"model/{self.machine.model}"),
            manufacturer_id=MAKER,
            serial=self.serial,
        )
        key = str(self.machine.number)
        yield Entry(release, at - 30 * _DAY, Provenance(source=f"{SOURCE}:machines", id=key), row)
        certify = CertifyEquipment(equipment_id=self.id, certificate=f"EC-{self.serial}", authority=AUTHORITY)
        yield _beside(certify, at - 29 * _DAY, f"{key}/certify", row)
        yield _beside(ShipEquipment(equipment_id=self.id, place=home), at - 20 * _DAY, f"{key}/ship", row)
        delivered = DeliverEquipment(equipment_id=self.id, recipient_id=OPERATOR, place=home)
        yield _beside(delivered, at - 10 * _DAY, f"{key}/deliver", row)
        yield _beside(InstallEquipment(equipment_id=self.id, place=home), at - 2 * _DAY, f"{key}/install", row)
        for slot in COMPONENTS:
            yield from self._fit(slot, at - _DAY, f"{key}/{slot}", row)
        commission = CommissionEquipment(equipment_id=self.id, operator_id=OPERATOR, act=f"ACT-{self.serial}")
        yield _beside(commission, at, f"{key}/commission", row)

    def _repair(self, at: datetime, replacements: list[Happened]) -> Iterator[Entry]:
        """Yield one repair with all components that were changed in it; it is corrective if one of them had failed."""
        kinds = {each.what: self._maintenance_type(each) for each in replacements}
        kind: MaintenanceType = "corrective" if "corrective" in kinds.values() else "preventive"
        key, row = f"{self.machine.number}|{at:{_MOMENT}}", replacements[0].row
        start = StartRepair(equipment_id=self.id, maintenance_type=kind)
        yield _beside(start, at, f"{key}/start", row)
        for each in replacements:
            remove = RemoveUnit(
                equipment_id=self.id,
                unit_id=self._unit(each.what),
                slot=each.what,
                maintenance_type=kinds[each.what],
                reason="failed" if kinds[each.what] == "corrective" else "replaced-before-failure",
            )
            yield Entry(remove, at, _provenance("maint", each), each.row)
            yield from self._fit(each.what, at, f"{key}/{each.what}", each.row)
        complete = CompleteRepair(equipment_id=self.id, restored=self._restored(kinds))
        yield _beside(complete, at, f"{key}/complete", row)

    def _fit(self, slot: str, at: datetime, key: str, row: Row) -> Iterator[Entry]:
        """Yield the life of a new unit up to its installation in a slot."""
        self.changes[slot] += 1
        unit, serial = self._unit(slot), self._unit_serial(slot)
        stocked = at - _STOCKED_BEFORE
        release = ReleaseEquipment(
            equipment_id=unit, model_id=azure_id(f"model/{slot}"), manufacturer_id=MAKER, serial=serial
        )
        yield _beside(release, stocked, f"{key}/release", row)
        certify = CertifyEquipment(equipment_id=unit, certificate=f"EC-{serial}", authority=AUTHORITY)
        yield _beside(certify, stocked, f"{key}/certify", row)
        yield _beside(StockEquipment(equipment_id=unit, place="parts-store"), stocked, f"{key}/stock", row)
        yield _beside(InstallUnit(equipment_id=self.id, unit_id=unit, slot=slot), at, f"{key}/install", row)

    def _report(self, happened: Happened, file: str, unit: UUID | None) -> Entry:
        """Return a failure of the unit, or a sign without loss of function where no unit is known to have failed."""
        mode = self._failure_mode(happened) if unit else happened.what
        report = ReportFailure(
            equipment_id=self.id,
            failure_mode=mode,
            impact="critical" if unit else "incipient",
            detection="monitoring",
            unit_id=unit,
        )
        return Entry(report, happened.at, _provenance(file, happened), happened.row)

    def _failure_mode(self, failure: Happened) -> str:
        """Return the mode: a failure that was not repaired at once is one of its own, as the unit may fail again."""
        at_once = (failure.at, failure.what) in self.replaced
        mode = _failed(failure.what) if at_once else _left(failure.what)
        self.open.add(mode)
        return mode

    def _restored(self, replaced: Collection[str]) -> tuple[str, ...]:
        """Return the modes that ended with a repair; none if nothing else was open, which says all of them."""
        modes = {mode for what in replaced for mode in (_failed(what), _left(what))}
        ended = tuple(sorted(self.open & modes))
        self.open -= modes
        return ended or (tuple(_failed(what) for what in replaced) if self.open else ())

    def _maintenance_type(self, replacement: Happened) -> MaintenanceType:
        failed = (replacement.at, replacement.what) in self.failed
        return "corrective" if failed else "preventive"

    def _unit_serial(self, slot: str) -> str:
        return f"{self.serial}-{slot}-{self.changes[slot]:03}"

    def _unit(self, slot: str) -> UUID:
        """Return the id of the unit that sits in a slot now."""
        return azure_id(f"unit/{self._unit_serial(slot)}")


def _failed(component: str) -> str:
    return f"{component}-failed"


def _left(component: str) -> str:
    return f"{component}-failed-and-left"


def _provenance(file: str, happened: Happened) -> Provenance:
    """Return the identity of a row: it has none of its own, so it is all that the row says."""
    return Provenance(source=f"{SOURCE}:{file}", id=f"{happened.machine}|{happened.at:{_MOMENT}}|{happened.what}")


def _beside(command: Command, at: datetime, key: str, row: Row | None = None) -> Entry:
    """Return an entry that no row says itself: what must have been so for the row to be true."""
    return Entry(command, at, Provenance(source=f"{SOURCE}:made-up", id=key), row)
