"""The battery works in a copy of the test database of its own: the plant is built once, each test's writes are undone."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from qms.accounts.models import User
from tests.databases import copied

from .plant import Plant, build, cast_members, record_models
from .screens import Screens, screens


class Browser(Client):
    """The test client without its recording of templates; a failing view answers 500 as in life. What a page sets is not kept:
    every write is undone, and with it a session that ended."""

    def request(self, **request: Any) -> Any:
        response = self.handler(self._base_environ(**request))
        response.json = lambda: json.loads(response.content)
        return response


@pytest.fixture(scope="package", autouse=True)
def quiet() -> None:
    """Thousands of refusals are expected here."""
    logging.getLogger("django.request").setLevel(logging.ERROR)


@pytest.fixture(scope="package")
def plant(django_db_setup: None, django_db_blocker: Any) -> Iterator[Plant]:
    with django_db_blocker.unblock(), copied("battery"):
        yield build()


@pytest.fixture
def undo(plant: Plant, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="package")
def members(plant: Plant) -> dict[str, User]:
    return cast_members()


@pytest.fixture(scope="package")
def clients(plant: Plant, members: dict[str, User]) -> dict[str, Browser]:
    """A browser session per member; "nobody" is not signed in."""
    found: dict[str, Browser] = {"nobody": Browser()}
    for name, user in members.items():
        found[name] = Browser()
        found[name].force_login(user, backend="qms.accounts.backends.PasswordBackend")
    return found


@pytest.fixture(params=record_models(), ids=lambda m: m.noun)
def at(request: Any) -> Screens:
    return screens(request.param)


@pytest.fixture
def record(at: Screens, plant: Plant) -> Any:
    return plant.one(at.model)


@pytest.fixture
def viewer(at: Screens, clients: Any) -> Any:
    return clients[at.viewer]


@pytest.fixture
def user(at: Screens, members: Any) -> Any:
    return members[at.viewer]
