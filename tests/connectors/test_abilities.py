"""What an interface's page says of its ERP: how far each decision goes there, what is read from where, and what nobody has tried."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from connectors import queries
from connectors.queries.abilities import REASONS
from connectors.registry import ADAPTERS
from tests.connectors.described import BY_HAND, ODOO, connected

pytestmark = pytest.mark.django_db


def page(client: Any, code: str) -> str:
    return client.get(reverse("connectors:interface", args=[code]) + "?tab=abilities").content.decode()


def test_the_page_says_in_words_what_the_erp_does_not_do(owner: Any, people: Any) -> None:
    with connected("odoo", "odoo", "http://127.0.0.1:1", ODOO, people["integration"]):
        told = page(owner, "odoo")
        assert "This ERP does not enforce a supplier block: new orders have to be watched instead." in told
        assert "was not tried against the product itself" in told
        assert "<code>product.product</code>" in told and "Enforced" in told and "Not done" in told
        assert "the-key" not in told
        with translation.override("zh-hans"):
            rows = {str(row.name): str(row.sentence) for row in queries.abilities_of("odoo", ODOO).write_backs}
        assert rows["冻结供应商"] == "该 ERP 不强制执行供应商冻结：须改为监视新订单。"


def test_a_configured_erp_shows_its_description_and_its_faults(owner: Any, people: Any) -> None:
    with connected("byhand", "rest", "http://127.0.0.1:1", BY_HAND, people["integration"]):
        told = page(owner, "byhand")
        assert "<code>Item</code>" in told and "<code>!disabled</code>" in told
        assert "the place for held stock" in told or "does not keep people from taking it out again" in told
    with connected(
        "broken", "rest", "http://127.0.0.1:1", {"description": {"objects": {"x": {}}}}, people["integration"]
    ):
        assert "objects.x: there is no such object" in page(owner, "broken")


def test_whoever_sends_by_itself_has_no_such_tab_and_others_see_no_page(
    owner: Any, client: Any, people: Any, interface: Any
) -> None:
    with connected("sender", "push", "", {}, people["integration"]):
        assert 'href="?tab=abilities"' not in page(owner, "sender")
    client.force_login(people["operator"])
    assert client.get(reverse("connectors:interface", args=["erp"]) + "?tab=abilities").status_code in (403, 404)


def test_every_reason_of_an_adapter_is_told_in_both_languages() -> None:
    for name, adapter in ADAPTERS.items():
        for told, reason in adapter.capabilities.items():
            if told not in adapter.objects:
                assert reason in REASONS, (name, told)
    with translation.override("zh-hans"):
        assert [reason for reason in REASONS if translation.gettext(reason) == reason] == []
