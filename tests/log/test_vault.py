"""The vault: what is sealed opens only where it was sealed, only with its key, and only while that key lives."""

import base64
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from domain.log.codec import Place
from domain.log.recent import Recent
from domain.log.vault import (
    ERASED,
    Gone,
    OtherLog,
    SealBroken,
    Vault,
    VaultFault,
    open_vault,
    parse_wrapping_keys,
)
from domain.log.vault_tables import VaultDatabase, metadata
from migrations import upgrade_vault
from tests.log.sealing import FIRST, PLACE, SUBJECT, changing, reopened, rows


def test_what_is_sealed_opens_again_also_after_a_restart(vault: Vault, vault_url: str) -> None:
    sealed = vault.seal(SUBJECT, "Member 1 · Ω", PLACE)
    assert vault.open(sealed, PLACE) == "Member 1 · Ω"
    other = reopened(vault_url)
    assert other.open(sealed, PLACE) == "Member 1 · Ω"
    other.close()


def test_a_sealed_value_has_four_plain_members_and_shows_nothing_of_the_text(vault: Vault) -> None:
    sealed = vault.seal(SUBJECT, "Member 1", PLACE)
    assert sealed.keys() == {"s", "k", "n", "c"}
    assert sealed["s"] == str(SUBJECT)
    assert sealed["k"] in range(1, 2**31)
    assert b"Member" not in base64.b64decode(sealed["c"])


def test_the_same_text_never_reads_the_same_twice(vault: Vault) -> None:
    once, again = vault.seal(SUBJECT, "Member 1", PLACE), vault.seal(SUBJECT, "Member 1", PLACE)
    assert once["n"] != again["n"]
    assert once["c"] != again["c"]


@pytest.mark.parametrize(
    "elsewhere",
    [
        PLACE._replace(stream=f"organisation:{uuid4()}"),
        PLACE._replace(fact_id=uuid4()),
        PLACE._replace(path="email"),
    ],
)
def test_a_sealed_value_opens_nowhere_else(vault: Vault, elsewhere: Place) -> None:
    with pytest.raises(SealBroken):
        vault.open(vault.seal(SUBJECT, "Member 1", PLACE), elsewhere)


def test_a_sealed_value_does_not_open_for_another_subject(vault: Vault) -> None:
    other = vault.seal(uuid4(), "Member 2", PLACE)
    sealed = vault.seal(SUBJECT, "Member 1", PLACE)
    with pytest.raises(SealBroken):
        vault.open({**sealed, "s": other["s"], "k": other["k"]}, PLACE)
    assert vault.read({**sealed, "s": other["s"]}, PLACE) is Gone.UNKNOWN


def test_what_another_vault_sealed_for_the_same_subject_has_no_key_here_and_is_not_taken_for_forged(
    vault: Vault, tmp_path: Path
) -> None:
    upgrade_vault(f"sqlite:///{tmp_path}/another.db")
    with closing(reopened(f"sqlite:///{tmp_path}/another.db")) as another:
        foreign = another.seal(SUBJECT, "Member 1", PLACE)
    vault.seal(SUBJECT, "Member 1", PLACE)
    assert vault.read(foreign, PLACE) is Gone.UNKNOWN
    assert vault.open(foreign, PLACE) == ERASED


@pytest.mark.parametrize("member", ["n", "c"])
def test_every_changed_bit_is_noticed(vault: Vault, member: str) -> None:
    sealed = vault.seal(SUBJECT, "Member 1", PLACE)
    octets = base64.b64decode(sealed[member])
    for bit in range(len(octets) * 8):
        changed = bytearray(octets)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SealBroken):
            vault.open({**sealed, member: base64.b64encode(changed).decode()}, PLACE)


@pytest.mark.parametrize(
    "change",
    [{"s": "somebody"}, {"s": 1}, {"k": "1"}, {"k": True}, {"n": ""}, {"n": "*"}, {"c": "AA"}, {"c": ""}, {"x": 1}],
)
def test_a_malformed_seal_is_broken(vault: Vault, change: dict[str, object]) -> None:
    with pytest.raises(SealBroken):
        vault.open({**vault.seal(SUBJECT, "Member 1", PLACE), **change}, PLACE)


def test_a_seal_has_one_way_to_be_written(vault: Vault) -> None:
    sealed = vault.seal(SUBJECT, "Member", PLACE)
    written = sealed["c"]
    assert written.endswith("==")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = written[:-3] + alphabet[alphabet.index(written[-3]) ^ 1] + "=="
    assert base64.b64decode(other) == base64.b64decode(written)
    with pytest.raises(SealBroken):
        vault.open({**sealed, "c": other}, PLACE)


def test_a_seal_that_lacks_a_member_is_broken(vault: Vault) -> None:
    with pytest.raises(SealBroken):
        vault.open({"s": str(SUBJECT)}, PLACE)


def test_processes_that_seal_a_subject_first_at_the_same_time_use_one_key(vault_url: str) -> None:
    vaults = [reopened(vault_url) for _ in range(6)]
    subjects = [uuid4() for _ in range(20)]
    with ThreadPoolExecutor(len(vaults)) as pool:
        for subject in subjects:
            sealed = list(pool.map(lambda each, whom=subject: each.seal(whom, "Member 1", PLACE), vaults))
            assert len({value["k"] for value in sealed}) == 1
            for value in sealed:
                assert {each.open(value, PLACE) for each in vaults} == {"Member 1"}
    for each in vaults:
        each.close()


