"""Items whose life is told over the interface."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from werkzeug.test import TestResponse

from api.services import Services
from tests.api.callers import Bearer

FOUNDED = "2020-01-01T00:00:00Z"
RELEASED = "2024-01-01T08:00:00Z"
CERTIFIED = "2024-01-02T08:00:00Z"
SHIPPED = "2024-01-03T08:00:00Z"
DELIVERED = "2024-01-04T08:00:00Z"
INSTALLED = "2024-01-05T08:00:00Z"
COMMISSIONED = "2024-01-06T08:00:00+03:00"


@dataclass
class Story:
    """A maker, an operator and a model on record, and the items that tests add."""

    administrator: Bearer
    services: Services
    maker: UUID = field(default_factory=uuid4)
    operator: UUID = field(default_factory=uuid4)
    model: UUID = field(default_factory=uuid4)

    def begin(self) -> "Story":
        for organisation in (self.maker, self.operator):
            known = {"organisation_id": str(organisation), "name": "Northern Works", "occurred_at": FOUNDED}
            self.posted("/v1/organisations", known)
        model: dict[str, object] = {
            "occurred_at": FOUNDED,
            "model_id": str(self.model),
            "designation": "Press PX-40",
            "manufacturer_id": str(self.maker),
        }
        self.posted("/v1/models", {**model, "maintainable_items": ["comp1"]})
        return self

    def release(self, serial: str = "PX-1", **more: object) -> dict[str, Any]:
        return {"model_id": str(self.model), "manufacturer_id": str(self.maker), "serial": serial, **more}

    def item(self, serial: str = "PX-1", *, steps: int = 6) -> UUID:
        """Bring an item through the first steps of its life."""
        equipment_id = uuid4()
        self.posted("/v1/equipment", self.release(serial, equipment_id=str(equipment_id), occurred_at=RELEASED))
        life: list[tuple[str, dict[str, Any]]] = [
            ("certify", {"certificate": "EC-1", "authority": "NB-1", "occurred_at": CERTIFIED}),
            ("ship", {"place": "site-north", "occurred_at": SHIPPED}),
            ("deliver", {"recipient_id": str(self.operator), "occurred_at": DELIVERED}),
            ("install", {"place": "hall-1", "occurred_at": INSTALLED}),
            ("commission", {"operator_id": str(self.operator), "act": "ACT-1", "occurred_at": COMMISSIONED}),
        ]
        for command, body in life[: steps - 1]:
            self.do(equipment_id, command, body)
        return equipment_id

    def do(self, item: UUID, command: str, body: dict[str, Any]) -> dict[str, Any]:
        return self.posted(f"/v1/equipment/{item}/{command}", body)

    def posted(self, path: str, body: object) -> dict[str, Any]:
        """Post what must be recorded; return the receipt."""
        answer = self.administrator.post(path, body)
        assert answer.status_code == 201, answer.get_json()
        receipt: dict[str, Any] = answer.get_json()
        return receipt

    def followed(self) -> "Story":
        """Let the read models follow the log."""
        self.services.projections.catch_up()
        return self

    @property
    def head(self) -> int:
        return self.services.log.head().position


def code_of(answer: TestResponse) -> str:
    """Return the code of a refusal."""
    code: str = answer.get_json()["type"].rpartition("/")[2]
    return code


def link(answer: TestResponse, relation: str) -> str | None:
    """Return the address of another page."""
    for part in answer.headers["Link"].split(", "):
        address, _, kind = part.partition("; ")
        if kind == f'rel="{relation}"':
            return address[1:-1]
    return None
