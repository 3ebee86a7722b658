"""Once in a life, and again for a new edition: a person agrees that the electronic signature binds; without it nothing is signed."""

import pytest
from django.urls import reverse
from django.utils import translation

from qms import journal
from qms.accounts import actions as accounts
from qms.accounts.models import FailedAttempt, Site
from qms.demo.cast import PASSWORD
from qms.journal.models import Entry
from qms.lib.errors import SignatureRefused
from qms.signatures import actions, agreement, queries
from qms.signatures.models import Agreement, Signature
from tests.factories import person, signing

pytestmark = pytest.mark.django_db
PROVES = ("11.10(j)", "11.100(c)")


@pytest.fixture
def newcomer():
    """A member of the board who has not agreed yet."""
    made = accounts.create_user(username="newcomer", full_name="Nora Neu", password=PASSWORD, by=journal.SYSTEM)
    accounts.grant(user=made, role="mrb_member", site=Site.objects.get(code="AUG"), by=journal.SYSTEM)
    return person("newcomer")


def test_the_cast_has_agreed_by_the_act():
    made = Agreement.objects.get(user=person("mrb1"))
    signed = Signature.objects.on(made).get()
    assert signed.meaning == "agreed" and signed.signer == made.user and made.sha256 == agreement.current().sha256
    assert Entry.objects.filter(event="signature.agreed", object_key=str(made.user_id)).count() == 1


def test_the_text_is_kept_in_the_language_that_was_shown(newcomer):
    with translation.override("zh-hans"):
        made = actions.agree(user=newcomer, given=signing(newcomer))
    assert made.language == "zh-hans" and "电子签名" in made.text and made.text == agreement.current("zh-hans").text


def test_without_it_nothing_is_signed_and_nothing_counts_as_a_failure(newcomer, make):
    record = make.ncr(state="IN_MRB", scrap="10")
    from ncr import actions as ncr

    with pytest.raises(SignatureRefused, match="not agreed") as refusal:
        ncr.approve(ncr=record, by=newcomer, signing=signing(newcomer))
    assert refusal.value.code == "agreement" and not FailedAttempt.objects.exists()
    actions.agree(user=newcomer, given=signing(newcomer))
    ncr.approve(ncr=record, by=newcomer, signing=signing(newcomer))


def test_rest_says_what_is_missing(signer, newcomer, make):
    answer = signer("newcomer").whole(make.ncr(state="IN_MRB", scrap="10"))
    assert answer.status_code == 403 and answer.json()["code"] == "agreement" and answer.json()["hint"]


def test_it_is_signed_with_ones_own_components_and_a_wrong_one_counts(newcomer):
    for given in (signing(newcomer, password="wrong"), signing(person("mrb1"))):
        with pytest.raises(SignatureRefused):
            actions.agree(user=newcomer, given=given)
    assert FailedAttempt.objects.count() == 2 and queries.agreed(newcomer) is None


def test_agreeing_twice_is_one_agreement(newcomer):
    first = actions.agree(user=newcomer, given=signing(newcomer))
    assert actions.agree(user=newcomer, given=signing(newcomer)).pk == first.pk
    assert Signature.objects.on(first).count() == 1


def test_the_dialog_leads_there_and_keeps_the_words(signer, newcomer, make):
    record = make.ncr(state="IN_MRB", scrap="10")
    browser = signer("newcomer").client
    url, sent = reverse("ncr:approve", args=[record.number]), {"version": record.version, "kept": "what was entered"}
    first = browser.post(url, sent).content.decode()
    assert "q-agree-title" in first and "what was entered" in first and 'name="_agree"' in first
    wrong = browser.post(url, {**sent, "_agree": "1", "_username": "newcomer", "_password": "wrong"})
    assert wrong.status_code == 403 and "q-agree-title" in wrong.content.decode()
    agreed = browser.post(url, {**sent, "_agree": "1", "_username": "newcomer", "_password": PASSWORD})
    page = agreed.content.decode()
    assert agreed.status_code == 200 and 'id="q-sign-title"' in page and "what was entered" in page
    assert 'id="sign-username"' not in page, "agreeing was the first signing of the series"
    assert browser.post(url, {**sent, "_sign": "1", "_password": PASSWORD}).status_code == 302
    assert Signature.objects.filter(record_number=record.number, signer=newcomer).exists()


def test_the_own_page_asks_for_it_and_tells_of_it(signer, newcomer):
    browser = signer("newcomer").client
    assert reverse("office:agreement") in browser.get(reverse("office:account")).content.decode()
    url = reverse("office:agreement")
    assert agreement.current().title in browser.get(url).content.decode()
    assert browser.post(url, {"_username": "newcomer", "_password": "wrong"}).status_code == 403
    assert browser.post(url, {"_username": "newcomer", "_password": PASSWORD}).status_code == 302
    assert queries.agreed(newcomer)


def test_the_list_of_people_shows_who_has_agreed_and_when(client, newcomer):
    client.force_login(person("auditor"), "qms.accounts.backends.PasswordBackend")
    no = client.get(reverse("office:people"), {"agreed": "no"}).content.decode()
    yes = client.get(reverse("office:people"), {"agreed": "yes"}).content.decode()
    assert "newcomer" in no and "mrb1" not in no and "newcomer" not in yes and "mrb1" in yes
    assert "cannot sign" in client.get(reverse("office:person", args=["newcomer"])).content.decode()


def test_a_new_edition_asks_everybody_again(settings, tmp_path, newcomer):
    actions.agree(user=newcomer, given=signing(newcomer))
    for language in ("en", "zh-hans"):
        (tmp_path / f"1.{language}.txt").write_text("Old\n\nText")
        (tmp_path / f"2.{language}.txt").write_text("New\n\nText")
    (tmp_path / "3.en.txt").write_text("Not translated\n\nText")
    settings.SIGNING_AGREEMENTS = str(tmp_path)
    assert agreement.current().edition == 2 and queries.agreed(newcomer) is None
    assert actions.agree(user=newcomer, given=signing(newcomer)).edition == 2


def test_an_agreement_is_never_changed_nor_deleted(newcomer):
    from django.db import Error, transaction

    made = actions.agree(user=newcomer, given=signing(newcomer))
    for spoil in (lambda: Agreement.objects.filter(pk=made.pk).update(text="x"), made.delete):
        with (
            pytest.raises(Error),
            transaction.atomic(),
            journal.act(journal.EVENTS["account.changed"], by=journal.SYSTEM),
        ):
            spoil()
