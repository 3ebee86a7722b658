"""A missing font, key or anchor is told at the start, by the check, by /readyz and on the page, not by a surprise at an export."""

import pytest
from django.core.checks import run_checks
from django.test import Client
from django.urls import reverse

from qms.office import equipment
from qms.records.bundle import report
from tests.factories import person
from tests.house.test_checks import GOOD

PROVES = ("11.10(a)", "11.10(b)")
pytestmark = pytest.mark.django_db
LACKS = {
    "font": ("qms.E013", "the font of the program is missing"),
    "export_seal": ("qms.E014", "QMS_EXPORT_SEAL holds no usable key"),
    "sealing_key": ("qms.E002", "QMS_SEAL_KEY is missing"),
    "anchor_place": ("qms.E011", "the anchor directory cannot be written to"),
}


@pytest.fixture(autouse=True)
def asked_anew():
    equipment.forget()
    yield
    equipment.forget()


@pytest.fixture
def without(settings, monkeypatch, tmp_path):
    for name in ("SEAL_KEY", "EXPORT_SEAL"):
        setattr(settings, name, GOOD[name])

    def take(name):
        if name == "font":
            monkeypatch.setattr(report.noto_cjk_sans_otc, "FONT_PATH", "/proc/nowhere.ttc")
        elif name == "export_seal":
            settings.EXPORT_SEAL = "-----BEGIN NOTHING-----"
        elif name == "sealing_key":
            settings.SEAL_KEY = ""
        else:
            (tmp_path / "file").write_text("in the way")
            settings.ANCHOR_DIR = str(tmp_path / "file" / "anchors")

    return take


def page(language="en"):
    client = Client()
    client.force_login(person("auditor"), "qms.accounts.backends.PasswordBackend")
    return client.get(reverse("office:verify"), headers={"Accept-Language": language}).content.decode()


@pytest.mark.parametrize("name", LACKS)
def test_what_is_missing_is_told_three_times(without, name):
    without(name)
    check, words = LACKS[name]
    assert check in {message.id for message in run_checks(include_deployment_checks=True)}
    told = Client().get("/readyz").json()
    where = "warnings" if name in equipment.AWAY else "problems"
    assert words in told[where][name] and not told["ready"]  # no daemon runs beside the tests either
    assert words in page()


def test_with_everything_there_nothing_is_told(without, settings, tmp_path):
    settings.ANCHOR_DIR = str(tmp_path)
    assert equipment.missing() == {}
    told = Client().get("/readyz").json()
    assert not set(LACKS) & {*told["problems"], *told["warnings"]}


def test_it_is_not_asked_at_every_call(without, settings, tmp_path):
    settings.ANCHOR_DIR = str(tmp_path)
    assert equipment.missing() == {}
    without("sealing_key")
    assert equipment.missing() == {}
    equipment.forget()
    assert "sealing_key" in equipment.missing()
