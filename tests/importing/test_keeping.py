"""Units that are kept outside of memory come back as they were."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from api.importing.accounts import Account
from api.importing.keeping import Kept
from api.importing.lives import Unit
from api.importing.running import record_kept
from domain.application.units import Outcome, Repeated
from domain.kernel.refusals import Unavailable
from tests.importing.mapping.files_on_disk import become, written

MAPPING = r"""
format = 1
source = "urn:test:readings"
zone = "Europe/Athens"
[files.readings]
path = ["readings.ndjson"]
columns.item = { required = true }
columns.at = { type = "moment", required = true }
columns.shown = { type = "number", required = true }
[[records]]
name = "reading"
from = "readings"
command = "equipment.record_meter_reading"
at = "{at}"
id = "{line}"
fields = { equipment_id = { id = "{item}" }, meter = "starts", value = "{shown}", unit = "1" }
[[records]]
name = "found"
from = "readings"
fact = "equipment.condition_measured"
stream = { id = "{item}" }
at = "{at}"
id = "{line}/found"
reason = "paper"
fields = { parameter = "oil", value = "{shown}", unit = "Cel" }
"""
ROW = '{{"item": "PX-{0}", "at": "2026-03-0{1}T06:00:00", "shown": {0}.50, "note": [1, {{"a": null}}], "x": 1.25}}'


def units(folder: Path, number: int) -> list[Unit]:
    rows = "\n".join(ROW.format(each, each % 9 + 1) for each in range(number))
    return become(MAPPING, *written(folder, {"readings.ndjson": rows + "\n"})).units


def test_what_is_kept_is_booked_in_one_line(tmp_path: Path) -> None:
    """What was decided of it is told to one who books: nobody else may be given a unit."""
    given, account = units(tmp_path, 250), Account()
    lines: list[Iterable[Unit]] = []

    def book(line: Iterable[Unit]) -> Iterable[tuple[Unit, Outcome]]:
        lines.append(line)
        return ((unit, Repeated()) for unit in line)

    record_kept(iter(given), account, book, lambda: None)
    assert (len(lines), account.units) == (1, 250)


@pytest.mark.parametrize("number", [0, 1, 199, 200, 201, 450])
def test_units_come_back_as_they_were(tmp_path: Path, number: int) -> None:
    given = units(tmp_path, number)
    assert len(given) == number
    with Kept() as kept:
        for unit in given:
            kept.add(unit)
        found = list(kept.units())
    assert found == given
    assert [(each.rows, each.records, each.place) for each in found] == [
        (each.rows, each.records, each.place) for each in given
    ]
    assert [type(each) for each in found] == [Unit] * number
    at = [entry.occurred_at for unit in found for entry in unit]
    assert at == [entry.occurred_at for unit in given for entry in unit]


def test_without_room_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = units(tmp_path, 200)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with Kept() as kept:
        for unit in given[:-1]:
            kept.add(unit)
        with pytest.raises(Unavailable, match="TMPDIR names a folder with more room"):
            kept.add(given[-1])
