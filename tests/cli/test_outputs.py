"""Files that are written bear their names once they are whole, and nobody else's file is touched."""

import gzip
import os
from pathlib import Path

import pytest

from api.cli.outputs import CannotWrite, FileIsThere, format_suffix, output_to


def write_while_another_does(file: Path, *, force: bool) -> None:
    """Write a file, and in the midst of it the same file once more."""
    with output_to(file, force=force) as first:
        first(b"first half, ")
        with output_to(file, force=force) as second:
            second(b"whole")
        first(b"second half")


def test_two_that_write_one_file_do_not_touch_each_others(tmp_path: Path) -> None:
    file = tmp_path / "shared.ndjson"
    with pytest.raises(FileIsThere):
        write_while_another_does(file, force=False)
    assert (file.read_bytes(), list(tmp_path.iterdir())) == (b"whole", [file])
    write_while_another_does(file, force=True)
    assert (file.read_bytes(), list(tmp_path.iterdir())) == (b"first half, second half", [file])


def test_what_another_process_left_is_neither_in_the_way_nor_removed(tmp_path: Path) -> None:
    left = tmp_path / f".list.csv.{os.getpid()}.part"
    left.write_bytes(b"of another")
    for _ in range(2):
        with output_to(tmp_path / "list.csv", force=True) as write:
            write(b"whole")
    assert left.read_bytes() == b"of another"
    assert len(list(tmp_path.iterdir())) == 2


def break_off(file: Path) -> None:
    with output_to(file, force=False) as write:
        write(b"half")
        raise OSError(28, "No space left on device")


def test_what_is_cut_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="No space"):
        break_off(tmp_path / "list.csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("LOST.XLSX", ".xlsx"), ("x.CSV", ".csv"), ("x.Parquet", ".parquet"), ("X.NDJSON.GZ", ".ndjson"), ("x", "")],
)
def test_a_format_is_known_however_its_suffix_is_written(name: str, suffix: str) -> None:
    assert format_suffix(Path(name)) == suffix


def test_so_is_a_compression(tmp_path: Path) -> None:
    file = tmp_path / "X.CSV.GZ"
    with output_to(file, force=False) as write:
        write(b"whole")
    assert gzip.decompress(file.read_bytes()) == b"whole"
