"""Every read model there is: what an engine keeps ready."""

from typing import Any

from projections.equipment.bulletin_models import BULLETIN_MODELS
from projections.equipment.bulletin_statuses import BULLETIN_STATUSES
from projections.equipment.bulletins import BULLETINS
from projections.equipment.configurations import CONFIGURATIONS
from projections.equipment.contradictions import CONTRADICTIONS
from projections.equipment.custody import CUSTODY
from projections.equipment.end_of_life import END_OF_LIFE
from projections.equipment.failures import FAILURES
from projections.equipment.history import BULLETIN_HISTORY, HISTORY, MODEL_HISTORY
from projections.equipment.last_readings import LAST_READINGS
from projections.equipment.meter_readings import METER_READINGS
from projections.equipment.models import MODELS
from projections.equipment.open_repairs import OPEN_REPAIRS
from projections.equipment.registry import REGISTRY
from projections.equipment.repairs import REPAIRS
from projections.equipment.reported_time import REPORTED_TIME
from projections.equipment.seats import DISAGREEMENTS
from projections.equipment.technical_state import TECHNICAL_STATE
from projections.equipment.upkeep import UPKEEP
from projections.parties.organisations import ORGANISATIONS
from projections.read_model import ReadModel

READ_MODELS: tuple[ReadModel[Any], ...] = (
    REGISTRY,
    HISTORY,
    METER_READINGS,
    LAST_READINGS,
    END_OF_LIFE,
    TECHNICAL_STATE,
    REPORTED_TIME,
    UPKEEP,
    CUSTODY,
    OPEN_REPAIRS,
    REPAIRS,
    FAILURES,
    BULLETINS,
    BULLETIN_STATUSES,
    BULLETIN_MODELS,
    MODELS,
    MODEL_HISTORY,
    BULLETIN_HISTORY,
    CONFIGURATIONS,
    CONTRADICTIONS,
    DISAGREEMENTS,
    ORGANISATIONS,
)
