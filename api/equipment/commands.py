"""What may be done to equipment and models: one endpoint for every command that is declared."""

from collections.abc import Mapping, Sequence

from flask_smorest import Blueprint

import domain.equipment.equipment  # noqa: F401  declares the commands below
from api.commanding import add_command
from domain.equipment import refusals as no
from domain.kernel.commands import COMMANDS
from domain.kernel.refusals import Refusal

_ON_RECORD = (no.NotReleased, no.AlreadyDisposed, no.NotPossibleAtThisStage)
"""What the order of life may say to anything that is asked of an item on record."""

REFUSALS: Mapping[str, Sequence[type[Refusal]]] = {
    "equipment.release": (no.AlreadyReleased, no.NotTheMaker, no.SerialTaken),
    "equipment.certify": _ON_RECORD,
    "equipment.stock": (*_ON_RECORD, no.NotCertified),
    "equipment.ship": (*_ON_RECORD, no.NotCertified, no.ShippingWhileInService),
    "equipment.deliver": _ON_RECORD,
    "equipment.install": (*_ON_RECORD, no.UnitSitsElsewhere),
    "equipment.remove": (*_ON_RECORD, no.UnitSitsElsewhere),
    "equipment.commission": (*_ON_RECORD, no.NotInstalled, no.CertificateNotValid),
    "equipment.report_failure": (*_ON_RECORD, no.NotInService, no.MeterRanBackwards),
    "equipment.start_repair": (*_ON_RECORD, no.NotInService, no.RepairAlreadyOpen),
    "equipment.complete_repair": (*_ON_RECORD, no.RepairNotStarted),
    "equipment.install_unit": (*_ON_RECORD, no.CyclicAssembly, no.SlotOccupied, no.UnitSitsElsewhere),
    "equipment.remove_unit": (*_ON_RECORD, no.UnitNotInstalledHere),
    "equipment.decommission": _ON_RECORD,
    "equipment.dispose": (*_ON_RECORD, no.NotDecommissioned, no.WasteDocumentMissing),
    "model.register": (no.ModelAlreadyRegistered,),
}
"""What the rules of each command may say, for its documentation; a test compares it with what they do say."""

_COLLECTIONS = {"equipment": "/equipment", "model": "/models"}
_CREATING = frozenset({"equipment.release", "model.register"})

blueprint = Blueprint("equipment", __name__, url_prefix="/v1", description="Items of equipment and their life.")

for name in REFUSALS:
    add_command(
        blueprint,
        _COLLECTIONS[name.partition(".")[0]],
        COMMANDS[name],
        REFUSALS[name],
        creates=name in _CREATING,
    )
