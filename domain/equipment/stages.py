"""The life-stage table: which fact leads an item from which stage to which. One row a fact, whatever its axis.

A fact without a row changes no stage and may happen at any stage between the release and the disposal; what its own
axis says against that is asked before.
"""

from collections.abc import Callable, Mapping
from typing import Any

from domain.equipment.configuration import UpgradeCompleted, UpgradeStarted
from domain.equipment.custody import Delivered, Found, Lent, Lost, Shipped, Stocked
from domain.equipment.ending import BeyondEconomicRepairDeclared, Decommissioned, Disposed, RefurbishmentAuthorised
from domain.equipment.life import (
    INSTALLABLE,
    Commissioned,
    Installed,
    LaidUp,
    Released,
    Removed,
    ReturnedToService,
    TakenOver,
)
from domain.equipment.operation import RepairCompleted, RepairStarted
from domain.equipment.papers import CertificationRefused, Certified
from domain.equipment.refusals import NotCertified, NotPossibleAtThisStage, NotRegraded
from domain.equipment.state import Equipment
from domain.equipment.terms import Stage
from domain.kernel.facts import FactType
from domain.kernel.refusals import Refusal

S = Stage
Follows = Callable[[Equipment, Any], Stage | None]
"""How the next stage follows from the item and the fact, where the table cannot say it."""

_STAGES: Mapping[str, Stage] = {stage.value: stage for stage in Stage}
_ALIVE = tuple(stage for stage in Stage if stage is not S.DISPOSED)
_SET_ASIDE = frozenset({S.RELEASED, S.QUARANTINED, S.CERTIFIED, S.IN_STOCK, S.DELIVERED})
_CERTIFIABLE = tuple(stage for stage in _ALIVE if stage not in {S.DECOMMISSIONED, S.LOST})


def _back(item: Equipment, _fact: object) -> Stage | None:
    """The stage before the work."""
    return item.stage_before or S.IN_SERVICE


def _back_if_certified(item: Equipment, fact: UpgradeCompleted) -> Stage | None:
    """The stage before the work, or under modernisation until the certificate for what has changed."""
    affected = item.recertify or fact.certification_affected
    return item.stage if affected else _back(item, fact)


def _certified(item: Equipment, _fact: Certified) -> Stage | None:
    """Certified, if the item is new or set aside; back to service after an upgrade; else it stays where it is."""
    if item.stage in {S.RELEASED, S.QUARANTINED}:
        return S.CERTIFIED
    return _back(item, _fact) if awaits_recertification(item) else item.stage


def _not_certified(item: Equipment, _fact: CertificationRefused) -> Stage | None:
    """Quarantined, unless the item is on its way, installed or in service: there it stays, without a certificate."""
    return S.QUARANTINED if item.stage in _SET_ASIDE or awaits_recertification(item) else item.stage


def _where_it_goes(item: Equipment, fact: Removed) -> Stage | None:
    """Where the removal says: before it was commissioned to Delivered, afterwards to a stock, on its way or aside."""
    return _STAGES.get(fact.to, item.stage)


def _where_it_was_found(_item: Equipment, fact: TakenOver) -> Stage | None:
    """The stage at which the item came on record."""
    return _STAGES.get(fact.stage, S.IN_SERVICE)


BY_ITEM: frozenset[Follows] = frozenset({_back, _certified, _not_certified})
"""Of these the ones that ask the item alone, whatever the fact says."""

