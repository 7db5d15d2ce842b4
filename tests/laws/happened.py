"""Random histories of facts, sensible or not, and the moments and positions that are asked about."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from domain.equipment.configuration import (
    BulletinNotApplicable,
    OptionOrdered,
    RecallApplied,
    UpgradeCompleted,
    UpgradeStarted,
)
from domain.equipment.custody import (
    Delivered,
    Found,
    Lent,
    Lost,
    Moved,
    OwnershipTransferred,
    Shipped,
    Stocked,
)
from domain.equipment.ending import BeyondEconomicRepairDeclared, Decommissioned, Disposed, RefurbishmentAuthorised
from domain.equipment.life import Commissioned, Installed, LaidUp, Released, Removed, ReturnedToService, TakenOver
from domain.equipment.meters import (
    MeterFitted,
    MeterReadingCorrected,
    MeterReadingRecorded,
    MeterReplaced,
    PeriodReported,
)
from domain.equipment.operation import (
    ConditionMeasured,
    FailureDiagnosed,
    FailureReported,
    OperationalStateChanged,
    RepairCompleted,
    RepairStarted,
)
from domain.equipment.papers import (
    CertificateExpired,
    CertificationRefused,
    Certified,
    PassportIssued,
    PassportRevised,
)
from domain.equipment.structure import UnitInstalled, UnitRemoved
from domain.kernel.errors import ErrorDeclared
from domain.kernel.facts import Fact
from tests.projections.recording import ITEMS, MAKER, MODEL_ID, RUNNER, START, Said, fact_id, moment

HOURS = 5
MOST = 14

LEAK = FailureReported(failure_mode="leak", impact="critical", detection="operator")
NOISE = FailureReported(failure_mode="noise", impact="degraded", detection="inspection")
BULLETIN_ID = UUID(int=105)
METER: Any = {"meter": "operating-time", "unit": "h"}
parties = st.sampled_from([MAKER, RUNNER])
ids_of_items = st.sampled_from([item.id for item in ITEMS])
counted = st.integers(0, 5).map(Decimal)
slots = st.sampled_from(["pump", "valve"])
features = st.sampled_from(["v1", "v2"]).map(lambda value: (("control", value),))
ends = st.none() | st.just(START.date()) | st.just(date(2030, 1, 1))

of_life: list[st.SearchStrategy[Fact]] = [
    st.builds(
        Released,
        model_id=st.just(MODEL_ID),
        manufacturer_id=st.just(MAKER),
        serial=st.sampled_from(["A-1", "a-1", "B-2"]),
    ),
    st.builds(
        TakenOver,
        model_id=st.just(MODEL_ID),
        manufacturer_id=st.just(MAKER),
        serial=st.just("A-1"),
        stage=st.sampled_from(["in_service", "in_stock", "nowhere"]),
        operator_id=st.none() | parties,
        configuration=features,
    ),
    st.builds(Installed, place=st.just("hall"), parent_id=st.none() | ids_of_items),
    st.builds(Installed, parent_id=ids_of_items, slot=slots),
    st.just(Commissioned(operator_id=RUNNER, act="ACT-1")),
    st.builds(Removed, to=st.sampled_from(["in_stock", "delivered", "nowhere"])),
    st.just(LaidUp()),
    st.just(ReturnedToService()),
    st.builds(UnitInstalled, unit_id=ids_of_items, slot=slots),
    st.builds(UnitRemoved, unit_id=ids_of_items, slot=slots),
]
of_custody: list[st.SearchStrategy[Fact]] = [
    st.just(Stocked(place="stock")),
    st.just(Shipped(place="site")),
    st.builds(Delivered, recipient_id=parties),
    st.builds(Lent, borrower_id=parties, until=ends),
    st.just(Moved(place="yard")),
    st.builds(OwnershipTransferred, owner_id=parties),
    st.just(Lost()),
    st.just(Found(place="yard")),
]
of_papers: list[st.SearchStrategy[Fact]] = [
    st.builds(Certified, certificate=st.sampled_from(["EC-1", "EC-2"]), authority=st.just("NB-1"), valid_until=ends),
    st.just(CertificationRefused(authority="NB-1", reason="crack")),
    st.just(CertificateExpired(certificate="EC-1")),
    st.just(PassportIssued(passport="PP-1")),
    st.just(PassportRevised(reason="changed")),
]
of_operation: list[st.SearchStrategy[Fact]] = [
    st.sampled_from([LEAK, NOISE]),
    st.builds(
        FailureReported,
        failure_mode=st.just("heat"),
        impact=st.sampled_from(["critical", "incipient"]),
        detection=st.just("monitoring"),
        operating_time=st.none() | counted,
        unit_id=st.none() | ids_of_items,
    ),
    st.builds(
        FailureDiagnosed,
        failure_mode=st.sampled_from(["leak", "heat"]),
        mechanism=st.just("wear"),
        cause=st.just("age"),
        unit_id=st.none() | ids_of_items,
    ),
    st.just(RepairStarted(maintenance_type="corrective")),
    st.builds(RepairCompleted, restored=st.sampled_from([(), ("leak",)])),
    st.builds(OperationalStateChanged, state=st.sampled_from(["operating", "standby", "externally_disabled"])),
    st.builds(ConditionMeasured, parameter=st.sampled_from(["heat", "noise"]), value=counted, unit=st.just("Cel")),
]
of_meters: list[st.SearchStrategy[Fact]] = [
    st.builds(lambda shows, modulus: MeterFitted(**METER, shows=shows, modulus=modulus), counted, st.none() | counted),
    st.builds(lambda value, passes: MeterReadingRecorded(**METER, value=value, passes=passes), counted, st.just(0)),
    st.just(MeterReadingRecorded(meter="operating-time", unit="1", value=Decimal(2), passes=1)),
    st.builds(lambda value: MeterReadingRecorded(meter="starts", unit="1", value=value), counted),
    st.builds(lambda value: MeterReadingCorrected(**METER, value=value), counted),
    st.builds(lambda last, shows: MeterReplaced(**METER, last=last, shows=shows), st.none() | counted, counted),
    st.builds(
        lambda begin, end, up: PeriodReported(**METER, begin=moment(begin), end=moment(end), up=up),
        st.integers(0, HOURS),
        st.integers(0, HOURS),
        counted,
    ),
]
of_configuration: list[st.SearchStrategy[Fact]] = [
    st.just(OptionOrdered(feature="control", value="v2")),
    st.builds(UpgradeStarted, purpose=st.just("control"), bulletin_id=st.sampled_from([None, BULLETIN_ID])),
    st.builds(
        UpgradeCompleted,
        features=features,
        document_revision=st.sampled_from([None, "B"]),
        bulletin_id=st.sampled_from([None, BULLETIN_ID]),
        certification_affected=st.booleans(),
    ),
    st.just(RecallApplied(bulletin_id=BULLETIN_ID)),
    st.just(BulletinNotApplicable(bulletin_id=BULLETIN_ID, reason="other-seal")),
]
of_the_end: list[st.SearchStrategy[Fact]] = [
    st.just(BeyondEconomicRepairDeclared()),
    st.just(Decommissioned(reason="worn-out")),
    st.just(RefurbishmentAuthorised(authority="NB-1")),
    st.just(Disposed(method="recycled", waste_document="WD-1")),
]
OTHERS = (of_custody, of_papers, of_operation, of_meters, of_configuration, of_the_end)
begins_and_goes_on = st.one_of(*of_life)
facts_of_life: st.SearchStrategy[Fact] = st.one_of(
    begins_and_goes_on, begins_and_goes_on, *(fact for axis in OTHERS for fact in axis)
)
"""A fact of any axis; those of the life and its units come up twice as often."""


@st.composite
def lives(draw: st.DrawFn) -> list[Said]:
    """Histories with late, simultaneous and error-declared facts, in any order, sensible or not.

    Declarations name any facts: of another stream, not yet on record, other declarations, themselves.
    """
    size = draw(st.integers(1, MOST))
    number = st.integers(0, size - 1).map(fact_id)
    declared = st.builds(
        ErrorDeclared,
        wrong_fact=number,
        explanation=st.just("wrong"),
        corrected_by=st.lists(number, max_size=2, unique=True).map(tuple),
    )
    return [
        Said(
            draw(st.sampled_from(ITEMS)),
            draw(declared if draw(st.integers(0, 3)) == 0 else facts_of_life),
            draw(st.integers(0, HOURS)),
            fact_id(index),
        )
        for index in range(size)
    ]


moments_and_positions = st.tuples(st.none() | st.integers(-1, HOURS + 1), st.integers(0, MOST))
moments = st.lists(moments_and_positions, max_size=12)
"""As of which hour (None: all of life), as known at which position."""
