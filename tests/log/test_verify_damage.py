"""Verification: every kind of damage is named with its place."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from domain.log.codec import SEALED, Place, canonical
from domain.log.vault import Vault
from domain.log.verify import Fault, Verdict, verify
from tests.log.recorded import FAN, HEAD, ORGANISATION, all_rows, damage, found, key_at, named


def test_a_missing_fact_is_noticed_from_every_side(recorded: str, vault: Vault) -> None:
    damage(recorded, "DELETE FROM fact WHERE position = 3")
    report = verify(recorded, vault)
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
def test_damage_is_named_with_its_place(recorded: str, vault: Vault, name: str) -> None:
    statements, expected = DAMAGES[name]
    damage(recorded, *statements, fan=FAN.id, other=named("other"))
    report = verify(recorded, vault)
    if name.startswith("the last fact and its trace"):
        damage(
            recorded, "UPDATE log_head SET recorded_at = (SELECT max(recorded_at) FROM fact)", "DELETE FROM idempotency"
        )
        expected, report = [], verify(recorded, vault)
    assert found(report) == expected
    assert report.verdict is (Verdict.MANIPULATED if expected else Verdict.CLEAN)
    by_position = {row.position: row.fact_key for row in all_rows(recorded)}
    assert all(
        finding.fact == by_position.get(finding.position or 0)
        for finding in report.findings
        if finding.fault not in (Fault.HEAD_DIFFERS, Fault.ANSWER_BEYOND_HEAD)
    )


def rewrite(url: str, position: int, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a body so that it stays canonical."""
    document = msgspec.json.decode(all_rows(url)[position - 1].body)
    change(document)
    damage(url, "UPDATE fact SET body = :body WHERE position = :at", body=canonical(document), at=position)


def reseal(url: str, name: str, value: object) -> None:
    """Put something else where a member's name or e-mail stands sealed."""
    rewrite(url, 2, lambda document: document["data"].update({name: value}))


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
    recorded: str, vault: Vault, change: Callable[[bytes], bytes]
) -> None:
    before = all_rows(recorded)[HEAD - 1].body
    assert change(before) != before
    damage(recorded, "UPDATE fact SET body = :body WHERE position = 8", body=change(before))
    report = verify(recorded, vault)
    assert found(report) == [(Fault.BODY_NOT_CANONICAL, 8)]
    assert report.findings[0].fact == key_at(8)


def test_a_canonical_body_that_means_nothing_here_is_noticed(recorded: str, vault: Vault) -> None:
    rewrite(recorded, 3, lambda document: document.update(format=2))
    rewrite(recorded, 4, lambda document: document["data"].pop("serial"))
    rewrite(recorded, 6, lambda document: document.update(type="equipment.vanished"))
    damage(recorded, "UPDATE fact SET type = 'equipment.vanished' WHERE position = 6")
    rewrite(recorded, 7, lambda document: document.pop("actor"))
    rewrite(recorded, 8, lambda document: document.update(version=2))
    assert found(verify(recorded, vault)) == [
        (Fault.FORMAT_UNKNOWN, 3),
        (Fault.DOES_NOT_LOAD, 4),
        (Fault.TYPE_UNKNOWN, 6),
        (Fault.DOES_NOT_LOAD, 7),
        (Fault.DOES_NOT_LOAD, 8),
    ]


def test_a_body_that_names_other_subjects_than_the_index_is_noticed(recorded: str, vault: Vault) -> None:
    rewrite(recorded, 7, lambda document: document.update(subjects=[f"organisation:{named('other')}"]))
    assert found(verify(recorded, vault)) == [(Fault.SUBJECT_MISSING, 7), (Fault.SUBJECT_UNFOUNDED, 7)]


def test_a_seal_that_was_changed_is_broken(recorded: str, vault: Vault) -> None:
    sealed = msgspec.json.decode(all_rows(recorded)[1].body)["data"]
    reseal(recorded, "name", sealed["email"])
    assert found(verify(recorded, vault)) == [(Fault.SEAL_BROKEN, 2)]
    reseal(recorded, "name", {**sealed["name"], "more": 1})
    assert found(verify(recorded, vault)) == [(Fault.SEAL_BROKEN, 2)]
    reseal(recorded, "name", {SEALED: "nothing"})
    assert set(found(verify(recorded, vault))) == {(Fault.SEAL_BROKEN, 2), (Fault.SEALED_FOR_ANOTHER, 2)}


def test_personal_text_in_the_clear_is_noticed_and_not_repeated(recorded: str, vault: Vault) -> None:
    reseal(recorded, "name", "Member 1")
    report = verify(recorded, vault)
    assert found(report) == [(Fault.PERSONAL_IN_CLEAR, 2)]
    assert "Member 1" not in repr(report)


def test_a_field_sealed_for_somebody_else_is_noticed(recorded: str, vault: Vault) -> None:
    other = uuid4()
    reseal(recorded, "name", {SEALED: vault.seal(other, "Member 2", Place(str(ORGANISATION), key_at(2), "name"))})
    assert found(verify(recorded, vault)) == [(Fault.SEALED_FOR_ANOTHER, 2)]
