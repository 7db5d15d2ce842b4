"""What older versions of facts of equipment become when they are read. Upcasts never refuse."""

from typing import Annotated, Any

from domain.equipment.terms import (
    Giai,
    Kilograms,
    ManufacturerId,
    ModelId,
    Options,
    Plant,
    Serial,
    WasteDocument,
)
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


class ReleasedBefore:
    """A release as it was told before the bill and the units of an item were."""

    model_id: ModelId
    manufacturer_id: ManufacturerId
    serial: Serial
    giai: Giai | None = None
    plant: Plant | None = None
    as_built: Options = ()


@upcast("equipment.released", 1, was=ReleasedBefore)
def without_units(data: dict[str, Any]) -> dict[str, Any]:
    """Nothing was said of units, nor of the revision of the bill."""
    return data
