"""Records say when the system behind them is paused, off, silent or does not answer; finished ones say nothing."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import translation

from connectors import actions
from connectors.models import Interface, InterfaceState
from connectors.queries import banners
from ncr.models import Nonconformance
from qms.lib.clock import now
from tests.connectors.interface_page import WHY, ask, lot
from tests.connectors.mes import event, mes, mes_interface

__all__ = ["ask", "lot", "mes", "mes_interface"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def ncr(mes) -> Nonconformance:
    """Told by the MES `mes-aug`."""
    mes.post(event())
    return Nonconformance.objects.get()


def page(client, user, record) -> str:
    client.force_login(user)
    return client.get(record.get_absolute_url()).content.decode()


def test_nothing_is_said_while_all_goes_well(client, people, ncr):
    assert "q-banner" not in page(client, people["engineer"], ncr)


def test_an_ncr_says_that_its_mes_is_paused(client, people, ncr, mes_interface):
    actions.pause(interface=mes_interface, by=people["integration"], reason=WHY)
    told = page(client, people["engineer"], ncr)
    assert "MES paused" in told and reverse("connectors:interface", args=["mes-aug"]) in told
    told = page(client, people["inspector"], ncr)
    assert "MES paused" in told and reverse("connectors:interface", args=["mes-aug"]) not in told
    with translation.override("zh-hans"):
        assert "暂停" in banners.trouble(Interface.objects.heard().get())


def test_silence_and_modes(people, ncr, mes_interface):
    def trouble() -> str:
        return banners.trouble(Interface.objects.heard().get(code="mes-aug"))

    assert trouble() == ""
    mes_interface.silent_after = 0
    from tests.connectors.conftest import with_act

    with_act(mes_interface)
    assert "silent since" in trouble()
    for mode, word in (("observe", "observes"), ("off", "off")):
        actions.switch(interface=mes_interface, mode=mode, by=people["integration"], reason=WHY)
        assert word in trouble()


def test_an_erp_that_does_not_answer_is_told_on_the_lot(client, people, lot, interface):
    InterfaceState.objects.filter(pk=interface.pk).update(open_until=now() + dt.timedelta(minutes=5))
    url = reverse("masterdata:detail", args=["lots", lot.pk])
    client.force_login(people["engineer"])
    assert "does not answer" in client.get(url).content.decode()


def test_a_finished_record_says_nothing(client, people, ncr, mes_interface):
    from ncr import actions as ncrs

    actions.pause(interface=mes_interface, by=people["integration"], reason=WHY)
    ncrs.cancel(ncr=ncr, by=people["engineer"], reason="Reported twice by mistake.")
    assert "q-banner" not in page(client, people["engineer"], ncr)
