import re
from types import SimpleNamespace

import pytest
from django import forms
from django.contrib.messages.storage.fallback import FallbackStorage
from django.test import RequestFactory

from qms import journal
from qms.accounts import actions as accounts
from qms.lib.errors import Conflict, Forbidden, Invalid, NotNow
from qms.lib.ids import uuid7
from qms.ui.views import ActView
from qms.ui.views.acts import filled
from qms.ui.views.records import Step, acts, stages
from qms.ui.widgets import Quantity

pytestmark = pytest.mark.django_db


class PartForm(forms.Form):
    part = forms.CharField(label="Part")
    quantity = forms.DecimalField(label="Quantity", widget=Quantity())


class LineForm(forms.Form):
    kind = forms.CharField(label="Kind")


Lines = forms.formset_factory(LineForm, extra=1, can_delete=True)


class Report(ActView):
    title, submit, form_class = "Report", "Report", PartForm
    done = "Done."
    calls: list = []
    raises = None

    def perform(self, data):
        self.calls.append((self.key, data))
        if self.raises:
            raise self.raises
        return "/there/"


@pytest.fixture
def send(db):
    user = accounts.create_user(
        username="ada", full_name="Ada Reader", password="correct horse battery", by=journal.SYSTEM
    )

    def run(data=None, *, view=Report, **attributes):
        factory = RequestFactory()
        request = factory.get("/report/") if data is None else factory.post("/report/", data)
        request.user, request.session = user, {}
        request._messages = FallbackStorage(request)
        view.calls = []
        attributes.setdefault("raises", None)
        for name, value in attributes.items():
            setattr(view, name, value)
        return view.as_view()(request)

    return run


def good(**changes):
    return {"_key": str(uuid7()), "part": "A-1", "quantity": "12,5", **changes}


def test_the_form_carries_an_identity_and_no_second_submit(send):
    page = send().content.decode()
    assert re.search(r'name="_key" value="[0-9a-f-]{36}"', page) and "data-once" in page and "novalidate" in page


def test_a_good_form_does_the_act_once_however_often_it_is_sent(send):
    data = good()
    first, again = send(data), None
    assert (first.status_code, first.url) == (302, "/there/") and str(Report.calls[0][0]) == data["_key"]
    assert str(Report.calls[0][1]["quantity"]) == "12.5"
    again = send(data)
    assert again.url == "/there/" and Report.calls == []


def test_errors_are_listed_on_top_and_lead_to_their_field(send):
    answer = send(good(part="", quantity="x"))
    page = answer.content.decode()
    assert answer.status_code == 422 and Report.calls == []
    assert 'href="#id_part"' in page and 'href="#id_quantity"' in page and 'role="alert"' in page
    field = re.search(r"<input[^>]*id=\"id_quantity\"[^>]*>", page).group()
    assert 'aria-invalid="true"' in field and 'aria-describedby="id_quantity-error"' in field and 'value="x"' in field


@pytest.mark.parametrize(
    ("refusal", "status"),
    [(Invalid("Too many."), 422), (Forbidden("Not you."), 403), (NotNow("Away."), 503), (Conflict("Changed."), 409)],
)
def test_a_refusal_keeps_what_was_entered(send, refusal, status):
    refusal.hint = "Do that."
    answer = send(good(part="Kept <b>"), raises=refusal)
    page = answer.content.decode()
    assert answer.status_code == status and str(refusal.message) in page and "Do that." in page
    assert 'value="Kept &lt;b&gt;"' in page


def test_a_refusal_of_a_field_stands_at_the_field(send):
    page = send(good(), raises=Invalid("Too many.", field="quantity")).content.decode()
    assert 'href="#id_quantity"' in page and 'id="id_quantity-error"' in page


def test_a_conflict_shows_who_changed_what(send):
    changes = [("Wang Li", None, "affected quantity", "64", "72")]
    page = send(good(), raises=Conflict("Changed.", changes=changes)).content.decode()
    assert "Wang Li" in page and "<del>64</del>" in page and "<ins>72</ins>" in page


def test_rows_of_a_formset_that_stayed_as_they_were_are_not_lost():
    data = {
        "l-TOTAL_FORMS": "4",
        "l-INITIAL_FORMS": "2",
        "l-0-kind": "SCRAP",
        "l-1-kind": "REWORK",
        "l-1-DELETE": "on",
        "l-2-kind": "USE",
        "l-3-kind": "",
    }
    rows = Lines(data, initial=[{"kind": "SCRAP"}, {"kind": "REWORK"}], prefix="l")
    assert rows.is_valid()
    assert [row["kind"] for row in filled(rows)] == ["SCRAP", "USE"]


def test_the_first_open_step_is_primary_and_closed_ones_stay_visible():
    offers = [SimpleNamespace(allowed=False), SimpleNamespace(allowed=True), SimpleNamespace(allowed=True)]
    found = acts(offers)
    assert found["primary"] is offers[1] and found["others"] == [offers[0], offers[2]]
    assert acts([]) == {"primary": None, "others": []}


def test_the_stepper_follows_the_state_and_a_void_record_is_nowhere():
    steps = (Step("a", ("A",)), Step("b", ("B", "B2")), Step("c", ("C",)))
    assert [s.status for s in stages(steps, "B2")] == ["done", "current", "ahead"]
    assert {s.status for s in stages(steps, "VOID")} == {"ahead"}
