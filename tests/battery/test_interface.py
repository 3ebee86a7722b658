"""What the REST interface owes its callers, on every record type by reflection."""

import json

import pytest

from . import bodies, rights
from .plant import CANARY
from .screens import fetch, text
from .test_transitions import image

PROVES = ("11.10(b)", "11.10(d)", "G14")
pytestmark = pytest.mark.usefixtures("undo")


def test_api_lists_what_the_page_lists(at, plant, viewer, user):
    answer = fetch(viewer, f"{at.api}?limit=500").json()
    assert {row["number"] for row in answer["results"]} == set(at.spec.rows(user).values_list("number", flat=True))
    assert answer["next"] is None and list(answer["results"][0]) == at.spec.api_fields()


def test_api_pages_join_without_gap_or_double(at, viewer, user):
    seen, mark = [], ""
    while mark is not None:
        answer = fetch(viewer, f"{at.api}?limit=4&cursor={mark}").json()
        seen += [row["number"] for row in answer["results"]]
        mark = answer["next"]
    assert len(seen) == len(set(seen)) == at.spec.rows(user).count()


def test_api_shows_every_state_with_its_version_and_open_steps(at, plant, viewer):
    for state, row in plant.home[at.model].items():
        answer = fetch(viewer, f"{at.api}/{row.number}")
        shown = answer.json()
        assert answer["ETag"] == f'"{row.version}"' and (shown["number"], shown["version"]) == (row.number, row.version)
        offered = {s["name"] for s in shown["steps"]}
        assert offered == {t.name for t in at.model.workflow.leaving(state) if not t.by_system}


def test_api_tells_the_history(at, record, viewer):
    lines = fetch(viewer, f"{at.api}/{record.number}/history").json()["results"]
    assert lines and all(line["sentence"] and line["actor"]["name"] and line["at"].endswith("Z") for line in lines)


def test_api_answers_problems(at, plant, viewer, clients):
    hidden = [f"{at.api}/{r.number}" for r in (plant.away[at.model], plant.closed[at.model])]
    cases = [(viewer, url, 404) for url in (*hidden, f"{at.api}/{at.model.prefix}-99-999999", f"{hidden[0]}/history")]
    cases += [(clients["nobody"], at.api, 401), (clients[at.blind], at.api, 403), (viewer, f"{at.api}?nonsense=1", 422)]
    cases += [(viewer, f"{at.api}?limit={n}", 422) for n in ("0", "501", "x", "-1")]
    cases += [(viewer, f"{at.api}?cursor=xx", 422), (viewer, f"{at.api}?state=NOWHERE", 422)]
    for client, url, status in cases:
        answer = fetch(client, url)
        assert answer.status_code == status, url
        assert answer["Content-Type"].startswith("application/problem+json"), url
        assert {"type", "title", "status", "detail"} <= set(answer.json()) and CANARY not in text(answer)


def test_api_is_read_by_tokens_of_the_site(at, plant, clients):
    token = plant.tokens["readonly"]
    assert fetch(clients["nobody"], f"{at.api}/{plant.one(at.model).number}", token).status_code == 200
    assert fetch(clients["nobody"], f"{at.api}/{plant.away[at.model].number}", token).status_code == 404
    assert fetch(clients["nobody"], at.api, "qms_" + "x" * 43).status_code == 401


def test_api_wants_to_know_which_version_was_seen(at, plant, members, clients):
    tried = 0
    for row in plant.home[at.model].values():
        for step in at.model.workflow.leaving(row.state):
            able = [n for n, u in members.items() if rights.outcome(row, step, u) == {rights.DONE}]
            if not able:
                continue
            url, sent = f"{at.api}/{row.number}/{step.name}", json.dumps(bodies.body(row, step, members[able[0]]))
            before, post = image(row), clients[able[0]].post
            stale = {"If-Match": f'"{row.version - 1}"'}
            assert post(url, sent, content_type="application/json").status_code == 428
            assert post(url, sent, content_type="application/json", headers=stale).status_code == 409, step.name
            assert post(url, sent, content_type="application/json", headers={"If-Match": "nonsense"}).status_code == 400
            assert image(row) == before
            tried += 1
    assert tried
