"""Certificates of conformance, made by the acts that make them in life."""

from typing import Any

from inspection import actions as inspection
from inspection.models import Conformance, Inspection

from .people import person, signing


class Conformances:
    """Of an inspection of its own, ten pieces released; the engineer prepares and issues."""

    inspection: Any
    lotplan: Any

    def conformance(
        self, *, state: str = "DRAFT", site: str = "AUG", inspection_of: Inspection | None = None, **told: Any
    ) -> Conformance:
        who = "engineer" if site == "AUG" else "gongcheng"
        lot = inspection_of or self.inspection(
            state="POSTED", site=site, by=who, plan=self.lotplan(site=site, by=who, kind="final", drawing="D-4711 B")
        )
        given = {"customer_name": "Flugwerk Nord", **told}
        made = inspection.prepare_conformance(by=person(who), inspection=lot, **given)
        steps = inspection.CONFORMANCE_STEPS
        if state == "CANCELLED":
            return steps["cancel"](conformance=made, by=person(who), reason="the customer cancelled the order")
        if state in ("ISSUED", "WITHDRAWN"):
            made = steps["issue"](conformance=made, by=person(who), signing=signing(person(who)))
        if state == "WITHDRAWN":
            return steps["withdraw"](conformance=made, by=person(who), reason="a reading was of another lot")
        return Conformance.objects.get(pk=made.pk)
