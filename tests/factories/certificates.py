"""Certificates, made by the acts that make them in life."""

from datetime import timedelta
from typing import Any

from inspection import actions as inspection
from inspection.models import Certificate
from qms.accounts.models import Site
from qms.lib.clock import now
from qms.masterdata.models import Item
from qms.records import actions as records

from .people import person, signing
from .pictures import picture


class Certificates:
    """The engineer records, the manager signs; with a file unless `filed` is false."""

    def certificate(
        self, *, state: str = "RECEIVED", site: str = "AUG", item: str = "TB-4711", filed: bool = True, **told: Any
    ) -> Certificate:
        who, boss = (person(name) for name in (("engineer", "manager") if site == "AUG" else ("gongcheng", "zhuguan")))
        given = {
            "kind": "coc", "reference": "C-4711", "issuer_name": "Steel and Sons",
            "issued_date": now().date() - timedelta(days=3), **told,
        }  # fmt: skip
        made = inspection.record_certificate(
            by=who, site=Site.objects.get(code=site), item=Item.objects.live().get(number=item), **given
        )
        if filed:
            records.attach(record=made, name="certificate.png", content=picture(), by=who)
        steps = inspection.CERTIFICATE_STEPS
        if state == "REFUSED":
            return steps["refuse"](certificate=made, by=boss, reason="of another heat")
        if state in ("ACCEPTED", "WITHDRAWN"):
            made = steps["accept"](certificate=made, by=boss, signing=signing(boss))
        if state == "WITHDRAWN":
            return steps["withdraw"](certificate=made, by=boss, reason="the mill took it back")
        return Certificate.objects.get(pk=made.pk)
