"""One item, its parties and its facts, for the scenarios of equipment."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from domain.equipment.custody import Delivered, Shipped, Stocked
from domain.equipment.ending import Decommissioned, Disposed
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import Commissioned, Installed, Released, Removed
from domain.equipment.model import MODEL, ModelRegistered
from domain.equipment.operation import FailureReported, RepairStarted
from domain.equipment.papers import Certified
from domain.equipment.serials import SERIAL
from domain.equipment.structure import UnitInstalled
from domain.kernel.streams import StreamRef

ITEM_ID, UNIT_ID, OTHER_ID = UUID(int=1), UUID(int=2), UUID(int=3)
MODEL_ID, MAKER, OPERATOR, STRANGER = UUID(int=10), UUID(int=20), UUID(int=21), UUID(int=22)
ITEM, UNIT, OTHER = (StreamRef(EQUIPMENT.kind, each) for each in (ITEM_ID, UNIT_ID, OTHER_ID))
THE_MODEL = StreamRef(MODEL.kind, MODEL_ID)
KINDS_USED = (EQUIPMENT, MODEL, SERIAL)

MODEL_REGISTERED = ModelRegistered(designation="Press PX-40", manufacturer_id=MAKER)
RELEASED = Released(model_id=MODEL_ID, manufacturer_id=MAKER, serial="PX-1")
UNIT_RELEASED = Released(model_id=MODEL_ID, manufacturer_id=MAKER, serial="U-1")
CERTIFIED = Certified(certificate="EC-1", authority="NB-1", valid_until=date(2030, 12, 31))
STOCKED = Stocked(place="warehouse-1")
SHIPPED = Shipped(place="site-1")
DELIVERED = Delivered(recipient_id=OPERATOR, place="site-1")
INSTALLED = Installed(place="hall-1")
COMMISSIONED = Commissioned(operator_id=OPERATOR, act="ACT-1", operating_time=Decimal(0))
FAILED = FailureReported(failure_mode="leak", impact="critical", detection="operator", operating_time=Decimal(900))
REPAIR_STARTED = RepairStarted(maintenance_type="corrective")
DECOMMISSIONED = Decommissioned(reason="worn-out")
DISPOSED = Disposed(method="recycled", waste_document="WTN-1")
REMOVED = Removed(to="in_stock")
UNIT_IN = UnitInstalled(unit_id=UNIT_ID, slot="pump")

UP_TO_DELIVERED = (RELEASED, CERTIFIED, SHIPPED, DELIVERED)
UP_TO_INSTALLED = (*UP_TO_DELIVERED, INSTALLED)
IN_SERVICE = (*UP_TO_INSTALLED, COMMISSIONED)
UNIT_IN_STOCK = (UNIT_RELEASED, CERTIFIED, STOCKED)