def test_a_key_is_durable_before_the_sealed_text_is_returned(vault: Vault, vault_url: str) -> None:
    vault.seal(SUBJECT, "Member 1", PLACE)
    database = VaultDatabase(vault_url)
    with database.reading() as connection:
        if connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        else:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
        assert connection.exec_driver_sql("SELECT count(*) FROM subject_key").scalar() == 1
    database.close()


def test_a_person_is_found_by_what_was_sealed_however_it_is_written(vault: Vault) -> None:
    other = uuid4()
    vault.seal(SUBJECT, "Member.One@example.org", PLACE._replace(path="email"))
    vault.seal(other, "someone@example.org", PLACE._replace(path="email"))
    both = {SUBJECT, other}
    assert vault.find("email", " MEMBER.one@EXAMPLE.org", both) == {SUBJECT}
    assert vault.find("name", "member.one@example.org", both) == set()
    assert vault.find("email", "nobody@example.org", both) == set()


def test_some_are_found_among_any_number(vault: Vault) -> None:
    subjects = [uuid4() for _ in range(5)]
    for subject in subjects:
        vault.seal(subject, "Member", PLACE)
        vault.seal(subject, "Member", PLACE)
    others = [uuid4() for _ in range(1_000)]
    assert vault.find("name", "Member", [subjects[0], *others, *subjects[3:]]) == {subjects[0], *subjects[3:]}
    assert vault.find("name", "Member", []) == set()


def test_prose_is_sealed_but_nobody_is_found_by_it(vault: Vault) -> None:
    text = "word " * 1000
    assert vault.open(vault.seal(SUBJECT, text, PLACE), PLACE) == text
    assert vault.find("name", text, [SUBJECT]) == set()


def test_look_ups_store_nothing_that_can_be_computed_without_the_vaults_key(vault: Vault, vault_url: str) -> None:
    vault.seal(SUBJECT, "Member 1", PLACE)
    first = rows(vault_url, "SELECT digest FROM lookup")
    with changing(vault_url) as connection:
        connection.execute(sa.text("DELETE FROM lookup"))
        connection.execute(sa.text("DELETE FROM secret"))
    other = reopened(vault_url)
    other.seal(SUBJECT, "Member 1", PLACE)
    other.close()
    assert rows(vault_url, "SELECT digest FROM lookup") != first


def test_everything_works_when_keys_do_not_stay_in_memory(vault_url: str) -> None:
    small = open_vault(vault_url, parse_wrapping_keys(FIRST), most_cached=1)
    sealed = {subject: small.seal(subject, f"Member {subject}", PLACE) for subject in (uuid4() for _ in range(10))}
    for subject, value in sealed.items():
        assert small.open(value, PLACE) == f"Member {subject}"
    small.close()


def test_the_memory_of_keys_is_bounded_and_forgets_the_least_used() -> None:
    recent: Recent[int, str] = Recent(2)
    recent.put(1, "one")
    recent.put(2, "two")
    recent.get(1)
    recent.put(3, "three")
    assert (recent.get(1), recent.get(2), recent.get(3), len(recent)) == ("one", None, "three", 2)


def test_a_vault_stays_with_its_log(vault: Vault) -> None:
    mine = uuid4()
    vault.belongs_to(mine)
    vault.belongs_to(mine)
    with pytest.raises(OtherLog):
        vault.belongs_to(uuid4())


def test_period_keys_are_made_once_and_can_be_dropped(vault: Vault, vault_url: str) -> None:
    keys = {period: vault.period_key(period) for period in (1, 2, 3)}
    assert len(set(keys.values())) == 3
    other = reopened(vault_url)
    assert {period: other.period_key(period) for period in keys} == keys
    other.close()
    assert vault.drop_periods_before(3) == 2
    assert vault.period_key(3) == keys[3]
    assert vault.period_key(2) != keys[2]
    assert vault.drop_periods_before(1) == 0


def test_processes_that_ask_for_a_period_key_first_at_the_same_time_get_one_key(vault_url: str) -> None:
    vaults = [reopened(vault_url) for _ in range(6)]
    with ThreadPoolExecutor(len(vaults)) as pool:
        for period in range(20):
            assert len(set(pool.map(lambda each, which=period: each.period_key(which), vaults))) == 1
    for each in vaults:
        each.close()


def test_the_vault_at_rest_holds_no_key_and_no_text(vault: Vault, vault_url: str) -> None:
    vault.seal(SUBJECT, "Member 1", PLACE)
    period = vault.period_key(1)
    stored = b"".join(
        bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()
        for table in metadata.tables
        for row in rows(vault_url, f"SELECT * FROM {table}")
        for value in row
    )
    assert period not in stored
    assert b"Member" not in stored
    assert base64.b64decode(FIRST.partition(":")[2]) not in stored


def test_a_place_without_a_vault_is_refused_clearly(tmp_path: Path, database_url: str) -> None:
    with pytest.raises(VaultFault, match="migrate"):
        reopened(f"sqlite:///{tmp_path}/nothing.db")
    assert not (tmp_path / "nothing.db").exists()
    with pytest.raises(VaultFault, match="migrate"):
        reopened(database_url)


def test_the_migrated_tables_are_those_the_code_declares(vault_url: str) -> None:
    engine = sa.create_engine(vault_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "vault_revision"})
        assert compare_metadata(context, metadata) == []
    engine.dispose()
