"""Books a fleet in a process of its own, which may end itself at the n-th time that an append comes to a point."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from uuid import UUID

from api.importing.entries import Entry
from api.importing.recording import Unit, record
from domain import declared
from domain.application.units import Booked, Outcome
from domain.equipment.meters_commands import RecordMeterReading
from domain.equipment.model_commands import RegisterModel
from domain.kernel.commands import Command
from domain.kernel.envelope import Provenance
from domain.kernel.refusals import Unavailable
from domain.parties.organisation import RegisterOrganisation
from tests.application.desk import life_of
from tests.benchmarks.rows import CALLER
from tests.benchmarks.states import ledger_at
from tests.equipment.lives import MAKER, MODEL_ID, OPERATOR
from tests.faults.points import Point, watch_commits

SOURCE = "urn:example:plant"
READINGS = 60
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)


def shared() -> list[Unit]:
    """What every life rests on."""
    commands: list[Command] = [
        *(RegisterOrganisation(organisation_id=organisation, name="Works") for organisation in (MAKER, OPERATOR)),
        RegisterModel(model_id=MODEL_ID, designation="Press PX-40", manufacturer_id=MAKER),
    ]
    return [(_entry(command, BEGIN, f"shared/{number}"),) for number, command in enumerate(commands)]


def lane(number: int) -> list[Unit]:
    """The life of one item: it comes into service in one unit, and is read in pairs of readings."""
    item = UUID(int=1000 + number)
    life = [
        _entry(each, BEGIN + n * timedelta(days=1), f"{number}/{n}") for n, each in enumerate(life_of(item, str(item)))
    ]
    read = [
        _entry(
            RecordMeterReading(equipment_id=item, meter="starts", value=Decimal(n), unit="1"),
            BEGIN + (10 + n) * timedelta(days=1),
            f"{number}/reading/{n}",
        )
        for n in range(READINGS)
    ]
    return [tuple(life), *(tuple(read[n : n + 2]) for n in range(0, READINGS, 2))]


def _entry(command: Command, at: datetime, key: str) -> Entry:
    return Entry(command, at, Provenance(source=SOURCE, id=key))


def lanes(number: int | None) -> Iterator[list[Unit]]:
    """So many lives; None: without end."""
    return (lane(each) for each in (count() if number is None else range(number)))


def main() -> None:
    """Book; arguments are the log, how many lives (0: without end), and perhaps the point and its number.

    Prints how many units were recorded, as they are, and what ended it.
    """
    url, lives, *dying = sys.argv[1:]
    declared.facts()
    recorded = 0

    def told(unit: Unit, outcome: Outcome) -> None:
        nonlocal recorded
        recorded += isinstance(outcome, Booked)
        if isinstance(outcome, Booked) and unit[0].source.id.endswith("/0"):
            print("life", flush=True)  # noqa: T201  the test waits for it

    with ledger_at(url) as (log, ledger):
        if dying:
            left = iter(range(int(dying[1]) - 1, -1, -1))

            def come_to(at: Point) -> None:
                if at is Point(dying[0]) and next(left, None) == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

            watch_commits(log, come_to)
        said = "done"
        try:
            for each in ([shared()], lanes(int(lives) or None)):
                record(each, lambda units: ledger.book(units, CALLER), told)
        except Unavailable as error:
            said = error.detail
        except KeyboardInterrupt:
            said = "interrupted"
        with suppress(BrokenPipeError):
            print(recorded, said, flush=True)  # noqa: T201  as above


if __name__ == "__main__":
    main()
