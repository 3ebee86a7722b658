"""Records made by the acts that make them in life; nothing here writes a state."""

import itertools
from datetime import timedelta
from decimal import Decimal
from typing import Any

from connectors import actions as connectors
from connectors.models import DaySheet, Downtime, GoLive, Interface, Mapping, ReconcileRun
from inspection import actions as inspection
from inspection.models import Calibration, Gauge
from ncr import actions as ncr
from ncr.actions import Line
from ncr.models import DefectCode, Hold, Nonconformance
from qms import journal
from qms.accounts.models import Site
from qms.automation import actions as automation
from qms.automation.models import Case, Rule, Signal
from qms.commands import actions as commands
from qms.commands.models import Posting
from qms.lib.clock import now
from qms.masterdata import actions as masterdata
from qms.masterdata.models import Lot, Matrix

from .certificates import Certificates
from .charts import Charts
from .conformance import Conformances
from .lots import Lots
from .office import Office
from .people import person, signing
from .plans import Plans
from .studies import Studies

__all__ = ["Factory", "person", "signing"]
WAY = ("OPEN", "IN_REVIEW", "IN_MRB", "DISPOSITIONED", "IN_EXECUTION", "VERIFICATION", "CLOSED")

ASSET = itertools.count(1)
MAPPING_WAY: dict[str, tuple[str, ...]] = {
    "DRAFT": (),
    "TESTED": ("test",),
    "APPROVED": ("test", "approve"),
    "ACTIVE": ("test", "approve", "activate"),
    "RETIRED": ("test", "approve", "activate", "retire"),
}


MATRIX_WAY: dict[str, tuple[str, ...]] = {
    "DRAFT": (),
    "APPROVED": ("approve",),
    "ACTIVE": ("approve", "activate"),
    "RETIRED": ("approve", "activate", "retire"),
}
RULE_WAY: dict[str, tuple[str, ...]] = {
    "DRAFT": (),
    "APPROVED": ("try", "approve"),
    "ACTIVE": ("try", "approve", "activate"),
    "RETIRED": ("try", "approve", "activate", "retire"),
}


