"""However long a file is, reading it takes no more memory than its beginning."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MOST_GROWTH = 24 << 20
"""Bytes between the first rows and the last: pieces in flight, and what the allocator keeps."""

PROGRAM = """
import sys
from pathlib import Path
from api.importing.mapping import Shape
from api.importing.readers import Limits, read
from api.importing.rows import FileFault

def peak():  # of this program alone: what `resource` tells counts that of the process that started it
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))

with read(Path(sys.argv[1]), Shape(), limits=Limits(ratio=10_000)) as reading:
    rows, first = 0, 0
    try:
        for row in reading:
            rows += 1
            first = first or (rows == 20_000 and peak())
    except FileFault as fault:
        print(fault.finding.code)
    first = first or int(sys.argv[2])
print(rows, peak() - first)
"""


def growth(path: Path, before: int = 0) -> tuple[str, int]:
    """Read a file in a process of its own; return what it tells, and by how many bytes its memory grew."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path), str(before)], cwd=ROOT, check=True, capture_output=True, text=True
    )
    *told, last = done.stdout.split()
    return " ".join(told), int(last) * 1024


LINE = b'2024-01-05T06:07:08,%07d,"' + b"some text, and more, " * 8 + b'",1.50,,x\n'


def fill(path: Path, head: bytes, piece: bytes, times: int, tail: bytes = b"") -> Path:
    with path.open("wb") as file:
        file.write(head)
        for _ in range(times):
            file.write(piece)
        file.write(tail)
    return path


@pytest.mark.parametrize(("end", "thousands"), [(b"\n", 500), (b"\r", 100)], ids=["LF", "CR"])
def test_a_long_csv_takes_no_more_memory_than_its_first_rows(end: bytes, thousands: int, tmp_path: Path) -> None:
    piece = b"".join(LINE % number for number in range(1000)).replace(b"\n", end)
    path = fill(tmp_path / "file.csv", b"at,id,text,number,none,x" + end, piece, thousands)
    assert path.stat().st_size > thousands * 200_000
    told, grown = growth(path)
    assert told == str(thousands * 1000)
    assert grown < MOST_GROWTH


def test_a_long_json_document_takes_no_more_memory_than_its_first_rows(tmp_path: Path) -> None:
    piece = b'{"id":12345,"text":"%s"},' % (b"x" * 300)
    path = fill(tmp_path / "file.json", b"[", piece * 1000, 100, b'{"id":1}]')
    told, grown = growth(path)
    assert told == "100001"
    assert grown < MOST_GROWTH


def test_a_quote_that_is_never_closed_takes_no_more_than_a_row_may(tmp_path: Path) -> None:
    path = fill(tmp_path / "file.csv", b'a,b\n1,"', b"2,3\n" * 100_000, 200)
    told, grown = growth(path)
    assert told == "unclosed-quote 0"
    assert grown < 300 << 20  # 80 MB, of which it holds 16, in a process that starts with some 60
