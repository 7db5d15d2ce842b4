"""CSV as it is met with: what a row has wrong is told with its line, and every other row is read."""

from pathlib import Path

import pytest

from api.importing.mapping import Shape
from api.importing.readers import Limits
from api.importing.rows import Unread
from tests.importing.readers.written import told_of


@pytest.mark.parametrize(
    ("data", "findings", "cells"),
    [
        pytest.param(b"", [(0, "empty-file", None)], [], id="no bytes"),
        pytest.param(b"\n\r\n", [(0, "empty-file", None)], [], id="blank lines alone"),
        pytest.param(b"a,b\n", [], [], id="a header alone"),
        pytest.param(b"a,b\n1,2", [], [["1", "2"]], id="no last line end"),
        pytest.param(b" a , b\n1, 2\n", [], [["1", " 2"]], id="blanks around names"),
        pytest.param(b"a,b\n1,2\na,b\n3,4\n", [(3, "header-again", None)], [["1", "2"], ["3", "4"]], id="header twice"),
        pytest.param(
            b"\xef\xbb\xbfa,b\n1,2\n\xef\xbb\xbfa,b\n3,4\n", [(3, "header-again", None)], [["1", "2"], ["3", "4"]],
            id="two files put together, each with a mark",
        ),
        pytest.param(b"a,b\n1,2\n\xef\xbb\xbf3,4\n", [], [["1", "2"], ["3", "4"]], id="a mark in the middle"),
        pytest.param(
            b'a,b\n1,2\n\xef\xbb\xbf"2"x,b\n3,4\n', [(3, "stray-quote", None)], [["1", "2"], ["3", "4"]],
            id="a mark in the middle, then a quote too many",
        ),
        pytest.param(b"a,b,a\n1,2,3\n", [(1, "column-twice", "a")], [], id="two columns of one name"),
        pytest.param(b"a,,c\n1,2,3\n", [], [["1", "2", "3"]], id="a column without a name"),
        pytest.param(
            b"a,b\n1\n1,2,3\n4,5\n", [(2, "wrong-number-of-cells", None), (3, "wrong-number-of-cells", None)],
            [["4", "5"]], id="shifted columns",
        ),
        pytest.param(b"a,b\n1,\0\n3,4\n", [(2, "nul-character", "b")], [["3", "4"]], id="NUL"),
        pytest.param(b"a,b\r\n1,2\n3,4\r\n", [], [["1", "2"], ["3", "4"]], id="CRLF mixed with LF"),
        pytest.param(b"a,b\r1,2\r3,4\r", [], [["1", "2"], ["3", "4"]], id="CR alone"),
        pytest.param(b'a,b\n1,"x\r\n\r\ny"\n3,4\n', [], [["1", "x\r\n\r\ny"], ["3", "4"]], id="line ends in a cell"),
        pytest.param(b'a,b\n1,"x"y\n3,4\n', [(2, "stray-quote", None)], [["3", "4"]], id="a quote too many"),
        pytest.param(b'a,b\n1,2\n3,"x\n', [(3, "unclosed-quote", None)], [["1", "2"]], id="an unclosed quote"),
        pytest.param(
            b'a,b\n1,2\n3,"x\n4,"y"\n5,6\n', [(3, "unclosed-quote", None)], [["1", "2"]],
            id="an unclosed quote that a later one seems to close",
        ),
        pytest.param(b'a,b\n1,5" pipe\n', [], [["1", '5" pipe']], id="a quote inside a cell without quotes"),
        pytest.param(
            b"a,b\n1,\xc3\xa9\n2,\xe9\n3,4\n", [(3, "not-in-this-encoding", "b")], [["1", "é"], ["3", "4"]],
            id="mixed encodings",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_and_the_rest_is_read(
    data: bytes, findings: list[tuple[int, str, str | None]], cells: list[list[str]], tmp_path: Path
) -> None:
    told = told_of(tmp_path, "file.csv", data)
    assert (told.findings, told.cells) == (findings, cells)


def test_the_line_is_the_one_in_which_the_row_begins(tmp_path: Path) -> None:
    told = told_of(tmp_path, "file.csv", b'a,b\r\n\r\n1,"x\ny"\r3,4\n\n"\n",6\n7,8')
    assert told.lines == [3, 5, 7, 9]
    assert told.rows[0].place.file == "file.csv"  # type: ignore[union-attr]


def test_what_was_not_read_is_shown_as_it_stands_with_bytes_that_are_no_text_escaped(tmp_path: Path) -> None:
    told = told_of(tmp_path, "file.csv", b'a,b\n1,"\xe9\n"\n2,\xc3\xa9\n3,4,"5"\r\n')
    unread = [row for row in told.rows if isinstance(row, Unread)]
    assert [row.original for row in unread] == ['1,"\\xe9\n"', '3,4,"5"']
    assert unread[1].finding.sentence == "The row has 3 cells, not 2."


def test_a_row_after_a_mark_in_the_middle_is_shown_as_it_stands(tmp_path: Path) -> None:
    told = told_of(tmp_path, "file.csv", b'a,b\n1,2\n\xef\xbb\xbf"2"x,b\n3,4\n')
    assert [row.original for row in told.rows if isinstance(row, Unread)] == ['\ufeff"2"x,b']


def test_what_is_shown_of_a_row_is_bounded(tmp_path: Path) -> None:
    told = told_of(tmp_path, "file.csv", b"a,b\n" + b"x" * 200_000 + b"\n")
    assert isinstance(told.rows[0], Unread)
    assert 65_000 < len(told.rows[0].original) < 66_000
    assert told.rows[0].original.endswith("… (200000 characters)")


SMALL = Limits(cell=100, row=10_000)


@pytest.mark.parametrize("cell", [b"x" * 101, b'"' + b"x\n" * 51 + b'"'], ids=["one line", "many lines"])
def test_a_cell_that_is_too_large_is_told_by_its_column_and_the_rest_is_read(cell: bytes, tmp_path: Path) -> None:
    told = told_of(tmp_path, "file.csv", b"a,b\n1," + cell + b"\n" + b"3,4\n", limits=SMALL)
    assert (told.findings, told.cells) == ([(2, "cell-too-large", "b")], [["3", "4"]])


@pytest.mark.parametrize("size", [262_130, 262_140, 262_143, 262_144, 262_145, 600_000])
@pytest.mark.parametrize("pattern", [b"x", b"x\n", b"\r\n", b'""', b"x\r"], ids=repr)
def test_a_row_that_is_too_large_is_left_out_wherever_pieces_end(size: int, pattern: bytes, tmp_path: Path) -> None:
    inside = (pattern * size)[:size]
    inside = inside.removesuffix(b'"') if inside.count(b'"') % 2 else inside
    data = b'a,b\n0,0\n1,"' + inside + b'",2\n3,4\n'
    told = told_of(tmp_path, "file.csv", data, limits=SMALL)
    ends = inside.count(b"\n") + inside.count(b"\r") - inside.count(b"\r\n")
    assert [(line, code.endswith("-too-large")) for line, code, _ in told.findings] == [(3, True)]
    assert (told.cells, told.lines) == ([["0", "0"], ["3", "4"]], [2, 4 + ends])


def test_a_quote_that_is_never_closed_is_told_by_the_line_where_it_opens_however_much_follows(tmp_path: Path) -> None:
    told = told_of(tmp_path, "file.csv", b'a,b\n1,2\n3,"x\n' + b"5,6\n" * 500_000, limits=SMALL)
    assert (told.findings, told.cells) == ([(3, "unclosed-quote", None)], [["1", "2"]])


@pytest.mark.parametrize(
    ("data", "described"),
    [
        (b"a;b;c\n1,5;2;3\n", "CSV in UTF-8, cells separated by ;, 3 columns"),
        (b"\xef\xbb\xbfa|b\n1|2,3\n", "CSV in UTF-8 with byte-order mark, cells separated by |, 2 columns"),
        (b"a\tb\n1,2\t3,4\n", "CSV in UTF-8, cells separated by tab, 2 columns"),
        (b"note\nred\nblue\n", "CSV in UTF-8, cells separated by ,, 1 column"),
        ("a;b\n1;é\n".encode("utf-16"), "CSV in UTF-16-LE with byte-order mark, cells separated by ;, 2 columns"),
        ("a;b\n1;é\n".encode("utf-16-be"), "CSV in UTF-16-BE, cells separated by ;, 2 columns"),
    ],
)
def test_how_a_file_is_written_is_found_out_and_told(data: bytes, described: str, tmp_path: Path) -> None:
    told = told_of(tmp_path, "file.csv", data)
    assert (told.described, told.findings, len(told.rows)) == (described, [], data.count(b"\n") - 1)


def test_quotes_escaped_by_a_backslash_are_found_out_and_other_backslashes_stay(tmp_path: Path) -> None:
    told = told_of(tmp_path, "file.csv", b'a,b\n1,"He said \\"no, no\\" in C:\\temp"\n2,"a\\\\b"\n')
    assert (told.cells, told.findings) == ([["1", 'He said "no, no" in C:\\temp'], ["2", "a\\b"]], [])


def test_cells_in_single_quotes_are_found_out(tmp_path: Path) -> None:
    assert told_of(tmp_path, "file.csv", b"'a','b'\n'1','x,y'\n").cells == [["1", "x,y"]]


def test_what_is_named_wins(tmp_path: Path) -> None:
    data = "a;b\n1;€\n".encode("cp1252")
    shape = Shape(encoding="cp1252", separator=",", quote="")
    assert told_of(tmp_path, "file.csv", data, shape).cells == [["1;€"]]
    assert told_of(tmp_path, "file.csv", data, Shape(encoding="klingon")).findings == [(0, "encoding-unknown", None)]


def test_a_guess_of_an_encoding_is_told_as_one(tmp_path: Path) -> None:
    text = "nom,ville\n" + "".join(f"Amélie {n},Besançon près de Dôle\n" for n in range(50))
    told = told_of(tmp_path, "file.csv", text.encode("cp1252"))
    assert "(a guess)" in told.described
    assert told.cells[0] == ["Amélie 0", "Besançon près de Dôle"]


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("cp1252", "Störung Geräusch"),
        ("cp1252", "défaut vérifié à l'arrêt"),
        ("cp1252", "avería señal mañana"),
        ("cp1252", "støj lækage ændret på"),
        ("cp1250", "błąd łożysko źródło"),
        ("cp1251", "утечка перегрев"),
        ("cp1253", "βλάβη θόρυβος διαρροή"),
    ],
)
def test_a_few_words_are_taken_for_what_they_most_likely_are(encoding: str, words: str, tmp_path: Path) -> None:
    text = "no;what\n" + "".join(f"{n};{words}\n" for n in range(3))
    assert told_of(tmp_path, "file.csv", text.encode(encoding)).cells[0] == ["0", words]


def test_columns_without_a_header_are_numbered(tmp_path: Path) -> None:
    told = told_of(tmp_path, "file.csv", b"x,y\n1,2\nx,y\n", Shape(header=False))
    assert (told.columns, told.cells) == (("1", "2"), [["x", "y"], ["1", "2"], ["x", "y"]])


def test_lines_before_the_header_are_left_out_and_counted(tmp_path: Path) -> None:
    told = told_of(tmp_path, "file.csv", b'Report, "of today\n\na;b\n1;2\n', Shape(skip=2))
    assert (told.columns, told.lines, told.cells) == (("a", "b"), [4], [["1", "2"]])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_that_are_left_out_do_not_tell_how_the_others_are_written(end: str, tmp_path: Path) -> None:
    text = end.join(["Report, of, all, of, it", "a;b", "1;2", ""])
    told = told_of(tmp_path, "file.csv", text.encode(), Shape(skip=1))
    assert (told.columns, told.cells) == (("a", "b"), [["1", "2"]])


def test_a_line_before_the_header_may_be_too_long(tmp_path: Path) -> None:
    data = b"x" * 600_000 + b"\na;b\n1;2\n"
    told = told_of(tmp_path, "file.csv", data, Shape(skip=1, separator=";"), limits=SMALL)
    assert (told.columns, told.lines, told.cells) == (("a", "b"), [3], [["1", "2"]])


def test_tsv_is_known_by_its_name(tmp_path: Path) -> None:
    assert told_of(tmp_path, "file.tsv", b"a,b\tc\n1,2\t3\n").cells == [["1,2", "3"]]


@pytest.mark.parametrize("encoding", ["idna", "punycode", "undefined", "rot13", "no-such"])
def test_an_encoding_in_which_no_file_is_written_is_refused(encoding: str, tmp_path: Path) -> None:
    for data in (b"a,b\n1,2\n", b"a,b\n1,\xff..\n"):
        told = told_of(tmp_path, "file.csv", data, Shape(encoding=encoding))
        assert told.findings == [(0, "encoding-unknown", None)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-7", "shift_jis", "cp1252", "utf-8-sig"])
def test_an_encoding_in_which_files_are_written_is_read(encoding: str, tmp_path: Path) -> None:
    told = told_of(tmp_path, "file.csv", "a,b\n1,x\n".encode(encoding), Shape(encoding=encoding))
    assert (told.cells, told.findings) == ([["1", "x"]], [])
