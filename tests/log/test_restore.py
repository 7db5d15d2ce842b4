"""Restore: the same rows byte for byte, into an empty place, and never half of them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from domain.log.backup import BackupRefused, back_up_log, back_up_vault, restore_log, restore_vault
from domain.log.backup_files import MANIFEST
from domain.log.codec import decode
from domain.log.log import open_log
from domain.log.vault import Vault, VaultFault, new_wrapping_key, parse_wrapping_keys
from domain.log.verify import Fault, Verdict, verify
from domain.parties.organisation import MemberAdded
from migrations import require_current
from tests.log.recorded import HEAD, all_rows, damage, tables_of
from tests.log.restoring import KNOWN, TAKEN, append_member, restore, what_is_there
from tests.log.sealing import FIRST, SECOND, reopened

WRAPPING = parse_wrapping_keys(FIRST)


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
    restore_vault(tmp_path / "vault", vault_place, WRAPPING, KNOWN["vault"])
    assert tables_of(vault_place) == tables_of(vault_url)
    opened = reopened(vault_place)
    assert restore(tmp_path / "log", log_place, opened).report.verdict is Verdict.CLEAN
    fact = decode(all_rows(log_place)[1], opened).fact
    assert isinstance(fact, MemberAdded)
    assert (fact.name, opened.find("email", "member1@example.org", [fact.member_id])) == ("Member 1", {fact.member_id})
    opened.close()


@pytest.mark.usefixtures("vault")
def test_a_vault_whose_wrapping_keys_do_not_fit_is_not_put_in_place(
    vault_url: str, places: Callable[[str], str], tmp_path: Path
) -> None:
    back_up_vault(vault_url, tmp_path / "vault", TAKEN)
    place = places("vault")
    before = what_is_there(place)
    wrong = {SECOND: "'first', which was not given", new_wrapping_key("first"): "'first' does not open"}
    for keys, why in wrong.items():
        with pytest.raises(VaultFault, match=why):
            restore_vault(tmp_path / "vault", place, parse_wrapping_keys(keys), KNOWN["vault"])
        assert what_is_there(place) == before
    restore_vault(tmp_path / "vault", place, WRAPPING, KNOWN["vault"])
    assert tables_of(place) == tables_of(vault_url)


def test_a_backup_may_stand_in_any_folder(recorded: str, vault_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "100% sure?"
    folder.mkdir()
    assert back_up_log(recorded, folder / "log", TAKEN).head == HEAD
    assert back_up_vault(vault_url, folder / "vault", TAKEN).part == "vault"


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
        lambda: restore_vault(tmp_path / "vault", vault_url, WRAPPING, KNOWN["vault"]),
    ):
        with pytest.raises(BackupRefused, match=r"never replaces|not empty"):
            attempt()
    assert (tables_of(recorded), tables_of(vault_url)) == before


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
        restore(folder, place, vault) if part == "log" else restore_vault(folder, place, WRAPPING, KNOWN["vault"])
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
