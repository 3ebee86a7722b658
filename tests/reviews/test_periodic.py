"""The system itself is reviewed: one report of a period, the same each time, judged and signed (draft Annex 11, 14)."""

import hashlib
import json
from datetime import timedelta
from importlib import import_module

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from ncr import actions as ncr
from qms import journal
from qms.accounts import actions as accounts
from qms.accounts.models import Site
from qms.journal import EVENTS
from qms.journal.models import Entry
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid, SignatureRefused
from qms.records import compartments
from qms.reviews import actions
from qms.reviews.models import SystemReview
from qms.reviews.queries import periodic
from qms.signatures import snapshot
from qms.signatures.models import Signature
from tests.factories import Factory, person, signing

PROVES = ("draft §14", "11.10(a)")
pytestmark = pytest.mark.django_db
SAID = {"verdict": "actions", "conclusion": "Two interfaces fail often; the integration owner looks at them."}


def plan(**given) -> SystemReview:
    today, site = now().date(), Site.objects.get(code="AUG")
    values = {"title": "The year", "from_date": today - timedelta(days=40), "to_date": today + timedelta(days=1)}
    return actions.plan_periodic(by=person("security"), **{"site": site, **values, **given})


def begun(**given) -> SystemReview:
    return actions.start_periodic(systemreview=plan(**given), by=person("security"))


def count(review: SystemReview, section: str, event: str) -> int:
    [found] = [one for one in periodic.told(review)["sections"] if one["name"] == section]
    return sum(line["count"] for line in found["lines"] if line["event"] == event)


def of_kind(review: SystemReview, label: str) -> dict:
    return next(one for one in periodic.told(review)["kinds"] if one["kind"] == label)


def test_it_counts_what_happened_and_says_what_is_open(make: Factory):
    before = begun()
    record = make.ncr(state="VERIFICATION")
    with pytest.raises(SignatureRefused):
        ncr.close(ncr=record, by=person("supervisor"), signing=signing(person("supervisor"), password="x"))
    accounts.grant(
        user=person("operator"), role="inspector", site=record.site, by=person("admin"), reason="stands in for a month"
    )
    make.trailreview(state="REVIEWED", title="Trail of the month")
    after = begun()
    grew = {
        ("incidents", "signature.refused"): 1,
        ("access", "account.granted"): 1,
        ("reviews", "trail_review.signed"): 1,
    }
    for (section, event), more in grew.items():
        assert count(after, section, event) - count(before, section, event) == more, event
    old, new = (of_kind(review, "ncr.nonconformance") for review in (before, after))
    assert (new["begun"] - old["begun"], new["open"] - old["open"]) == (1, 1)
    assert record.number in new["numbers"] and record.number not in old["numbers"]
    assert [one["title"] for one in periodic.told(after)["reviews"]] == ["Trail of the month"]
    held = {one["role"]: one["people"] for one in periodic.told(after)["access"]}
    assert held["inspector"] == {o["role"]: o["people"] for o in periodic.told(before)["access"]}["inspector"] + 1


def test_the_report_is_made_again_byte_by_byte_whatever_came_later(make: Factory):
    record = make.ncr(state="VERIFICATION")
    review = begun()
    kept = review.report
    assert review.report_digest == hashlib.sha256(kept.encode()).hexdigest()
    make.to_closed(record)
    make.report()
    assert periodic.made(SystemReview.objects.get(pk=review.pk), review.started_at) == kept
    assert periodic.made(review, now()) != kept


def test_what_stands_in_a_compartment_is_in_no_figure(make: Factory):
    record = make.report()
    closed = accounts.create_compartment(code="ITAR-Q", name="Pump", by=person("security"), reason="contract 7")
    accounts.open_compartment(compartment=closed, user=person("manager"), by=person("security"), reason="licence 12")
    before = begun()
    inside = person("manager")
    compartments.enclose(record=record, compartment=closed, by=inside, reason="drawing is controlled")
    after = begun()
    old, new = (of_kind(review, "ncr.nonconformance") for review in (before, after))
    assert (new["begun"], new["open"]) == (old["begun"] - 1, old["open"] - 1)
    assert record.number in old["numbers"] and record.number not in after.report
    assert count(after, "records", "record.enclosed") == 0


