"""What may be asked about configurations: of all items, of one item over its life, and how many items have which."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Response

from api.asking import OfPages, OfThePast, asks, wrong
from api.auth import Question, allow, allow_stream
from api.conditions import wait_for_log, wait_for_views
from api.documenting import PAGING, READING_HEADERS, Answer, endpoint
from api.equipment.commands import blueprint
from api.equipment.configuration_shapes import (
    ConfigurationCourseSchema,
    CountedConfigurationsSchema,
    ItemConfigurationsSchema,
    configuration_of,
    counted_configuration_of,
    item_configuration_of,
)
from api.reading import answered_list, by_id, by_text, by_time, paging
from api.services import services
from domain.equipment.terms import ManufacturerId, ModelId
from domain.kernel.marks import Example, Length, Meaning
from domain.kernel.refusals import NotOnRecord
from domain.kernel.streams import StreamRef
from projections.equipment import configuration_counts, configurations, item_configurations
from projections.equipment.configurations import CONFIGURATIONS, ConfigurationFilter
from projections.paging import Place

_PAGE = ("ETag", "Link", "Cache-Control")
_UNCHANGED = Answer(304, "You have this answer: one of If-None-Match.", headers=("ETag",))
_PLACES = {"serial": by_text, "id": by_id}


@dataclass(frozen=True, kw_only=True)
class OfSomeConfigurations:
    """Of which configurations it is asked; what is left out does not matter."""

    model_id: ModelId | None = None
    manufacturer_id: ManufacturerId | None = None
    feature: (
        Annotated[str, Length(1, 100), Meaning("Only configurations that have this feature."), Example("control-unit")]
        | None
    ) = None
    value: (
        Annotated[str, Length(1, 200), Meaning("Only those in which `feature` has this value."), Example("CU-7")] | None
    ) = None


@dataclass(frozen=True, kw_only=True)
class ConfigurationsQuestion(OfThePast, OfPages, OfSomeConfigurations):
    """Which items are asked for, and in which order."""

    configuration_id: Annotated[UUID, Meaning("Only items that are configured so.")] | None = None
    sort: Annotated[Literal["serial", "id"], Meaning("Order: by serial number, or by id.")] = "serial"


@endpoint(
    blueprint,
    "GET",
    "/configurations",
    answers=(Answer(200, "A page of items.", ItemConfigurationsSchema, _PAGE), _UNCHANGED),
    refusals=PAGING,
    headers=READING_HEADERS,
)
@asks(ConfigurationsQuestion)
def list_configurations(question: ConfigurationsQuestion) -> Response:
    """How items are configured, since when, and what made it so: the release, the taking over, or an upgrade."""
    asking = allow(Question.EQUIPMENT)
    wait_for_views(*(each.name for each in configurations.NEEDS))
    asked = paging("configurations.1", question, asking, place=_PLACES[question.sort])
    wanted = _wanted(question, asking.scope, question.configuration_id)
    return answered_list(
        lambda views, asked: configurations.configurations(
            views, wanted, asked.window, sort=question.sort, as_of=asked.as_of, known_at=asked.known_at
        ),
        asked,
        ItemConfigurationsSchema,
        item_configuration_of,
    )


@dataclass(frozen=True, kw_only=True)
class ConfigurationCountsQuestion(OfThePast, OfPages, OfSomeConfigurations):
    """Which configurations are counted."""


@endpoint(
    blueprint,
    "GET",
    "/configurations/counts",
    answers=(Answer(200, "A page of configurations.", CountedConfigurationsSchema, _PAGE), _UNCHANGED),
    refusals=PAGING,
    headers=READING_HEADERS,
)
@asks(ConfigurationCountsQuestion)
def count_configurations(question: ConfigurationCountsQuestion) -> Response:
    """How many items of each model have which configuration. It reads every item that fits, for each page.

    Which items these are is asked by `GET /v1/configurations?model_id={id}&configuration_id={id}`.
    """
    asking = allow(Question.EQUIPMENT)
    wait_for_views(*(each.name for each in configurations.NEEDS))
    asked = paging("configurations.counts.1", question, asking, place=_by_ids)
    wanted = _wanted(question, asking.scope)
    return answered_list(
        lambda views, asked: configuration_counts.counts(
            views, wanted, asked.window, as_of=asked.as_of, known_at=asked.known_at
        ),
        asked,
        CountedConfigurationsSchema,
        counted_configuration_of,
    )


@dataclass(frozen=True, kw_only=True)
class ConfigurationCourseQuestion(OfThePast, OfPages):
    """Up to which moment, and as known when."""


@endpoint(
    blueprint,
    "GET",
    "/equipment/<uuid:equipment_id>/configurations",
    answers=(Answer(200, "A page of configurations.", ConfigurationCourseSchema, _PAGE), _UNCHANGED),
    refusals=(*PAGING, NotOnRecord),
    headers=READING_HEADERS,
)
@asks(ConfigurationCourseQuestion)
def list_item_configurations(question: ConfigurationCourseQuestion, equipment_id: UUID) -> Response:
    """Which configurations an item ever had, from when to when, and what made each of them, the earliest first.

    An upgrade is listed if it changed a feature, or the revision of the documents.
    """
    stream = StreamRef("equipment", equipment_id)
    asking = allow_stream(Question.EQUIPMENT, stream)
    wait_for_log()
    wait_for_views(CONFIGURATIONS.name)
    asked = paging("equipment.configurations.1", question, asking, place=by_time, about=equipment_id)
    services().ledger.state(stream)  # refuses an id under which nothing is on record
    return answered_list(
        lambda views, asked: item_configurations.course(
            views, equipment_id, asked.window, as_of=asked.as_of, known_at=asked.known_at
        ),
        asked,
        ConfigurationCourseSchema,
        configuration_of,
    )


def _wanted(
    question: OfSomeConfigurations, scope: UUID | None, configuration_id: UUID | None = None
) -> ConfigurationFilter:
    """Return what is asked for.

    Raises:
        ShapeDiffers: a value of no feature.
    """
    if question.value is not None and question.feature is None:
        raise wrong("value", "is of a feature: name it by `feature`")
    return ConfigurationFilter(
        configuration_id=configuration_id,
        model_id=question.model_id,
        manufacturer_id=question.manufacturer_id,
        feature=question.feature,
        value=question.value,
        scope=scope,
    )


def _by_ids(place: Sequence[Any]) -> Place:
    """Return a place in an order by two ids."""
    first, second = place
    return UUID(first), UUID(second)
