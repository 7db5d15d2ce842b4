"""The refusals that the document promises for each command are those that its rules can give: no more, no fewer."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from api.commanding import example_of
from api.documenting import COMMANDING
from api.equipment import commands as equipment
from api.fields import schema_of
from api.parties import commands as parties
from domain.equipment.bulletin import Bulletin, BulletinIssued, BulletinWithdrawn
from domain.equipment.configuration import APPLIED
from domain.equipment.model import Model, ModelDiscontinued, ModelRegistered
from domain.equipment.serials import SerialNumber
from domain.equipment.state import OPERATING_TIME, Equipment, Meter, Passport, Period
from domain.equipment.terms import Stage
from domain.kernel.commands import COMMANDS, Command, streams_of
from domain.kernel.fields import FieldSpec, Plain
from domain.kernel.refusals import Nonsense, Refusal
from domain.kernel.streams import KINDS
from domain.parties.organisation import Organisation, OrganisationRegistered

OWN, OTHER, MAKER, THIRD = (UUID(int=number) for number in range(1, 5))
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ENDED = datetime(2025, 1, 1, tzinfo=UTC)
METER = Meter(name=OPERATING_TIME, unit="h", shown=Decimal(1000), read_at=ENDED, total=Decimal(1000))
COUNTERS = (
    replace(METER, shown=Decimal(10)),
    replace(METER, shown=Decimal(10), modulus=Decimal(900)),
    replace(METER, unit="min"),
    replace(METER, fitted_at=NOON),
)
PERIOD = Period(meter=OPERATING_TIME, unit="h", begin=ENDED, end=NOON, up=Decimal(1))
BEARER = Equipment(stage=Stage.RELEASED, manufacturer_id=MAKER, serial="px-1")
ENDED_MODEL, WITHDRAWN = ModelDiscontinued(reason="replaced"), BulletinWithdrawn(reason="superseded")
PASSPORT = Passport(number="PP-1", revision=2, issued_at=ENDED, reason="new-owner")
SPECIAL: tuple[dict[str, Any], ...] = (
    {"second_category": True},
    {"passport": PASSPORT},
    {"certificate": "EC-2024-1193", "passport": replace(PASSPORT, outdated=True)},
    *({"certificate": "EC-1", "meters": (counter,)} for counter in COUNTERS),
    {"periods": (PERIOD,)},
)
EVERY = {refusal.code for refusal in COMMANDING}
PROMISED = {**equipment.REFUSALS, **parties.REFUSALS}
NEVER_GIVEN = {"equipment.dispose": {"waste-document-missing"}}
"""Held by rules for facts from elsewhere; a command with a blank document is refused for its shape before."""


def items() -> Iterator[Equipment]:
    """Items in every stage, with and without whatever rules look at."""
    yield Equipment()
    for stage, certificate, end, parent, units in product(
        Stage, (None, "EC-1"), (None, ENDED), (None, OTHER, OWN), ((), (("comp1", OTHER),), (("comp1", OWN),))
    ):
        yield Equipment(
            stage=stage,
            model_id=OTHER,
            manufacturer_id=MAKER,
            serial="PX-1",
            certificate=certificate,
            certificate_until=end,
            parent_id=parent,
            slot="comp1" if parent else None,
            meters=(METER,),
            units=units,
        )
    for stage, special in product(Stage, SPECIAL):
        yield Equipment(stage=stage, model_id=OTHER, manufacturer_id=MAKER, serial="PX-1", **special)
    for stage, upgrade, bulletins in product(Stage, (None, "other"), ((), ((OWN, APPLIED),))):
        changing = {"upgrade": upgrade, "bulletins": bulletins, "document_revision": "C"}
        yield Equipment(stage=stage, model_id=OTHER, manufacturer_id=MAKER, serial="PX-1", **changing)  # type: ignore[arg-type]  # by name


def units() -> Iterator[Equipment]:
    """Units beside two other items, in every stage: whatever else rules look at, the others have."""
    yield Equipment()
    yield Equipment(stage=Stage.QUARANTINED, second_category=True)
    yield Equipment(stage=Stage.INSTALLED, parent_id=OWN, slot="comp1")
    for stage in Stage:
        yield Equipment(stage=stage)


def states(kind: str) -> list[Any]:
    models = [ModelRegistered(designation="Other", manufacturer_id=maker) for maker in (OTHER, MAKER)]
    bulletins = [
        BulletinIssued(number="SB-1", kind="recall", title="seal", manufacturer_id=MAKER, models=(model,))
        for model in (OWN, OTHER)
    ]
    known: dict[str, list[Any]] = {
        "equipment": list(items()),
        "serial": [SerialNumber(), SerialNumber(bearer=OTHER)],
        "model": [
            Model(),
            *(Model(registered=each, discontinued=ended) for each in models for ended in (None, ENDED_MODEL)),
        ],
        "bulletin": [
            Bulletin(),
            *(Bulletin(issued=each, withdrawn=ended) for each in bulletins for ended in (None, WITHDRAWN)),
        ],
        "organisation": [
            Organisation(),
            Organisation(registered=OrganisationRegistered(name="Other")),
            Organisation(registered=OrganisationRegistered(name="Other"), members=frozenset({OWN})),
        ],
    }
    return known[kind]


def possible(kinds: list[str]) -> list[list[Any]]:
    """Return the states of the streams of a command; where there are three items, fewer of the last two.

    Of a new item with its unit, those of the unit: those of the item itself are met without one.
    """
    if kinds == ["equipment", "serial", "model", "equipment"]:
        return [[Equipment()], states("serial")[:1], states("model")[1:], list(items())]
    if kinds.count("equipment") < 3:
        return [states(kind) for kind in kinds]
    return [states(kinds[0]), *(list(units()) for _ in kinds[1:])]


def example(spec: FieldSpec) -> Any:
    """Return a value that fits the items above."""
    if spec.shape.plain is Plain.ID:
        return {"unit_id": OTHER, "manufacturer_id": MAKER, "replacement_id": THIRD}.get(spec.name, OWN)
    told = {"serial": "PX-1", "models": (OWN,), "features": (("control-unit", "CU-7"),)}
    if spec.name in told:
        return told[spec.name]
    match spec.shape.plain, spec.example:
        case Plain.DECIMAL, str() as text:
            return Decimal(text)
        case Plain.MOMENT, str() as text:
            return datetime.fromisoformat(text)
        case Plain.DATE, str() as text:
            return date.fromisoformat(text)
        case Plain.LIST, _:
            return ()
        case _, None:
            return "EX-1"
        case _, shown:
            return "comp1" if spec.name == "slot" else shown


def given(name: str) -> list[Command]:
    """Return a command made of its examples: with the item itself as its unit too, and with more than counters show."""
    declared = COMMANDS[name]
    values = {spec.name: example(spec) for spec in declared.fields}
    made = [declared.cls(**values)]
    if "unit_id" in values:
        made.append(declared.cls(**{**values, "unit_id": OWN}))
    if "replacement_id" in values:
        made.append(declared.cls(**{**values, "replacement_id": OWN}))
    if "units" in values:
        made.append(declared.cls(**{**values, "units": (("comp1", OTHER),)}))
    if "passes" in values:
        made.append(declared.cls(**{**values, "passes": 1}))
    if "modulus" in values:
        made.append(declared.cls(**{**values, "shows": values["modulus"]}))
    return made


def named_besides(command: Command) -> list[str]:
    """Return the kinds of streams, other than items, that a command asks for besides its own."""
    also: Any = getattr(command, "also", lambda *_: ())
    own = [KINDS[stream.kind].initial for stream in streams_of(command)]
    return [stream.kind for stream in also(*own) if stream.kind != "equipment"]


def refusals(command: Command) -> Iterator[str]:
    """Yield the code of every refusal that the rules give in some state of the streams."""
    kinds = [stream.kind for stream in streams_of(command)]
    bearers = [(), (BEARER,)] if "serial" in kinds else [()]
    named = named_besides(command)
    for seen, bearer in product(product(*possible([*kinds, *named])), bearers):
        try:
            decision = command.decide(*seen, *bearer)
        except Refusal as refusal:
            yield refusal.code
            continue
        parts = decision if isinstance(decision, tuple) else (decision,)
        for kind, before, facts in zip(kinds, seen, parts, strict=False):
            state = before
            for fact in facts:
                if found := KINDS[kind].check(state, fact, NOON):
                    yield found.code
                    break
                state = KINDS[kind].evolve(state, fact, NOON)


@pytest.mark.parametrize("name", PROMISED)
def test_a_command_is_refused_for_what_is_documented_and_nothing_else(name: str) -> None:
    found = {code for command in given(name) for code in refusals(command)}
    promised = {refusal.code for refusal in PROMISED[name]}
    assert (found - EVERY) | NEVER_GIVEN.get(name, set()) == promised


@pytest.mark.parametrize("name", PROMISED)
def test_the_example_of_a_command_can_be_sent_as_it_stands(name: str) -> None:
    declared = COMMANDS[name]
    command = declared.cls(**schema_of(declared.cls)().load(example_of(declared, ())))
    kinds = [stream.kind for stream in streams_of(command)]
    for seen in product(*possible([*kinds, *named_besides(command)])):
        try:
            command.decide(*seen)
        except Refusal as refusal:
            assert not isinstance(refusal, Nonsense), refusal.detail  # noqa: PT017  other refusals are in order


def test_every_command_of_an_item_has_an_endpoint() -> None:
    assert {name for name in COMMANDS if name != "error.declare"} == set(PROMISED)
