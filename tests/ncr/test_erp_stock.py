"""Stock as the ERP shows it, beside what the holds say; the warning needs a reading that is younger than our last move."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import translation

from ncr.queries import erp_stock
from qms.accounts.actions import change_preferences
from qms.accounts.models import Site
from qms.lib.clock import now
from qms.masterdata.models import Freshness, StockLine
from tests.factories import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(make):
    """Ten of the lot in quarantine, by a posted hold."""
    return make.contained("10")


def shows(record, *, quarantine, minutes=1, site=None, storage="90"):
    """The ERP was read `minutes` after now and shows these."""
    lot = record.lot
    for code, role, quantity in (("STO", "storage", storage), ("QUA", "quarantine", quarantine)):
        StockLine.objects.create(
            source=lot.source, external_id=f"t:{code}", number=code, lot=lot, item=lot.item, unit=lot.item.unit, site=site,
            place_code=code, place_name=code.title(), place_role=role, quantity=Decimal(quantity), content_hash="", content="",
        )  # fmt: skip
    read_at = now() + dt.timedelta(minutes=minutes)
    Freshness.objects.update_or_create(source=lot.source, object="stock", defaults={"read_at": read_at})


def of(record):
    (found,) = erp_stock.of_record(record, person("engineer"))
    return found


def test_equal_is_quiet_and_a_difference_is_said(held):
    shows(held, quarantine="10")
    assert (of(held).held, of(held).quarantined, of(held).differs) == (10, 10, False)
    StockLine.objects.filter(place_code="QUA").update(quantity=8)
    assert of(held).differs and of(held).quarantined_shown.startswith("8 ")


def test_a_reading_from_before_our_last_movement_accuses_nobody(held):
    shows(held, quarantine="0", minutes=-5)
    assert of(held).is_overtaken and not of(held).differs


def test_what_was_never_read_is_not_compared(held):
    Freshness.objects.filter(object="stock").delete()
    assert of(held).read_at is None and not of(held).differs


def test_stock_of_another_site_is_not_shown(held):
    shows(held, quarantine="8", site=Site.objects.get(code="SUZ"))
    assert of(held).lines == []


@pytest.mark.parametrize(("language", "words"), [("en", "the holds say 10"), ("zh-hans", "冻结记录为 10")])
def test_both_pages_show_places_age_and_the_warning(held, client, language, words):
    shows(held, quarantine="8")
    user = person("engineer")
    change_preferences(user=user, language=language)
    client.force_login(user, "qms.accounts.backends.PasswordBackend")
    client.cookies["django_language"] = language
    with translation.override(language):
        pages = [held.get_absolute_url(), reverse("ncr:hold-detail", args=[held.holds.get().number])]
        for url in pages:
            text = client.get(url).content.decode()
            assert "QUA" in text and "q-age" in text and "8" in text
            assert words in text, url
