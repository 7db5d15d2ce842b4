"""Access: who asks, and the one place that decides whether he may.

Nothing is open without a key but `OPEN`. A key belongs to a principal with a role, and to one organisation or to all.
A key of one organisation acts on items in which that organisation takes part: it made the item, holds it, runs it or
owns it, or takes part in the item inside which it sits as a unit, as of now; or it took part in the item out of which
the unit was taken, at that moment, and nobody else was told to have the unit since. An item beyond that is for it as if
it were not on record. Models, bulletins and the register of organisations are read by every key and changed by the
organisation that they belong to. A fact is declared wrong by the organisation in whose name it was recorded: another
one, even of the same item, cannot make its words not count. An answer on which nobody decided is not given.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import singledispatch
from typing import Any
from uuid import UUID

from api.refusals import KeyExpired, KeyNotValid, NotAllowed
from api.roles import ALLOWED, Question, Role
from api.services import asked_now, noted, services
from domain.application.keys import Expired, NotValid
from domain.equipment.beginning_commands import ReleaseEquipment, TakeOverEquipment
from domain.equipment.bulletin import Bulletin
from domain.equipment.bulletin_commands import IssueBulletin
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.model import Model
from domain.equipment.model_commands import RegisterModel
from domain.equipment.serials import SerialNumber
from domain.equipment.state import Equipment
from domain.equipment.structure import in_the_hands_of
from domain.equipment.structure_commands import ExchangeUnit, RemoveUnit
from domain.kernel.commands import Command, command_type, streams_of
from domain.kernel.envelope import Caller
from domain.kernel.errors import DeclareError
from domain.kernel.refusals import NotOnRecord, Refusal
from domain.kernel.streams import StreamRef
from domain.log.codec import decode
from domain.parties.organisation import RegisterOrganisation

__all__ = ["OPEN", "Principal", "Question", "Role", "allow", "allow_command", "allow_stream", "caller", "decide"]

OPEN = ("/healthz", "/readyz", "/openapi.json", "/docs", "/v1/refusals", "/v1/schemas")
"""What needs no key: these addresses and everything below them. They tell nothing about anything on record."""

_BELOW_OPEN = tuple(f"{each}/" for each in OPEN)
_BEARER = "bearer"
_ROLES = {role.value: role for role in Role}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: known by a random id, with a role in one organisation or in all."""

    id: UUID
    role: Role
    organisation: UUID
    """In whose name facts are recorded."""
    everywhere: bool
    """Whether the key is for all organisations."""

    @property
    def scope(self) -> UUID | None:
        """The organisation to which every question is limited; None if it is not. Part of ETags and cursors."""
        return None if self.everywhere else self.organisation


def decide(principal: Principal, action: str, parties: Collection[UUID] | None) -> Refusal | None:
    """Return why the principal may not do this, or None. The one place where access is decided.

    Args:
        principal: who asks.
        action: the permanent name of a command, or a `Question`.
        parties: the organisations that take part in what it is about; None if it belongs to nobody in particular.
    """
    if action not in ALLOWED[principal.role]:
        return NotAllowed(f"The role {principal.role} may not do this.", action=str(action))
    if principal.everywhere or parties is None or principal.organisation in parties:
        return None
    return NotOnRecord()


def is_open(path: str) -> bool:
    """Return whether an address needs no key."""
    return path in OPEN or path.startswith(_BELOW_OPEN)


def authenticate() -> None:
    """Find out who asks, before anything else is done for him.

    Raises:
        KeyNotValid: there is no key, or it is unknown, malformed or revoked: which of these is not told.
        KeyExpired: the key is right and its time is over.
    """
    asked = asked_now()
    if is_open(asked.path):
        return
    scheme, _, token = asked.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != _BEARER:
        raise KeyNotValid
    given = services()
    try:
        key = given.keys.find(token.strip())
    except Expired:
        raise KeyExpired from None
    except NotValid:
        raise KeyNotValid from None
    role = _ROLES.get(key.role)
    if role is None:
        raise KeyNotValid
    everywhere = key.organisation is None
    organisation = key.organisation or given.settings.organisation
    noted().principal = Principal(key.principal, role, organisation, everywhere)


def principal() -> Principal:
    """Return who asks.

    Raises:
        KeyNotValid: the address is open and nobody said.
    """
    found: Principal | None = noted().get("principal")
    if found is None:
        raise KeyNotValid
    return found


def caller(causation: UUID | None = None, correlation: UUID | None = None) -> Caller:
    """Return in whose name facts are recorded, and what they belong to: by default the trace of the request."""
    asking = principal()
    return Caller(
        actor=asking.id,
        organisation=asking.organisation,
        correlation=correlation or noted().correlation,
        causation=causation,
    )


def allow(action: str, parties: Collection[UUID] | None = None) -> Principal:
    """Return who asks, if he may.

    For questions about many items: they are limited to the principal's `scope` instead of by parties.

    Raises:
        NotAllowed: his role does not allow it.
        NotOnRecord: his organisation takes no part in it.
    """
    asking = principal()
    noted().decided = True
    if refusal := decide(asking, action, parties):
        raise refusal
    return asking


