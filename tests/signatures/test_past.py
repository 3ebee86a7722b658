"""A record as it was known then: a signature that was taken back since stands there as it stood, afterwards struck through."""

import pytest
from django.test import Client
from django.urls import reverse

from ncr import actions as ncr
from qms.lib.clock import now
from qms.records import actions as records
from qms.signatures.models import Signature
from tests.factories import Factory, person, signing

PROVES = ("11.50",)
WHY = "Signed the wrong one of two similar records"


@pytest.mark.usefixtures("own_database")
def test_before_and_after_a_withdrawal():
    who, client = person("mrb1"), Client()
    record = ncr.approve(ncr=Factory().ncr(state="IN_MRB"), by=who, signing=signing(who))
    between = now()
    made = Signature.objects.on(record).get()
    records.withdraw_signature(record=record, signature=made, reason=WHY, by=who, signing=signing(who))
    client.force_login(person("auditor"), backend="qms.accounts.backends.PasswordBackend")

    def shown(**asked):
        page = client.get(reverse("ui:then", args=[record.number]), asked).content.decode()
        return page.split('id="signatures-title"')[1].split("</section>")[0]

    then, after = shown(at=between.isoformat()), shown()
    assert "Milan Roth" in then and "<del>" not in then and WHY not in then
    assert "<del><strong>Milan Roth" in after and WHY in after and "Withdrawn by Milan Roth" in after
