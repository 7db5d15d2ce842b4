"""Exports of the command line: whole files or none, in every format, and what is told where there is none."""

import csv
import gzip
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest
import zstandard
from click.testing import CliRunner

import app
from api.cli import aftercare
from api.lists import questions
from tests.cli.program import START, Aftercare, Ran
from tests.equipment.lives import RELEASED
from tests.projections.recording import ITEMS, opened, record
from tests.projections.recording import said as recorded

FACTS = [recorded(number, item, replace(RELEASED, serial=f"PX-{number}"), number) for number, item in enumerate(ITEMS)]


@pytest.fixture(scope="module")
def filled(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Aftercare:
    """A log with a few facts, which nobody changes."""
    home = tmp_path_factory.mktemp("filled") / "home"
    shutil.copytree(prepared, home)
    with closing(opened(f"sqlite:///{home}/aftercare.db")) as log:
        record(log, FACTS)
    program = Aftercare(home)
    assert export(program, "models").code == 0
    return program


def export(program: Aftercare, *arguments: str) -> Ran:
    """Run the command within this process: a new one costs a second each."""
    ran = CliRunner().invoke(aftercare, ["export", *arguments], obj=app.Program(program.environment))
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    return Ran(ran.exit_code, ran.stdout, ran.stderr)


def said(ran: Ran, code: int) -> str:
    """Return the one line that a refusal is, without how to use the command."""
    assert (ran.code, ran.out) == (code, ""), ran
    return ran.err.splitlines()[-1]


def test_a_list_is_the_same_in_every_format(filled: Aftercare, tmp_path: Path) -> None:
    *lines, end = map(json.loads, export(filled, "equipment", "--sort", "-serial").out.splitlines())
    serials = [each["serial"] for each in lines]
    assert (end["end"], serials) == (len(lines), sorted(serials, reverse=True))
    assert len(lines) > 1
    for suffix in ("csv.gz", "ndjson.zst", "xlsx", "parquet"):
        ran = export(filled, "equipment", "--sort", "-serial", "-o", str(tmp_path / f"list.{suffix}"))
        assert (ran.code, ran.out) == (0, ""), ran
    table = gzip.decompress((tmp_path / "list.csv.gz").read_bytes()).decode()
    assert [row["serial"] for row in csv.DictReader(io.StringIO(table))] == serials
    text = zstandard.ZstdDecompressor().stream_reader((tmp_path / "list.ndjson.zst").read_bytes()).read()
    assert [json.loads(line) for line in text.splitlines()] == [*lines, end]
    _, *rows = openpyxl.load_workbook(tmp_path / "list.xlsx").active.iter_rows(values_only=True)
    assert [row[1] for row in rows] == serials
    assert pq.read_table(tmp_path / "list.parquet").column("serial").to_pylist() == serials
    assert len(list(tmp_path.iterdir())) == 4


def test_a_list_is_filtered_and_of_a_moment_as_its_question_is(filled: Aftercare) -> None:
    *all_, _ = map(json.loads, export(filled, "equipment").out.splitlines())
    some = export(filled, "equipment", "--filter", f"serial={all_[0]['serial']}").out.splitlines()
    assert [json.loads(line) for line in some[:-1]] == [all_[0]]
    *_, end = map(json.loads, export(filled, "equipment", "--as-of", "1990-01-01T00:00:00Z").out.splitlines())
    assert end["end"] == 0
    *_, end = map(json.loads, export(filled, "equipment", "--recorded-as-of", "1").out.splitlines())
    assert end == {"end": 1, "position": 1}
    history = export(filled, "equipment-history", "--filter", f"equipment_id={all_[0]['id']}")
    assert history.code == 0
    assert json.loads(history.out.splitlines()[0])["stream"] == f"equipment:{all_[0]['id']}"


WRONG = [
    (("equipment", "--filter", "colour=red"), 2, "colour is not one of stage,"),
    (("equipment", "--filter", "stage"), 2, "stage is not NAME=VALUE"),
    (("equipment", "--filter", "stage=lost", "--filter", "stage=lost"), 2, "stage is given more than once"),
    (("equipment", "--filter", "stage=red"), 2, "stage is not one of released"),
    (("equipment", "--filter", "limit=3"), 2, "limit is not one of stage,"),
    (("equipment", "--sort", "price"), 2, "sort is not one of"),
    (("equipment", "--as-of", "2999-01-01T00:00:00Z"), 2, "as_of is later than now"),
    (("equipment", "--recorded-as-of", "999999"), 2, "recorded_as_of is beyond the last position"),
    (("equipment-diff", "--as-of", "2024-01-01T00:00:00Z"), 2, "No such option '--as-of'"),
    (("equipment-history",), 2, "needs --filter equipment_id=…"),
    (("equipment-history", "--filter", "equipment_id=7"), 2, "equipment_id is an id"),
    (("equipment-history", "--filter", f"equipment_id={'0' * 32}"), 1, "Nothing is on record under this id"),
    (("fleet-figures",), 2, "needs --filter from=…"),
    (("fleet",), 2, "No such command 'fleet'"),
    (("equipment", "-o", "list.doc"), 2, ".doc is no format that is written here: let FILE end with .ndjson, .csv,"),
    (("equipment", "-o", "list.doc.gz"), 2, ".doc is no format that is written here"),
    (("facts", "-o", "facts.csv"), 2, ".csv is no format that is written here: let FILE end with .ndjson, .parquet,"),
    (("facts", "--until", "999999"), 2, "the log ends at position"),
    (("facts", "--type", "equipment.vanished"), 2, "equipment.vanished is not a type of fact"),
    (("facts", "--stream", "equipment"), 2, "a stream is written <kind>:<uuid>"),
    (("facts", "--stream", "equipment:7"), 2, "a stream is written <kind>:<uuid>"),
    (("facts", "-o", "/nowhere/facts.ndjson"), 3, "/nowhere/facts.ndjson cannot be written"),
    (("equipment", "-o", "/dev/null", "--force"), 1, "/dev/null is no regular file"),
    (("equipment", "-o", "/dev"), 1, "/dev is no regular file"),
]


def test_what_cannot_be_exported_is_refused_in_one_line(filled: Aftercare, subtests: pytest.Subtests) -> None:
    for arguments, code, why in WRONG:
        with subtests.test(" ".join(arguments)):
            assert why in said(export(filled, *arguments), code)


def test_a_file_that_is_there_is_replaced_only_if_that_is_said(filled: Aftercare, tmp_path: Path) -> None:
    file = tmp_path / "models.csv"
    file.write_text("mine")
    assert "is there already" in said(export(filled, "models", "-o", str(file)), 1)
    assert file.read_text() == "mine"
    assert export(filled, "models", "-o", str(file), "--force").code == 0
    assert file.read_text().startswith("id,designation")


def test_a_full_disk_is_told_in_one_line(filled: Aftercare) -> None:
    for what in ("facts", "equipment"):
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [*START, "export", what], env=filled.environment, stdout=full, stderr=subprocess.PIPE, check=False
            )
        told = b"aftercare: Standard output cannot be written: No space left on device.\n"
        assert (done.returncode, done.stderr) == (3, told)


