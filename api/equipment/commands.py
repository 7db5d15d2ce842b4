"""What may be done to equipment and models: one endpoint for every command that is declared."""

from collections.abc import Mapping, Sequence

from flask_smorest import Blueprint

from api.commanding import add_command
from domain import declared
from domain.equipment import refusals as no
from domain.kernel.refusals import Refusal

_ALIVE = (no.NotReleased, no.AlreadyDisposed)
"""What the order of life says to anything that is asked before the release, or after the disposal."""
_IN_ORDER = (*_ALIVE, no.NotPossibleAtThisStage)
_CERTIFIED = (no.NotCertified, no.NotRegraded)
"""What is said of an item that is to be used without its certificate, new or refurbished."""
_BUILT_IN = (*_CERTIFIED, no.CertificateNotValid, no.CyclicAssembly, no.UnitSitsElsewhere)
"""What is said of a unit that is to be built into an item."""
_COUNTED = (no.MeterRanBackwards, no.MeterUnitDiffers, no.BeyondTheMeter)
"""What a value of a counter may be refused for."""
_BY_BULLETIN = (no.BulletinNotInForce, no.BulletinConcernsOthers)
"""What is said of a bulletin that an item cannot be changed by."""

REFUSALS: Mapping[str, Sequence[type[Refusal]]] = {
    "equipment.release": (
        no.AlreadyReleased,
        no.NotTheMaker,
        no.ModelNoLongerMade,
        no.SerialTaken,
        *_IN_ORDER,
        *_BUILT_IN,
    ),
    "equipment.take_over": (no.AlreadyReleased, no.NotTheMaker, no.SerialTaken),
    "equipment.certify": _IN_ORDER,
    "equipment.refuse_certification": _IN_ORDER,
    "equipment.record_certificate_expiry": (
        *_ALIVE,
        no.NotCertified,
        no.CertificateSuperseded,
        no.CertificateStillValid,
    ),
    "equipment.issue_passport": (*_ALIVE, no.NotCertified, no.PassportAlreadyIssued),
    "equipment.revise_passport": (*_ALIVE, no.PassportNotIssued, no.PassportUpToDate),
    "equipment.stock": (*_IN_ORDER, *_CERTIFIED),
    "equipment.ship": (*_IN_ORDER, *_CERTIFIED, no.ShippingWhileInService),
    "equipment.deliver": _IN_ORDER,
    "equipment.lend": (*_IN_ORDER, *_CERTIFIED, no.Quarantined, no.AlreadyIssued),
    "equipment.move": (*_IN_ORDER, no.UnitSitsElsewhere),
    "equipment.transfer_ownership": _ALIVE,
    "equipment.report_loss": _IN_ORDER,
    "equipment.report_finding": _IN_ORDER,
    "equipment.install": (*_IN_ORDER, *_CERTIFIED, no.UnitSitsElsewhere),
    "equipment.remove": (*_IN_ORDER, no.DoesNotGoThere, no.UnitSitsElsewhere),
    "equipment.lay_up": _IN_ORDER,
    "equipment.return_to_service": _IN_ORDER,
    "equipment.commission": (*_ALIVE, no.NotInstalled, no.UnitSitsElsewhere, no.CertificateNotValid, *_COUNTED),
    "equipment.report_failure": (*_ALIVE, no.NotInService, *_COUNTED),
    "equipment.diagnose_failure": (*_ALIVE, no.FailureNotOnRecord),
    "equipment.change_operational_state": (*_ALIVE, no.NotInService),
    "equipment.measure_condition": _ALIVE,
    "equipment.fit_meter": (*_ALIVE, no.MeterAlreadyFitted, no.MeterUnitDiffers, no.BeyondTheMeter),
    "equipment.record_meter_reading": (
        *_ALIVE,
        no.MeterAlreadyFitted,
        no.MeterDoesNotRollOver,
        no.NotInService,
        *_COUNTED,
    ),
    "equipment.correct_meter_reading": (
        *_ALIVE,
        no.MeterNotFitted,
        no.MeterDoesNotRollOver,
        no.MeterUnitDiffers,
        no.BeyondTheMeter,
    ),
    "equipment.replace_meter": (*_ALIVE, no.MeterNotFitted, no.MeterAlreadyFitted, no.NotInService, *_COUNTED),
    "equipment.report_period": (*_ALIVE, no.MeterUnitDiffers, no.PeriodOverlaps, no.NotInService),
    "equipment.start_repair": (*_ALIVE, no.NotInService, no.RepairAlreadyOpen),
    "equipment.complete_repair": (*_ALIVE, no.RepairNotStarted),
    "equipment.install_unit": (*_IN_ORDER, *_BUILT_IN, no.SlotOccupied),
    "equipment.remove_unit": (no.AlreadyDisposed, no.NotPossibleAtThisStage, no.UnitNotInstalledHere),
    "equipment.exchange_unit": (
        *_IN_ORDER,
        *_BUILT_IN,
        no.UnitNotInstalledHere,
    ),
    "equipment.declare_beyond_economic_repair": _IN_ORDER,
    "equipment.decommission": _IN_ORDER,
    "equipment.authorise_refurbishment": _IN_ORDER,
    "equipment.dispose": (*_ALIVE, no.NotDecommissioned, no.UnitsInside, no.WasteDocumentMissing),
    "equipment.order_option": _ALIVE,
    "equipment.start_upgrade": (*_IN_ORDER, no.UpgradeAlreadyOpen, *_BY_BULLETIN),
    "equipment.complete_upgrade": (*_ALIVE, no.UpgradeNotStarted, no.DocumentRevisionMissing, *_BY_BULLETIN),
    "equipment.apply_bulletin": (*_ALIVE, no.BulletinAlreadyApplied, *_BY_BULLETIN),
    "equipment.declare_bulletin_not_applicable": (*_ALIVE, no.BulletinAlreadyApplied, *_BY_BULLETIN),
    "model.register": (no.ModelAlreadyRegistered,),
    "model.revise_bill": (no.ModelNotRegistered,),
    "model.set_plan_template": (no.ModelNotRegistered,),
    "model.set_warranty_terms": (no.ModelNotRegistered,),
    "model.define_document_set": (no.ModelNotRegistered,),
    "model.discontinue": (no.ModelNotRegistered, no.ModelAlreadyDiscontinued),
    "bulletin.issue": (no.BulletinAlreadyIssued, no.NotTheMaker),
    "bulletin.withdraw": (no.BulletinNotIssued, no.BulletinNotInForce),
}
"""What the rules of each command may say, for its documentation; a test compares it with what they do say."""

_COMMANDS = declared.commands()
_COLLECTIONS = {"equipment": "/equipment", "model": "/models", "bulletin": "/bulletins"}
_CREATING = frozenset({"equipment.release", "model.register", "bulletin.issue"})

blueprint = Blueprint("equipment", __name__, url_prefix="/v1", description="Items of equipment and their life.")

for name in REFUSALS:
    add_command(
        blueprint,
        _COLLECTIONS[name.partition(".")[0]],
        _COMMANDS[name],
        REFUSALS[name],
        creates=name in _CREATING,
    )
