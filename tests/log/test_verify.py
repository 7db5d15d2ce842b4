"""Verification: a sound log gives no alarm, and no verdict says more than was looked at."""

import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from domain.log import verify as verification
from domain.log.vault import Vault
from domain.log.verify import Fault, Verdict, verify
from tests.log.recorded import HEAD, MEMBER, PUMP, all_rows, damage, found, stored
from tests.log.sealing import reopened


def test_a_sound_log_is_clean(recorded: str, vault: Vault) -> None:
    told: list[tuple[int, int]] = []
    report = verify(recorded, vault, lambda done, of: told.append((done, of)))
    assert (report.verdict, report.facts, report.findings, report.more, report.detail) == (0, HEAD, (), 0, "")
    assert report.head is not None
    assert report.head.position == HEAD
    assert told[-1] == (2 * HEAD, 2 * HEAD)


def test_an_empty_log_is_clean(database_url: str, vault: Vault) -> None:
    assert verify(database_url, vault).verdict is Verdict.CLEAN


def test_pages_make_no_difference(recorded: str, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    for size in (1, 2, 3, 7):
        monkeypatch.setattr(verification, "_PAGE", size)
        assert verify(recorded, vault).verdict is Verdict.CLEAN
    damage(recorded, "DELETE FROM fact WHERE position = 3")
    once = set(found(verify(recorded, vault)))
    for size in (1, 2, 3, 7, 1000):
        monkeypatch.setattr(verification, "_PAGE", size)
        assert set(found(verify(recorded, vault))) == once


def test_an_erased_person_is_no_fault(recorded: str, vault: Vault) -> None:
    vault.destroy(MEMBER)
    assert verify(recorded, vault).verdict is Verdict.CLEAN


def test_a_key_that_is_lost_is_told_from_one_that_was_destroyed(recorded: str, vault_url: str) -> None:
    damage(vault_url, "DELETE FROM subject_key")
    again = reopened(vault_url)
    report = verify(recorded, again)
    again.close()
    assert report.verdict is Verdict.INCOMPLETE
    assert found(report) == [(Fault.KEY_MISSING, 2), (Fault.KEY_MISSING, 2)]


def test_without_a_vault_the_verdict_is_never_clean_if_anything_is_sealed(recorded: str) -> None:
    report = verify(recorded, None)
    assert (report.verdict, report.findings) == (Verdict.INCOMPLETE, ())
    assert report.detail == "2 sealed fields were not opened: no vault was given"
    damage(recorded, "DELETE FROM fact WHERE position = 6")
    assert verify(recorded, None).verdict is Verdict.MANIPULATED


def test_what_is_not_a_log_is_not_verified(tmp_path: Path, vault: Vault, vault_url: str) -> None:
    assert verify(vault_url, vault).verdict is Verdict.NOT_RUN
    report = verify(f"sqlite:///{tmp_path}/nothing.db", vault)
    assert report.verdict is Verdict.NOT_RUN
    assert "SQLITE_CANTOPEN" in report.detail
    assert not (tmp_path / "nothing.db").exists()


def test_findings_beyond_a_bound_are_counted(recorded: str, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "MOST_FINDINGS", 3)
    damage(recorded, "UPDATE fact SET occurred_at = occurred_at + 1 WHERE position > 2")
    report = verify(recorded, vault)
    assert len(report.findings) == 3
    assert report.more > 3


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_damaged_file_is_noticed(recorded: str, vault: Vault) -> None:
    file = Path(sa.make_url(recorded).database or "")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'fact'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    octets = bytearray(file.read_bytes())
    octets[root * size - 60 : root * size] = bytes(60)
    file.write_bytes(octets)
    report = verify(recorded, vault)
    assert report.verdict is Verdict.MANIPULATED
    assert Fault.DATABASE_DAMAGED in {finding.fault for finding in report.findings}


def test_appends_meanwhile_make_no_false_alarm(recorded: str, vault: Vault) -> None:
    # A fact recorded between two pages of the sweep is beyond the snapshot.
    appended: list[int] = []

    def append(_done: int, _of: int) -> None:
        if not appended:
            appended.append(1)
            with sa.create_engine(recorded, poolclass=sa.NullPool).begin() as connection:
                connection.execute(
                    sa.text(
                        "INSERT INTO fact"
                        " (position, stream, kind, sequence, fact_key, type, occurred_at, recorded_at, body)"
                        " VALUES (9, :stream, 'equipment', 5, :key, 'equipment.released', 0, 9000000000000000, :body)"
                    ),
                    {"stream": stored(PUMP.id, recorded), "key": stored(uuid4(), recorded), "body": b"{}"},
                )

    report = verify(recorded, vault, append)
    assert appended
    assert report.verdict is Verdict.CLEAN
    assert verify(recorded, vault).verdict is Verdict.MANIPULATED


def test_verification_changes_nothing(recorded: str, vault: Vault, database_kind: str) -> None:
    before = all_rows(recorded)
    verify(recorded, vault)
    assert all_rows(recorded) == before
    if database_kind == "sqlite":
        path = sa.make_url(recorded).database or ""
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
