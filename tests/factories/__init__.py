"""Records made by the acts that make them in life; nothing here writes a state."""

import itertools
from datetime import timedelta
from decimal import Decimal
from typing import Any

from connectors import actions as connectors
from connectors.models import Interface, Mapping
from inspection import actions as inspection
from inspection.models import Gauge
from ncr import actions as ncr
from ncr.actions import Line
from ncr.models import DefectCode, Hold, Nonconformance
from qms import journal
from qms.accounts.models import Site, User
from qms.commands import actions as commands
from qms.commands.models import Posting
from qms.demo.cast import PASSWORD
from qms.lib.clock import now
from qms.masterdata.models import Lot
from qms.records.actions import Signing
from qms.records.models import RetentionClass
from qms.retention import actions as retention
from qms.retention.models import Disposal, LegalHold
from qms.reviews import actions as reviews
from qms.reviews.models import AccessReview, TrailReview

WAY = ("OPEN", "IN_REVIEW", "IN_MRB", "DISPOSITIONED", "IN_EXECUTION", "VERIFICATION", "CLOSED")

ASSET = itertools.count(1)
MAPPING_WAY: dict[str, tuple[str, ...]] = {
    "DRAFT": (),
    "TESTED": ("test",),
    "APPROVED": ("test", "approve"),
    "ACTIVE": ("test", "approve", "activate"),
    "RETIRED": ("test", "approve", "activate", "retire"),
}


def person(username: str) -> User:
    return User.objects.get(username=username)


def signing(user: User, *, sentence: str = "I sign.", password: str = PASSWORD) -> Signing:
    return Signing(username=user.username, password=password, sentence=sentence)


class Factory:
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

    def trailreview(
        self,
        *,
        state: str = "DRAFT",
        site: str = "AUG",
        by: str = "security",
        title: str = "Trail of the week",
        **values: Any,
    ) -> TrailReview:
        who = person(by)
        review = reviews.plan(by=who, site=Site.objects.get(code=site), title=title, **values)
        if state == "CANCELLED":
            return reviews.cancel(trailreview=review, by=who, reason="planned twice")
        if state in ("IN_REVIEW", "REVIEWED"):
            review = reviews.start(trailreview=review, by=who)
        return reviews.sign(trailreview=review, by=who, signing=signing(who)) if state == "REVIEWED" else review

    def accessreview(
        self, *, state: str = "DRAFT", site: str = "AUG", title: str = "Roles of the half year", **values: Any
    ) -> AccessReview:
        who = person("security")
        made = reviews.plan_access(by=who, site=Site.objects.get(code=site), title=title, **values)
        if state == "CANCELLED":
            return reviews.cancel_access(accessreview=made, by=who, reason="planned twice")
        if state in ("IN_REVIEW", "REVIEWED"):
            made = reviews.start_access(accessreview=made, by=who)
        if state == "REVIEWED":
            for name in ("security", "admin"):
                made = self.keep_all(made, name)
            made = reviews.sign_access(accessreview=made, by=who, signing=signing(who))
        return made

    def keep_all(self, review: AccessReview, name: str) -> AccessReview:
        """Every line that is not the person's own."""
        rows = review.lines.filter(verdict="").exclude(holder=person(name))
        said = {str(line.pk): {"verdict": "keep", "why": "still needed here"} for line in rows}
        return reviews.decide(accessreview=review, by=person(name), lines=said) if said else review

    def legalhold(
        self,
        *records: Any,
        state: str = "STANDING",
        site: str = "AUG",
        by: str = "documents",
        reason: str = "Claim 4711",
    ) -> LegalHold:
        who, found = person(by), records or (self.gauge(site=site, by="engineer" if site == "AUG" else "gongcheng"),)
        numbers = [record.number for record in found]
        hold = retention.place(by=who, site=Site.objects.get(code=site), reason=reason, numbers=numbers)
        return retention.lift(legalhold=hold, by=who, reason="settled out of court") if state == "LIFTED" else hold

    def keep_no_longer(self, label: str = "inspection.gauge") -> None:
        """From now on the kind's records may be disposed of on the day they are closed."""
        kept = RetentionClass.objects.get(record_type=label)
        if kept.years:
            retention.change_class(retention=kept, by=person("manager"), reason="a test cannot wait", years=0)

    def disposal(
        self,
        *records: Any,
        state: str = "DRAFT",
        site: str = "AUG",
        by: str = "documents",
        reason: str = "End of retention",
    ) -> Disposal:
        """Of the records, or of a gauge whose time has come."""
        who, engineer = person(by), "engineer" if site == "AUG" else "gongcheng"
        if not records:
            self.keep_no_longer()
            records = (self.gauge(state="RETIRED", site=site, by=engineer),)
        numbers = [record.number for record in records]
        made = retention.draft(by=who, site=Site.objects.get(code=site), reason=reason, numbers=numbers)
        if state == "CANCELLED":
            return retention.cancel(disposal=made, by=who, reason="prepared too early")
        if state in ("PROPOSED", "DISPOSED"):
            made = retention.propose(disposal=made, by=who, signing=signing(who))
        manager = person("manager")
        return retention.approve(disposal=made, by=manager, signing=signing(manager)) if state == "DISPOSED" else made

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

    def mapped_interface(self, site: str) -> Interface:
        made, _changed = connectors.connect(
            code=f"mes-mapped-{site.lower()}", name="Cell", kind="mes", adapter="cloudevents", base_url="", settings={},
            secrets={}, site=Site.objects.get(code=site), mode="live", by=journal.SYSTEM,
        )  # fmt: skip
        return made

    def fresh(self, record: Nonconformance) -> Nonconformance:
        return Nonconformance.objects.get(pk=record.pk)