class Factory(Office, Plans, Lots, Charts, Certificates, Studies, Conformances):
    """`make.ncr(...)` and its steps. The ERP's answers are given by `post`, through the relay's own acts."""

    def ncr(
        self, *, state: str = "OPEN", quantity: str = "10", scrap: str | None = None, held: bool = True
    ) -> Nonconformance:
        if state == "DRAFT":
            return self.report(quantity=quantity, draft=True)
        if state == "CONTAINED":
            return self.contained(quantity)
        if state == "CANCELLED":
            return ncr.cancel(ncr=self.report(quantity=quantity), by=person("manager"), reason="reported twice")
        if state == "VOID":
            record = self.ncr(state="DISPOSITIONED", quantity=quantity, held=False)
            who = person("manager")
            return ncr.void(ncr=record, by=who, reason="wrong lot named", signing=signing(who))
        record = self.report(quantity=quantity)
        for target in WAY[1 : WAY.index(state) + 1]:
            record = getattr(self, f"to_{target.lower()}")(record, scrap=scrap or quantity, held=held)
        return record

    def report(self, *, quantity: str = "10", draft: bool = False, by: str = "inspector") -> Nonconformance:
        lot = Lot.objects.live().filter(number="LOT-26-0101").get()
        code = DefectCode.objects.get(code="DIM-OUT")
        return ncr.report(
            by=person(by),
            part=lot.item,
            lot=lot,
            quantity=Decimal(quantity),
            defect_code=code,
            description="Bore too large",
            draft=draft,
        )

    def contained(self, quantity: str = "10") -> Nonconformance:
        record = self.report(quantity=quantity)
        self.hold(record)
        return self.fresh(record)

    def hold(self, record: Nonconformance, *, by: str = "engineer", posted: bool = True) -> Hold:
        hold = ncr.request_hold(ncr=record, by=person(by), reason="Contain the lot")
        if posted:
            self.post(record)
        return Hold.objects.get(pk=hold.pk)

    def decided(self, *lines: Line, quantity: str = "10", held: bool = True, **edited: Any) -> Nonconformance:
        """An NCR whose lines the board has signed."""
        record = self.to_in_review(self.report(quantity=quantity), held=held)
        if edited:
            record = ncr.edit(cause="INFO", ncr=record, by=person("engineer"), reason="told by the customer", **edited)
        return self.signed(record, *lines)

    def signed(self, record: Nonconformance, *lines: Line) -> Nonconformance:
        """From review through the board."""
        record = ncr.disposition(ncr=record, lines=lines, by=person("engineer"))
        return self.to_dispositioned(ncr.send_to_mrb(ncr=record, by=person("engineer")))

    def post(self, record: Nonconformance) -> None:
        """The ERP answers every open posting of the record."""
        for posting in Posting.objects.of(record).unfinished():
            sent = commands.mark_sent(posting=posting)
            commands.mark_posted(
                posting=sent, document_number=f"T-{posting.pk}", document_id=str(posting.pk), read_back="{}"
            )

    def to_in_review(self, record: Nonconformance, **options: Any) -> Nonconformance:
        if options["held"]:
            self.hold(record)
        return ncr.start_review(ncr=self.fresh(record), by=person("engineer"))

    def to_in_mrb(self, record: Nonconformance, *, scrap: str, **options: Any) -> Nonconformance:
        rest = record.affected_quantity - Decimal(scrap)
        lines = [ncr.Line("scrap", Decimal(scrap))] if Decimal(scrap) else []
        lines += [ncr.Line("use_as_is", rest, "within limits of the assembly")] if rest else []
        record = ncr.disposition(ncr=record, lines=lines, by=person("engineer"))
        return ncr.send_to_mrb(ncr=record, by=person("engineer"))

    def to_dispositioned(self, record: Nonconformance, **options: Any) -> Nonconformance:
        for name in ("mrb1", "mrb2", "designer"):
            record = self.fresh(record)
            if record.state == "IN_MRB":
                record = ncr.approve(ncr=record, by=person(name), signing=signing(person(name)))
        return record

    def to_in_execution(self, record: Nonconformance, **options: Any) -> Nonconformance:
        if not options["held"]:
            who = person("supervisor")
            record = ncr.waive(ncr=record, by=who, reason="parts are in the cage", signing=signing(who))
        return ncr.execute(ncr=record, by=person("engineer"))

    def to_verification(self, record: Nonconformance, **options: Any) -> Nonconformance:
        self.post(record)
        return self.mark_scrap(record)

    def mark_scrap(self, record: Nonconformance) -> Nonconformance:
        """The evidence that completes a scrap line; nothing when none waits for it."""
        record = self.fresh(record)
        if any(line.lacks_evidence for line in record.current_lines()):
            ncr.evidence(ncr=record, by=person("engineer"), evidence="bore slotted, painted red, cage 3")
        return self.fresh(record)

    def to_closed(self, record: Nonconformance, **options: Any) -> Nonconformance:
        who = person("supervisor")
        return ncr.close(ncr=record, by=who, signing=signing(who))

    def gauge(self, *, state: str = "IN_USE", site: str = "AUG", by: str = "engineer", **values: Any) -> Gauge:
        today = now().date()
        given = {
            "asset": f"MM-{next(ASSET):04}",
            "description": "Micrometer 0-25",
            "range_from": Decimal(0),
            "range_to": Decimal(25),
            "resolution": Decimal("0.001"),
            "unit": "mm",
            "calibrated_date": today - timedelta(days=100),
            "due_date": today + timedelta(days=265),
            **values,
        }
        gauge = inspection.register(by=person(by), site=Site.objects.get(code=site), **given)
        if state == "OUT_OF_SERVICE":
            return inspection.take_out(gauge=gauge, by=person(by), reason="dropped on the floor")
        return inspection.retire(gauge=gauge, by=person(by), reason="worn out") if state == "RETIRED" else gauge

    def calibration(
        self, *, state: str = "DRAFT", site: str = "AUG", gauge: Gauge | None = None, found: str = "", **words: Any
    ) -> Calibration:
        """Of a gauge of its own; the engineer records, the manager signs. Out of tolerance where a state needs it."""
        who, other = ("engineer", "manager") if site == "AUG" else ("gongcheng", "zhuguan")
        gauge = gauge or self.gauge(site=site, by=who)
        found = found or ("10.009" if state == "IMPACT" else "10.001")
        points = [{"nominal": "10", "tolerance": "0.004", "found": found, "left": "10"}]
        made = inspection.calibrate(by=person(who), gauge=gauge, performed_date=now().date(), points=points, **words)
        steps, boss = inspection.CALIBRATION_STEPS, person(other)
        if state == "CANCELLED":
            return steps["cancel"](calibration=made, by=person(who), reason="the sheet of another gauge")
        if state in ("IMPACT", "APPROVED"):
            name = "approve-out" if made.is_out else "approve"
            return steps[name](calibration=made, by=boss, signing=signing(boss))
        return made

    def rule(
        self, *, state: str = "DRAFT", site: str = "AUG", by: str = "engineer", code: str = "", **values: Any
    ) -> Rule:
        """Two approvers where the rule needs them."""
        given = {
            "title": "Torque too low",
            "note": "many come at once",
            "hears": "test",
            "does": "ncr",
            "mode": "suggest",
        }
        given |= {"expires_on": now().date() + timedelta(days=365), **values}
        here, author = Site.objects.get(code=site), person(by)
        record = automation.draft(by=author, site=here, code=code or f"RULE-{next(ASSET)}", **given)
        if state == "CANCELLED":
            return automation.RULE_STEPS["cancel"](rule=record, by=author, reason="not wanted after all")
        first, second = ("manager", "supervisor") if site == "AUG" else ("zhuguan", "zhuguan")
        for name in RULE_WAY[state]:
            who = author if name in ("try", "retire") else person(first)
            more = (
                {"signing": signing(who)}
                if name == "approve"
                else {"reason": "no longer needed"}
                if name == "retire"
                else {}
            )
            if name == "activate" and record.needs_two:
                other = person(second)
                record = automation.RULE_STEPS["approve-too"](rule=record, by=other, signing=signing(other))
            record = automation.RULE_STEPS[name](rule=record, by=who, **more)
        return record

    def case(
        self,
        *,
        state: str = "SUGGESTED",
        site: str = "AUG",
        by: str = "engineer",
        rule: Rule | None = None,
        **told: Any,
    ) -> Case:
        """Heard by a rule of its own, so that it joins no other."""
        mode = {"SHADOW": "shadow", "CONFIRMED": "shadow", "WAITING": "approval", "ACTED": "auto"}.get(state, "suggest")
        least = 2 if state in ("GATHERING", "LAPSED") else 1
        count = next(ASSET)
        rule = rule or self.rule(state="ACTIVE", site=site, by=by, mode=mode, least_hits=least, watched=f"DIM-{count}",
            defect_code=DefectCode.objects.get(code="DIM-OUT"), burst_per_hour=10_000, acts_per_hour=1000)  # fmt: skip
        heard = {
            "kind": "test", "site": rule.site, "source": "battery", "source_event": f"case-{count}", "part": "RM-TI64-B25",
            "lot": "LOT-26-0001", "code": f"DIM-{count}", "severity": "major", "quantity": Decimal(1), "unit": "m",
            "occurred_at": now(), **told,
        }  # fmt: skip
        if state == "LAPSED":
            heard["occurred_at"] -= timedelta(hours=2)
        automation.hear(signals=[Signal(**heard)], by=journal.SYSTEM)
        automation.judge()
        record = Case.objects.get(rule=rule)
        if state == "CONFIRMED":
            return automation.confirm(case=record, by=person(by))
        if state == "DISMISSED":
            return automation.dismiss(case=record, by=person(by), reason="sensor fault, parts are good")
        return Case.objects.get(rule=rule)

    def mapping(
        self,
        *,
        state: str = "DRAFT",
        site: str = "AUG",
        interface: Interface | None = None,
        message_type: str = "mes.defect.logged",
        rules: dict[str, Any] | None = None,
        note: str = "the new cell",
    ) -> Mapping:
        """Tested by one message that must be refused; `state` RETIRED was active before."""
        author, manager = person("integration"), person("manager")
        record = connectors.draft(
            by=author,
            interface=interface or self.mapped_interface(site),
            message_type=message_type,
            note=note,
            rules=rules or {"fields": [{"to": "part", "from": "/Part"}]},
            vectors=[{"name": "nothing is no message", "message": "{}", "fault": True}],
        )
        if state == "CANCELLED":
            return connectors.MAPPING_STEPS["cancel"](mapping=record, by=author, reason="not wanted after all")
        for name in MAPPING_WAY[state]:
            given: dict[str, Any] = (
                {"by": manager, "signing": signing(manager)} if name == "approve" else {"by": author}
            )
            reason = {"reason": "the cell is closed"} if name == "retire" else {}
            record = connectors.MAPPING_STEPS[name](mapping=record, **given, **reason)
        return record

    def matrix(self, *, state: str = "DRAFT", site: str = "AUG", note: str = "as agreed", rows: Any = None) -> Matrix:
        """With the shipped rows unless told; `state` RETIRED was in use before."""
        author, manager = person("integration"), person("manager" if site == "AUG" else "zhuguan")
        record = masterdata.draft_matrix(by=author, site=Site.objects.get(code=site), note=note, rows=rows)
        if state == "CANCELLED":
            return masterdata.MATRIX_STEPS["cancel"](matrix=record, by=author, reason="not wanted after all")
        for name in MATRIX_WAY[state]:
            more: dict[str, Any] = {"signing": signing(manager)} if name == "approve" else {}
            more |= {"reason": "no longer needed"} if name == "retire" else {}
            record = masterdata.MATRIX_STEPS[name](matrix=record, by=manager, **more)
        return record

    def daysheet(self, *, state: str = "DRAFT", site: str = "AUG", note: str = "", compared: int = 1200) -> DaySheet:
        """Of an interface of its own, over which one run was carried out today."""
        who, interface = person("integration"), self.compared_interface(site)
        moment = now()
        ReconcileRun.objects.create(
            interface=interface, origin="asked", asked_by=str(who), started_at=moment, finished_at=moment, note=note,
            compared=compared, counts=[{"object": "items", "here": compared, "there": compared, "found": 0}],
        )  # fmt: skip
        day = connectors.daysheets.day_of(interface, moment)
        made = connectors.prepare(interface=interface, day=day, by=who)
        if state == "CANCELLED":
            return connectors.DAYSHEET_STEPS["cancel"](daysheet=made, by=who, reason="prepared twice")
        if state == "REVIEWED":
            return connectors.DAYSHEET_STEPS["sign"](daysheet=made, by=who, signing=signing(who))
        return made

    def golive(self, *, state: str = "DRAFT", site: str = "AUG", note: str = "all as by hand") -> GoLive:
        """Of the parts of an ERP that were in shadow and compared; released by another person than who compared."""
        who, interface = person("integration"), self.compared_interface(site)
        connectors.set_stage(
            interface=interface, direction="in", object="items", stage="shadow", by=who, reason="before going live"
        )
        moment = now()
        ReconcileRun.objects.create(
            interface=interface, origin="asked", asked_by=str(who), started_at=moment, finished_at=moment, compared=7,
            counts=[{"object": "items", "here": 7, "there": 7, "found": 0}],
        )  # fmt: skip
        made = connectors.golive.prepare(
            interface=interface, direction="in", object="items", since=moment - timedelta(hours=1), note=note, by=who
        )
        if state == "CANCELLED":
            return connectors.GOLIVE_STEPS["cancel"](golive=made, by=who, reason="compared too early")
        if state == "LIVE":
            manager = person("manager")
            return connectors.GOLIVE_STEPS["approve"](golive=made, by=manager, signing=signing(manager))
        return made

    def downtime(self, *, state: str = "ACTIVE", site: str = "AUG", reason: str = "new release of the ERP") -> Downtime:
        """Of an interface of its own; declared now, or planned for tomorrow."""
        who, interface = person("integration"), self.compared_interface(site)
        moment = now()
        ahead = timedelta(days=1) if state in ("PLANNED", "CANCELLED") else None
        made = connectors.downtime.plan(
            interface=interface, begins_at=moment + ahead if ahead else None, reason=reason, by=who,
            ends_at=moment + (ahead or timedelta()) + timedelta(hours=4),
        )  # fmt: skip
        steps = connectors.DOWNTIME_STEPS
        if state == "CANCELLED":
            return steps["cancel"](downtime=made, by=who, reason="not needed")
        if state in ("PLANNED", "ACTIVE"):
            return made
        ended = steps["end"](downtime=made, by=who, reason="up again")
        connectors.reconciling.close(ended.run, "")
        ended = steps["count"](downtime=ended, by=who)
        return ended if state == "ENDED" else steps["sign"](downtime=ended, by=who, signing=signing(who))

    def compared_interface(self, site: str) -> Interface:
        made, _changed = connectors.connect(
            code=f"erp-compared-{next(ASSET)}", name="Second ERP", kind="erp", adapter="tryton", base_url="", settings={},
            secrets={}, site=Site.objects.get(code=site), mode="live", by=journal.SYSTEM,
        )  # fmt: skip
        return made

    def mapped_interface(self, site: str) -> Interface:
        made, _changed = connectors.connect(
            code=f"mes-mapped-{site.lower()}", name="Cell", kind="mes", adapter="cloudevents", base_url="", settings={},
            secrets={}, site=Site.objects.get(code=site), mode="live", by=journal.SYSTEM,
        )  # fmt: skip
        return made

    def fresh(self, record: Nonconformance) -> Nonconformance:
        return Nonconformance.objects.get(pk=record.pk)
