"""Signing a list: one meaning, the list shown, one authentication, a signature of its own on each record; another set is refused."""

import pytest

from ncr import actions as ncr
from qms import journal
from qms.accounts import actions as accounts
from qms.accounts.models import FailedAttempt, Site
from qms.demo.cast import PASSWORD
from qms.records import actions as records
from qms.signatures.models import Signature
from tests.factories import person
from tests.factories.pictures import picture
from tests.ui.test_bulk import sure

pytestmark = pytest.mark.django_db
PROVES = ("11.50", "11.70", "11.200(a)")
URL = "/ncr/bulk"
WHOLE = {"_sign": "1", "_username": "mrb1", "_password": PASSWORD}


@pytest.fixture
def three(make):
    return [make.ncr(state="IN_MRB", scrap="10") for _ in range(3)]


@pytest.fixture
def post(client, people):
    client.force_login(people["mrb1"], "qms.accounts.backends.PasswordBackend")
    return lambda **data: client.post(URL, data)


def made():
    return Signature.objects.filter(meaning="approved_mrb")


def test_the_list_is_shown_then_signed_by_one_authentication(post, three):
    preview = post(act="approve", key=[r.pk for r in three])
    dialog = post(**sure(preview))
    page = dialog.content.decode()
    assert dialog.status_code == 200 and "q-sign-rows" in page and all(r.number in page for r in three)
    assert not made().exists()
    done = post(**sure(preview), **WHOLE)
    assert done.status_code == 200 and "3 records were changed" in done.content.decode()
    rows = list(made())
    assert len(rows) == 3 and len({s.digest for s in rows}) == 3 and len({s.series for s in rows}) == 1
    assert all(s.record_number in s.sentence and s.components == "user_id,password" for s in rows)


def test_a_wrong_password_signs_none_and_counts_once(post, three):
    preview = post(act="approve", key=[r.pk for r in three])
    answer = post(**sure(preview), **{**WHOLE, "_password": "wrong"})
    assert answer.status_code == 403 and 'id="q-sign-title"' in answer.content.decode()
    assert not made().exists() and FailedAttempt.objects.count() == 1


def test_another_set_or_another_version_is_refused(post, three, people):
    preview = post(act="approve", key=[r.pk for r in three])
    records.attach(record=three[1], name="bore.png", content=picture(), by=people["engineer"])
    answer = post(**sure(preview), **WHOLE)
    assert answer.status_code == 409 and not made().exists()
    assert "The list has changed" in answer.content.decode()


def test_without_having_seen_the_list_nothing_is_signed(post, three):
    answer = post(act="approve", key=[r.pk for r in three], phase="do", **WHOLE)
    assert answer.status_code in (200, 422) and not made().exists()


def test_signatures_of_two_meanings_are_not_given_at_once(post, make, people):
    accounts.grant(user=people["mrb1"], role="design_authority", site=Site.objects.get(code="AUG"), by=journal.SYSTEM)
    scrap, kept = make.ncr(state="IN_MRB", scrap="10"), make.ncr(state="IN_MRB", scrap="4")
    from tests.factories import signing

    for name in ("mrb2",):
        ncr.approve(ncr=kept, by=person(name), signing=signing(person(name)))
    other = accounts.create_user(username="mrb3", full_name="M. Three", password=PASSWORD, by=journal.SYSTEM)
    accounts.grant(user=other, role="mrb_member", site=Site.objects.get(code="AUG"), by=journal.SYSTEM)
    from qms.signatures import actions

    actions.agree(user=other, given=signing(other))
    ncr.approve(
        ncr=make.fresh(kept), by=person("mrb3"), signing=signing(other)
    )  # both members: design is what is missing
    preview = post(act="approve", key=[scrap.pk, kept.pk])
    before = Signature.objects.count()
    answer = post(**sure(preview), **WHOLE)
    assert answer.status_code == 422 and "not mean the same" in answer.content.decode()
    assert Signature.objects.count() == before


def test_what_may_not_be_signed_is_left_out_with_its_reason(post, make, three):
    closed = make.ncr(state="CLOSED")
    preview = post(act="approve", key=[closed.pk, three[0].pk])
    done = post(**sure(preview), **WHOLE)
    assert done.status_code == 200 and [s.record_number for s in made().filter(record_number=three[0].number)]
    assert "Closed" in preview.content.decode()


def test_who_sits_on_no_board_is_not_offered_it(client, people, three):
    client.force_login(people["engineer"], "qms.accounts.backends.PasswordBackend")
    assert client.post(URL, {"act": "approve", "key": three[0].pk}).status_code == 403
