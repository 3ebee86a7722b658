"""Records of the office: reviews, legal holds, disposals, qualifications; made by the acts that make them in life."""

from datetime import timedelta
from typing import Any

from qms.accounts.models import Site
from qms.lib.clock import now
from qms.qualifications import actions as qualifications
from qms.qualifications.models import Qualification
from qms.records.models import RetentionClass
from qms.retention import actions as retention
from qms.retention.models import Disposal, LegalHold
from qms.reviews import actions as reviews
from qms.reviews.models import AccessReview, SystemReview, TrailReview

from .buying import Buying
from .people import person, signing


class Office(Buying):
    """`gauge` is the factory's own."""

    gauge: Any

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

    def systemreview(
        self, *, state: str = "DRAFT", site: str = "AUG", title: str = "The system this month", by: str = "security"
    ) -> SystemReview:
        who, today = person(by), now().date()
        here = Site.objects.get(code=site)
        made = reviews.plan_periodic(
            by=who, site=here, title=title, from_date=today - timedelta(days=30), to_date=today
        )
        if state == "CANCELLED":
            return reviews.cancel_periodic(systemreview=made, by=who, reason="planned twice")
        if state in ("IN_REVIEW", "REVIEWED"):
            made = reviews.start_periodic(systemreview=made, by=who)
        if state == "REVIEWED":
            said = {"verdict": "fit", "conclusion": "Nothing stands open that matters."}
            made = reviews.sign_periodic(systemreview=made, by=who, signing=signing(who), **said)
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

    def qualification(
        self,
        *,
        state: str = "VALID",
        site: str = "AUG",
        of: str = "",
        by: str = "",
        meanings: tuple[str, ...] = ("verified",),
        basis: str = "Training of March, test passed",
        **days: Any,
    ) -> Qualification:
        home = site == "AUG"
        who, whose = (
            person(by or ("manager" if home else "zhuguan")),
            person(of or ("inspector" if home else "gongcheng")),
        )
        given = {"valid_to": now().date() + timedelta(days=365), **days}
        made = qualifications.qualify(
            by=who, site=Site.objects.get(code=site), person=whose, meanings=meanings, basis=basis, **given
        )
        if state == "ENDED":
            return qualifications.end(qualification=made, by=who, reason="moved to another department")
        return made
