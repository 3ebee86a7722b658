"""Cancellations and acceptance, told by an ERP that carries our postings itself."""

import pytest

from qms.journal.models import Entry

from .test_erp_push import posting

__all__ = ["posting"]
pytestmark = pytest.mark.django_db


def test_what_the_other_side_carries_is_cancelled_only_on_its_word(erp_push, posting, people):
    """It may have come for the posting already, so "never left" is not ours to say."""
    from qms.commands import actions as commands

    assert erp_push.ack(posting.reference, status="cancelled").status_code == 409, "nobody asked"
    asked = commands.request_cancel(posting=posting, by=people["engineer"], reason="the wrong lot")
    assert asked.state == "CANCEL_REQUESTED"
    assert erp_push.ack(posting.reference, status="cancelled").json()["state"] == "CANCELLED"
    assert erp_push.ack(posting.reference, status="cancelled").json()["status"] == "duplicate"
    posting.refresh_from_db()
    assert posting.delivery.state == "DONE"


def test_too_late_to_cancel_it_is_posted_and_that_is_said(erp_push, posting, people):
    from qms.commands import actions as commands

    assert erp_push.ack(posting.reference, status="accepted", document_number="MD-7").json()["state"] == "ACCEPTED"
    assert erp_push.ack(posting.reference, status="accepted", document_number="MD-7").json()["status"] == "duplicate"
    commands.request_cancel(posting=posting, by=people["engineer"], reason="the wrong lot")
    assert erp_push.ack(posting.reference, status="posted", document_number="MD-7").json()["state"] == "POSTED"
    assert Entry.objects.filter(event="posting.cancel_refused").exists()
