"""The whole application with its own endpoints and read models, every answer held to its document."""

import sys
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from api import endpoints, observability
from api.application import application
from api.services import Services
from projections.read_model import ReadModel
from projections.read_models import READ_MODELS
from tests.api.callers import Bearer, Issue
from tests.api.whole.conforming import Conforming
from tests.api.whole.everything import Asked, everything
from tests.api.whole.story import Story


@pytest.fixture
def read_models() -> Sequence[ReadModel[Any]]:
    return READ_MODELS


@pytest.fixture
def register() -> Callable[[Flask], object]:
    return endpoints.register


@pytest.fixture
def app(given: Services, register: Callable[[Flask], object]) -> Flask:
    observability.log_to(sys.stderr, "debug")
    made = application(given, register)
    made.test_client_class = Conforming
    return made


@pytest.fixture
def story(administrator: Bearer, given: Services) -> Story:
    return Story(administrator, given).begin()


@pytest.fixture
def asked(story: Story, maker: Bearer) -> Asked:
    """A life that every list tells of."""
    return everything(story, maker)


@pytest.fixture
def maker(issue: Issue, story: Story) -> Bearer:
    """A key of the manufacturer."""
    return issue("manufacturer", story.maker)


@pytest.fixture
def operator(issue: Issue, story: Story) -> Bearer:
    """A key of the operator."""
    return issue("operator", story.operator)


@pytest.fixture
def stranger(issue: Issue) -> Bearer:
    """A key of an organisation that has nothing to do with anything."""

    return issue("operator", uuid4())