TABLE: Mapping[type, tuple[tuple[Stage, ...], Stage | Follows]] = {
    Certified: (_CERTIFIABLE, _certified),
    CertificationRefused: (_CERTIFIABLE, _not_certified),
    Stocked: ((S.CERTIFIED, S.DELIVERED, S.IN_TRANSIT), S.IN_STOCK),
    Shipped: ((S.CERTIFIED, S.IN_STOCK), S.IN_TRANSIT),
    Delivered: ((S.IN_TRANSIT,), S.DELIVERED),
    Lent: ((S.IN_STOCK,), S.DELIVERED),
    Installed: (INSTALLABLE, S.INSTALLED),
    Commissioned: ((S.INSTALLED,), S.IN_SERVICE),
    Removed: ((S.INSTALLED, S.IN_SERVICE), _where_it_goes),
    RepairStarted: ((S.IN_SERVICE,), S.UNDER_REPAIR),
    RepairCompleted: ((S.UNDER_REPAIR,), _back),
    UpgradeStarted: ((S.IN_SERVICE,), S.UNDER_MODERNISATION),
    UpgradeCompleted: ((S.UNDER_MODERNISATION,), _back_if_certified),
    LaidUp: ((S.IN_SERVICE,), S.LAID_UP),
    ReturnedToService: ((S.LAID_UP,), S.IN_SERVICE),
    BeyondEconomicRepairDeclared: ((S.UNDER_REPAIR,), S.UNDER_REPAIR),
    Decommissioned: (
        (S.QUARANTINED, S.IN_STOCK, S.DELIVERED, S.IN_SERVICE, S.LAID_UP, S.UNDER_REPAIR),
        S.DECOMMISSIONED,
    ),
    RefurbishmentAuthorised: ((S.DECOMMISSIONED,), S.QUARANTINED),
    Disposed: ((S.DECOMMISSIONED,), S.DISPOSED),
    Lost: (tuple(stage for stage in _ALIVE if stage is not S.LOST), S.LOST),
    Found: ((S.LOST,), S.QUARANTINED),
}
"""From which stages a fact leads, and to which. Release and taking over begin a life and have no row."""

_NEEDS_CERTIFICATE = (Stocked, Shipped, Lent, Installed)


def _certificate_on_record(item: Equipment) -> bool:
    """It has a certificate; whether that is still valid is asked when it is commissioned."""
    return item.certificate is not None


def _was_not_given_up(item: Equipment) -> bool:
    """It was not decommissioned, or was refurbished since: what was lost and found is given up as before."""
    return item.end_reason is None


def _upgrade_is_open(item: Equipment) -> bool:
    """It was not completed before; what changed is perhaps not certified yet."""
    return item.upgrade is not None


def _may_be_given_up(item: Equipment) -> bool:
    """It sits in no parent, and of an item under repair it was said that this is beyond economic repair."""
    return item.parent_id is None and (item.stage is not S.UNDER_REPAIR or item.uneconomic)


ONLY_IF: Mapping[type, Callable[[Equipment], bool]] = {
    Certified: _was_not_given_up,
    Stocked: _certificate_on_record,
    Shipped: _certificate_on_record,
    Lent: _certificate_on_record,
    UpgradeCompleted: _upgrade_is_open,
    Decommissioned: _may_be_given_up,
}
"""What must hold besides the stage."""


def awaits_recertification(item: Equipment) -> bool:
    """Return whether an upgrade was completed that changed what is certified: the item waits for its certificate."""
    return item.stage is S.UNDER_MODERNISATION and item.recertify and item.upgrade is None


def next_stage(item: Equipment, fact: object) -> Stage | None:
    """Return the stage that follows a fact, or the present one where the table has no row for it."""
    if isinstance(fact, Released):
        return item.stage or Stage.RELEASED
    if isinstance(fact, TakenOver):
        return item.stage or _where_it_was_found(item, fact)
    row = TABLE.get(type(fact))
    if item.stage is None or row is None:
        return item.stage
    stages, follows = row
    if item.stage not in stages:
        return item.stage
    return follows if isinstance(follows, Stage) else follows(item, fact)


def check(item: Equipment, fact: object) -> Refusal | None:
    """Return why the order of life forbids the fact at the present stage, or None."""
    if type(fact) not in TABLE or _may_happen(item, type(fact)):
        return None
    uncertified = item.stage in {S.RELEASED, S.QUARANTINED} or item.stage in TABLE[type(fact)][0]
    if isinstance(fact, _NEEDS_CERTIFICATE) and uncertified:
        return NotRegraded() if item.second_category else NotCertified()
    return NotPossibleAtThisStage(stage=item.stage, possible=possible_facts(item))


def possible_facts(item: Equipment) -> list[str]:
    """Return the permanent names of the facts of the life-stage table that may happen at the present stage."""
    return sorted(_type_of(fact).name for fact in TABLE if _may_happen(item, fact))


def _may_happen(item: Equipment, fact: type) -> bool:
    holds = ONLY_IF.get(fact)
    return item.stage in TABLE[fact][0] and (holds is None or holds(item))


def _type_of(fact: type) -> FactType:
    declared: FactType = fact.fact_type  # type: ignore[attr-defined]  # set by @event
    return declared
