"""Callers of the real interface over real connections, who write down what they asked and what they were told."""

import http.client
import json
import random
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from threading import Event
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from domain.equipment.life import Released
from domain.equipment.model import ModelRegistered
from domain.equipment.serials import SerialReserved
from domain.kernel.facts import Fact
from domain.kernel.streams import StreamRef
from domain.parties.organisation import MemberAdded, OrganisationRegistered
from tests.faults.invariants import Operation, Place, Verdict

PATIENCE_SECONDS = 30.0
RECORDED, KNOWN, UNAVAILABLE = 201, 200, 503


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: Any


class NotSent(Exception):  # noqa: N818  says what happened
    """Nobody listens: nothing was asked."""


class Lost(Exception):  # noqa: N818  says what happened
    """The request may have arrived, and no whole answer came."""


class Line:
    """One connection to the server, made anew when it breaks."""

    def __init__(self, port: int, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        self._key = key

    def ask(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        sent = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json", **(headers or {})}
        try:
            if self._connection.sock is None:
                self._connection.connect()
        except OSError as error:
            raise NotSent from error
        try:
            with suppress(BrokenPipeError):  # a refusal that does not wait for the body may be there to be read
                self._connection.request(method, path, None if body is None else json.dumps(body), sent)
            answer = self._connection.getresponse()
            return Answer(answer.status, dict(answer.headers), json.loads(answer.read()))
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise Lost from error

    def close(self) -> None:
        self._connection.close()


@dataclass
class Request:
    """One command as it is sent; sent again, it is the same request."""

    path: str
    body: dict[str, object]
    facts: tuple[Fact, ...]
    """What it records, if it records anything."""
    key: str = field(default_factory=lambda: str(uuid4()))
    receipt: Any = None
    """The first receipt, once one was given."""

    def __post_init__(self) -> None:
        self.operation = Operation(uuid4(), self.facts)

    def send(self, line: Line) -> Answer:
        """Ask, and write down what was told; asked again, what is told then counts.

        Raises:
            NotSent, Lost: as the line.
        """
        operation = self.operation
        operation.started = min(operation.started, time.monotonic())
        body = {**self.body, "correlation": str(operation.mark)}
        try:
            answer = line.ask("POST", self.path, body, {"Idempotency-Key": self.key})
        except NotSent:
            operation.verdict = Verdict.REFUSED
            raise
        self._hear(answer)
        return answer

    def _hear(self, answer: Answer) -> None:
        operation = self.operation
        if answer.status in {RECORDED, KNOWN}:
            operation.verdict, operation.ended = Verdict.OK, time.monotonic()
            operation.places = tuple(_place(fact) for fact in answer.body["facts"])
            self.receipt = self.receipt or answer.body
            return
        assert answer.status in {409, UNAVAILABLE}, answer
        if answer.status == UNAVAILABLE:
            assert int(answer.headers["retry-after"]) >= 1
        unknown = answer.status == UNAVAILABLE and answer.body["outcome"] == "unknown"
        operation.verdict = Verdict.UNKNOWN if unknown else Verdict.REFUSED


def _place(fact: Mapping[str, Any]) -> Place:
    return Place(UUID(fact["id"]), StreamRef.parse(fact["stream"]).id, fact["sequence"], fact["position"])


class World:
    """What the callers talk about: a maker with a model, organisations with members, and serial numbers."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.maker, self.model = uuid4(), uuid4()
        self.organisations = [uuid4() for _ in range(3)]
        self._serials = count()

    def beginning(self) -> Sequence[Request]:
        """Return what must be on record first."""
        registered = ModelRegistered(designation="Press PX-40", manufacturer_id=self.maker)
        model: dict[str, object] = {
            "model_id": str(self.model),
            "designation": registered.designation,
            "manufacturer_id": str(self.maker),
        }
        parties = [_organisation(each) for each in (self.maker, *self.organisations)]
        return *parties, Request("/v1/models", model, (registered,))

    def next(self) -> Request:
        """Return what a caller asks next: something new, something personal, something that another wants too."""
        match self.random.randrange(4):
            case 0:
                return _organisation(uuid4())
            case 1:
                return _member(self.random.choice(self.organisations), uuid4())
            case 2:
                return self._release(f"PX-{uuid4()}")
            case _:
                return self._release(f"PX-{next(self._serials) // 2}")  # each is wanted twice, and given once

    def _release(self, serial: str) -> Request:
        item = uuid4()
        body: dict[str, object] = {
            "equipment_id": str(item),
            "model_id": str(self.model),
            "manufacturer_id": str(self.maker),
            "serial": serial,
        }
        released = Released(model_id=self.model, manufacturer_id=self.maker, serial=serial)
        return Request("/v1/equipment", body, (released, SerialReserved(serial=serial, equipment_id=item)))


def _organisation(organisation: UUID) -> Request:
    name = "Завод № 1"
    body: dict[str, object] = {"organisation_id": str(organisation), "name": name}
    return Request("/v1/organisations", body, (OrganisationRegistered(name=name),))


def _member(organisation: UUID, member: UUID) -> Request:
    name, email = f"Member {member}", f"member-{member}@example.org"
    body: dict[str, object] = {"member_id": str(member), "name": name, "email": email, "role": "quality"}
    added = MemberAdded(member_id=member, name=name, email=email, role="quality")
    return Request(f"/v1/organisations/{organisation}/add-member", body, (added,))


@dataclass
class Caller:
    """Asks one thing after another. One thread runs it; others may look at what it wrote down."""

    world: World
    line: Line
    asked: list[Request] = field(default_factory=list)

    def run(self, stop: Event) -> None:
        """Ask until told to stop, or until the server is gone; a lost connection is made anew."""
        with suppress(NotSent):
            while not stop.is_set():
                request = self.world.next()
                self.asked.append(request)
                with suppress(Lost):
                    if request.send(self.line).status == UNAVAILABLE:
                        stop.wait(0.01)  # others need the processor to come back
        self.line.close()
