"""The files of a metro: when its lifts were out of order, and how long lifts and escalators worked in each month."""

import csv
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from api.importing.entries import Place
from domain.kernel.moments import with_its_offset

FOLDER = Path(os.environ.get("AFTERCARE_DATA", Path(__file__).parents[3] / "shared" / "data")) / "mta_elevators"
FIRST_OUTAGES, LATER_OUTAGES = "elevators_outage.csv", "elevators_outage-05-21.csv"
LISTED, MONTHS = "elevators_elevator.csv", "2023_opendata_availability.csv"
NEW_YORK = ZoneInfo("America/New_York")

PLANNED = frozenset(
    {
        "access-improvements",
        "cleaning",
        "elevator-rehabilitation",
        "inspection",
        "maintenance",
        "modifications-in-progress",
        "station-is-under-rehabilitation",
    }
)
"""Reasons of work that was planned. Whoever wrote the files counts each outage as one, whatever its reason."""


@dataclass(frozen=True)
class Outage:
    """A lift that was out of order, up to when it was first seen to work again; None: never, in these files."""

    unit: str
    began: datetime
    ended: datetime | None
    reason: str
    row: Place = field(compare=False)

    @property
    def key(self) -> str:
        """What makes it one outage, however often it is told of."""
        return f"{self.unit}|{self.began.isoformat()}"

    @property
    def planned(self) -> bool:
        """Whether it was work that was planned, and not a fault."""
        return self.reason in PLANNED


@dataclass(frozen=True)
class Month:
    """What is told of a month of a lift or escalator, by the clocks of New York."""

    unit: str
    begin: datetime
    end: datetime
    up: Decimal
    total: Decimal
    availability: str
    """As the file has it; empty: none."""
    outages: tuple[int, int, int]
    """All, scheduled and unscheduled ones."""
    station: str
    row: Place = field(compare=False)

    @property
    def key(self) -> str:
        """What makes it one month of one unit."""
        return f"{self.unit}|{self.begin:%Y-%m}"


def outages(file: str) -> list[Outage]:
    """Return the outages that a file tells of."""
    return [
        Outage(
            unit=told["elevator"],
            began=datetime.fromisoformat(told["out_of_service"]),
            ended=datetime.fromisoformat(told["first_missed"]) if told["first_missed"] else None,
            reason=_code(told["reason"]),
            row=row,
        )
        for row, told in _rows(file)
    ]


def distinct(*files: Iterable[Outage]) -> list[Outage]:
    """Return each outage once, in the order in which they began: of those told of again, one that says its end."""
    found: dict[str, Outage] = {}
    for outage in (each for file in files for each in file):
        known = found.get(outage.key)
        if known is None or (known.ended is None and outage.ended is not None):
            found[outage.key] = outage
    return sorted(found.values(), key=lambda each: (each.began, each.unit))


def listed() -> dict[str, str]:
    """Return the lifts that are listed, each with its station."""
    return {told["mta_id"]: told["station"] for _, told in _rows(LISTED)}


def months() -> list[Month]:
    """Return what is told of months."""
    found = []
    for row, told in _rows(MONTHS):
        first = datetime.strptime(told["Month"], "%m/%d/%Y").replace(tzinfo=NEW_YORK)
        later = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
        counts = (int(told[f"{kind} Outages"]) for kind in ("Total", "Scheduled", "Unscheduled"))
        month = Month(
            unit=told["Equipment Code"],
            begin=with_its_offset(first),
            end=with_its_offset(later),
            up=Decimal(told["24-Hour Hours Available"]),
            total=Decimal(told["24-Hour Total Hours"]),
            availability=told["24-Hour Availability"],
            outages=(next(counts), next(counts), next(counts)),
            station=told["Station Name"],
            row=row,
        )
        found.append(month)
    return found


def _rows(file: str) -> list[tuple[Place, dict[str, str]]]:
    with (FOLDER / file).open(encoding="utf-8", newline="") as opened:
        return [(Place(file, number), told) for number, told in enumerate(csv.DictReader(opened), start=2)]


def _code(reason: str) -> str:
    """Return a reason as a code: its first sentence in small letters."""
    return re.sub(r"[^a-z0-9]+", "-", reason.partition(".")[0].lower()).strip("-")
