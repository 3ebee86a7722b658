"""Closure behind a review: refused until a signed one covers the record up to its last change."""

import pytest

from ncr import actions as ncr
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.reviews import actions
from qms.reviews.models import ReviewRule
from tests.factories import Factory, person, signing

PROVES = ("82", "draft §12.6–12.8", "11.10(f)")
pytestmark = pytest.mark.usefixtures("own_database")


def switched(on=True):
    rule = ReviewRule.objects.get(record_type="ncr.nonconformance")
    return actions.set_rule(rule=rule, closure_needs_review=on, reason="customer contract 7.4", by=person("manager"))


def close(record):
    return ncr.close(ncr=Factory().fresh(record), by=person("supervisor"), signing=signing(person("supervisor")))


def test_off_unless_set_and_set_by_whoever_may():
    assert list(ReviewRule.objects.values_list("record_type", "closure_needs_review")) == [
        ("ncr.nonconformance", False)
    ]
    with pytest.raises(Forbidden):
        actions.set_rule(
            rule=ReviewRule.objects.get(), closure_needs_review=True, reason="because", by=person("engineer")
        )
    with pytest.raises(Invalid):
        switched(on=False)


def test_closing_waits_for_a_signed_review_up_to_the_last_change(seal):
    make = Factory()
    record = make.ncr(state="VERIFICATION")
    switched()
    with pytest.raises(Conflict, match="audit trail has to be reviewed"):
        close(record)
    seal()
    make.trailreview(state="REVIEWED", numbers=[record.number], looks=["correction"])
    make.trailreview(state="IN_REVIEW", numbers=[record.number])
    with pytest.raises(Conflict, match="audit trail has to be reviewed"):
        close(record)  # one looks at a part of it only, the other is not signed
    make.trailreview(state="REVIEWED", numbers=[record.number])
    assert close(record).state == "CLOSED"


def test_a_change_after_the_review_asks_for_another(seal):
    make = Factory()
    record = make.ncr(state="IN_EXECUTION")
    seal()
    make.trailreview(state="REVIEWED", record_types=["ncr.nonconformance"])
    make.post(record)
    record = make.mark_scrap(record)
    switched()
    with pytest.raises(Conflict, match="audit trail has to be reviewed"):
        close(record)
    seal()
    make.trailreview(state="REVIEWED", record_types=["ncr.nonconformance"])
    assert close(record).state == "CLOSED"
    switched(on=False)
