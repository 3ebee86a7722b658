"""What the offices of Augsburg have done: qualifications, a legal hold, a disposal, reviews of trail, access and system."""

from datetime import timedelta
from typing import Any

from connectors.actions import downtime
from connectors.models import Interface
from ncr.models import Nonconformance
from qms.accounts.models import Site
from qms.automation import actions as automation
from qms.automation.models import Case
from qms.lib.clock import now
from qms.masterdata import actions as masterdata
from qms.masterdata.ownership import shipped_rows
from qms.qualifications import actions as qualifications
from qms.records.models import RetentionClass
from qms.retention import actions as retention
from qms.reviews import actions as reviews
from qms.reviews.models import TrailReview

from .walk import person, signing

HOME = "AUG"
# Who, what for, on what ground, days from today to the last one.
QUALIFIED = (
    ("supervisor", ("verified", "waived"), "Training QM-07 “Release after rework”, test of 12 questions passed", 340),
    ("mrb1", ("approved_mrb",), "Course “Material review board”, certificate 2026-114", 18),
    (
        "designer",
        ("approved_design",),
        "Appointed design authority for pump housings, letter of the engineering manager",
        500,
    ),
    ("engineer", ("reinspected",), "Measuring course, level 1; the repetition is booked", -3),
)
SIGNED, OPEN = "Corrections and removals of the first weeks", "Changes of access and of the configuration"


def load() -> None:
    site = Site.objects.get(code=HOME)
    manager, today = person("manager"), now().date()
    for name, meanings, basis, days in QUALIFIED:
        begin, end = today - timedelta(days=360), today + timedelta(days=days)
        given: dict[str, Any] = {"meanings": meanings, "basis": basis, "valid_from": begin, "valid_to": end}
        qualifications.qualify(by=manager, site=site, person=person(name), **given)
    _holds(site)
    _access(site)
    _system(site)
    _downtime()
    _owners(site)
    due = today + timedelta(days=7)
    for title, looks in ((SIGNED, ["correction", "removal"]), (OPEN, ["access", "configuration"])):
        security = person("security")
        purpose = "Twice a quarter, by risk: what nobody looks at otherwise."
        reviews.plan(by=security, site=site, title=title, purpose=purpose, looks=looks, owner=security, due_date=due)


def _downtime() -> None:
    """One window, over and signed off: the MES was away unplanned while its database moved."""
    owner, moment = person("integration"), now()
    made = downtime.plan(
        interface=Interface.objects.get(code="mes-aug"), begins_at=moment - timedelta(hours=3), ends_at=moment + timedelta(hours=1),
        reason="The database of the MES moves to its new server", by=owner,
    )  # fmt: skip
    made = downtime.end(downtime=made, by=owner, reason="The MES is up again, an hour earlier than thought")
    sentence = f"I have looked at the gap report of {made.number}: nothing is missing, nothing waited."
    downtime.sign(downtime=made, by=owner, signing=signing(owner, sentence))


def _owners(site: Site) -> None:
    """The first edition of the plant's own matrix, in use: stock and costs change here only as ERP transactions."""
    author, manager = person("integration"), person("manager")
    rows = [dict(row) | ({"owner": "posting"} if row["object"] in ("stock", "costs") else {}) for row in shipped_rows()]
    made = masterdata.draft_matrix(
        by=author, site=site, rows=rows, note="Agreed with finance: what a disposition does to stock and cost is an ERP transaction."
    )  # fmt: skip
    steps, sentence = masterdata.MATRIX_STEPS, f"I approve the system-of-record matrix {made.number} as it stands."
    made = steps["approve"](matrix=made, by=manager, signing=signing(manager, sentence))
    steps["activate"](matrix=made, by=manager)


def _holds(site: Site) -> None:
    """One stands on the records of a claim, one was lifted."""
    clerk = person("documents")
    closed = list(Nonconformance.objects.filter(site=site, state="CLOSED").values_list("number", flat=True)[:2])
    retention.place(
        by=clerk, site=site, reason="Claim 2026-31 of Lumenor: everything on the returned lots", numbers=closed
    )
    old = retention.place(
        by=clerk, site=site, reason="Inquiry of the insurer about a transport damage", numbers=closed[:1]
    )
    retention.lift(legalhold=old, by=clerk, reason="The insurer has closed the inquiry")
    _disposal(site)


def _disposal(site: Site) -> None:
    """A case of a rule that only counts: what it taught stands in the rule, so the plant keeps it no longer than it is open."""
    clerk, manager = person("documents"), person("manager")
    case = automation.confirm(
        case=Case.objects.filter(site=site, state="SHADOW").order_by("pk")[0], by=person("engineer")
    )
    kept = RetentionClass.objects.get(record_type=case._meta.label_lower)
    why = "What a case has taught stands in its rule and in the trail"
    retention.change_class(retention=kept, by=manager, reason=why, years=0)
    made = retention.draft(by=manager, site=site, reason="Cases that were answered", numbers=[case.number])
    sentence = f"I propose to dispose of what {made.number} names."
    made = retention.propose(disposal=made, by=manager, signing=signing(manager, sentence))
    sentence = f"I approve that what {made.number} names is disposed of."
    retention.approve(disposal=made, by=clerk, signing=signing(clerk, sentence))


def _access(site: Site) -> None:
    """The first is signed, the second half decided."""
    for title, ends in (("Roles and tokens, first half of the year", True), ("Roles and tokens, second half", False)):
        security, admin = person("security"), person("admin")
        review = reviews.plan_access(by=security, site=site, title=title)
        review = reviews.start_access(accessreview=review, by=security)
        for who in (security, admin):
            rows = review.lines.filter(verdict="").exclude(holder=who).order_by("pk")
            chosen = rows if ends else rows[:5]
            said = {str(line.pk): {"verdict": "keep", "why": "Works in this role"} for line in chosen}
            review = reviews.decide(accessreview=review, by=who, lines=said) if said else review
        if ends:
            sentence = f"I have reviewed every role and token of {review.number}."
            reviews.sign_access(accessreview=review, by=security, signing=signing(security, sentence))


def _system(site: Site) -> None:
    security, today = person("security"), now().date()
    first = today - timedelta(days=30)
    review = reviews.plan_periodic(by=security, site=site, title="The first month", from_date=first, to_date=today)
    review = reviews.start_periodic(systemreview=review, by=security)
    sentence = f"I have reviewed the system from {first} to {today} ({review.number})."
    conclusion = (
        "The plant was set up; postings were answered by a stand-in. The restore drill is booked for next month."
    )
    reviews.sign_periodic(
        systemreview=review, by=security, signing=signing(security, sentence), verdict="actions", conclusion=conclusion
    )
    reviews.plan_periodic(
        by=security, site=site, title="The first quarter", from_date=first, to_date=today + timedelta(days=60)
    )


def read() -> None:
    """Once the trail is sealed: one of the planned reviews is begun and signed, the other begun. Again, nothing happens."""
    for title in (SIGNED, OPEN):
        security = person("security")
        review = TrailReview.objects.filter(title=title, state="DRAFT").first()
        if review is None:
            continue
        review = reviews.start(trailreview=review, by=security)
        if title == SIGNED:
            sentence = f"I have reviewed the audit trail in the scope of {review.number}: {review.entries} entries."
            reviews.sign(trailreview=review, by=security, signing=signing(security, sentence))
