"""A review of the audit trail: what it covers is fixed, its reviewer did not act, its signature covers what was found."""

import hashlib

import pytest
from django.db import Error, transaction
from django.test import Client
from django.urls import reverse

from ncr import actions as ncr
from qms import journal
from qms.demo.cast import PASSWORD
from qms.journal import proofs
from qms.journal.models import Entry, Leaf
from qms.lib.errors import Conflict, Forbidden, Invalid, SignatureRefused
from qms.records import actions as records
from qms.records.queries import signatures
from qms.reviews import actions, queries
from qms.reviews.models import TrailReview
from tests.factories import Factory, person, signing

PROVES = ("82", "Annex 11 §9", "draft §12.6–12.8", "11.10(e)", "11.70")
pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def make():
    return Factory()


@pytest.fixture
def record(make):
    return make.ncr(state="IN_REVIEW", held=False)


def begun(make, seal, **scope):
    seal()
    return make.trailreview(state="IN_REVIEW", **scope)


def test_the_scope_is_fixed_with_count_digest_and_the_root_of_the_sealed_trail(make, seal, record):
    review = begun(make, seal, numbers=[record.number])
    rows = queries.entries(review, person("security"))
    acts = {e.act_id for e in Entry.objects.filter(object_type="ncr.nonconformance", object_key=str(record.pk))}
    assert {e.act_id for e in rows} == acts and review.entries == rows.count() > 2
    leaves = [bytes(e.leaf) for e in rows.order_by("id")]
    assert review.scope_digest == hashlib.sha256(b"".join(leaves)).hexdigest()
    newest = proofs.newest()
    assert (review.trail_size, review.trail_root) == (newest.size, newest.root.hex())
    records.comment(record=record, text="Said afterwards", by=person("engineer"))
    seal()
    assert queries.entries(review, person("security")).count() == review.entries, "what comes later is not covered"


def test_what_is_not_sealed_yet_is_not_covered(make, seal, record):
    seal()
    records.comment(record=record, text="Just now", by=person("engineer"))
    review = make.trailreview(state="IN_REVIEW", numbers=[record.number])
    assert "record.commented" not in set(queries.entries(review, person("security")).values_list("event", flat=True))


def test_whoever_acted_on_a_record_in_scope_is_refused_and_told_which_act(make, seal, record):
    records.comment(record=record, text="Looks bad", by=person("manager"))
    seal()
    review = make.trailreview(numbers=[record.number], by="manager")
    with pytest.raises(Forbidden, match=rf"{record.number}.*Looks bad"):
        actions.start(trailreview=review, by=person("manager"))
    attempt = Entry.objects.get(event="trail_review.refused")
    assert attempt.actor_id == str(person("manager").pk) and attempt.object_key == str(review.pk)
    assert TrailReview.objects.get(pk=review.pk).state == "DRAFT"
    assert actions.start(trailreview=review, by=person("security")).state == "IN_REVIEW"


def test_the_database_refuses_a_reviewer_who_acted(make, seal, record):
    review = begun(make, seal, numbers=[record.number])
    inspector = person("inspector")
    assert inspector.pk in review.actors and person("security").pk not in review.actors
    with (
        pytest.raises(Error, match="trailreview_reviewer_did_not_act"),
        transaction.atomic(),
        journal.act(journal.EVENTS["trail_review.edited"], by=inspector) as act,
    ):
        TrailReview.objects.filter(pk=review.pk).update(reviewer=inspector)
        act.record(review, actions.trail.told(review))


def test_another_site_is_not_in_the_scope(make, seal, record):
    review = begun(make, seal, site="SUZ")
    assert not queries.entries(review, person("security")).filter(object_type="ncr.nonconformance").exists()


def test_each_look_finds_its_entries_and_no_other(make, seal):
    plain = make.ncr()
    corrected = ncr.edit(
        ncr=make.ncr(), by=person("engineer"), cause="TYPING", reason="counted again", title="Bore far too large"
    )
    gone = make.ncr(state="CANCELLED")
    closed = make.ncr(state="VERIFICATION")
    with pytest.raises(SignatureRefused):
        ncr.close(ncr=closed, by=person("supervisor"), signing=signing(person("supervisor"), password="wrong"))
    seal()

    def found(look):
        review = make.trailreview(looks=[look])
        return queries.entries(review, person("security"), size=queries.sealed_size())

    keys = {"object_type": "ncr.nonconformance"}
    assert {e.object_key for e in found("correction").filter(**keys)} == {str(corrected.pk)}
    assert str(gone.pk) in {e.object_key for e in found("removal").filter(**keys)}
    assert "signature.refused" in {e.event for e in found("failed_signing")}
    after = found("after_signature").filter(**keys)
    assert {e.object_key for e in after} == {str(closed.pk)} and {e.kind for e in after} == {"row"}
    assert all('"reason":""' in e.payload for e in found("no_reason"))
    assert str(corrected.pk) not in {e.object_key for e in found("no_reason").filter(event="ncr.edited")}
    assert {e.event.split(".")[0] for e in found("access")} >= {"account"}
    assert all(e.object_type != "ncr.nonconformance" for e in found("configuration"))
    assert str(plain.pk) not in {e.object_key for e in found("removal")}