def test_a_reader_that_goes_away_ends_it_quietly(filled: Aftercare) -> None:
    for what in ("facts", "equipment"):
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run(
            [*START, "export", what], env=filled.environment, stdout=writing, stderr=subprocess.PIPE, check=False
        )
        os.close(writing)
        assert (done.returncode, done.stderr) == (1, b"")


_DYING = """
import os, pathlib, sys
sign = int(sys.argv.pop())
pathlib.Path.replace = lambda *_: os.kill(os.getpid(), sign)
from app import main
main()
"""


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_export_that_was_ended_leaves_no_file_under_its_name(filled: Aftercare, tmp_path: Path, sign: int) -> None:
    file = tmp_path / "facts.ndjson"
    command = [sys.executable, "-c", _DYING, "export", "facts", "-o", str(file), str(int(sign))]
    done = subprocess.run(command, env=filled.environment, capture_output=True, check=False)
    assert done.returncode == (-sign if sign == signal.SIGKILL else 1)
    assert [each.name.startswith(".facts.ndjson") for each in tmp_path.iterdir()] == [True] * (sign == signal.SIGKILL)
    under_way = tmp_path / f".facts.ndjson.{os.getppid()}.part"
    under_way.touch()
    assert export(filled, "facts", "-o", str(file)).code == 0
    assert {each.name for each in tmp_path.iterdir()} == {"facts.ndjson", under_way.name}


