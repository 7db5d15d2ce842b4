"""Rows of CSV on their way to facts by a mapping; beside reading the file alone, and appending ready-made facts."""

import json
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid5

import msgspec
from rich.console import Console
from rich.table import Table

from api.importing.accounts import Account
from api.importing.entries import Entry
from api.importing.mapping import Mapping
from api.importing.mapping_files import kindred_of
from api.importing.planning import Plan
from api.importing.readers import read
from api.importing.recording import record
from api.importing.running import Files
from api.importing.understood import Understood
from domain import declared
from domain.application.ledger import Ledger
from domain.equipment.beginning_commands import TakeOverEquipment
from domain.kernel.envelope import Provenance
from domain.log.log import Log
from tests.benchmarks import imports
from tests.benchmarks.appends import batches, ours_many
from tests.benchmarks.rebuilds import peak_mib
from tests.benchmarks.rows import CALLER
from tests.benchmarks.states import ledger_at
from tests.equipment.lives import MAKER, MODEL_ID, OPERATOR

MACHINES = 1_000
BEGIN = datetime(2021, 1, 1, tzinfo=UTC)
IDS = UUID("7d0c1f5e-2f0b-4a55-9d3b-0c6a1f7e2b11")
READY = 50
"""Batches of ready-made facts that are appended for comparison."""
MAPPING = """
format = 1
source = "urn:example:readings"
ids = "7d0c1f5e-2f0b-4a55-9d3b-0c6a1f7e2b11"
zone = "UTC"
[files.readings]
path = ["readings.csv"]
columns.machine = { from = "Machine", required = true }
columns.read_at = { from = "Read at", type = "moment", formats = ["%d.%m.%Y %H:%M"], required = true }
columns.hours = { from = "Hours", type = "number", decimal = ",", required = true }
[[records]]
name = "reading"
from = "readings"
command = "equipment.record_meter_reading"
at = "{read_at}"
id = "{machine}|{read_at}"
fields = { equipment_id = { id = "machine/{machine}" }, meter = "operating-time", value = "{hours}", unit = "h" }
"""


class Took(NamedTuple):
    """What it took."""

    read_seconds: float
    """Reading and parsing the file alone."""
    import_seconds: float
    """Importing it: reading, understanding, deciding, appending."""
    ready: float
    """Ready-made facts appended in a second."""
    peak_mib: float


def write(path: Path, rows: int) -> None:
    """Write readings of a fleet, in order of time."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("Machine;Read at;Hours\r\n")
        for number in range(rows):
            day, machine = divmod(number, MACHINES)
            at = BEGIN + timedelta(minutes=day)
            file.write(f"PX-{machine:05};{at:%d.%m.%Y %H:%M};{day // 60},{day % 60:02}\r\n")


def take(url: str, path: str) -> None:
    """Run in a process of its own: import a file into a log, and print what it took."""
    declared.facts()
    mapping = msgspec.convert(tomllib.loads(MAPPING), Mapping)
    with ledger_at(url) as (log, ledger):
        imports.register(ledger)
        record([_fleet()], lambda units: ledger.book(units, CALLER), lambda _unit, _outcome: None)
        begun = time.perf_counter()
        rows = 0
        with read(Path(path), mapping.files["readings"]) as reading:
            rows = sum(1 for _ in reading)
        parsed = time.perf_counter()
        account = _imported(mapping, ledger, Path(path))
        ended = time.perf_counter()
        assert account.total().recorded == rows, account.total()
        peak = peak_mib()
        print(json.dumps(Took(parsed - begun, ended - parsed, _ready(log), peak)))  # noqa: T201


def _fleet() -> Iterator[tuple[Entry, ...]]:
    for number in range(MACHINES):
        serial = f"PX-{number:05}"
        command = TakeOverEquipment(
            equipment_id=uuid5(IDS, f"machine/{serial}"),
            model_id=MODEL_ID,
            manufacturer_id=MAKER,
            serial=serial,
            stage="in_service",
            operator_id=OPERATOR,
        )
        yield (Entry(command, BEGIN - timedelta(days=1), Provenance(source="urn:example:bench", id=serial)),)


def _imported(mapping: Mapping, ledger: Ledger, path: Path) -> Account:
    understood, account = Understood(mapping, kindred_of, lambda _maker, _serial: None), Account()
    files = Files([path], account, lambda _line: None, lambda _read: None)
    files.require(understood.sources.values())
    with Plan(understood, files.rows) as plan:
        record(plan.lanes(1, account), lambda units: ledger.book(units, CALLER), account.hear)
    return account


def _ready(log: Log) -> float:
    return batches(ours_many(log), READY)()


def show(kind: str, url: str, folder: Path, rows: int) -> None:
    """Measure on one database that is empty yet, and print."""
    path = folder / "readings.csv"
    write(path, rows)
    program = "import sys; from tests.benchmarks.csv_files import take; take(*sys.argv[1:])"
    told = subprocess.run(
        [sys.executable, "-c", program, url, str(path)], check=True, stdout=subprocess.PIPE, text=True
    )
    took = Took(*json.loads(told.stdout))
    ours = rows / took.import_seconds
    table = Table(title=f"{rows:,} rows of CSV to facts by a mapping, {kind}", title_justify="left")
    for column in ("what", "rows/s", "ratio of the import to it"):
        table.add_column(column, justify="left" if column == "what" else "right")
    table.add_row("imported", f"{ours:,.0f}", "")
    table.add_row("read and parsed alone", f"{rows / took.read_seconds:,.0f}", f"{ours * took.read_seconds / rows:.3f}")
    table.add_row("appended ready-made, in batches of 1,000", f"{took.ready:,.0f}", f"{ours / took.ready:.3f}")
    table.add_row("most memory", f"{took.peak_mib:.0f} MiB", "")
    Console(width=140).print(table)
