"""The print of a record: signatures with their components and flags, what was withdrawn, what changed, which files came later."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone, translation

from ncr import actions as ncr
from ncr.models import Nonconformance
from qms.records import actions as records
from qms.records.bundle import archive, content, report
from qms.signatures.models import Signature
from tests.factories import person, signing
from tests.factories.pictures import picture

PROVES = ("11.10(b)", "11.50(a)", "11.70")
pytestmark = pytest.mark.django_db
LANGUAGES = ("en", "zh-hans")


def order(language):
    return archive.Order(
        "0", "A. Auditor", "Asia/Shanghai", "Customer audit", language, datetime(2026, 11, 22, 9, tzinfo=UTC)
    )


def approved(make):
    """One signature was withdrawn, one made with a password that somebody else had known, one stands; then came a file."""
    row = make.ncr(state="IN_MRB", scrap="10")
    row = ncr.approve(ncr=row, by=person("mrb1"), signing=signing(person("mrb1"), sentence="Scrap 10 pcs."))
    why = "Signed the wrong one of two similar records"
    made = Signature.objects.on(row).get()
    row = records.withdraw_signature(
        record=row, signature=made, reason=why, by=person("mrb1"), signing=signing(person("mrb1"))
    )
    helped = person("mrb2")
    helped.password_handed_at = datetime.now(UTC)
    row = ncr.approve(
        ncr=Nonconformance.objects.get(pk=row.pk), by=helped, signing=signing(helped, sentence="报废 10 件。")
    )
    row = ncr.approve(ncr=Nonconformance.objects.get(pk=row.pk), by=person("mrb1"), signing=signing(person("mrb1")))
    records.attach(record=row, name="afterwards.png", content=picture(color="blue"), by=person("engineer"))
    return Nonconformance.objects.get(pk=row.pk)


def told(row, language):
    with translation.override(language), timezone.override("Asia/Shanghai"):
        return report.document(content.read(row), order(language))


@pytest.mark.parametrize(
    ("language", "components", "flag", "withdrawn", "counts"),
    [
        ("en", "user id and password", "Within 24 hours", "Withdrawn by", "file was added later"),
        ("zh-hans", "用户名、密码", "24 小时内", "撤回", "1 个文件"),
    ],
)
def test_the_manifest_shows_components_flags_and_withdrawals(make, language, components, flag, withdrawn, counts):
    first, second, third = told(approved(make), language)["signatures"]
    assert withdrawn in first["withdrawn"] and "Signed the wrong one" in first["withdrawn"]
    assert second["withdrawn"] is None and flag in second["flags"][0] and third["flags"] == []
    assert components.split()[0] in second["components"], second["components"]
    assert counts in second["covers"], second["covers"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_files_after_the_last_signature_are_marked(make, language):
    row = approved(make)
    files = told(row, language)["files"]
    assert [file["later"] for file in files if file["name"] == "afterwards.png"] == [True]


def test_each_changed_field_bears_a_mark_and_no_other(make):
    row = make.ncr(state="IN_REVIEW")
    ncr.edit(ncr=row, by=person("engineer"), reason="The caliper was read wrongly", cause="INFO", severity="critical")
    shown = told(Nonconformance.objects.get(pk=row.pk), "en")
    marked = {fact["label"] for fact in [*shown["facts"], *shown["texts"]] if fact["changed"]}
    assert "Severity" in marked and "Title" not in marked and shown["any_changed"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_printed(make, language, tmp_path):
    made = report.pdf(content.read(approved(make)), order(language))
    assert made.startswith(b"%PDF") and made.rstrip().endswith(b"%%EOF")
    (tmp_path / f"{language}.pdf").write_bytes(made)


def test_the_print_of_a_control_chart_holds_its_picture(make):
    found = content.read(make.signal().chart)
    (picture,) = report.document(found, order("zh-hans"))["pictures"]
    assert picture["svg"].startswith("<svg") and "UCL" in picture["svg"] and picture["title"]
    assert report.pdf(found, order("zh-hans")).startswith(b"%PDF-")
    assert report.document(content.read(make.gauge()), order("en"))["pictures"] == []