def allow_stream(action: str, stream: StreamRef) -> Principal:
    """Return who asks, if he may ask this about one stream. Raises as `allow`."""
    asking = allow(action)
    if asking.everywhere or _is_open_to_readers(stream):
        return asking
    return allow(action, parties_of(stream, asking.organisation))


def allow_command(command: Command) -> Principal:
    """Return who asks, if he may give this command.

    Raises:
        NotAllowed: his role does not allow it, or it is in the name or about the words of another organisation.
        NotOnRecord: his organisation takes no part in what it is about.
    """
    name = command_type(command).name
    asking = allow(name)
    if asking.everywhere:
        return asking
    named = _organisation_named_by(command)
    if named is not None:
        if named != asking.organisation:
            raise NotAllowed("The key is of another organisation than the request names.", action=name)
        own, *others = streams_of(command)
        if not _is_open_to_readers(own) and (parties := parties_of(own, asking.organisation)):
            allow(name, parties)  # an id that is another's already: not even its version is told
        for unit in others:
            if unit.kind == EQUIPMENT.kind:
                allow(name, parties_of(unit, asking.organisation))
        return asking
    for stream in streams_of(command):
        if not _went_out_by(command, stream):
            allow(name, parties_of(stream, asking.organisation))
    if isinstance(command, DeclareError):
        _require_own_words(command, asking)
    return asking


def _require_own_words(command: DeclareError, asking: Principal) -> None:
    """Refuse to declare wrong what another organisation said.

    Raises:
        NotAllowed: the fact was recorded in the name of another.
    """
    row = services().log.by_keys([command.wrong_fact]).get(command.wrong_fact)
    if row is None or row.stream != streams_of(command)[0].id:
        return  # nothing of this stream: the same as if it were not on record
    if decode(row).organisation != asking.organisation:
        raise NotAllowed("The fact was recorded in the name of another organisation.", action="error.declare")


def _went_out_by(command: Command, stream: StreamRef) -> bool:
    """Return whether a unit was last taken out of the very item out of which it is to go: the command told again.

    Who took it out may see it no longer; of the item it is asked whether he takes part in that.
    """
    if not isinstance(command, RemoveUnit | ExchangeUnit) or stream.id != command.unit_id:
        return False
    unit = _at(stream.id)
    return unit.parent_id is None and unit.former_parent_id == command.equipment_id


def parties_of(stream: StreamRef, asking: UUID) -> frozenset[UUID]:
    """Return the organisations that take part in a stream, as of now; none if nothing is on record.

    Args:
        stream: of equipment, or of another kind.
        asking: the organisation that asks: only if it takes no part in an item itself, what is above it is looked at.
    """
    if stream.kind == "organisation":
        return frozenset({stream.id})
    try:
        state = services().ledger.state(stream).state
    except NotOnRecord:
        return frozenset()
    return _parties(state, asking)


@singledispatch
def _parties(_state: Any, _asking: UUID) -> frozenset[UUID]:
    """Nobody, until it is said who: a new kind of stream is closed to keys of one organisation."""
    return frozenset()


@_parties.register
def _(item: Equipment, asking: UUID) -> frozenset[UUID]:
    if asking in item.parties:
        return item.parties
    return item.parties.union(*(each.parties for each in in_the_hands_of(item, _at)))


@_parties.register
def _(model: Model, _asking: UUID) -> frozenset[UUID]:
    return frozenset() if model.registered is None else frozenset({model.registered.manufacturer_id})


@_parties.register
def _(bulletin: Bulletin, _asking: UUID) -> frozenset[UUID]:
    return frozenset() if bulletin.issued is None else frozenset({bulletin.issued.manufacturer_id})


@_parties.register
def _(number: SerialNumber, asking: UUID) -> frozenset[UUID]:
    return frozenset() if number.bearer is None else parties_of(StreamRef(EQUIPMENT.kind, number.bearer), asking)


def _at(item: UUID, moment: datetime | None = None) -> Equipment:
    """Return an item as it was at a moment, or is now; an empty one if not even how its life began was on record."""
    try:
        state: Equipment = services().ledger.state(StreamRef(EQUIPMENT.kind, item), as_of=moment).state
    except NotOnRecord:
        return Equipment()
    return Equipment() if state.stage is None else state


def _organisation_named_by(command: Command) -> UUID | None:
    """Return in whose name a command creates something: nothing is on record yet that would say whose it is."""
    match command:
        case ReleaseEquipment() | TakeOverEquipment() | RegisterModel() | IssueBulletin():
            return command.manufacturer_id
        case RegisterOrganisation():
            return command.organisation_id
    return None


def _is_open_to_readers(stream: StreamRef) -> bool:
    return stream.kind in {"model", "bulletin", "organisation"}
