"""Backup and restore: the same rows byte for byte, taken while facts are appended, and never half restored."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from uuid import uuid4

import pytest
import sqlalchemy as sa

from domain.log import backup_sqlite
from domain.log.backup import (
    BackupRefused,
    Restored,
    back_up_log,
    back_up_vault,
    restore_log,
    restore_vault,
)
from domain.log.backup_files import MANIFEST
from domain.log.backup_postgres import TABLES
from domain.log.codec import Draft, decode, encode
from domain.log.contract import Appended, Proposal
from domain.log.log import Log, open_log
from domain.log.vault import Vault, new_wrapping_key, open_vault, parse_wrapping_keys
from domain.log.verify import Fault, Verdict, verify
from domain.parties.organisation import MemberAdded
from migrations import known_revisions, require_current
from tests.log.recorded import CALLER, HEAD, ORGANISATION, START, all_rows, damage, record, tables_of

KEYS = parse_wrapping_keys(new_wrapping_key("first"))
TAKEN = datetime(2026, 6, 1, 12, tzinfo=UTC)
KNOWN = {part: known_revisions(part) for part in ("log", "vault")}


@pytest.fixture
def vault(vault_url: str) -> Iterator[Vault]:
    opened = open_vault(vault_url, KEYS)
    yield opened
    opened.close()


@pytest.fixture
def recorded(database_url: str, vault: Vault) -> str:
    """The URL of a log with facts on record."""
    record(database_url, vault)
    return database_url


@pytest.fixture
def places(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Give places that a log or a vault can be restored into."""
    made: list[str] = []

    def place(part: str) -> str:
        if database_kind == "sqlite":
            return f"sqlite:///{tmp_path}/restored/{part}{len(made)}.db"
        templates = request.getfixturevalue("postgres_templates")
        made.append(request.getfixturevalue("postgres").create_database(templates[0 if part == "log" else 1]))
        return made[-1]

    yield place
    for url in made:
        request.getfixturevalue("postgres").drop_database(url)


def restore(source: Path, url: str, vault: Vault | None) -> Restored:
    return restore_log(source, url, vault, KNOWN["log"])


def append_member(log: Log, vault: Vault) -> int:
    """Record one more fact with sealed fields; return its position."""
    fact = MemberAdded(member_id=uuid4(), name="Member 2", email="member2@example.org", role="service")
    draft = Draft(ORGANISATION, fact, START + timedelta(days=50), uuid4())
    outcome = log.append(Proposal((encode(draft, CALLER, vault),), ()))
    assert isinstance(outcome, Appended)
    return outcome.first_position


def test_a_restored_log_is_the_same_byte_for_byte(
    recorded: str, vault: Vault, places: Callable[[str], str], tmp_path: Path
) -> None:
    place = places("log")
    back_up_log(recorded, tmp_path / "backup", TAKEN)
    restored = restore(tmp_path / "backup", place, vault)
    assert restored.in_place
    assert restored.report.verdict is Verdict.CLEAN
    assert restored.report.facts == HEAD
    assert tables_of(place) == tables_of(recorded)
    assert all_rows(place) == all_rows(recorded)


def test_a_restored_vault_is_the_same_byte_for_byte_and_opens_the_restored_log(
    recorded: str, vault_url: str, places: Callable[[str], str], tmp_path: Path
) -> None:
    back_up_log(recorded, tmp_path / "log", TAKEN)
    back_up_vault(vault_url, tmp_path / "vault", TAKEN)
    vault_place, log_place = places("vault"), places("log")
    restore_vault(tmp_path / "vault", vault_place, KNOWN["vault"])
    assert tables_of(vault_place) == tables_of(vault_url)
    reopened = open_vault(vault_place, KEYS)
    assert restore(tmp_path / "log", log_place, reopened).report.verdict is Verdict.CLEAN
    fact = decode(all_rows(log_place)[1], reopened).fact
    assert isinstance(fact, MemberAdded)
    assert (fact.name, reopened.find("email", "member1@example.org")) == ("Member 1", [fact.member_id])
    reopened.close()


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


