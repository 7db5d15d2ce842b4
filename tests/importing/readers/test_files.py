"""Which files are read."""

import json
import os
from pathlib import Path

import openpyxl
import pytest

from api.importing.entries import Place
from api.importing.mapping import Shape
from api.importing.readers import Limits, files_of, read
from api.importing.rejects import Rejects
from api.importing.rows import FileFault, Finding, Row
from tests.importing.readers.written import Told, told, told_of


def test_files_stand_in_the_order_of_the_patterns_then_of_their_names_and_once(tmp_path: Path) -> None:
    for name in ("b1.csv", "a1.csv", "a2.csv.gz", "c.txt", "deep/a3.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = files_of([tmp_path, tmp_path / "a1.csv", tmp_path / "." / "b1.csv"], ["b*.csv", "*.csv"])
    assert [path.name for path in found] == ["b1.csv", "a1.csv", "a2.csv.gz"]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileFault, match=r"gone\.csv: file-missing"):
        files_of([tmp_path / "gone.csv"], ["*"])
    with pytest.raises(FileFault, match=r"gone\.csv: file-missing"):
        read(tmp_path / "gone.csv", Shape())


def test_links_pipes_folders_and_devices_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a\n1\n")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    os.mkfifo(tmp_path / "pipe")
    told = {
        tmp_path / "link": f"It is a link to {tmp_path}/file; links are not followed: name the file itself.",
        tmp_path / "pipe": "It is a pipe; only files are read.",
        tmp_path: "It is a folder; only files are read.",
        Path("/dev/zero"): "It is a device; only files are read.",
    }
    for path, sentence in told.items():
        with pytest.raises(FileFault) as refused:
            read(path, Shape())
        assert str(refused.value) == f"{path}: not-a-regular-file: {sentence}"


def test_what_is_found_out_stands_in_the_shape(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"a;b\n1;2\n")
    with read(tmp_path / "file", Shape(), name="other") as reading:
        assert reading.shape == Shape(
            format="csv", compression="none", encoding="utf-8", separator=";", quote='"', escape=""
        )
        assert [row.place.file for row in reading] == ["other"]  # type: ignore[union-attr]


@pytest.mark.parametrize(("number", "codes"), [(5, []), (6, ["too-many-columns"])])
def test_a_file_of_too_many_columns_is_refused(number: int, codes: list[str], tmp_path: Path) -> None:
    limits, names = Limits(columns=5), [f"c{at}" for at in range(number)]
    line = ",".join(names).encode()
    for header in (True, False):
        assert code_of(told_of(tmp_path, "a.csv", line + b"\n" + line, Shape(header=header), limits)) == codes
    book = openpyxl.Workbook()
    book.active.append(names)
    book.save(tmp_path / "b.xlsx")
    assert code_of(told(tmp_path / "b.xlsx", None, limits)) == codes
    row = json.dumps(dict.fromkeys(names, 1)).encode()
    assert code_of(told_of(tmp_path, "a.ndjson", row, None, limits)) == codes


def test_rejects_of_a_file_with_as_many_columns_as_may_be_are_read_back(tmp_path: Path) -> None:
    names = tuple(f"c{at}" for at in range(5))
    row = Row(Place("a.ndjson", 1), dict.fromkeys(names, 1))
    with Rejects(tmp_path) as rejects:
        rejects.row("a", names, row, Finding(row.place, "wrong", "It is wrong."), typed=True)
    assert told(tmp_path / "a.rejects.csv", None, Limits(columns=5)).rows == [row]


def code_of(found: Told) -> list[str]:
    return [code for _, code, _ in found.findings if code != "header-again"]
