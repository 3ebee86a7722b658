"""Names in other systems: spelt by a tested rule, merged and split with their time, undone; what is ambiguous waits for a person."""

import datetime as dt

import pytest
from django.urls import reverse

from connectors import inbox
from connectors.inbox import worklist
from connectors.models import InboxMessage
from ncr.models import Nonconformance
from qms.accounts.models import Site
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid, Missing
from qms.masterdata import actions
from qms.masterdata.models import Crosswalk, Item, Normalisation
from qms.masterdata.queries import Name, meanings
from tests.connectors.mes import event, mes, mes_interface
from tests.connectors.test_batch import told
from tests.connectors.test_inbox_updates import later
from tests.factories.buying import synced

__all__ = ["mes", "mes_interface"]
pytestmark = pytest.mark.django_db
PROVES = ("11.10(a)", "11.10(e)")
WHY = "the drawing says so"
OLD, NEW = "RM-TI64-B25", "TB-4711"
AS_TOLD = {"source": "mes-aug", "reason": WHY}


@pytest.fixture
def engineer(people):
    return people["engineer"]


def part_of(answer):
    return Nonconformance.objects.get(number=answer.json()["record"]).part_number


def bare(**more):
    """Names no lot and no unit, which belong to one part only."""
    return event(lot="", order="", quantity={"affected": 1}, **more)


def spelling(people, **more):
    rules = {"takes_prefix": "M:", "drops": "-", "drops_zeros": True, "uppers": True, **more}
    examples = [{"given": " m:00ti-64 ", "expect": "TI64"}, {"given": "000", "expect": "0"}]
    given = {"source": "mes-aug", "kind": "item", "examples": examples, "note": "the cell pads its names", **rules}
    return actions.draft_spelling(by=people["integration"], **given)


# --- spelling ----------------------------------------------------------------------------------------------------------


def test_a_rule_of_spelling_is_used_once_its_examples_come_out(mes, people, engineer):
    owner = people["integration"]
    actions.map_value(source="mes-aug", kind="item", foreign_value="00TI-64", local_value=OLD, by=engineer)
    wrong = spelling(people, uppers=False)
    with pytest.raises(Conflict, match="1 of 2 examples do not come out: “ m:00ti-64 ” becomes “ti64”"):
        actions.activate_spelling(by=owner, rule=wrong)
    assert mes.post(bare(part="m:00ti-64")).status_code == 202, "nothing is in use yet"
    right = actions.activate_spelling(by=owner, rule=spelling(people))
    assert Crosswalk.objects.get().foreign_value == "TI64", "entries are found by the name as it is looked up now"
    assert inbox.retry_waiting() == 1
    for name in ("m:00ti-64", " TI-64", "ti64"):
        assert part_of(mes.post(bare(part=name))) == OLD
    assert {a["status"] for a in told(mes, [bare(part="M:TI64"), bare(part="ti64")])} == {"created"}
    mes.post(bare(part="m:9-9"))
    assert [(g.kind, g.name) for g in worklist.groups(engineer)] == [("item", "99")], (
        "asked by the name as it is looked up"
    )
    with pytest.raises(Forbidden):
        actions.retire_spelling(by=engineer, rule=right, reason=WHY)
    actions.retire_spelling(by=owner, rule=right, reason=WHY)
    assert mes.post(bare(part="m:00ti-64")).status_code == 202


def test_two_names_that_would_become_one_are_never_guessed(people, engineer):
    for name, here in (("ti-64", OLD), ("TI64", NEW)):
        actions.map_value(source="mes-aug", kind="item", foreign_value=name, local_value=here, by=engineer)
    with pytest.raises(Conflict, match="“TI64” would mean both"):
        actions.activate_spelling(by=people["integration"], rule=spelling(people))
    assert not Normalisation.objects.in_use().exists()
    assert set(Crosswalk.objects.values_list("foreign_value", flat=True)) == {"ti-64", "TI64"}
    again = actions.draft_spelling(
        by=people["integration"], source="mes-aug", kind="item", note=WHY, examples=[{"given": " A", "expect": "A"}]
    )
    assert again.edition == 2
    first, second = (spelling(people, drops="") for _n in range(2))
    assert (first.edition, second.edition) == (3, 4)


