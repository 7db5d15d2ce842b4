"""Readings of items that the same import puts on record, told by their serial numbers."""

from pathlib import Path

import pytest

from tests.cli.imports import on_record
from tests.cli.program import Aftercare

MAPPING = """
format = 1
source = "urn:test:items"
constants.maker = "01890a5d-ac96-774b-bcce-b302099a80aa"
[files.machines]
path = ["machines.csv"]
columns.serial = { required = true }
[files.readings]
path = ["readings.csv"]
phase = 2
columns.serial = { required = true }
columns.hours = { type = "number" }
[[records]]
name = "maker"
command = "organisation.register"
at = "2000-01-01T00:00:00Z"
id = "maker"
fields = { organisation_id = "{maker}", name = "Maker" }
[[records]]
name = "model"
command = "model.register"
at = "2000-01-01T00:00:00Z"
id = "model"
fields = { model_id = { id = "model" }, designation = "M", manufacturer_id = "{maker}" }
[[records]]
name = "taken over"
from = "machines"
command = "equipment.take_over"
at = "2020-01-01T00:00:00Z"
id = "{serial}"
[records.fields]
equipment_id = { id = "e/{serial}" }
model_id = { id = "model" }
manufacturer_id = "{maker}"
serial = "{serial}"
stage = "in_service"
operator_id = "{maker}"
[[records]]
name = "reading"
from = "readings"
command = "equipment.record_meter_reading"
at = "2021-01-01T00:00:00Z"
id = "{serial}|{line}"
[records.fields]
equipment_id = { item = "{serial}", manufacturer = "{maker}" }
meter = "operating-time"
value = "{hours}"
unit = "h"
"""
ONE_PHASE = MAPPING.replace("phase = 2\n", "")
"""Machines come first all the same: their file stands first in the mapping."""


def data(home: Path, mapping: str, *readings: str) -> tuple[str, ...]:
    """Write two machines and readings; return the arguments that import them."""
    (home / "m.toml").write_text(mapping)
    (home / "machines.csv").write_text("serial\nA\nB\n")
    (home / "readings.csv").write_text("\n".join(["serial,hours", *readings]) + "\n")
    return ("import", "--mapping", "m.toml", "machines.csv", "readings.csv")


@pytest.mark.parametrize("mapping", [MAPPING, ONE_PHASE], ids=["two phases", "one phase"])
def test_items_that_the_same_import_puts_on_record_are_found_in_every_manner(program: Aftercare, mapping: str) -> None:
    command = data(program.home, mapping, "A,10", "b,20", "A,30")
    shown = program.run(*command, "--dry-run")
    assert (shown.code, "meter_read" in shown.out, on_record(program)) == (0, True, 0), shown.err
    explained = program.run(*command, "--explain", "readings.csv:3")
    assert (explained.code, "It comes to these facts:" in explained.out, on_record(program)) == (0, True, 0)
    recorded = program.run(*command)
    assert (recorded.code, on_record(program)) == (0, 9), recorded.err
    again = program.run(*command, "--lenient")
    assert (again.code, on_record(program)) == (0, 9), again.err


def test_items_that_nobody_puts_on_record_are_told_before_anything_is(program: Aftercare) -> None:
    command = data(program.home, MAPPING, "A,10", "C,20")
    for manner in ("--dry-run",), ():
        ran = program.run(*command, *manner)
        assert (ran.code, on_record(program)) == (1, 0)
        assert "readings.csv, line 3: no-such-item: No item with the serial number “C” is on record." in ran.err
    lenient = program.run(*command, "--lenient")
    assert (lenient.code, on_record(program)) == (1, 7), lenient.err
