"""Field keys are replaced while the plant works: every secret opens before, meanwhile and after; what was changed opens never."""

import io
import threading
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection, models

from connectors import actions
from connectors.models import Interface, Kind, Mode
from qms import journal
from qms.accounts.models import Site
from qms.journal.models import Entry
from qms.lib import crypto
from qms.office import rotation
from tests.databases import direct
from tests.sizes import size

PROVES = ("G16", "draft §15")
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_every_sealed_column_is_declared():
    """A text column that something seals: found by its name, so that a new one is not forgotten."""
    named = {"sealed", "secret", "credentials"}
    from django.apps import apps

    found = {
        model._meta.label_lower
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.name in named and isinstance(field, models.TextField) and not model._meta.label.startswith(("identity.", "qms.identity"))
        and "Historical" not in model.__name__
    }  # fmt: skip
    assert found == {model._meta.label_lower for model in rotation.sealed_models()}


@pytest.mark.django_db
def test_what_was_changed_is_not_opened(settings):
    settings.FIELD_KEYS = OLD
    text = crypto.seal({"key": "abc"})
    assert crypto.unseal(text) == {"key": "abc"}
    for place in range(0, len(text), 7):
        other = "A" if text[place] != "A" else "B"
        with pytest.raises(crypto.KeyMissing):
            crypto.unseal(text[:place] + other + text[place + 1 :])


def fill(count: int, settings: Any) -> None:
    """So many interfaces, each with a secret of its own, written as `connect` leaves them."""
    settings.FIELD_KEYS = OLD
    site = Site.objects.get(code="AUG")
    actions.connect(
        code="mes-key", name="key", kind=Kind.MES, adapter="cloudevents", base_url="", settings={"timezone": "UTC"}, secrets={"token": "s"},
        site=site, mode=Mode.LIVE, by=journal.SYSTEM, purpose="rotation",
    )  # fmt: skip
    first = Interface.objects.get(code="mes-key")
    with journal.act(journal.EVENTS["interface.connected"], by=journal.SYSTEM) as act:
        rows = [Interface(code=f"key-{n}", name=f"key {n}", kind=Kind.MES, adapter=first.adapter, site=site, mode=Mode.OFF,
                          credentials=crypto.seal({"token": f"secret-{n}"})) for n in range(count)]  # fmt: skip
        Interface.objects.bulk_create(rows, batch_size=500)
        act.record(first)


def test_rotation_with_writers_on(own_database, settings):
    count = size(10_000, 1_000)
    fill(count, settings)
    settings.FIELD_KEYS = f"{NEW} {OLD}"
    stop, wrong, written = threading.Event(), [], []

    def write() -> None:
        """Others read secrets and change rows all the time."""
        turn = 0
        try:
            while not stop.is_set():
                turn += 1
                row = Interface.objects.get(code=f"key-{turn * 37 % count}")
                assert crypto.unseal(row.credentials) == {"token": f"secret-{turn * 37 % count}"}
                with journal.act(journal.EVENTS["interface.connected"], by=journal.SYSTEM) as act:
                    Interface.objects.filter(pk=row.pk).update(silent_after=turn)
                    act.record(row)
                written.append(row.pk)
        except Exception as error:
            wrong.append(repr(error))
        finally:
            connection.close()

    writers = [threading.Thread(target=write) for _ in range(2)]
    [writer.start() for writer in writers]
    call_command("rotate_secrets", stdout=io.StringIO())
    stop.set()
    [writer.join() for writer in writers]
    assert wrong == [] and written
    settings.FIELD_KEYS = NEW
    texts = dict(Interface.objects.filter(code__startswith="key-").values_list("code", "credentials"))
    assert len(texts) == count
    assert all(crypto.unseal(text) == {"token": f"secret-{code.removeprefix('key-')}"} for code, text in texts.items())
    assert rotation.stale(Interface) == []
    with direct("owner", own_database) as owner:
        [changed] = owner.execute(
            "SELECT count(*) FROM connectors_interface WHERE silent_after < 900 AND code LIKE 'key-%'"
        ).fetchone()
    assert changed
    assert Entry.objects.filter(event="secrets.rotated").exists()
    assert sum(rotation.rotate(by=journal.SYSTEM).values()) == 0
