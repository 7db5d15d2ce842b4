"""The files of a metro, read in the plainest way, to compare with.

They say when its lifts were out of order, and how long lifts and escalators worked in each month.
"""

import csv
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from domain.kernel.moments import with_its_offset

FOLDER = Path(os.environ.get("AFTERCARE_DATA", Path(__file__).parents[3] / "shared" / "data")) / "mta_elevators"
FIRST_OUTAGES, LATER_OUTAGES = "elevators_outage.csv", "elevators_outage-05-21.csv"
LISTED, MONTHS = "elevators_elevator.csv", "2023_opendata_availability.csv"
OUTAGES, MONTHLY = "urn:mta-outages", "urn:mta-availability"
"""The sources of what rows become."""
_IDS = UUID("5f3a8f0c-7d1e-4a36-9c53-9a2f6a1c7b40")
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

    @property
    def key(self) -> str:
        """What makes it one month of one unit."""
        return f"{self.unit}|{self.begin:%Y-%m}"


def mta_id(what: str) -> UUID:
    """Return the id of an organisation, model or unit of the data."""
    return uuid5(_IDS, what)


def unit_id(unit: str) -> UUID:
    """Return the id of a lift or escalator."""
    return mta_id(f"unit/{unit}")


def outages(file: str, folder: Path = FOLDER) -> list[Outage]:
    """Return the outages that a file tells of."""
    return [
        Outage(
            unit=told["elevator"],
            began=datetime.fromisoformat(told["out_of_service"]),
            ended=datetime.fromisoformat(told["first_missed"]) if told["first_missed"] else None,
            reason=_code(told["reason"]),
        )
        for told in _rows(folder / file)
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
    return {told["mta_id"]: told["station"] for told in _rows(FOLDER / LISTED)}


def months(folder: Path = FOLDER) -> list[Month]:
    """Return what is told of months."""
    found = []
    for told in _rows(folder / MONTHS):
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
        )
        found.append(month)
    return found


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def _code(reason: str) -> str:
    """Return a reason as a code: its first sentence in small letters."""
    return re.sub(r"[^a-z0-9]+", "-", reason.partition(".")[0].lower()).strip("-")
