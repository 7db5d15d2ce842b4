"""Verification: a sound log gives no alarm, and every kind of damage is named with its place."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
import sqlalchemy as sa

from domain.log import verify as verification
from domain.log.codec import SEALED, Place, canonical
from domain.log.vault import Vault, new_wrapping_key, open_vault, parse_wrapping_keys
from domain.log.verify import Fault, Report, Verdict, verify
from tests.log.recorded import FAN, HEAD, MEMBER, ORGANISATION, PUMP, all_rows, damage, key_at, named, record, stored

KEYS = parse_wrapping_keys(new_wrapping_key("first"))


@pytest.fixture
def vault(vault_url: str) -> Iterator[Vault]:
    opened = open_vault(vault_url, KEYS)
    yield opened
    opened.close()


@pytest.fixture
def sound(database_url: str, vault: Vault) -> str:
    """The URL of a log that nobody has touched."""
    record(database_url, vault)
    return database_url


def found(report: Report) -> list[tuple[Fault, int | None]]:
    return [(finding.fault, finding.position) for finding in report.findings]


def rewrite(url: str, position: int, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a body so that it stays canonical."""
    document = msgspec.json.decode(all_rows(url)[position - 1].body)
    change(document)
    damage(url, "UPDATE fact SET body = :body WHERE position = :at", body=canonical(document), at=position)


def reseal(url: str, name: str, value: object) -> None:
    """Put something else where a member's name or e-mail stands sealed."""
    rewrite(url, 2, lambda document: document["data"].update({name: value}))


def test_a_sound_log_is_clean(sound: str, vault: Vault) -> None:
    told: list[tuple[int, int]] = []
    report = verify(sound, vault, lambda done, of: told.append((done, of)))
    assert (report.verdict, report.facts, report.findings, report.more, report.detail) == (0, HEAD, (), 0, "")
    assert report.head is not None
    assert report.head.position == HEAD
    assert told[-1] == (2 * HEAD, 2 * HEAD)


def test_an_empty_log_is_clean(database_url: str, vault: Vault) -> None:
    assert verify(database_url, vault).verdict is Verdict.CLEAN


