"""Rows of CSV on their way to facts by the real command; beside reading the file alone, and ready-made facts."""

import time
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

import msgspec
from rich.console import Console
from rich.table import Table

from api.importing.entries import Entry
from api.importing.mapping import Mapping
from api.importing.readers import read
from api.importing.recording import record
from domain.equipment.beginning_commands import TakeOverEquipment
from domain.kernel.envelope import Provenance
from tests.benchmarks import imports
from tests.benchmarks.appends import BATCH, line_of, open_at, ours_many
from tests.benchmarks.commands import Spent, spent
from tests.benchmarks.rows import CALLER
from tests.benchmarks.states import ledger_at
from tests.cli.program import Aftercare
from tests.equipment.lives import MAKER, MODEL_ID, OPERATOR

MACHINES = 1_000
BEGIN = datetime(2021, 1, 1, tzinfo=UTC)
IDS = UUID("7d0c1f5e-2f0b-4a55-9d3b-0c6a1f7e2b11")
READY = 50
"""Batches of ready-made facts that are appended for comparison."""
MANNERS = {"strict: looked through, rehearsed, recorded": (), "lenient: recorded": ("--lenient",)}
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


def write(path: Path, rows: int) -> None:
    """Write readings of a fleet, in order of time."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("Machine;Read at;Hours\r\n")
        for number in range(rows):
            day, machine = divmod(number, MACHINES)
            at = BEGIN + timedelta(minutes=day)
            file.write(f"PX-{machine:05};{at:%d.%m.%Y %H:%M};{day // 60},{day % 60:02}\r\n")


def with_fleet(home: Path, database_url: str | None = None) -> tuple[Aftercare, str]:
    """Return the program with the machines of the file on record, and the URL of its log.

    Args:
        home: an empty folder.
        database_url: of PostgreSQL; None: a file in the folder.
    """
    home.mkdir()
    program = Aftercare(home, **({"DATABASE_URL": database_url} if database_url else {})).ready()
    url = database_url or f"sqlite:///{home}/aftercare.db"
    with ledger_at(url) as (_, ledger):
        imports.register(ledger)
        record([_fleet()], lambda units: ledger.book(units, CALLER), lambda _unit, _outcome: None)
    return program, url


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


def imported(program: Aftercare, path: Path, *manner: str) -> Spent:
    """Import the file by the command, and return what that took."""
    mapping = path.with_suffix(".toml")
    mapping.write_text(MAPPING)
    return spent(program, "import", "--mapping", str(mapping), *manner, str(path))


def _read_alone(path: Path) -> tuple[float, float]:
    """Return the seconds, and those of processor, that reading and parsing the file takes."""
    mapping = msgspec.convert(tomllib.loads(MAPPING), Mapping)
    begun, cpu = time.perf_counter(), time.process_time()
    with read(path, mapping.files["readings"]) as reading:
        for _ in reading:
            pass
    return time.perf_counter() - begun, time.process_time() - cpu


def _ready(url: str) -> tuple[float, float]:
    """Return the seconds, and those of processor, that a ready-made fact takes in batches on the same log."""
    with open_at(url) as log:
        many, lines = ours_many(log), [line_of(BATCH) for _ in range(READY)]
        begun, cpu = time.perf_counter(), time.process_time()
        for line in lines:
            many(line)
        facts = READY * BATCH
        return (time.perf_counter() - begun) / facts, (time.process_time() - cpu) / facts


def show(kind: str, programs: list[tuple[Aftercare, str]], path: Path, rows: int) -> None:
    """Measure on logs that have the fleet and nothing else, one for each manner, and print."""
    write(path, rows)
    read_seconds, read_cpu = _read_alone(path)
    table = Table(title=f"{rows:,} rows of CSV to facts by `aftercare import`, {kind}", title_justify="left")
    columns = (
        "what",
        "rows/s",
        "CPU µs a row",
        "most memory",
        "to reading alone",
        "to ready-made facts",
        "the same, CPU",
    )
    for column in columns:
        table.add_column(column, justify="left" if column == "what" else "right")
    for (what, manner), (program, url) in zip(MANNERS.items(), programs, strict=True):
        took, (ready_seconds, ready_cpu) = imported(program, path, *manner), _ready(url)
        each, each_cpu = took.seconds / rows, took.cpu_seconds / rows
        table.add_row(
            what,
            f"{1 / each:,.0f}",
            f"{each_cpu * 1e6:.0f}",
            f"{took.peak_mib:.0f} MiB",
            f"{read_seconds / took.seconds:.3f}",
            f"{ready_seconds / each:.3f}",
            f"{ready_cpu / each_cpu:.3f}",
        )
    table.add_row("read and parsed alone", f"{rows / read_seconds:,.0f}", f"{read_cpu / rows * 1e6:.1f}")
    table.add_row("a ready-made fact, batches of 1,000", f"{1 / ready_seconds:,.0f}", f"{ready_cpu * 1e6:.1f}")
    Console(width=160).print(table)
