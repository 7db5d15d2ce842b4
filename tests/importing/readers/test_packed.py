"""Packed files: read as streams, by what they are and not by what they are called, and never more than is allowed."""

import gzip
import io
import stat
import struct
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import zstandard

from api.importing.entries import Place
from api.importing.mapping import Shape
from api.importing.readers import Limits, read
from api.importing.readers.packed import unpacked
from api.importing.readers.streams import Counted, Stream
from api.importing.rows import FileFault, Row
from tests.importing.readers.written import told_of, zipped

ROWS = [[str(number), f"x{number * number * 7919 % 99_991}"] for number in range(20_000)]
DATA = b"a,b\n" + "".join(f"{','.join(row)}\n" for row in ROWS).encode()


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": partial(gzip.compress, compresslevel=1),
    "zstd": zstd,
    "zip": lambda data: zipped({"file.csv": data}),
}


@pytest.mark.parametrize("name", ["file.csv", "file.csv.gz", "file.zip", "file"])
@pytest.mark.parametrize("packing", PACKED)
def test_a_packed_file_is_read_whatever_it_is_called(packing: str, name: str, tmp_path: Path) -> None:
    told = told_of(tmp_path, name, PACKED[packing](DATA))
    assert told.described == f"CSV in UTF-8, cells separated by ,, 2 columns, in {packing}"
    assert (told.cells, told.findings) == (ROWS, [])


@pytest.mark.parametrize("packing", PACKED)
@pytest.mark.parametrize("missing", [1, 9, 1000, 50_000])
def test_of_a_file_that_is_cut_short_the_whole_rows_are_read(packing: str, missing: int, tmp_path: Path) -> None:
    told = told_of(tmp_path, "file", PACKED[packing](DATA)[:-missing], Shape(compression=packing))  # type: ignore[arg-type]
    assert told.fault is not None
    assert told.fault.code == "truncated"
    assert told.cells == ROWS[: len(told.cells)]
    in_contents = told.fault.place.file == "file" and packing == "zip"  # all rows are there: it came after them
    assert told.fault.place.line == (told.lines[-1] if told.lines and not in_contents else 0)
    assert len(told.cells) >= (0 if missing == 50_000 else 9_000)


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_streams_in_a_row_are_one_file_and_zeros_at_its_end_are_nothing(packing: str, tmp_path: Path) -> None:
    pack = PACKED[packing]
    told = told_of(tmp_path, "file", pack(DATA[:1000]) + pack(DATA[1000:]) + bytes(1000))
    assert (told.cells, told.findings) == (ROWS, [])


def test_frames_that_hold_none_of_the_data_are_passed_over(tmp_path: Path) -> None:
    """`pzstd` writes one before each frame, with the size of that; others may stand at the end, and hold anything."""
    frames = [zstd(DATA[:70_000]), zstd(DATA[70_000:])]
    data = b"".join(struct.pack("<III", 0x184D2A50, 4, len(frame)) + frame for frame in frames)
    told = told_of(tmp_path, "file.csv.zst", data + struct.pack("<II", 0x184D2A5F, 3_000) + b"x" * 3_000)
    assert (told.described[-9:], told.cells, told.findings) == (", in zstd", ROWS, [])
    cut = told_of(tmp_path, "cut.csv.zst", data + struct.pack("<II", 0x184D2A5F, 3_000) + b"x" * 2_000)
    assert (cut.cells, [code for _, code, _ in cut.findings]) == (ROWS, ["truncated"])


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_streams_of_a_byte_each_come_out_joined(packing: str, tmp_path: Path) -> None:
    """Else a row would be put together byte after byte, in the square of its length."""
    streams = b"".join(PACKED[packing](bytes([byte])) for byte in DATA[:20_000]) + bytes(10) + PACKED[packing](b"!")
    (tmp_path / "file").write_bytes(streams)
    with (tmp_path / "file").open("rb") as file:
        pieces = list(unpacked(packing, Counted(file, len(streams), 1_000), Limits()))
    assert (b"".join(pieces), len(pieces)) == (DATA[:20_000] + b"!", 1)
    (tmp_path / "file").write_bytes(streams[:-3])
    with (tmp_path / "file").open("rb") as file:
        stream = Stream(unpacked(packing, Counted(file, len(streams), 1_000), Limits()))
        assert stream.peek(30_000).removesuffix(b"!") == DATA[:20_000]
        assert stream.broken is not None