def test_pages_make_no_difference(sound: str, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    for size in (1, 2, 3, 7):
        monkeypatch.setattr(verification, "_PAGE", size)
        assert verify(sound, vault).verdict is Verdict.CLEAN
    damage(sound, "DELETE FROM fact WHERE position = 3")
    once = set(found(verify(sound, vault)))
    for size in (1, 2, 3, 7, 1000):
        monkeypatch.setattr(verification, "_PAGE", size)
        assert set(found(verify(sound, vault))) == once


def test_an_erased_person_is_no_fault(sound: str, vault: Vault) -> None:
    vault.destroy(MEMBER)
    assert verify(sound, vault).verdict is Verdict.CLEAN


def test_a_missing_fact_is_noticed_from_every_side(sound: str, vault: Vault) -> None:
    damage(sound, "DELETE FROM fact WHERE position = 3")
    report = verify(sound, vault)
    assert report.verdict is Verdict.MANIPULATED
    assert sorted(found(report)) == [
        (Fault.POSITION_GAP, 4),
        (Fault.SEQUENCE_GAP, 5),
        (Fault.SUBJECT_UNFOUNDED, 3),
        (Fault.SUBJECT_UNFOUNDED, 3),
    ]
    assert {finding.fact for finding in report.findings} == {key_at(4), key_at(5), None}


DAMAGES: dict[str, tuple[tuple[str, ...], list[tuple[Fault, int | None]]]] = {
    "the last fact cut off": (
        ("DELETE FROM fact WHERE position = 8",),
        [(Fault.HEAD_DIFFERS, 7), (Fault.ANSWER_BEYOND_HEAD, 8)],
    ),
    "the last fact and its trace cut off, the head turned back": (
        ("DELETE FROM fact WHERE position = 8", "UPDATE log_head SET position = 7"),
        [(Fault.HEAD_DIFFERS, 7), (Fault.ANSWER_BEYOND_HEAD, 8)],
    ),
    "the head too far": (("UPDATE log_head SET position = 9",), [(Fault.HEAD_DIFFERS, 8)]),
    "the head recorded at another time": (
        ("UPDATE log_head SET recorded_at = recorded_at + 1",),
        [(Fault.HEAD_DIFFERS, 8)],
    ),
    "no head": (("DELETE FROM log_head",), [(Fault.HEAD_DIFFERS, 8)]),
    "no name": (("DELETE FROM log_meta",), [(Fault.LOG_UNNAMED, None)]),
    "another format of the log": (("UPDATE log_meta SET format = 2",), [(Fault.LOG_UNNAMED, None)]),
    "recorded before the one before": (
        ("UPDATE fact SET recorded_at = recorded_at - 3600000000 WHERE position = 5",),
        [(Fault.RECORDED_BACKWARDS, 5)],
    ),
    "two facts of a stream exchanged": (
        (
            "UPDATE fact SET sequence = 99 WHERE position = 5",
            "UPDATE fact SET sequence = 2 WHERE position = 6",
            "UPDATE fact SET sequence = 3 WHERE position = 5",
        ),
        [(Fault.STREAM_OUT_OF_ORDER, 5)],
    ),
    "a stream that begins with its second fact": (
        ("UPDATE fact SET sequence = sequence + 10 WHERE stream = :fan",),
        [(Fault.SEQUENCE_GAP, 4)],
    ),
    "another id": (("UPDATE fact SET fact_key = :other WHERE position = 5",), [(Fault.ID_DIFFERS, 5)]),
    "another type": (
        ("UPDATE fact SET type = 'equipment.released' WHERE position = 5",),
        [(Fault.TYPE_DIFFERS, 5)],
    ),
    "another kind of stream": (("UPDATE fact SET kind = 'model' WHERE position = 5",), [(Fault.STREAM_DIFFERS, 5)]),
    "moved to another stream": (
        ("UPDATE fact SET stream = :fan, sequence = 3 WHERE position = 8",),
        [(Fault.STREAM_DIFFERS, 8)],
    ),
    "happened at another time": (
        ("UPDATE fact SET occurred_at = occurred_at + 1 WHERE position = 6",),
        [(Fault.OCCURRED_AT_DIFFERS, 6)],
    ),
    "a subject forgotten": (
        ("DELETE FROM fact_subject WHERE position = 5",),
        [(Fault.SUBJECT_MISSING, 5)],
    ),
    "a subject at another time": (
        ("UPDATE fact_subject SET occurred_at = occurred_at + 1 WHERE position = 5",),
        [(Fault.SUBJECT_MISSING, 5), (Fault.SUBJECT_UNFOUNDED, 5)],
    ),
    "a subject that no fact names": (
        ("INSERT INTO fact_subject (subject, occurred_at, position) VALUES (:other, 5, 5)",),
        [(Fault.SUBJECT_UNFOUNDED, 5)],
    ),
    "a subject of no fact at all": (
        ("INSERT INTO fact_subject (subject, occurred_at, position) VALUES (:other, 5, 99)",),
        [(Fault.SUBJECT_UNFOUNDED, 99)],
    ),
    "an answer that speaks of the future": (
        ("UPDATE idempotency SET fact_count = 2",),
        [(Fault.ANSWER_BEYOND_HEAD, 8)],
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_named_with_its_place(sound: str, vault: Vault, name: str) -> None:
    statements, expected = DAMAGES[name]
    damage(sound, *statements, fan=FAN.id, other=named("other"))
    report = verify(sound, vault)
    if name.startswith("the last fact and its trace"):
        damage(
            sound, "UPDATE log_head SET recorded_at = (SELECT max(recorded_at) FROM fact)", "DELETE FROM idempotency"
        )
        expected, report = [], verify(sound, vault)
    assert found(report) == expected
    assert report.verdict is (Verdict.MANIPULATED if expected else Verdict.CLEAN)
    by_position = {row.position: row.fact_key for row in all_rows(sound)}
    assert all(
        finding.fact == by_position.get(finding.position or 0)
        for finding in report.findings
        if finding.fault not in (Fault.HEAD_DIFFERS, Fault.ANSWER_BEYOND_HEAD)
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body + b" ",
        lambda body: body.replace(b'"actor"', b' "actor"', 1),
        lambda body: body.replace(b'"format":1', b'"format":1,"format":1', 1),
        lambda body: body.replace(b'"format":1', b'"format":1.0', 1),
        lambda body: body.replace(b'"version":1', b'"version":9007199254740992', 1),
        lambda body: body.replace(b'"reason":"worn"', b'"reason":"w\\u006frn"', 1),
        lambda body: b"{" + body.partition(b",")[2][:-1] + b"," + body.partition(b",")[0][1:] + b"}",
        lambda body: body[:-1],
        lambda body: b"[" + body + b"]",
        lambda body: body.replace(b"worn", b"w\xffrn"),
        lambda _body: b"",
        lambda _body: b"[" * 100_000,
    ],
)
def test_bytes_that_the_log_would_not_have_written_are_noticed(
    sound: str, vault: Vault, change: Callable[[bytes], bytes]
) -> None:
    before = all_rows(sound)[HEAD - 1].body
    assert change(before) != before
    damage(sound, "UPDATE fact SET body = :body WHERE position = 8", body=change(before))
    report = verify(sound, vault)
    assert found(report) == [(Fault.BODY_NOT_CANONICAL, 8)]
    assert report.findings[0].fact == key_at(8)


def test_a_canonical_body_that_means_nothing_here_is_noticed(sound: str, vault: Vault) -> None:
    rewrite(sound, 3, lambda document: document.update(format=2))
    rewrite(sound, 4, lambda document: document["data"].pop("serial"))
    rewrite(sound, 6, lambda document: document.update(type="equipment.vanished"))
    damage(sound, "UPDATE fact SET type = 'equipment.vanished' WHERE position = 6")
    rewrite(sound, 7, lambda document: document.pop("actor"))
    rewrite(sound, 8, lambda document: document.update(version=2))
    assert found(verify(sound, vault)) == [
        (Fault.FORMAT_UNKNOWN, 3),
        (Fault.DOES_NOT_LOAD, 4),
        (Fault.TYPE_UNKNOWN, 6),
        (Fault.DOES_NOT_LOAD, 7),
        (Fault.DOES_NOT_LOAD, 8),
    ]


def test_a_body_that_names_other_subjects_than_the_index_is_noticed(sound: str, vault: Vault) -> None:
    rewrite(sound, 7, lambda document: document.update(subjects=[f"organisation:{named('other')}"]))
    assert found(verify(sound, vault)) == [(Fault.SUBJECT_MISSING, 7), (Fault.SUBJECT_UNFOUNDED, 7)]


def test_a_seal_that_was_changed_is_broken(sound: str, vault: Vault) -> None:
    sealed = msgspec.json.decode(all_rows(sound)[1].body)["data"]
    reseal(sound, "name", sealed["email"])
    assert found(verify(sound, vault)) == [(Fault.SEAL_BROKEN, 2)]
    reseal(sound, "name", {**sealed["name"], "more": 1})
    assert found(verify(sound, vault)) == [(Fault.SEAL_BROKEN, 2)]
    reseal(sound, "name", {SEALED: "nothing"})
    assert set(found(verify(sound, vault))) == {(Fault.SEAL_BROKEN, 2), (Fault.SEALED_FOR_ANOTHER, 2)}


def test_personal_text_in_the_clear_is_noticed_and_not_repeated(sound: str, vault: Vault) -> None:
    reseal(sound, "name", "Member 1")
    report = verify(sound, vault)
    assert found(report) == [(Fault.PERSONAL_IN_CLEAR, 2)]
    assert "Member 1" not in repr(report)


def test_a_field_sealed_for_somebody_else_is_noticed(sound: str, vault: Vault) -> None:
    other = uuid4()
    reseal(sound, "name", {SEALED: vault.seal(other, "Member 2", Place(str(ORGANISATION), key_at(2), "name"))})
    assert found(verify(sound, vault)) == [(Fault.SEALED_FOR_ANOTHER, 2)]


def test_a_key_that_is_lost_is_told_from_one_that_was_destroyed(sound: str, vault_url: str) -> None:
    damage(vault_url, "DELETE FROM subject_key")
    reopened = open_vault(vault_url, KEYS)
    report = verify(sound, reopened)
    reopened.close()
    assert report.verdict is Verdict.INCOMPLETE
    assert found(report) == [(Fault.KEY_MISSING, 2), (Fault.KEY_MISSING, 2)]


def test_without_a_vault_the_verdict_is_never_clean_if_anything_is_sealed(sound: str) -> None:
    report = verify(sound, None)
    assert (report.verdict, report.findings) == (Verdict.INCOMPLETE, ())
    assert report.detail == "2 sealed fields were not opened: no vault was given"
    damage(sound, "DELETE FROM fact WHERE position = 6")
    assert verify(sound, None).verdict is Verdict.MANIPULATED


def test_what_is_not_a_log_is_not_verified(tmp_path: Path, vault: Vault, vault_url: str) -> None:
    assert verify(vault_url, vault).verdict is Verdict.NOT_RUN
    report = verify(f"sqlite:///{tmp_path}/nothing.db", vault)
    assert report.verdict is Verdict.NOT_RUN
    assert "SQLITE_CANTOPEN" in report.detail
    assert not (tmp_path / "nothing.db").exists()


def test_findings_beyond_a_bound_are_counted(sound: str, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "MOST_FINDINGS", 3)
    damage(sound, "UPDATE fact SET occurred_at = occurred_at + 1 WHERE position > 2")
    report = verify(sound, vault)
    assert len(report.findings) == 3
    assert report.more > 3


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_damaged_file_is_noticed(sound: str, vault: Vault) -> None:
    file = Path(sa.make_url(sound).database or "")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'fact'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    octets = bytearray(file.read_bytes())
    octets[root * size - 60 : root * size] = bytes(60)
    file.write_bytes(octets)
    report = verify(sound, vault)
    assert report.verdict is Verdict.MANIPULATED
    assert Fault.DATABASE_DAMAGED in {finding.fault for finding in report.findings}


def test_appends_meanwhile_make_no_false_alarm(sound: str, vault: Vault) -> None:
    # A fact recorded between two pages of the sweep is beyond the snapshot.
    appended: list[int] = []

    def append(_done: int, _of: int) -> None:
        if not appended:
            appended.append(1)
            with sa.create_engine(sound, poolclass=sa.NullPool).begin() as connection:
                connection.execute(
                    sa.text(
                        "INSERT INTO fact"
                        " (position, stream, kind, sequence, fact_key, type, occurred_at, recorded_at, body)"
                        " VALUES (9, :stream, 'equipment', 5, :key, 'equipment.released', 0, 9000000000000000, :body)"
                    ),
                    {"stream": stored(PUMP.id, sound), "key": stored(uuid4(), sound), "body": b"{}"},
                )

    report = verify(sound, vault, append)
    assert appended
    assert report.verdict is Verdict.CLEAN
    assert verify(sound, vault).verdict is Verdict.MANIPULATED


def test_verification_changes_nothing(sound: str, vault: Vault, database_kind: str) -> None:
    before = all_rows(sound)
    verify(sound, vault)
    assert all_rows(sound) == before
    if database_kind == "sqlite":
        path = sa.make_url(sound).database or ""
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
