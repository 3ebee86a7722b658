"""A lot that an ERP knows, and postings of it, for the page of its interface. Import the fixtures where they are wanted."""

import json
from decimal import Decimal

import pytest
from django.urls import reverse

from connectors import sync
from qms.accounts.models import User
from qms.commands import actions as commands
from qms.commands.models import Posting
from qms.journal.models import Entry
from qms.masterdata.models import Lot
from tests.fakes import erp as fake

WHY = "the plant is being moved"


@pytest.fixture
def lot(interface, erp_fake) -> Lot:
    erp_fake.put("units", fake.unit())
    erp_fake.put("items", fake.item("1"))
    erp_fake.put("lots", fake.lot("7", "1"))
    sync.sync(interface=interface)
    return Lot.objects.get(source="erp", external_id="7")


@pytest.fixture
def ask(lot, make, people):
    def request(quantity: str = "4") -> Posting:
        return commands.request_posting(
            record=make.report(),
            kind="HOLD",
            purpose="test:0",
            lot=lot,
            quantity=Decimal(quantity),
            by=people["engineer"],
        )

    return request


def url(name: str, code: str = "erp") -> str:
    return reverse(f"connectors:{name}", args=[code])


def events(name: str) -> list[dict]:
    return [json.loads(entry.payload) for entry in Entry.objects.filter(event=name, kind="act").order_by("id")]


def owner_user(client):
    return User.objects.get(pk=client.session["_auth_user_id"])
