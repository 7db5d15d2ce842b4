"""Wrapping keys: who is told that one was made has it, after a power loss too, and never loses another for it."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from api.cli.keyring import add_wrapping_key, write_secret
from domain.log.vault import VaultFault, WrappingKeysRefused, read_wrapping_keys

ROUNDS = 40


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "vault.keys"


def test_of_keys_made_at_once_none_is_lost(file: Path) -> None:
    made: list[str] = []
    start = Barrier(2)

    def make(key_id: str) -> None:
        start.wait()
        try:
            add_wrapping_key(file, key_id)
        except WrappingKeysRefused:
            return
        made.append(key_id)

    with ThreadPoolExecutor(2) as pool:
        for number in range(ROUNDS):
            list(pool.map(make, [f"a{number}", f"b{number}"]))
            assert sorted(read_wrapping_keys(file).ids) == sorted(made)
    assert len(made) >= ROUNDS
    assert list(file.parent.iterdir()) == [file]


def test_while_another_key_is_added_none_is_and_nothing_of_it_is_touched(file: Path) -> None:
    add_wrapping_key(file, "first")
    before, beside = file.read_text(), file.with_name("vault.keys.new")
    beside.write_text("half")
    with pytest.raises(WrappingKeysRefused, match=r"vault\.keys\.new is there"):
        add_wrapping_key(file, "second")
    assert (file.read_text(), beside.read_text()) == (before, "half")


@pytest.mark.parametrize("text", ["é", "first", "first:short"])
def test_a_file_of_something_else_is_refused_and_stays(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(VaultFault):
        add_wrapping_key(file, "second")
    assert (file.read_text(), list(file.parent.iterdir())) == (text, [file])


def test_a_key_is_durable_before_it_bears_the_name_and_so_is_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "new" / "folder" / "vault.keys"
    seen: list[tuple[str, bool, int]] = []
    sync = os.fsync

    def note(descriptor: int) -> None:
        place = Path(f"/proc/self/fd/{descriptor}").readlink()
        sync(descriptor)
        seen.append((str(place.relative_to(tmp_path)), file.exists(), place.stat().st_size if place.is_file() else 0))

    monkeypatch.setattr(os, "fsync", note)  # what is real is called, and seen
    add_wrapping_key(file, "first")
    beside = "new/folder/vault.keys.new"
    assert {(".", False, 0), ("new", False, 0)} <= set(seen)  # the folders that were made
    assert seen[-2:] == [(beside, False, file.stat().st_size), ("new/folder", True, 0)]
    write_secret(file.with_name("demo.key"), "secret")
    assert [place for place, *_ in seen[-2:]] == ["new/folder/demo.key", "new/folder"]


def test_a_secret_is_its_owners_alone_and_replaces_nothing(file: Path) -> None:
    write_secret(file, "secret")
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        write_secret(file, "another")
    assert file.read_text() == "secret"
    add_wrapping_key(other := file.with_name("other.keys"), "first")
    assert other.stat().st_mode & 0o777 == 0o600