def test_exceptions_are_marked_withdrawn_and_signed(make, seal, record):
    who = person("security")
    review = begun(make, seal, numbers=[record.number])
    first, second = queries.entries(review, who).order_by("id")[:2]
    why = {"why": "reported without a reason", "follow": "training"}
    review = actions.mark(trailreview=review, by=who, entry=first.pk, **why)
    review = actions.mark(trailreview=review, by=who, entry=second.pk, why="too late by a day", follow="nothing")
    with pytest.raises(Conflict, match="marked already"):
        actions.mark(trailreview=review, by=who, entry=first.pk, **why)
    stranger = Entry.objects.exclude(pk__in=queries.entries(review, who).values("pk")).first()
    with pytest.raises(Invalid, match="does not belong"):
        actions.mark(trailreview=review, by=who, entry=stranger.pk, **why)
    review = actions.withdraw(trailreview=review, by=who, entry=second.pk, reason="read the shift plan again")
    assert [one.entry_id for one in review.standing()] == [first.pk]
    review = actions.sign(trailreview=review, by=who, signing=signing(who))
    assert review.state == "REVIEWED" and [line.covers for line in signatures(review)] == [True]
    assert review.signed_content()["exceptions"][0]["leaf"] == bytes(first.leaf).hex()
    with pytest.raises(Conflict):
        actions.mark(trailreview=review, by=who, entry=second.pk, **why)


def test_only_the_reviewer_marks_and_signs(make, seal, record):
    review = begun(make, seal, numbers=[record.number])
    entry = queries.entries(review, person("security")).first()
    with pytest.raises(Forbidden, match="reviews this"):
        actions.mark(trailreview=review, by=person("manager"), entry=entry.pk, why="not mine to say", follow="other")
    with pytest.raises(Forbidden, match="reviews this"):
        actions.sign(trailreview=review, by=person("manager"), signing=signing(person("manager")))


def test_a_plan_is_checked(make, record):
    site, who = record.site, person("manager")
    for wrong, field in (
        ({"numbers": ["NCR-99-000001"]}, "numbers"),
        ({"record_types": ["accounts.user"]}, "record_types"),
        ({"looks": ["everything"]}, "looks"),
        ({"owner": person("operator")}, "owner"),
    ):
        with pytest.raises(Invalid) as refused:
            actions.plan(by=who, site=site, title="A plan", **wrong)
        assert refused.value.field == field
    with pytest.raises(Forbidden):
        actions.plan(by=who, site=make.trailreview(site="SUZ").site, title="Another site")


def test_the_pages_of_a_review(make, seal, record):
    review = begun(make, seal, numbers=[record.number])
    client, reader, far = Client(), Client(), Client()
    client.force_login(person("security"))
    reader.force_login(person("engineer"))
    far.force_login(person("gongcheng"))
    url = reverse("reviews:trailreview-entries", args=[review.number])
    page = client.get(url).content.decode()
    entry = queries.entries(review, person("security")).order_by("id").first()
    mark = reverse("reviews:trailreview-mark", args=[review.number])
    assert f"{mark}?entry={entry.pk}" in page and record.number in page
    assert client.get(url, {"kind": "row"}).status_code == 200 and client.get(url, {"format": "csv"}).status_code == 403
    assert reader.get(url).status_code == 403, "whoever may not read the trail does not read it here"
    assert far.get(url).status_code == 403 and far.get(review.get_absolute_url()).status_code == 404
    form = client.get(f"{mark}?entry={entry.pk}")
    assert form.status_code == 200 and f"Entry {entry.pk}" in form.content.decode()
    sent = {"version": review.version, "entry": entry.pk, "why": "no one knows why", "follow": "correct"}
    assert client.post(mark, sent).status_code == 302
    assert "no one knows why" in reader.get(review.get_absolute_url()).content.decode()
    assert client.get(f"{mark}?entry=999999999999").status_code == 200
    sign = reverse("reviews:trailreview-step", args=[review.number, "sign"])
    sent = {"version": review.version + 1, "_sign": "1", "_username": "security", "_password": PASSWORD}
    assert client.post(sign, sent).status_code == 302
    assert TrailReview.objects.get(pk=review.pk).state == "REVIEWED"
    assert Leaf.objects.filter(entry_id=entry.pk, leaf_index__lt=review.trail_size).exists()


def test_the_list_of_entries_leads_back_and_knows_whether_the_review_has_begun(make, seal, client):
    planned, running = make.trailreview(), begun(make, seal)
    client.force_login(person("security"))
    for review, says in ((planned, True), (running, False)):
        page = client.get(reverse("reviews:trailreview-entries", args=[review.number])).content.decode()
        assert f'<a href="{review.get_absolute_url()}">{review.number}</a>' in page
        assert ("has not begun" in page) == says