def test_a_new_edition_leaves_alone_what_is_spelt_already(people, engineer):
    """`M-` before each name: the edition after it does the same, and no entry gets the prefix twice."""
    owner = people["integration"]
    actions.map_value(source="mes-aug", kind="item", foreign_value="9", local_value=NEW, by=engineer)
    same = {"takes_prefix": "", "drops": "", "drops_zeros": False, "puts_prefix": "M-"}
    examples = [{"given": "7", "expect": "M-7"}]
    given = {"source": "mes-aug", "kind": "item", "examples": examples, "note": WHY, **same}
    for uppers in (False, True):
        rule = actions.draft_spelling(by=owner, uppers=uppers, **given)
        actions.activate_spelling(by=owner, rule=rule)
        assert Crosswalk.objects.get().foreign_value == "M-9"
    actions.map_value(source="mes-aug", kind="item", foreign_value="M-8", local_value=OLD, by=engineer)
    actions.activate_spelling(by=owner, rule=actions.draft_spelling(by=owner, uppers=True, **given))
    assert set(Crosswalk.objects.values_list("foreign_value", flat=True)) == {"M-9", "M-8"}


def test_a_rule_for_names_that_no_lookup_spells_is_refused(people, client):
    owner = people["integration"]
    for kind in ("supplier", "site", "ncr"):
        with pytest.raises(Invalid, match="would do nothing"):
            actions.draft_spelling(
                by=owner, source="mes-aug", kind=kind, note=WHY, examples=[{"given": " A", "expect": "A"}]
            )
    client.force_login(owner)
    page = client.get(reverse("connectors:spelling-new")).content.decode()
    assert 'value="lot"' in page and 'value="supplier"' not in page


@pytest.mark.parametrize("name", ["rev-c", f"{OLD} rev-c"])
def test_a_revision_has_another_name_too(mes, engineer, people, make, name):
    """Told alone or with its part, as the work list asks for it; in a report as in an update."""
    item = Item.objects.live().get(number=OLD, source="tryton")
    row = {"external_id": "rev-1", "number": "C", "item_ref": item.external_id, "changed_at": None}
    synced("revisions", [row])
    assert any("revision" in note for note in mes.post(bare(part_revision="rev-c", defect_id="D-1")).json()["notes"])
    actions.map_value(source="mes-aug", kind="revision", foreign_value=name, local_value="C", by=engineer)
    answer = mes.post(bare(part_revision="rev-c", defect_id="D-2")).json()
    assert not any("revision" in note for note in answer["notes"])
    assert Nonconformance.objects.get(number=answer["record"]).part_revision == "C"
    plain = mes.post(bare(defect_id="D-3")).json()["record"]
    mes.post(later("D-3", part_revision="rev-c"))
    assert Nonconformance.objects.get(number=plain).part_revision == "C"
    batch = told(mes, [bare(part_revision="rev-c", defect_id=f"D-{n}") for n in (4, 5)])
    found = Nonconformance.objects.filter(number__in=[one["record"] for one in batch])
    assert set(found.values_list("part_revision", flat=True)) == {"C"}


# --- merge and split ---------------------------------------------------------------------------------------------------


def test_a_merge_holds_from_its_day_on_and_is_undone(mes, engineer):
    actions.map_value(source="mes-aug", kind="item", foreign_value="TI-A", local_value=NEW, by=engineer)
    waiting = mes.post(bare(part="TI-B"))
    assert waiting.status_code == 202
    change = actions.merge(by=engineer, kind="item", names=["TI-A", "TI-B"], local_value=OLD, since=now(), **AS_TOLD)
    assert part_of(mes.post(bare(part="TI-A"))) == part_of(mes.post(bare(part="TI-B"))) == OLD
    assert inbox.retry_waiting() == 0, "it came before, when the name meant nothing"
    past = now() - dt.timedelta(days=1)
    asked = Name("mes-aug", "item", "TI-A")
    assert meanings([asked], past) == {asked: NEW} and meanings([asked], now()) == {asked: OLD}
    assert actions.undo(by=engineer, change=change, reason=WHY) == 2
    assert part_of(mes.post(bare(part="TI-A"))) == NEW and mes.post(bare(part="TI-B")).status_code == 202
    with pytest.raises(Missing):
        actions.undo(by=engineer, change=change, reason=WHY)
    row = Crosswalk.objects.current().get()
    assert row.history.first().local_value == NEW and row.history.count() == 3


