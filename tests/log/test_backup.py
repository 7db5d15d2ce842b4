"""Backup: the whole of one moment, taken while facts are appended."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest

from domain.log import backup_sqlite
from domain.log.backup import BackupRefused, back_up_log, back_up_vault
from domain.log.backup_postgres import TABLES
from domain.log.log import open_log
from domain.log.vault import Vault
from domain.log.verify import Verdict
from tests.log.recorded import HEAD, all_rows, tables_of
from tests.log.restoring import KNOWN, TAKEN, append_member, restore


def test_the_manifest_says_what_the_backup_holds(recorded: str, vault: Vault, vault_url: str, tmp_path: Path) -> None:
    log = open_log(recorded, now=lambda: datetime.now(UTC))
    meta, head = log.meta(), log.head()
    log.close()
    manifest = back_up_log(recorded, tmp_path / "log", TAKEN)
    assert (manifest.part, manifest.format, manifest.log_id, manifest.environment) == ("log", 1, meta.log_id, "test")
    assert (manifest.head, manifest.recorded_at) == head
    assert (manifest.taken_at, manifest.revision) == (TAKEN, max(KNOWN["log"]))
    assert back_up_vault(vault_url, tmp_path / "vault", TAKEN).log_id is None
    vault.belongs_to(meta.log_id)
    assert back_up_vault(vault_url, tmp_path / "vault again", TAKEN).log_id == meta.log_id


def test_what_is_appended_between_two_steps_of_a_backup_is_not_in_it(
    recorded: str, vault: Vault, places: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup_sqlite, "_PAGES", 1)
    before, log = all_rows(recorded), open_log(recorded, now=lambda: datetime.now(UTC))
    positions: list[int] = []

    def append(done: int, of: int) -> None:
        if done < of and len(positions) < 20:
            positions.append(append_member(log, vault))

    manifest = back_up_log(recorded, tmp_path / "backup", TAKEN, append)
    log.close()
    assert positions[0] == HEAD + 1
    assert manifest.head == HEAD
    place = places("log")
    assert restore(tmp_path / "backup", place, vault).report.verdict is Verdict.CLEAN
    assert all_rows(place) == before


def test_backups_under_a_steady_writer_are_whole(
    recorded: str, vault: Vault, places: Callable[[str], str], tmp_path: Path
) -> None:
    enough, begun, log = Event(), Event(), open_log(recorded, now=lambda: datetime.now(UTC))

    def write() -> None:
        while not enough.is_set():
            append_member(log, vault)
            begun.set()

    writer = Thread(target=write)
    writer.start()
    try:
        assert begun.wait(30)
        manifests = [back_up_log(recorded, tmp_path / f"backup{each}", TAKEN) for each in range(3)]
    finally:
        enough.set()
        writer.join()
        log.close()
    rows = all_rows(recorded)
    for each, manifest in enumerate(manifests):
        place = places("log") + str(each) * (recorded.startswith("sqlite"))
        assert restore(tmp_path / f"backup{each}", place, vault).report.verdict is Verdict.CLEAN
        assert all_rows(place) == rows[: manifest.head]


def test_a_backup_goes_into_an_empty_folder_and_never_into_another_backup(
    recorded: str, vault_url: str, tmp_path: Path
) -> None:
    back_up_log(recorded, tmp_path / "log", TAKEN)
    (tmp_path / "busy").mkdir()
    (tmp_path / "busy" / "letter").write_text("kept")
    for target in (tmp_path / "log", tmp_path / "log" / "vault", tmp_path / "busy"):
        with pytest.raises(BackupRefused, match=r"outside of it|not empty"):
            back_up_vault(vault_url, target, TAKEN)
    assert (tmp_path / "busy" / "letter").read_text() == "kept"
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o700


def test_what_is_no_log_or_no_vault_is_not_backed_up(recorded: str, vault_url: str, tmp_path: Path) -> None:
    for back_up, url in (
        (back_up_log, vault_url),
        (back_up_vault, recorded),
        (back_up_log, f"sqlite:///{tmp_path}/nothing.db"),
    ):
        with pytest.raises(BackupRefused):
            back_up(url, tmp_path / "backup", TAKEN)
        assert not (tmp_path / "backup").exists()
    assert not (tmp_path / "nothing.db").exists()


def test_every_table_of_log_and_vault_is_backed_up(database_url: str, vault_url: str) -> None:
    assert set(tables_of(database_url)) == {*TABLES["log"], "log_revision"}
    assert set(tables_of(vault_url)) == {*TABLES["vault"], "vault_revision"}
