"""How configurations look to those who ask, beside the schemas that document them."""

from typing import Any

from marshmallow import Schema, fields

from api.equipment.item_fields import SERIAL
from api.shapes import ID, MOMENT, described, page_schema
from domain.kernel.moments import from_micros
from projections.equipment.configuration_counts import CountedConfiguration
from projections.equipment.configurations import Features, ItemConfiguration

_SAME = "Id of the configuration: the same features have the same one, at whatever item and whenever."


class FeatureSchema(Schema):
    """A feature of a configuration."""

    feature = fields.String(required=True, metadata=described("Which feature.", "control-unit"))
    value = fields.String(required=True, metadata=described("Its value.", "CU-7"))


class ConfigurationSchema(Schema):
    """A configuration that one item has, or had."""

    configuration_id = fields.UUID(required=True, metadata=described(_SAME, ID))
    features = fields.List(
        fields.Nested(FeatureSchema), required=True, metadata={"description": "Its features, in order of name."}
    )
    document_revision = fields.String(
        required=True,
        allow_none=True,
        metadata=described("Revision of the documents that describe the item so; null: none was told.", "C"),
    )
    begin = fields.AwareDateTime(required=True, metadata=described("Since when the item has it.", MOMENT))
    end = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata=described("When another one took its place; null: it has it at the moment that was asked for."),
    )
    made_by = fields.String(
        required=True,
        metadata=described("What made it so.", "upgrade", enum=["released", "taken_over", "upgrade"]),
    )
    purpose = fields.String(
        required=True, allow_none=True, metadata=described("What the upgrade was for, as a code.", "retrofit-7")
    )
    bulletin_id = fields.UUID(
        required=True, allow_none=True, metadata=described("The bulletin by which it was made, if by one.", ID)
    )
    fact = fields.UUID(required=True, metadata=described("Id of the fact that made it so.", ID))


class ConfiguredItemSchema(Schema):
    """An item that is configured."""

    equipment_id = fields.UUID(required=True, metadata=described("The item.", ID))
    serial = SERIAL
    model_id = fields.UUID(required=True, metadata=described("The model it was built to.", ID))
    manufacturer_id = fields.UUID(required=True, metadata=described("The organisation that made it.", ID))


class ItemConfigurationSchema(ConfigurationSchema, ConfiguredItemSchema):  # fields of the last one stand first
    """How one item is configured."""


ItemConfigurationsSchema = page_schema(
    "ItemConfigurations", ItemConfigurationSchema, "A page of items with their configurations."
)
ConfigurationCourseSchema = page_schema(
    "ConfigurationCourse", ConfigurationSchema, "A page of the configurations that one item had, the earliest first."
)


def configuration_of(found: ItemConfiguration) -> dict[str, Any]:
    """Return a configuration that an item has or had, as it is shown."""
    return {
        "configuration_id": str(found.configuration_id),
        "features": _features(found.features),
        "document_revision": found.document_revision,
        "begin": from_micros(found.begin),
        "end": None if found.end is None else from_micros(found.end),
        "made_by": found.made_by,
        "purpose": found.purpose,
        "bulletin_id": found.bulletin_id,
        "fact": str(found.fact),
    }


def item_configuration_of(found: ItemConfiguration) -> dict[str, Any]:
    """Return how an item is configured, as it is shown."""
    return {
        "equipment_id": str(found.equipment_id),
        "serial": found.serial,
        "model_id": str(found.model_id),
        "manufacturer_id": str(found.manufacturer_id),
        **configuration_of(found),
    }


class CountedConfigurationSchema(Schema):
    """A configuration of a model, and how many items have it."""

    model_id = fields.UUID(required=True, metadata=described("The model.", ID))
    configuration_id = fields.UUID(required=True, metadata=described(_SAME, ID))
    features = fields.List(
        fields.Nested(FeatureSchema), required=True, metadata={"description": "Its features, in order of name."}
    )
    items = fields.Integer(required=True, metadata=described("How many items have it.", 17))


CountedConfigurationsSchema = page_schema(
    "CountedConfigurations", CountedConfigurationSchema, "A page of configurations, each model's own."
)


def counted_configuration_of(found: CountedConfiguration) -> dict[str, Any]:
    """Return a configuration and how many items have it, as it is shown."""
    return {
        "model_id": str(found.model_id),
        "configuration_id": str(found.configuration_id),
        "features": _features(found.features),
        "items": found.items,
    }


def _features(features: Features) -> list[dict[str, str]]:
    return [{"feature": feature, "value": value} for feature, value in features]
