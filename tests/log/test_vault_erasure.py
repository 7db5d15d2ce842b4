"""What is left of a person whose keys were destroyed: nothing that opens, in no process, however it was timed."""

from contextlib import closing
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.log.vault import ERASED, Gone, SubjectErased, Vault
from domain.log.vault_keys import SubjectKey
from tests.log.sealing import PLACE, SUBJECT, reopened


def test_a_destroyed_key_reads_as_erased_everywhere_and_nobody_is_found_by_it(vault: Vault, vault_url: str) -> None:
    sealed = vault.seal(SUBJECT, "Member 1", PLACE)
    assert vault.destroy(SUBJECT) == [sealed["k"]]
    assert vault.destroy(SUBJECT) == []
    assert vault.find("name", "Member 1", [SUBJECT]) == set()
    other = reopened(vault_url)
    for each in (vault, other):
        assert each.open(sealed, PLACE) == ERASED
        assert each.read(sealed, PLACE) is Gone.ERASED
        with pytest.raises(SubjectErased):
            each.seal(SUBJECT, "Member 1", PLACE)
    assert other.find("name", "Member 1", [SUBJECT]) == set()
    other.close()


def test_a_key_that_was_read_while_it_was_destroyed_is_not_kept(
    vault: Vault, vault_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = vault.seal(SUBJECT, "Member 1", PLACE)
    with closing(reopened(vault_url)) as other:
        unwrap = other._keys._unwrap

        def unwrap_late(*stored: Any) -> AESGCM:
            other.destroy(SUBJECT)
            return unwrap(*stored)

        monkeypatch.setattr(other._keys, "_unwrap", unwrap_late)
        other.read(sealed, PLACE)
        assert other.read(sealed, PLACE) is Gone.ERASED


def test_a_key_that_was_destroyed_as_soon_as_it_was_made_is_not_kept(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = vault._keys.keep

    def keep_late(subject: UUID, key: SubjectKey, since: int) -> None:
        vault.destroy(subject)
        keep(subject, key, since)

    monkeypatch.setattr(vault._keys, "keep", keep_late)
    sealed = vault.seal(SUBJECT, "Member 1", PLACE)
    assert vault.read(sealed, PLACE) is Gone.ERASED
    with pytest.raises(SubjectErased):
        vault.seal(SUBJECT, "Member 1", PLACE)


def test_a_key_the_vault_never_had_reads_as_erased_but_can_be_told_from_a_destroyed_one(vault: Vault) -> None:
    sealed = vault.seal(SUBJECT, "Member 1", PLACE)
    for missing in ({**sealed, "s": str(uuid4())}, {**sealed, "k": sealed["k"] + 1}):
        assert vault.open(missing, PLACE) == ERASED
        assert vault.read(missing, PLACE) is Gone.UNKNOWN
