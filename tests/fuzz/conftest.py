"""A plant as the battery builds it, in a copy of the database of its own: what is asked here really happens."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.wsgi import get_wsgi_application
from drf_spectacular.generators import SchemaGenerator

from tests.battery.plant import Plant, build, cast_members
from tests.databases import copied

from .callers import Door, credentials


@pytest.fixture(scope="package")
def plant(django_db_setup: None, django_db_blocker: Any) -> Iterator[Plant]:
    with django_db_blocker.unblock(), copied("fuzz"):
        yield build()


@pytest.fixture(scope="package")
def door(plant: Plant) -> Iterator[Door]:
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    logging.getLogger("django.security").setLevel(logging.CRITICAL)  # thousands of refusals are expected here
    members = cast_members()
    made = Door(get_wsgi_application(), credentials(members, plant.tokens), members)
    yield made
    made.hang_up()


@pytest.fixture(scope="package")
def schema(plant: Plant) -> dict[str, Any]:
    """What /api/schema/ tells everybody, with names of this plant."""
    found: dict[str, Any] = json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str))
    return found