def test_a_restored_log_goes_on_where_it_ended_and_still_refuses_changes(
    recorded: str, vault: Vault, places: Callable[[str], str], tmp_path: Path
) -> None:
    place = places("log")
    back_up_log(recorded, tmp_path / "backup", TAKEN)
    restore(tmp_path / "backup", place, vault)
    require_current(place)
    log = open_log(place, now=lambda: datetime.now(UTC))
    assert append_member(log, vault) == HEAD + 1
    log.close()
    for change in ("UPDATE fact SET type = 'x'", "DELETE FROM log_meta", "UPDATE log_head SET position = 0"):
        engine = sa.create_engine(place, poolclass=sa.NullPool)
        with pytest.raises(sa.exc.DBAPIError), engine.begin() as connection:
            connection.execute(sa.text(change))
    assert verify(place, vault).verdict is Verdict.CLEAN


def test_a_log_that_was_manipulated_is_not_put_in_place(
    recorded: str, vault: Vault, places: Callable[[str], str], tmp_path: Path
) -> None:
    damage(recorded, "DELETE FROM fact WHERE position = 3")
    back_up_log(recorded, tmp_path / "backup", TAKEN)
    place = places("log")
    empty = what_is_there(place)
    restored = restore(tmp_path / "backup", place, vault)
    assert not restored.in_place
    assert Fault.POSITION_GAP in {finding.fault for finding in restored.report.findings}
    assert what_is_there(place) == empty


@pytest.mark.parametrize("when", ["at first", "at last"])
def test_an_interrupted_restore_leaves_the_place_empty_and_can_be_repeated(
    recorded: str, vault: Vault, places: Callable[[str], str], tmp_path: Path, when: str
) -> None:
    back_up_log(recorded, tmp_path / "backup", TAKEN)
    place = places("log")
    empty = what_is_there(place)

    class Interrupted(Exception):  # noqa: N818
        pass

    def interrupt(done: int, of: int) -> None:
        if when == "at first" or done == of == 2 * HEAD:
            raise Interrupted

    with pytest.raises(Interrupted):
        restore_log(tmp_path / "backup", place, vault, KNOWN["log"], interrupt)
    assert what_is_there(place) == empty
    assert restore(tmp_path / "backup", place, vault).in_place
    assert all_rows(place) == all_rows(recorded)


def test_what_a_killed_restore_left_does_not_stop_the_next(
    recorded: str, vault: Vault, places: Callable[[str], str], tmp_path: Path, database_kind: str
) -> None:
    back_up_log(recorded, tmp_path / "backup", TAKEN)
    place = places("log")
    if database_kind == "sqlite":
        path = Path(sa.make_url(place).database or "")
        path.parent.mkdir()
        path.with_name(f"{path.name}.restoring").write_bytes(b"half")
    assert restore(tmp_path / "backup", place, vault).in_place
    if database_kind == "sqlite":
        assert [each.name for each in path.parent.iterdir() if "restoring" in each.name] == []


def test_a_place_that_holds_anything_is_refused(recorded: str, vault: Vault, vault_url: str, tmp_path: Path) -> None:
    back_up_log(recorded, tmp_path / "log", TAKEN)
    back_up_vault(vault_url, tmp_path / "vault", TAKEN)
    before = tables_of(recorded), tables_of(vault_url)
    for attempt in (
        lambda: restore(tmp_path / "log", recorded, vault),
        lambda: restore_vault(tmp_path / "vault", vault_url, KNOWN["vault"]),
    ):
        with pytest.raises(BackupRefused, match=r"never replaces|not empty"):
            attempt()
    assert (tables_of(recorded), tables_of(vault_url)) == before