def test_what_came_before_the_split_is_read_as_it_was_then(mes, engineer, people):
    """A message that waits for another name is replayed after the name of its part has changed."""
    actions.map_value(source="mes-aug", kind="item", foreign_value="TI", local_value=OLD, by=engineer)
    assert mes.post(bare(part="TI", nc_code="NEU-1")).status_code == 202
    parts = [actions.Part(OLD), actions.Part(NEW, since=now())]
    actions.split(by=engineer, kind="item", foreign_value="TI", parts=parts, **AS_TOLD)
    assert part_of(mes.post(bare(part="TI"))) == NEW
    actions.map_value(source="mes-aug", kind="defect_code", foreign_value="NEU-1", local_value="DIM-OUT", by=engineer)
    assert inbox.retry_waiting() == 1
    old = Nonconformance.objects.get(number=InboxMessage.objects.earliest("pk").record_number)
    assert old.part_number == OLD, "it came when the name meant the old part"


def test_a_split_by_revision_never_guesses(mes, engineer, client):
    parts = [actions.Part(OLD, revision="A"), actions.Part(NEW, revision="B")]
    change = actions.split(by=engineer, kind="item", foreign_value="TI", parts=parts, **AS_TOLD)
    assert part_of(mes.post(bare(part="TI", part_revision="A"))) == OLD
    assert part_of(mes.post(bare(part="TI", part_revision="B"))) == NEW
    answers = told(mes, [bare(part="TI"), bare(part="TI", part_revision="C"), bare(part="TI", part_revision="B")])
    assert [a["status"] for a in answers] == ["needs_mapping", "needs_mapping", "created"]
    assert "stands for several" in mes.post(bare(part="TI")).json()["problem"]
    [group] = worklist.groups(engineer)
    assert (group.name, group.why, group.count) == ("TI", "ambiguous", 3)
    client.force_login(engineer)
    page = client.get(f"{reverse('connectors:worklist-map')}?{group.query}").content.decode()
    assert OLD in page and NEW in page and "revision A" in page.replace("&nbsp;", " ")
    retry = worklist.resolve(kind="item", system="mes-aug", name="TI", answer=OLD, reason=WHY, by=engineer)
    worklist.carry_on(retry.uid)
    assert worklist.groups(engineer) == [] and Nonconformance.objects.count() == 6
    assert actions.undo(by=engineer, change=change, reason=WHY) == 3
    assert mes.post(bare(part="TI", part_revision="A")).status_code == 202


def test_a_split_by_site_and_the_laws_of_a_split(engineer, people):
    aug, other = Site.objects.get(code="AUG"), Site.objects.exclude(code="AUG").first()
    parts = [actions.Part(OLD, site=aug), actions.Part(NEW, site=other)]
    actions.split(by=engineer, kind="item", foreign_value="TI", parts=parts, **AS_TOLD)
    here, there, nowhere = (Name("mes-aug", "item", "TI", site_id=s and s.pk) for s in (aug, other, None))
    assert meanings([here, there, nowhere], now()) == {here: OLD, there: NEW, nowhere: ""}
    given = {"by": engineer, "kind": "item", "foreign_value": "TJ", **AS_TOLD}
    for wrong in (
        [actions.Part(OLD), actions.Part(NEW)],
        [actions.Part(OLD, revision="A"), actions.Part(NEW, revision="A")],
        [actions.Part(OLD, revision="A"), actions.Part("NO-SUCH-PART", revision="B")],
        [],
    ):
        with pytest.raises(Invalid):
            actions.split(**{**given, "parts": wrong})
    with pytest.raises(Invalid):
        actions.split(**{**given, "parts": parts, "reason": ""})
    with pytest.raises(Forbidden):
        actions.split(**{**given, "parts": parts, "by": people["operator"]})
    assert not Crosswalk.objects.filter(foreign_value="TJ").exists()


def test_lots_and_orders_have_other_names_too(mes, engineer):
    for kind, name, here in (("lot", "L1", "LOT-26-0001"), ("order", "O1", "WO-26-0001")):
        actions.map_value(source="mes-aug", kind=kind, foreign_value=name, local_value=here, by=engineer)
    first = event(lot="L1", defect_id="D-1")
    number = mes.post(first).json()["record"]
    ncr = Nonconformance.objects.get(number=number)
    assert (ncr.lot_number, ncr.lot.number) == ("LOT-26-0001", "LOT-26-0001")
    made = mes.post(event(part="", lot="", order="O1", quantity={"affected": 1})).json()["record"]
    assert Nonconformance.objects.get(number=made).order_number == "WO-26-0001"
    assert mes.post(later("D-1", lot="L1", note="seen again")).json().get("notes", []) == [], (
        "the same lot by its other name"
    )


# --- pages and REST ----------------------------------------------------------------------------------------------------


