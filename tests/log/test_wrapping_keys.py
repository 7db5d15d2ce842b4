"""The keys that wrap a vault's keys: written in a setting or a file, rotated while servers run, and never shown."""

import base64
import os
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from domain.log import vault_rotation
from domain.log.vault import (
    Gone,
    Vault,
    WrappingKeyMissing,
    WrappingKeysRefused,
    WrappingKeyWrong,
    new_wrapping_key,
    parse_wrapping_keys,
    read_wrapping_keys,
)
from tests.log.sealing import FIRST, PLACE, SECOND, SUBJECT, changing, reopened, rows


def test_after_rotation_the_old_wrapping_key_is_not_needed(
    vault: Vault, vault_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault_rotation, "_PAGE", 3)
    sealed = {subject: vault.seal(subject, "Member 1", PLACE) for subject in (uuid4() for _ in range(10))}
    erased = uuid4()
    gone = vault.seal(erased, "Member 2", PLACE)
    vault.destroy(erased)
    period = vault.period_key(7)

    rotating, told = reopened(vault_url, f"{SECOND},{FIRST}"), []
    assert rotating.wrapping_keys_in_use() == {"first": 12}
    assert tuple(rotating.rotate(lambda done, of: told.append((done, of)))) == (10, 2)
    assert told[-1] == (12, 12)
    assert rotating.wrapping_keys_in_use() == {"second": 12}
    assert tuple(rotating.rotate()) == (0, 0)
    rotating.close()

    after = reopened(vault_url, SECOND)
    assert {after.open(value, PLACE) for value in sealed.values()} == {"Member 1"}
    assert after.find("name", "Member 1", sealed) == set(sealed)
    assert after.period_key(7) == period
    assert after.read(gone, PLACE) is Gone.ERASED
    after.close()
    with pytest.raises(WrappingKeyMissing, match="'second'"):
        reopened(vault_url, FIRST)


def test_rotation_goes_on_after_it_was_stopped_while_servers_run(
    vault: Vault, vault_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault_rotation, "_PAGE", 2)
    sealed = [vault.seal(uuid4(), "Member 1", PLACE) for _ in range(9)]
    running = reopened(vault_url, f"{SECOND},{FIRST}")
    rotating = reopened(vault_url, f"{SECOND},{FIRST}")

    class Stopped(Exception):  # noqa: N818
        pass

    def stop(done: int, _of: int) -> None:
        sealed.append(running.seal(uuid4(), "Member 1", PLACE))
        assert {running.open(value, PLACE) for value in sealed} == {"Member 1"}
        if done >= 4:
            raise Stopped

    with pytest.raises(Stopped):
        rotating.rotate(stop)
    assert rotating.wrapping_keys_in_use().keys() == {"first", "second"}
    assert tuple(rotating.rotate()) == (5, 1)
    assert {running.open(value, PLACE) for value in sealed} == {"Member 1"}
    after = reopened(vault_url, SECOND)
    assert {after.open(value, PLACE) for value in sealed} == {"Member 1"}
    for each in (running, rotating, after):
        each.close()


def test_rotation_without_the_old_key_names_it_and_changes_nothing(vault: Vault, vault_url: str) -> None:
    vault.seal(SUBJECT, "Member 1", PLACE)
    with changing(vault_url) as connection:
        connection.execute(sa.text("UPDATE subject_key SET wrapped_by = 'zeroth'"))
    with pytest.raises(WrappingKeyMissing, match="'zeroth'"):
        vault.rotate()
    assert vault.wrapping_keys_in_use() == {"first": 1, "zeroth": 1}


def test_a_wrapping_key_of_the_same_name_that_is_another_is_noticed_at_the_start(vault: Vault, vault_url: str) -> None:
    vault.seal(SUBJECT, "Member 1", PLACE)
    with pytest.raises(WrappingKeyWrong, match="'first'"):
        reopened(vault_url, new_wrapping_key("first"))


def test_a_wrapped_key_cannot_be_moved_to_another_subject(vault: Vault, vault_url: str) -> None:
    other = uuid4()
    vault.seal(SUBJECT, "Member 1", PLACE)
    sealed = vault.seal(other, "Member 2", PLACE)
    (wrapped,) = {
        row.wrapped
        for row in rows(vault_url, "SELECT subject, wrapped FROM subject_key")
        if UUID(str(row.subject)) == SUBJECT
    }
    with changing(vault_url) as connection:
        connection.execute(sa.text("UPDATE subject_key SET wrapped = :wrapped"), {"wrapped": wrapped})
    fresh = reopened(vault_url)
    with pytest.raises(WrappingKeyWrong):
        fresh.open(sealed, PLACE)
    fresh.close()


KEY = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no wrapping key"),
        (" , ", "no wrapping key"),
        (KEY, "wrapping key 1 is not of the form"),
        (f":{KEY}", "wrapping key 1 is not of the form"),
        (f"a b:{KEY}", "wrapping key 1 is not of the form"),
        (f"a:{KEY},b", "wrapping key 2 is not of the form"),
        (f"a:{KEY},a:{KEY}", "wrapping key 2 has the same id"),
        ("a:????", "wrapping key 1 is not valid base64"),
        (f"a:{KEY[:-1]}", "wrapping key 1 is not valid base64"),
        (f"a:{KEY},b:{base64.b64encode(bytes(16)).decode()}", "wrapping key 2 has 16 bytes, not 32"),
        ("a:", "wrapping key 1 has 0 bytes, not 32"),
        ("a:ключ", "wrapping key 1 is not valid base64"),
    ],
)
def test_a_bad_setting_is_refused_with_its_reason(text: str, why: str) -> None:
    with pytest.raises(WrappingKeysRefused, match=why) as refused:
        parse_wrapping_keys(text)
    assert KEY[:20] not in str(refused.value)


@given(st.binary(min_size=32, max_size=32))
def test_a_key_may_be_written_in_either_alphabet_of_base64(key: bytes) -> None:
    for written in (base64.b64encode(key), base64.urlsafe_b64encode(key)):
        keys = parse_wrapping_keys(f"a:{written.decode()}")
        assert keys.unwrap(keys.wrap(b"secret", b"here"), b"here", "a") == b"secret"


def test_a_file_holds_the_same_as_the_setting(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"{SECOND}\n{FIRST}\n")
    assert read_wrapping_keys(file).ids == ("second", "first")
    file.write_bytes(os.urandom(64) + b"\xff")
    with pytest.raises(WrappingKeysRefused, match="cannot be read"):
        read_wrapping_keys(file)
    with pytest.raises(WrappingKeysRefused, match="cannot be read"):
        read_wrapping_keys(tmp_path / "nothing")


def test_no_secret_shows_in_representations(vault: Vault) -> None:
    vault.seal(SUBJECT, "Member 1", PLACE)
    secret = FIRST.partition(":")[2]
    for thing in (parse_wrapping_keys(FIRST), vault, vault._keys, vault._secrets, vault._remembered):
        assert secret not in repr(thing)
        assert "Member" not in repr(thing)
