"""manage.py iq_oq: the checks run for real, the report is signed and printed, a failure is named and told by the exit code."""

import hashlib
import json

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from qms.journal import note
from qms.journal.models import Entry
from qms.office import qualifying
from tests.factories import person

PROVES = ("Annex 11 §4", "11.10(a)")


def qualified(tmp_path, **options):
    try:
        call_command("iq_oq", out=tmp_path, **options)
        code = 0
    except SystemExit as left:
        code = left.code
    return code, json.loads((tmp_path / "iq-oq.json").read_bytes())


def test_a_sound_installation_passes_and_the_report_is_signed(tmp_path, own_database, monkeypatch):
    monkeypatch.delenv("DJANGO_ALLOW_ASYNC_UNSAFE", raising=False)
    code, told = qualified(tmp_path, by="manager", language="zh-hans")
    assert [one["name"] for one in told["checks"] if not one["passed"]] == []
    assert code == 0 and told["by"] == "Maren Vogt" and told["failed"] == 0 and len(told["checks"]) >= 15
    assert {one["part"] for one in told["checks"]} == {"IQ", "OQ"}
    signed, public = (tmp_path / "iq-oq.json.note").read_text(), note.private_key(settings.SEAL_KEY).public_key()
    digest = hashlib.sha256((tmp_path / "iq-oq.json").read_bytes()).hexdigest()
    assert note.verify(signed, public) and digest in signed
    assert not note.verify(signed.replace("0 failed", "1 failed"), public)
    assert (tmp_path / "iq-oq.pdf").read_bytes().startswith(b"%PDF")
    entry = Entry.objects.get(event="system.qualified")
    assert digest in entry.payload and entry.actor_id == str(person("manager").pk)


def test_what_a_check_writes_is_taken_back(people):
    before = Entry.objects.count()
    assert all(one.passed for one in qualifying.run(qualifying.CHECKS[7:10]))
    assert Entry.objects.count() == before


def test_what_is_missing_is_named(people, monkeypatch):
    """A trigger is gone, a package is another version, a check breaks: three failures, and the rest goes on."""
    monkeypatch.setattr(qualifying, "expected_triggers", lambda: [("ncr_nonconformance", "qms_gone")])
    real = qualifying._version
    monkeypatch.setattr(qualifying, "_version", lambda name: "0" if name == "django" else real(name))
    monkeypatch.setattr(qualifying.verifying, "verify", lambda **rest: 1 / 0)
    results = {one.name: one for one in qualifying.run()}
    assert results["triggers"].found == "ncr_nonconformance.qms_gone"
    assert "0 ≠" in results["packages"].found and "ZeroDivisionError" in results["trail"].found
    assert {"triggers", "packages", "trail"} <= {name for name, one in results.items() if not one.passed}
    assert results["tree"].passed and results["doors"].passed


def test_the_owners_login_is_no_installation(own_database):
    """Rights on the trail that the application must not have."""
    from tests.databases import use_login

    connection.close()
    use_login("owner")
    [one] = qualifying.run(tuple(c for c in qualifying.CHECKS if c[1] is qualifying.rights))
    assert not one.passed and "INSERT" in one.found


@pytest.mark.django_db
def test_nobody_unknown_qualifies(tmp_path):
    with pytest.raises(CommandError, match="no active person"):
        call_command("iq_oq", out=tmp_path, by="nobody-here")
