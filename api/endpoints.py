"""All endpoints of the interface, and its document."""

from flask import Flask

import api.equipment.bulk
import api.equipment.bulletins
import api.equipment.configurations
import api.equipment.contradiction_lists
import api.equipment.contradictions
import api.equipment.custodies
import api.equipment.differences
import api.equipment.figures
import api.equipment.histories
import api.equipment.life_queries
import api.equipment.operating_times
import api.equipment.queries
import api.equipment.readings
import api.equipment.repairs
import api.equipment.states
import api.equipment.structures
import api.parties.queries  # noqa: F401  questions add themselves to the blueprint of their commands
from api import corrections, openapi, schemas
from api.application import application
from api.docs import page
from api.equipment import commands as equipment
from api.parties import commands as parties
from api.services import Services

BLUEPRINTS = (
    equipment.blueprint,
    parties.blueprint,
    corrections.blueprint,
    schemas.blueprint,
)


def register(app: Flask) -> openapi.Document:
    """Add every endpoint to an application, and serve the document of them and the page to try them."""
    document = openapi.document_of(app)
    for blueprint in BLUEPRINTS:
        document.register_blueprint(blueprint)
    openapi.serve(app, document)
    app.register_blueprint(page.blueprint)
    return document


def create_app(given: Services) -> Flask:
    """Return the whole web application.

    Args:
        given: everything that requests use.
    """
    return application(given, register)
