"""The demo plants as `make run` makes them: every state, both languages, two sites, and a mirror whose parts fit together."""

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from connectors.models import Delivery, Webhook, WebhookAttempt
from connectors.outbox import webhooks
from inspection.models import Certificate, Conformance, Inspection
from inspection.queries import certificates
from ncr.models import Hold, Nonconformance
from qms.accounts.models import User
from qms.commands.models import Command, Posting
from qms.masterdata.models import BomLine, GenealogyEdge, Lot, StockLine
from qms.masterdata.specs import SPECS
from qms.qualifications.models import Qualification
from qms.qualifications.queries import standing
from qms.records.models import Comment, Tombstone
from qms.retention.models import Disposal, LegalHold
from qms.reviews.models import AccessReview, SystemReview, TrailReview
from tests.databases import copied


@pytest.fixture(scope="module")
def plant(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Loaded once, in a copy of the database."""
    place, before = tmp_path_factory.mktemp("demo"), settings.VAR
    with django_db_blocker.unblock(), copied("demo"):
        settings.VAR = place
        call_command("seed_demo", stdout=io.StringIO())
        yield place
        settings.VAR = before


def test_the_demo_plants_are_whole(plant: Path):
    found = set(Nonconformance.objects.values_list("state", flat=True))
    assert found == {state.code for state in Nonconformance.workflow.states}
    sites = dict.fromkeys(Nonconformance.objects.values_list("site__code", flat=True))
    assert set(sites) == {"AUG", "SUZ"}
    chinese = [c for c in Comment.objects.values_list("text", flat=True) if any("一" <= letter <= "鿿" for letter in c)]
    assert len(chinese) >= 3 and Comment.objects.count() > len(chinese)


def test_both_plants_have_sent_back_and_downgraded_something_to_the_end(plant: Path):
    told = Nonconformance.objects.filter(state__in=("CLOSED", "DISPOSITIONED")).values_list("site__code", "lines__kind")
    assert {("AUG", "regrade"), ("SUZ", "regrade"), ("AUG", "return_to_supplier"), ("SUZ", "return_to_supplier")} <= {
        *told
    }
    back = Nonconformance.objects.get(site__code="AUG", state="CLOSED", lines__kind="return_to_supplier")
    [line] = back.lines.all()
    [posting] = [each for each in back.all_postings() if each.kind == "RETURN"]
    assert line.is_done and line.return_reference == "RMA-88213" and posting.state == "POSTED"
    assert (posting.lot.number, posting.quantity, posting.supplier.name) == ("LOT-26-0012", 80, "Lumenor Polymers BV")
    down = Nonconformance.objects.get(site__code="AUG", state="CLOSED", lines__kind="regrade")
    [posting] = [each for each in down.all_postings() if each.kind == "REGRADE"]
    assert (posting.item.number, posting.to_item.number, posting.state) == ("IM-1035", "IM-1034", "POSTED")


def test_nothing_that_a_stand_in_has_answered_waits_for_an_erp(plant: Path):
    assert Posting.objects.filter(state="POSTED").exists()
    assert not Delivery.objects.filter(state="WAITING", posting__state="POSTED").exists()


def test_every_parent_that_a_row_of_the_mirror_names_is_there(plant: Path):
    for spec in SPECS.values():
        for name, _model in spec.parents:
            lost = spec.model.objects.exclude(**{f"{name}_ref": ""}).filter(**{f"{name}__isnull": True})
            assert not lost.exists(), (spec.object, name, lost[:3])


def test_stock_and_genealogy_agree_with_the_documents(plant: Path):
    lot = Lot.objects.live().get(number="LOT-26-0101")
    assert {edge.from_lot.number for edge in GenealogyEdge.objects.filter(to_lot=lot)} == {"LOT-26-0001", "LOT-26-0008"}
    held = sum(h.quantity for h in Hold.objects.filter(lot=lot, state="ACTIVE"))
    lines = {line.place_role: line.quantity for line in StockLine.objects.of_lot(lot)}
    assert lines["quarantine"] == held > 0 and sum(lines.values()) == 100 - 20  # made, less what went into AS-9000
    assert BomLine.objects.filter(bom__item__number="AS-9000").count() == 6


def test_accounts_of_the_demo_are_those_of_the_file(plant: Path):
    told = json.loads((plant / "demo.json").read_text())
    assert {user["username"] for user in told["users"]} == set(
        User.objects.filter(kind=User.PERSON).values_list("username", flat=True)
    )
    assert {user["language"] for user in told["users"]} == {"en", "zh-hans"}
    call_command("seed_demo", stdout=io.StringIO())
    assert json.loads((plant / "demo.json").read_text()) == told, "a second start changes nothing"


def test_the_shop_floor_was_asked_and_answered_and_nothing_goes_late_by_itself(plant: Path):
    found = {row.kind: row for row in Command.objects.all()}
    assert {kind: row.state for kind, row in found.items()} == {
        "special_instruction": "ACKNOWLEDGED", "inspect_sample": "VERIFIED", "stop_operation": "REJECTED",
    }  # fmt: skip
    assert all(row.due_at is None for row in found.values())
    assert not Command.objects.filter(kind="hold").exists(), "holds are confirmed by the ERP alone here"


def test_the_webhook_of_the_demo_is_paused_and_signs_with_the_secret_of_the_file(plant: Path):
    [hook] = Webhook.objects.all()
    assert hook.paused_because == "person" and not WebhookAttempt.objects.exists()
    secret = json.loads((plant / "demo.json").read_text())["webhook_secret"]
    assert webhooks.keys_of(hook) == [base64.b64decode(secret.removeprefix("whsec_"))]


def test_the_lists_of_the_offices_are_not_empty(plant: Path):
    def states(model):
        return set(model.objects.values_list("state", flat=True))

    assert states(LegalHold) == {"STANDING", "LIFTED"} and states(Disposal) == {"DISPOSED"}
    assert Tombstone.objects.get().record_type == "automation.case"
    assert states(AccessReview) == {"IN_REVIEW", "REVIEWED"} and states(SystemReview) == {"DRAFT", "REVIEWED"}
    assert {standing(row) for row in Qualification.objects.all()} == {"current", "soon", "expired"}
    for _again in range(2):
        call_command("seed_demo", "--reviews", stdout=io.StringIO())
    assert sorted(TrailReview.objects.values_list("state", flat=True)) == ["IN_REVIEW", "REVIEWED"]


def test_certificates_of_suppliers_and_our_own(plant: Path):
    states = list(Certificate.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["ACCEPTED", "ACCEPTED", "RECEIVED"]
    lacking = certificates.lacking(Inspection.objects.filter(lot_number="HU-7731"))
    assert [certificates.kinds_lacked(lot) for lot in lacking] == [["Certificate of conformance (CoC)"]]
    issued, draft = Conformance.objects.order_by("pk")
    assert (issued.state, draft.state) == ("ISSUED", "DRAFT")
    assert (
        issued.content["certificates"][0]["heats"] == ["H48213"] and issued.content["results"][0]["lowest"] == "12.006"
    )