def test_another_site_counts_for_all_sites_alone(make: Factory):
    gauge = make.gauge(site="SUZ", by="gongcheng")
    here = begun()
    assert gauge.number not in here.report
    with pytest.raises(Forbidden):
        actions.plan_periodic(
            by=person("zhuguan"),
            site=Site.objects.get(code="AUG"),
            title="x",
            from_date=now().date(),
            to_date=now().date(),
        )
    everywhere = begun(every_site=True)
    assert gauge.number in everywhere.report and periodic.told(everywhere)["site"] == "*"


def test_every_event_that_is_counted_is_one():
    import_module("qms.urls")  # every room declares its events by then
    for section in periodic.SECTIONS:
        for name in section.events:
            assert any(section.holds(event) and event.startswith(name) for event in EVENTS), name


def test_judgement_and_conclusion_are_signed_with_the_report(make: Factory):
    review, who = begun(), person("security")
    for wrong, field in (({"verdict": "good"}, "verdict"), ({"conclusion": " "}, "conclusion")):
        with pytest.raises(Invalid) as refused:
            actions.sign_periodic(systemreview=review, by=who, signing=signing(who), **{**SAID, **wrong})
        assert refused.value.field == field
    done = actions.sign_periodic(systemreview=review, by=who, signing=signing(who), **SAID)
    made = Signature.objects.on(done).get()
    assert (done.state, made.meaning, snapshot.covers(done, made)) == ("REVIEWED", "reviewed", True)
    done.conclusion = "Nothing."
    assert not snapshot.covers(done, made)
    with pytest.raises(IntegrityError), transaction.atomic(), journal.act(EVENTS["system_review.signed"], by=who):
        SystemReview.objects.filter(pk=begun().pk).update(state="REVIEWED", reviewed_at=now(), verdict="fit")
    ahead = plan(from_date=now().date() + timedelta(days=3), to_date=now().date() + timedelta(days=9))
    with pytest.raises(Conflict):
        actions.start_periodic(systemreview=ahead, by=who)


@pytest.mark.parametrize(("language", "word"), [("en", "Failed interfaces"), ("zh-hans", "接口故障")])
def test_page_and_files_say_the_same_and_leaving_is_told(make: Factory, client: Client, language, word):
    who = person("security")
    review = actions.sign_periodic(systemreview=begun(), by=who, signing=signing(who), **SAID)
    client.force_login(who, backend="qms.accounts.backends.PasswordBackend")
    client.post(reverse("accounts:preferences"), {"language": language, "next": "/"})
    page = client.get(review.get_absolute_url()).content.decode()
    assert word in page and review.report_digest in page and SAID["conclusion"] in page
    data = client.get(reverse("reviews:systemreview-report", args=[review.number, "json"]))
    assert hashlib.sha256(data.content).hexdigest() == review.report_digest
    assert client.get(f"/api/v1/system-reviews/{review.number}").json()["report"] == json.loads(data.content)
    pdf = client.get(reverse("reviews:systemreview-report", args=[review.number, "pdf"]))
    assert pdf.content.startswith(b"%PDF-") and pdf.headers["Content-Disposition"].endswith('.pdf"')
    told = [json.loads(e.payload)["data"] for e in Entry.objects.filter(event="system_review.exported").order_by("id")]
    assert [(one["form"], one["sha256"]) for one in told] == [
        ("json", review.report_digest),
        ("pdf", hashlib.sha256(pdf.content).hexdigest()),
    ]
    assert client.get(reverse("reviews:systemreview-report", args=[plan().number, "json"])).status_code == 404
