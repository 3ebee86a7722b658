import gzip
import json
import re
from pathlib import Path

import pytest
from django.http import HttpResponse, JsonResponse
from django.test import RequestFactory

from qms import journal
from qms.accounts import actions as accounts
from qms.journal.models import Entry
from qms.lib.errors import Conflict, Invalid, NotNow
from qms.ui.middleware import POLICY, ContentSecurityPolicy, Refusals, VaryOnHtmx
from qms.ui.views import ListView, broken, missing, refused

from .listing import fill, spec

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def reader(db):
    return accounts.create_user(
        username="ada", full_name="Ada Reader", password="correct horse battery", by=journal.SYSTEM
    )


def asked(path, user=None, **headers):
    from django.contrib.auth.models import AnonymousUser

    request = RequestFactory().get(path, headers=headers)
    request.user = user or AnonymousUser()
    return request


def listed(path, reader, **changes):
    headers = changes.pop("headers", {})
    return ListView.as_view(spec=spec(**changes))(asked(path, reader, **headers))


def test_the_page_holds_the_list_and_the_fragment_only_its_rows(reader):
    fill(60)
    page = listed("/rows/", reader).content.decode()
    part = listed("/rows/?state=OPEN", reader, headers={"HX-Request": "true"})
    assert "<html" in page and 'id="q-results"' in page and page.count("data-row") == 50
    assert "<html" not in part.content.decode() and 'id="q-results"' in part.content.decode()
    assert part.headers["HX-Push-Url"] == "/rows/?state=OPEN"
    restored = listed("/rows/", reader, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<html" in restored.content.decode()


def test_the_address_of_a_fragment_leaves_out_what_says_nothing(reader):
    fill(3)
    columns = "&col=number&col=title&col=state&col=quantity&col=due&col=at"
    part = listed(f"/rows/?q=&order=&size=&quantity_from={columns}", reader, headers={"HX-Request": "true"})
    assert part.headers["HX-Push-Url"] == "/rows/"


def test_sort_heads_say_the_order_and_turn_it(reader):
    fill(3)
    page = listed("/rows/?order=due", reader).content.decode()
    head = re.search(r'<th[^>]*aria-sort="ascending"[^>]*>.*?</th>', page, re.S).group()
    assert "order=-due" in head and page.count('aria-sort="none"') == 4


def test_empty_no_match_and_wrong_filter_are_told_apart(reader):
    fill(0)
    empty = listed("/rows/", reader)
    assert b"Nothing here yet" in empty.content and b"somebody makes one" in empty.content
    assert b"Nothing matches these filters" in listed("/rows/?q=zzz", reader).content
    wrong = listed("/rows/?quantity_from=abc", reader)
    assert wrong.status_code == 422 and b"A filter value is not valid" in wrong.content
    assert b"page mark" in listed("/rows/?after=nonsense", reader).content


def test_chips_remove_only_themselves(reader):
    fill(3)
    page = listed("/rows/?state=OPEN&state=CLOSED&graded=1&after=x&order=due", reader).content.decode()
    links = re.findall(r'<a class="d-print-none" href="([^"]+)" aria-label="Remove', page)
    assert links == [
        "?state=CLOSED&amp;graded=1&amp;order=due",
        "?state=OPEN&amp;graded=1&amp;order=due",
        "?state=OPEN&amp;state=CLOSED&amp;order=due",
    ]


def test_text_of_a_row_never_becomes_markup(reader):
    fill(1, title="<script>alert(1)</script>", number='"><img src=x>')
    page = listed("/rows/?q=%3Cscript%3E", reader).content.decode()
    assert "<script>alert" not in page and "<img src=x" not in page and "&lt;script&gt;alert" in page


def test_an_export_is_in_the_trail_with_rows_and_digest(reader):
    fill(3)
    answer = listed("/rows/?format=csv&state=OPEN&state=CLOSED", reader)
    body = b"".join(answer.streaming_content)
    assert answer.headers["Content-Disposition"].startswith("attachment") and body.startswith(b"\xef\xbb\xbf")
    entry = json.loads(Entry.objects.get(event="list.exported").payload)
    assert entry["data"]["rows"] == 3 and entry["data"]["conditions"] == "Status: Open; Status: Closed"
    import hashlib

    assert entry["data"]["sha256"] == hashlib.sha256(body).hexdigest()


def test_an_export_needs_its_right(reader):
    from qms.lib.errors import Forbidden

    fill(1)
    with pytest.raises(Forbidden):
        listed("/rows/?format=csv", reader, export_permission="list.export")
    assert not Entry.objects.filter(event="list.exported").exists()


# --- headers and error pages ---


def test_the_policy_is_on_every_answer_and_allows_nothing_inline():
    answer = ContentSecurityPolicy(lambda request: HttpResponse("x"))(asked("/"))
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert "unsafe" not in POLICY and "nonce" not in POLICY and "default-src 'none'" in POLICY and "*" not in POLICY


def test_html_varies_on_htmx_and_is_not_kept_for_signed_in_people(reader):
    answer = VaryOnHtmx(lambda request: HttpResponse("x"))(asked("/", reader))
    assert "HX-Request" in answer.headers["Vary"] and answer.headers["Cache-Control"] == "no-store"
    plain = VaryOnHtmx(lambda request: HttpResponse("x"))(asked("/"))
    assert "HX-Request" in plain.headers["Vary"] and "Cache-Control" not in plain.headers
    assert "Vary" not in VaryOnHtmx(lambda request: JsonResponse({}))(asked("/", reader)).headers


@pytest.mark.parametrize("refusal", [Invalid("This."), Conflict("This."), NotNow("This.", retry_after=7)])
def test_a_refusal_says_what_and_what_to_do(refusal, db):
    refusal.hint = "Do that."
    answer = refused(asked("/"), refusal)
    assert answer.status_code == refusal.status and b"This." in answer.content and b"Do that." in answer.content
    assert answer.headers.get("Retry-After") == ("7" if isinstance(refusal, NotNow) else None)


def test_refusals_become_pages_but_not_for_the_api():
    shield = Refusals(lambda request: HttpResponse())
    assert shield.process_exception(asked("/ncr/"), Invalid("x")).status_code == 422
    assert shield.process_exception(asked("/api/v1/ncrs"), Invalid("x")) is None
    assert shield.process_exception(asked("/ncr/"), ValueError("x")) is None


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_error_pages_exist_and_the_unexpected_one_gives_a_reference(language, db):
    from django.utils import translation

    with translation.override(language):
        assert missing(asked("/x")).status_code == 404
        assert re.search(rb"[0-9a-f]{8}-[0-9a-f]{4}-7", broken(asked("/x")).content)


def test_the_scripts_stay_within_their_budget():
    """25 KB compressed for all of them, as they travel (ux.md §1)."""
    scripts = [path.read_bytes() for path in (ROOT / "static/js").glob("*.js")]
    assert len(scripts) > 5 and sum(len(gzip.compress(script)) for script in scripts) <= 25_000