_DYING_IN_A_SHEET = """
import os, sys
from api.exporting_xlsx import Xlsx
sign, line = int(sys.argv.pop()), Xlsx.line
Xlsx.line = lambda *given: (line(*given), os.kill(os.getpid(), sign))[0]
from app import main
main()
"""


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_sheet_that_was_ended_leaves_no_temporary_file(filled: Aftercare, tmp_path: Path, sign: int) -> None:
    temporary, file = tmp_path / "temporary", tmp_path / "equipment.xlsx"
    temporary.mkdir()
    command = [sys.executable, "-c", _DYING_IN_A_SHEET, "export", "equipment", "-o", str(file), str(int(sign))]
    environment = {**filled.environment, "TMPDIR": str(temporary)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (-sign if sign == signal.SIGKILL else 1, False), done.stderr
    assert [*temporary.iterdir()] == []
    assert not file.exists()


def test_facts_are_chosen_and_a_table_has_them_all(filled: Aftercare, tmp_path: Path) -> None:
    assert export(filled, "facts", "-o", str(tmp_path / "facts.parquet")).code == 0
    *lines, end = export(filled, "facts").out.splitlines()
    table = pq.read_table(tmp_path / "facts.parquet")
    assert table.schema.metadata[b"aftercare"].decode() == lines[0]
    for row, line in zip(table.to_pylist(), lines[1:], strict=True):
        assert f'{{"position":{row["position"]},"sequence":{row["sequence"]},' in line
        assert line.endswith(f'"body":{row["body"]}}}')
        told = json.loads(row["body"])
        assert (told["id"], told["type"], told["version"]) == (row["id"], row["type"], row["version"])
        assert told["stream"] == f"{row['kind']}:{row['stream']}"
    stream = json.loads(lines[1])["body"]["stream"]
    head, *some, last = map(json.loads, export(filled, "facts", "--stream", stream).out.splitlines())
    assert head["only"] == {"stream": [stream]}
    assert {each["body"]["stream"] for each in some} == {stream}
    assert (last["end"], last["position"]) == (len(some), json.loads(end)["position"])
    *_, last = map(json.loads, export(filled, "facts", "--until", "2", "--type", "model.registered").out.splitlines())
    assert last["position"] == 2


def test_every_list_is_named_with_its_filters(filled: Aftercare) -> None:
    ran = export(filled, "--list")
    assert ran.code == 0
    for name in ("facts", "equipment", "equipment-history", "fleet-figures", "open-faults", "serial_prefix"):
        assert name in ran.out


def test_what_every_list_offers_is_what_its_question_takes(subtests: pytest.Subtests) -> None:
    for name, question in questions().items():
        with subtests.test(name):
            told = CliRunner().invoke(aftercare, ["export", name, "--help"]).output
            offered = {each for each in ("as_of", "recorded_as_of", "sort") if f"--{each.replace('_', '-')} " in told}
            assert offered == {each.name for each in question.parameters} & {"as_of", "recorded_as_of", "sort"}
