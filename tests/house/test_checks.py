"""Every check can speak: an installation that is wrong in one way is told so by one id."""

import runpy
import tempfile

import pytest
from django.core.checks import run_checks
from django.db import connection

from qms import checks
from qms.records.bundle import report
from tests.databases import use_login

PROVES = ("11.10(a)",)
GOOD = {
    "SECRET_KEY": "x" * 60,
    "SEAL_KEY": "c2VhbC1rZXktb2YtdGhlLXRlc3RzLW9ubHktMDAwMDA=",
    "FIELD_KEYS": "ZmllbGQta2V5LW9mLXRoZS10ZXN0cy1vbmx5LTAwMDA=",
    "DEBUG": False,
    "ALLOWED_HOSTS": ["qms.plant.example"],
    "HTTPS": True,
    "EXPORT_SEAL": runpy.run_path("scripts/seal_certificate.py")["make"](),
    "ANCHOR_DIR": tempfile.gettempdir(),
    "ANCHOR_DIR_IS_DEFAULT": False,
}
WRONG = [
    ({}, set()),
    ({"SECRET_KEY": "only-for-checks-and-tests-xxx"}, {"qms.E001"}),
    ({"SEAL_KEY": ""}, {"qms.E002"}),
    ({"SEAL_KEY": "c2hvcnQ="}, {"qms.E002"}),
    ({"FIELD_KEYS": ""}, {"qms.E003"}),
    ({"FIELD_KEYS": "not-a-key"}, {"qms.E003"}),
    ({"DEBUG": True}, {"qms.E004"}),
    ({"ALLOWED_HOSTS": ["*"]}, {"qms.E005"}),
    ({"HTTPS": False}, {"qms.W001"}),
    ({"SEAL_OLD_KEYS": ["c2hvcnQ="]}, {"qms.E018"}),
    ({"ANCHOR_DIR": "/proc/nowhere"}, {"qms.E011"}),
    ({"ANCHOR_MAIL": ["qa@plant.example"], "EMAIL_HOST": ""}, {"qms.E012"}),
    ({"ANCHOR_DIR_IS_DEFAULT": True}, {"qms.W002"}),
    ({"TSA_URL": "http://127.0.0.1:1/", "TSA_ROOTS": "/proc/nowhere.pem"}, {"qms.E019"}),
    ({"EXPORT_SEAL": ""}, {"qms.W003"}),
    ({"EXPORT_SEAL": "no key"}, {"qms.E014"}),
    ({"SIGNING_IDLE_SECONDS": 1801}, {"qms.E015"}),
    ({"SIGNING_IDLE_SECONDS": 0}, {"qms.E015"}),
    ({"SIGNING_AGREEMENTS": "/proc/nowhere"}, {"qms.E016"}),
    ({"SIMPLE_HISTORY_ENABLED": True}, {"qms.E006"}),
]


@pytest.mark.parametrize(("change", "expected"), WRONG, ids=lambda v: ",".join(v) if isinstance(v, dict) else "")
def test_a_wrong_setting_is_named_by_its_id(settings, change, expected):
    for name, value in {**GOOD, **change}.items():
        setattr(settings, name, value)
    found = run_checks(include_deployment_checks=True)
    assert {m.id for m in found if (m.id or "").startswith("qms.")} == expected
    assert all(m.hint for m in found if (m.id or "").startswith("qms."))
    assert not any(
        value and str(value) in str(m) for m in found for value in (change.get("SEAL_KEY"), change.get("FIELD_KEYS"))
    )


def test_a_missing_font_is_told_before_anybody_exports(settings, monkeypatch):
    for name, value in GOOD.items():
        setattr(settings, name, value)
    monkeypatch.setattr(report.noto_cjk_sans_otc, "FONT_PATH", "/proc/nowhere.ttc")
    assert "qms.E013" in {m.id for m in run_checks(include_deployment_checks=True)}


def test_logins_and_triggers_of_an_installed_database_are_right(db):
    assert checks.logins(None, databases=["default"]) == []


def test_an_application_that_owns_its_tables_is_told(db, settings):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'journal_entry'")
        settings.QMS_APP_ROLE = cursor.fetchone()[0]
    assert "qms.E007" in {m.id for m in checks.logins(None, databases=["default"])}


def test_a_trigger_that_is_off_is_told(own_database):
    use_login("owner")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ncr_hold DISABLE TRIGGER qms_trail_upd")
    found = checks.logins(None, databases=["default"])
    assert [m.id for m in found] == ["qms.E009"] and "ncr_hold.qms_trail_upd" in str(found[0])
