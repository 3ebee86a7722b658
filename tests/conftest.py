"""Fixtures of every test: the application's login, the cast, records made by real acts."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import translation
from hypothesis import settings as examples

from tests.databases import copied, replace, use_login

settings.PASSWORD_HASHERS = ["tests.fakes.hashers.Quick"]
settings.ANCHOR_DIR = ""  # no place outside; a test that needs one names its own
# Properties are about values: how long an example takes on a busy machine says nothing about them.
examples.register_profile("untimed", parent=examples.get_profile(examples.get_current_profile_name()), deadline=None)
examples.load_profile("untimed")


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: the collector need not walk it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any, request: Any) -> Iterator[None]:
    """Make the database as its owner, then work in a copy of it as the application: no DDL, no write to the journal.

    The database itself is never worked in: an interrupted run leaves nothing behind that the next one meets.
    """
    from django.test.utils import setup_databases

    with django_db_blocker.unblock():
        keep = request.config.getvalue("reuse_db") and not request.config.getvalue("create_db")
        setup_databases(verbosity=0, interactive=False, keepdb=keep)
        _reinstall()
        connection.close()
        use_login("app")
        _populate()
        replace(connection.settings_dict["NAME"], "qms_test_worked_in")
        use_login("app")
    yield


def _reinstall() -> None:
    """A kept database may hold an older shape of the triggers."""
    from qms.journal.install import install

    with connection.cursor() as cursor:
        install(cursor)


def _populate() -> None:
    """What every test may count on: the cast, its plant's master data and defect codes (committed, never changed)."""
    from qms.demo import cast, codes, mirror

    people = cast.ensure_cast()
    mirror.load(site=people["engineer"].valid_grants[0].site)
    codes.ensure_codes()


@pytest.fixture(autouse=True)
def no_language() -> Iterator[None]:
    """A request leaves the reader's language behind; the next test begins without one."""
    yield
    translation.deactivate()


@pytest.fixture
def own_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """A copy of the test database in which transactions are real and damage does no harm."""
    with django_db_blocker.unblock(), copied("own") as name:
        yield name


@pytest.fixture
def people(db: None) -> dict[str, Any]:
    """The cast by user id, fresh from the database (grants are read once per object)."""
    from qms.accounts.models import User

    return {user.username: user for user in User.objects.all()}


@pytest.fixture
def make(db: None) -> Any:
    """Factories: `make.ncr(state="IN_MRB")` walks the real acts to get there."""
    from tests.factories import Factory

    return Factory()
