"""Items on record for tests of the interface."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from tests.api.callers import Bearer


@dataclass(frozen=True)
class World:
    """A maker, an operator, a model and an item in service."""

    maker: UUID
    operator: UUID
    model: UUID
    item: UUID


def settle(administrator: Bearer) -> World:
    """Put a maker, an operator, a model and a released item on record."""
    world = World(uuid4(), uuid4(), uuid4(), uuid4())
    for organisation in (world.maker, world.operator):
        posted(administrator, f"/v1/organisations/{organisation}/register", {"name": "Northern Works"})
    posted(
        administrator,
        f"/v1/models/{world.model}/register",
        {"designation": "Press PX-40", "manufacturer_id": str(world.maker)},
    )
    posted(administrator, f"/v1/equipment/{world.item}/release", release(world))
    return world


def release(world: World, serial: str = "PX-1") -> dict[str, object]:
    """Return the body of a release."""
    return {"model_id": str(world.model), "manufacturer_id": str(world.maker), "serial": serial}


CERTIFY = {"certificate": "EC-1", "authority": "NB-0123"}


def commission(administrator: Bearer, world: World) -> None:
    """Bring the item to its operator and into service."""
    base = f"/v1/equipment/{world.item}"
    posted(administrator, f"{base}/certify", CERTIFY)
    posted(administrator, f"{base}/stock", {"place": "site-north"})
    posted(administrator, f"{base}/install", {"place": "site-north"})
    posted(administrator, f"{base}/commission", {"operator_id": str(world.operator), "act": "ACT-1"})


def posted(bearer: Bearer, path: str, body: object) -> None:
    """Post what must be recorded."""
    answer = bearer.post(path, body)
    assert answer.status_code == 201, answer.get_json()