def test_the_names_of_a_record_are_found_both_ways(mes, engineer, client):
    ncr = Nonconformance.objects.get(number=mes.post(event(defect_id="D-7")).json()["record"])
    client.force_login(engineer)
    told = {
        "source": "mes-aug",
        "kind": "ncr",
        "foreign_value": "QN-200000123",
        "local_value": ncr.number,
        "reason": WHY,
    }
    assert client.post(reverse("connectors:name-new"), {**told, "local_value": "NCR-26-999999"}).status_code == 422
    assert client.post(reverse("connectors:name-new"), told).status_code == 302
    assert client.post(reverse("connectors:name-new"), told).status_code == 409, "it means something already"
    page = client.get(reverse("connectors:names"), {"q": "QN-2000"}).content.decode()
    assert ncr.number in page
    api = client.get("/api/v1/crosswalk", {"here": ncr.number}).json()["results"]
    assert [row["foreign_value"] for row in api] == ["QN-200000123"]
    assert client.get("/api/v1/crosswalk", {"there": "QN-200000123"}).json()["results"][0]["meaning"] == ncr.number


def test_the_pages_merge_split_and_undo(engineer, people, client):
    client.force_login(engineer)
    base = {"source": "mes-aug", "kind": "item", "reason": WHY}
    actions.map_value(source="mes-aug", kind="item", foreign_value="X", local_value=NEW, by=engineer)
    url = reverse("connectors:name-merge")
    assert client.post(url, {**base, "names": "TI-A", "local_value": OLD}).status_code == 422, "one name is no merge"
    assert client.post(url, {**base, "names": "TI-A\nTI-B", "local_value": OLD}).status_code == 302
    rows = {f"parts-{k}": v for k, v in (("TOTAL_FORMS", 2), ("INITIAL_FORMS", 0))}
    rows |= {"parts-0-local_value": OLD, "parts-0-revision": "A", "parts-1-local_value": NEW, "parts-1-revision": "B"}
    assert client.post(reverse("connectors:name-split"), {**base, "foreign_value": "TI-A", **rows}).status_code == 302
    assert Crosswalk.objects.current().filter(foreign_value="TI-A").count() == 3
    entry = Crosswalk.objects.get(foreign_value="TI-A", revision="A")
    page = client.get(entry.get_absolute_url()).content.decode()
    assert "What the name has meant" in page and NEW in page and "Undo the change" in page
    assert client.post(reverse("connectors:name-undo", args=[entry.uid]), {"reason": WHY}).status_code == 302
    assert [row.local_value for row in Crosswalk.objects.current().filter(foreign_value="TI-A")] == [OLD]
    x = Crosswalk.objects.get(foreign_value="X")
    assert client.post(reverse("connectors:name-withdraw", args=[x.uid]), {"reason": WHY}).status_code == 302
    assert not Crosswalk.objects.current().filter(foreign_value="X").exists()
    client.force_login(people["integration"])
    given = {**base, "drops": "-", "trims": "on", "examples": "A-1 => A1\n B => B"}
    assert client.post(reverse("connectors:spelling-new"), {**given, "examples": "A-1"}).status_code == 422
    assert client.post(reverse("connectors:spelling-new"), given).status_code == 302
    rule = Normalisation.objects.get()
    assert rule.examples == [{"given": "A-1", "expect": "A1"}, {"given": " B", "expect": "B"}]
    assert "comes out" in client.get(rule.get_absolute_url()).content.decode()
    assert client.post(reverse("connectors:spelling-activate", args=[rule.uid])).status_code == 302
    assert client.get(reverse("connectors:spellings")).status_code == 200


def test_rest_merges_splits_and_undoes(engineer, client):
    client.force_login(engineer)
    base = {"source": "mes-aug", "kind": "item", "reason": WHY}

    def post(path, **body):
        return client.post(f"/api/v1/{path}", body, content_type="application/json")

    merged = post("crosswalk/merge", **base, names=["TI-A", "TI-B"], local_value=OLD)
    assert merged.status_code == 201 and len(merged.json()["entries"]) == 2
    parts = [{"local_value": OLD, "revision": "A"}, {"local_value": NEW, "revision": "B"}]
    split = post("crosswalk/split", **base, foreign_value="TI-A", parts=parts)
    assert len(split.json()["entries"]) == 3
    assert post(f"crosswalk/changes/{merged.json()['change']}/undo", reason=WHY).status_code == 409, (
        "the split stands on it"
    )
    assert post(f"crosswalk/changes/{split.json()['change']}/undo", reason=WHY).json() == {"count": 3}
    assert post("crosswalk", **base, foreign_value="TI-A", local_value=NEW).status_code == 409
    assert post("spellings", **base, examples=[{"given": "a", "expect": "a"}]).status_code == 403
