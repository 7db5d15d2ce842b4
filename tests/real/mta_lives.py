"""The lives that the files of a metro tell of: what its rows say, in the words of the trade.

Nothing is said of the time before the first row of a unit: it is taken over in service a day earlier. Every outage
takes a unit down, as whoever wrote the files counts it. Planned work is preventive maintenance from its begin to its
end. Anything else is a failure, critical until the repair that is completed when the unit was first seen to work; when
work on it began is not told, so that this repair begins at its end.

Where outages of one unit share a time, each of them lasts as long as it says: two faults of one kind have names of
their own, and the end of one outage ends no other. As an item has one open repair at a time, planned work that is met
by the begin or end of something else is completed then and begun again at once.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from api.importing.entries import Entry
from domain.equipment.beginning_commands import TakeOverEquipment
from domain.equipment.meters_commands import ReportPeriod
from domain.equipment.model_commands import RegisterModel
from domain.equipment.operation_commands import CompleteRepair, ReportFailure, StartRepair
from domain.equipment.state import HOURS, OPERATING_TIME
from domain.equipment.terms import MaintenanceType
from domain.kernel.commands import Command
from domain.kernel.envelope import Provenance
from domain.parties.organisation import RegisterOrganisation
from tests.real.mta_files import Month, Outage

OUTAGES, MONTHLY, BESIDE = "urn:mta-outages", "urn:mta-availability", "urn:mta-start-of-life"
_IDS = UUID("5f3a8f0c-7d1e-4a36-9c53-9a2f6a1c7b40")
_DAY = timedelta(days=1)
REGISTERED_AT = datetime(2000, 1, 1, tzinfo=UTC)
DESIGNATIONS = {"EL": "Lift", "ES": "Escalator"}
"""By the letters with which the number of a unit begins."""


def mta_id(what: str) -> UUID:
    """Return the id of an organisation, model or unit of the data."""
    return uuid5(_IDS, what)


MAKER, OPERATOR = mta_id("organisation/maker"), mta_id("organisation/operator")


def unit_id(unit: str) -> UUID:
    """Return the id of a lift or escalator."""
    return mta_id(f"unit/{unit}")


def shared_entries() -> list[Entry]:
    """Return what every unit needs before it: the organisations, and the two models."""
    commands: list[tuple[str, Command]] = [
        ("maker", RegisterOrganisation(organisation_id=MAKER, name="Maker, not told")),
        ("operator", RegisterOrganisation(organisation_id=OPERATOR, name="Metro")),
    ]
    for letters, designation in DESIGNATIONS.items():
        model = mta_id(f"model/{letters}")
        commands.append((letters, RegisterModel(model_id=model, designation=designation, manufacturer_id=MAKER)))
    return [Entry(command, REGISTERED_AT, Provenance(source=BESIDE, id=what)) for what, command in commands]


def lanes(outages: Collection[Outage], months: Collection[Month], places: Mapping[str, str]) -> list[list[Entry]]:
    """Return one lane for each unit: its life in the order in which it happened.

    Args:
        outages: each once.
        months: each once.
        places: where units are; of those that it does not name nothing is known.
    """
    lives: dict[str, tuple[list[Outage], list[Month]]] = defaultdict(lambda: ([], []))
    for outage in outages:
        lives[outage.unit][0].append(outage)
    for month in months:
        lives[month.unit][1].append(month)
    return [_life(unit, *rows, places.get(unit)) for unit, rows in sorted(lives.items())]


def _life(unit: str, outages: list[Outage], months: list[Month], place: str | None) -> list[Entry]:
    first = min([*(each.began for each in outages), *(each.begin for each in months)])
    take_over = TakeOverEquipment(
        equipment_id=unit_id(unit),
        model_id=mta_id(f"model/{unit[:2]}"),
        manufacturer_id=MAKER,
        serial=unit,
        stage="in_service",
        operator_id=OPERATOR,
        place=place,
    )
    start = Entry(take_over, (first - _DAY).astimezone(UTC), Provenance(source=BESIDE, id=unit))
    later = [*_Operation(unit_id(unit)).entries(outages), *(_period(month) for month in months)]
    return [start, *sorted(later, key=lambda entry: entry.occurred_at)]


def _period(month: Month) -> Entry:
    """Return the totals of a month, as they are known when it is over."""
    report = ReportPeriod(
        equipment_id=unit_id(month.unit),
        meter=OPERATING_TIME,
        unit=HOURS,
        begin=month.begin,
        end=month.end,
        up=month.up,
        total=month.total,
    )
    return Entry(report, month.end, Provenance(source=MONTHLY, id=month.key), month.row)


class _Operation:
    """How one unit went out of order and came back."""

    def __init__(self, unit: UUID) -> None:
        self.unit = unit
        self.faults: dict[str, str] = {}
        """Outages that are faults and last, each with its failure mode."""
        self.work: list[str] = []
        """Outages that are planned work and last."""

    def entries(self, outages: Collection[Outage]) -> Iterator[Entry]:
        """Yield what happened, moment by moment, at most two steps for each begin and end; at one moment ends first."""
        ends = [(each.ended, 0, each) for each in outages if each.ended is not None]
        moments = [*ends, *((each.began, 1, each) for each in outages)]
        for at, begins, outage in sorted(moments, key=lambda each: (*each[:2], each[2].key)):
            commands = self._begin(outage) if begins else self._end(outage)
            key = outage.key if begins else f"{outage.key}/ended"
            names = [*(f"{key}/before" for _ in commands[1:]), key]
            for name, command in zip(names, commands, strict=True):
                yield Entry(command, at, Provenance(source=OUTAGES, id=name), outage.row)

    def _begin(self, outage: Outage) -> list[Command]:
        if outage.planned:
            before = [self._completed(outage.reason)] if self.work else []
            self.work.append(outage.key)
            return [*before, self._started("preventive")]
        mode, number = outage.reason, 1
        while mode in self.faults.values():
            number += 1
            mode = f"{outage.reason}-{number}"
        self.faults[outage.key] = mode
        return [ReportFailure(equipment_id=self.unit, failure_mode=mode, impact="critical", detection="unknown")]

    def _end(self, outage: Outage) -> list[Command]:
        if outage.planned:
            self.work.remove(outage.key)
            again = [self._started("preventive")] if self.work else []
            return [self._completed(outage.reason), *again]
        completed = CompleteRepair(equipment_id=self.unit, restored=(self.faults.pop(outage.key),))
        if self.work:
            return [completed, self._started("preventive")]
        return [self._started("corrective"), completed]

    def _started(self, kind: MaintenanceType) -> Command:
        return StartRepair(equipment_id=self.unit, maintenance_type=kind)

    def _completed(self, reason: str) -> Command:
        """Return the end of planned work: where faults are open it names itself, as no name would end all of them."""
        return CompleteRepair(equipment_id=self.unit, restored=(reason,) if self.faults else ())
