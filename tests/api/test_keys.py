"""API keys: issued, found, ended."""

import os
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from sqlalchemy import select

from domain.application.keys import Expired, Keys, NotValid, api_key
from domain.kernel.refusals import Unavailable
from tests.api.callers import Clock


@pytest.fixture
def keys(database_url: str, clock: Clock) -> Iterator[Keys]:
    """Keys on each database."""
    opened = Keys(database_url, now=clock, randomness=os.urandom)
    yield opened
    opened.close()


def test_a_key_is_found_by_its_token(keys: Keys, clock: Clock) -> None:
    organisation, principal = uuid4(), uuid4()
    key, token = keys.issue(role="operator", organisation=organisation, principal=principal)
    assert token.startswith(f"ak_{key.prefix}_")
    assert keys.find(token) == key
    assert (key.role, key.organisation, key.principal) == ("operator", organisation, principal)
    assert (key.created_at, key.expires_at, key.revoked_at) == (clock(), None, None)


def test_nothing_of_the_secret_is_kept(keys: Keys) -> None:
    _, token = keys.issue(role="operator", organisation=None, principal=uuid4())
    secret = token.split("_")[2]
    with keys._database.reading() as connection:
        row = connection.execute(select(api_key)).one()
    assert row.secret_hash == sha256(secret.encode()).digest()
    assert secret not in repr(row)


def test_every_key_is_listed_in_order(keys: Keys, clock: Clock) -> None:
    issued = []
    for role in ("operator", "auditor"):
        issued.append(keys.issue(role=role, organisation=None, principal=uuid4())[0])
        clock.turn(seconds=1)
    assert keys.all() == issued


def test_a_revoked_key_is_not_found_and_stays_listed(keys: Keys, clock: Clock) -> None:
    key, token = keys.issue(role="operator", organisation=None, principal=uuid4())
    keys.find(token)
    revoked = keys.revoke(key.prefix)
    assert revoked is not None
    assert revoked.revoked_at == clock()
    with pytest.raises(NotValid):
        keys.find(token)
    clock.turn(days=1)
    assert keys.revoke(key.prefix) == revoked == keys.all()[0]
    assert keys.revoke("0" * 16) is None


def test_a_revocation_elsewhere_counts_after_a_few_seconds(keys: Keys, database_url: str, clock: Clock) -> None:
    elsewhere = Keys(database_url, now=clock, randomness=os.urandom)
    key, token = keys.issue(role="operator", organisation=None, principal=uuid4())
    assert elsewhere.find(token) == key
    keys.revoke(key.prefix)
    clock.turn(seconds=4.9)
    assert elsewhere.find(token) == key
    clock.turn(seconds=0.1)
    with pytest.raises(NotValid):
        elsewhere.find(token)
    elsewhere.close()


def test_a_key_that_was_looked_for_in_vain_is_found_once_it_is_issued(database_url: str, clock: Clock) -> None:
    fixed = Keys(database_url, now=clock, randomness=bytes)
    token = f"ak_{bytes(8).hex()}_{bytes(32).hex()}"
    with pytest.raises(NotValid):
        fixed.find(token)
    key, issued = fixed.issue(role="operator", organisation=None, principal=uuid4())
    assert issued == token
    assert fixed.find(token) == key
    fixed.close()


def test_an_expired_key_says_so_only_to_its_bearer(keys: Keys, clock: Clock) -> None:
    key, token = keys.issue(
        role="operator", organisation=None, principal=uuid4(), expires_at=clock() + timedelta(seconds=1)
    )
    assert keys.find(token).expires_at == key.expires_at
    clock.turn(seconds=1)
    with pytest.raises(Expired):
        keys.find(token)
    with pytest.raises(NotValid) as refused:
        keys.find(f"ak_{key.prefix}_{'0' * 64}")
    assert refused.type is NotValid


def test_a_revoked_key_does_not_say_that_it_expired(keys: Keys, clock: Clock) -> None:
    key, token = keys.issue(role="operator", organisation=None, principal=uuid4(), expires_at=clock())
    keys.revoke(key.prefix)
    with pytest.raises(NotValid) as refused:
        keys.find(token)
    assert refused.type is NotValid


def test_keys_that_cannot_be_read_are_unavailable(tmp_path: object, clock: Clock) -> None:
    keys = Keys(f"sqlite:///{tmp_path}/nowhere/aftercare.db", now=clock, randomness=os.urandom)
    with pytest.raises(Unavailable):
        keys.all()
    keys.close()