@pytest.mark.parametrize("part", ["log", "vault"])
@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (lambda folder: (folder / MANIFEST).unlink(), "no finished backup"),
        (lambda folder: (folder / MANIFEST).write_text("{}"), "cannot be read"),
        (lambda folder: (folder / MANIFEST).write_text('{"format":1}'), "cannot be read"),
        (lambda folder: change_manifest(folder, format=2), "newer version"),
        (lambda folder: change_manifest(folder, revision="9999"), "newer version"),
        (lambda folder: change_manifest(folder, part="picture"), "a backup of a picture"),
        (lambda folder: change_manifest(folder, database="papyrus"), "a backup of papyrus"),
        (lambda folder: change_manifest(folder, files=[]), "incomplete"),
        (lambda folder: change_file(folder, lambda octets: octets[:-1]), "damaged"),
        (
            lambda folder: change_file(folder, lambda octets: octets[:40] + bytes([octets[40] ^ 1]) + octets[41:]),
            "damaged",
        ),
        (lambda folder: data_file(folder).unlink(), "is missing"),
        (lambda folder: name_file(folder, "../elsewhere"), "is missing"),
    ],
)
def test_a_backup_that_is_not_whole_is_refused_and_nothing_changes(
    *,
    recorded: str,
    vault: Vault,
    vault_url: str,
    places: Callable[[str], str],
    tmp_path: Path,
    part: str,
    harm: Callable[[Path], object],
    why: str,
) -> None:
    folder, place = tmp_path / "backup", places(part)
    back_up_log(recorded, folder, TAKEN) if part == "log" else back_up_vault(vault_url, folder, TAKEN)
    harm(folder)
    empty = what_is_there(place)
    with pytest.raises(BackupRefused, match=why):
        restore(folder, place, vault) if part == "log" else restore_vault(folder, place, KNOWN["vault"])
    assert what_is_there(place) == empty


def test_a_manifest_that_names_another_end_is_refused(
    recorded: str, vault: Vault, places: Callable[[str], str], tmp_path: Path
) -> None:
    back_up_log(recorded, tmp_path / "backup", TAKEN)
    change_manifest(tmp_path / "backup", head=HEAD + 1)
    place = places("log")
    empty = what_is_there(place)
    with pytest.raises(BackupRefused, match="does not end at position 9"):
        restore(tmp_path / "backup", place, vault)
    assert what_is_there(place) == empty


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


def test_an_unmigrated_database_is_named_as_such(
    database_kind: str, recorded: str, vault: Vault, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    back_up_log(recorded, tmp_path / "backup", TAKEN)
    if database_kind == "sqlite":
        assert restore(tmp_path / "backup", f"sqlite:///{tmp_path}/new/place.db", vault).in_place
        return
    server = request.getfixturevalue("postgres")
    bare = server.create_database()
    with pytest.raises(BackupRefused, match="migrate it first"):
        restore(tmp_path / "backup", bare, vault)
    server.drop_database(bare)


def test_every_table_of_log_and_vault_is_backed_up(database_url: str, vault_url: str) -> None:
    assert set(tables_of(database_url)) == {*TABLES["log"], "log_revision"}
    assert set(tables_of(vault_url)) == {*TABLES["vault"], "vault_revision"}


def what_is_there(url: str) -> object:
    """Return everything at a place, or that there is nothing."""
    if url.startswith("sqlite"):
        path = Path(sa.make_url(url).database or "")
        return sorted(path.parent.iterdir()) if path.parent.exists() else []
    return tables_of(url)


def change_manifest(folder: Path, **members: object) -> None:
    document = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**document, **members}))


def data_file(folder: Path) -> Path:
    """Return the file of a backup that holds most."""
    return max((file for file in folder.iterdir() if file.name != MANIFEST), key=lambda file: file.stat().st_size)


def change_file(folder: Path, change: Callable[[bytes], bytes]) -> None:
    file = data_file(folder)
    file.write_bytes(change(file.read_bytes()))


def name_file(folder: Path, name: str) -> None:
    document = json.loads((folder / MANIFEST).read_text())
    (folder.parent / "elsewhere").write_bytes((folder / document["files"][0]["name"]).read_bytes())
    document["files"][0]["name"] = name
    (folder / MANIFEST).write_text(json.dumps(document))
