"""What older versions of facts of equipment become when they are read. Upcasts never refuse."""

from typing import Annotated, Any

from domain.equipment.terms import Kilograms, WasteDocument
from domain.kernel.facts import upcast
from domain.kernel.marks import Meaning


class DisposedBefore:
    """A disposal as it was told before waste codes and materials were."""

    method: Annotated[str, Meaning("What was done: recycled, landfilled, incinerated or scrapped.")]
    waste_document: WasteDocument
    mass: Kilograms | None = None


@upcast("equipment.disposed", 1, was=DisposedBefore)
def without_materials(data: dict[str, Any]) -> dict[str, Any]:
    """Nothing was said of materials."""
    return data