@pytest.mark.parametrize("packing", PACKED)
def test_what_was_damaged_is_told(packing: str, tmp_path: Path) -> None:
    data = bytearray(PACKED[packing](DATA))
    data[len(data) // 2] ^= 0xFF
    told = told_of(tmp_path, "file", bytes(data), Shape(compression=packing))  # type: ignore[arg-type]
    assert told.fault is not None
    assert told.fault.code == "damaged"


@pytest.mark.parametrize("packing", PACKED)
def test_what_unpacks_to_too_much_is_refused_while_it_is_read(packing: str, tmp_path: Path) -> None:
    bomb = PACKED[packing](b"a,b\n" + b"1,2\n" * 300_000)
    told = told_of(tmp_path, "file", bomb, limits=Limits(small=100_000))
    assert told.fault is not None
    assert told.fault.code == "unpacks-to-too-much"
    assert "more than 200 times its size" in told.fault.sentence
    assert len(told.rows) < 300_000


def test_what_unpacks_to_more_bytes_than_allowed_is_refused(tmp_path: Path) -> None:
    told = told_of(tmp_path, "file", gzip.compress(DATA), limits=Limits(unpacked=100_000))
    assert told.fault is not None
    assert (told.fault.code, "100000 bytes" in told.fault.sentence) == ("unpacks-to-too-much", True)


def test_members_of_an_archive_are_read_by_name_and_are_part_of_the_place(tmp_path: Path) -> None:
    members = {
        "b.csv": b"a,b\n3,4\n",
        "in/a.csv": b"b,a\n6,5\n",
        "notes.txt": b"x",
        "__MACOSX/a.csv": b"\0",
        ".c.csv": b"",
    }
    told = told_of(tmp_path, "all.zip", zipped(members), Shape(inside="[a-z].csv"))
    places = [Place("all.zip/b.csv", 2), Place("all.zip/in/a.csv", 2)]
    assert [row.place for row in told.rows if isinstance(row, Row)] == places


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"../x.csv": b"a\n"}, "path-outside"),
        ({"/etc/x.csv": b"a\n"}, "path-outside"),
        ({"C:\\x.csv": b"a\n"}, "path-outside"),
        ({"x\\..\\..\\y.csv": b"a\n"}, "path-outside"),
        ({"x.zip": zipped({"y.csv": b"a\n"})}, "zip-in-zip"),
        ({"x.csv.gz": gzip.compress(b"a\n")}, "packed-twice"),
        ({".hidden": b"a\n"}, "nothing-inside"),
        ({}, "nothing-inside"),
        ({"x.csv": b""}, "empty-file"),
        ({"x.csv": b"a\n1\n", "y.csv": b"b\n1\n"}, "other-columns"),
    ],
)
def test_archives_that_are_not_read(members: dict[str, bytes], code: str, tmp_path: Path) -> None:
    told = told_of(tmp_path, "file.zip", zipped(members))
    assert [found for _, found, _ in told.findings] == [code]


@pytest.mark.parametrize("more", [64, -64, 1 << 31])
def test_an_archive_whose_table_points_elsewhere_is_told(more: int, tmp_path: Path) -> None:
    data = bytearray(zipped({"x.csv": b"a\n1\n"}))
    at = data.rfind(b"PK\x05\x06") + 16
    (offset,) = struct.unpack_from("<L", data, at)
    struct.pack_into("<L", data, at, max(offset + more, 0))
    (finding,) = told_of(tmp_path, "file.zip", bytes(data)).findings
    assert finding[1] in {"damaged", "truncated"}


def test_of_an_archive_that_is_cut_short_and_begins_with_a_folder_the_whole_members_are_read(tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.mkdir("data")
        file.writestr("data/a.csv", "a,b\n1,2\n")
        file.writestr("data/empty.txt", "")
        file.writestr("data/b.csv", "a,b\n3,4\n")
    told = told_of(tmp_path, "cut.zip", archive.getvalue()[:-80], Shape(inside="*.csv"))
    assert (told.cells, [code for _, code, _ in told.findings]) == ([["1", "2"], ["3", "4"]], ["truncated"])


def test_what_else_is_in_an_archive_is_told_with_what_leaves_it_out(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "file.zip", "w") as archive:
        archive.writestr("data.csv", "a,b\n1,2\n")
        archive.writestr("readme.txt", "Hello\nWorld\n")
    with read(tmp_path / "file.zip", Shape()) as reading, pytest.raises(FileFault, match=r'inside = "\*\.csv"'):
        list(reading)
    with read(tmp_path / "file.zip", Shape(inside="*.csv")) as reading:
        assert len(list(reading)) == 1


def test_an_encrypted_archive_is_told(tmp_path: Path) -> None:
    data = bytearray(zipped({"x.csv": b"a\n1\n"}))
    data[6] |= 1  # as the head of the member says it, and the table of contents
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert told_of(tmp_path, "file.zip", bytes(data)).findings == [(0, "encrypted", None)]


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        link = zipfile.ZipInfo("x.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "/etc/passwd")
    assert told_of(tmp_path, "file.zip", archive.getvalue()).findings == [(0, "not-a-regular-file", None)]


def test_a_packing_that_is_not_the_one_named_is_told(tmp_path: Path) -> None:
    assert told_of(tmp_path, "x", b"a\n1\n", Shape(compression="gzip")).findings == [(0, "packed-otherwise", None)]


@pytest.mark.parametrize("missing", [0, 30], ids=["whole", "cut short"])
def test_two_files_of_one_name_in_an_archive_are_refused(missing: int, tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("in.csv", "a\n1\n")
        with pytest.warns(UserWarning, match="Duplicate name"):
            file.writestr("in.csv", "a\n2\n")
    told = told_of(tmp_path, "file.zip", archive.getvalue()[: -missing or None])
    assert told.fault is not None
    sentence = "The archive has two files of the name in.csv: rows are known by it. Pack it anew."
    assert (told.cells, told.fault.code, told.fault.sentence) == ([["1"]], "file-name-twice", sentence)
