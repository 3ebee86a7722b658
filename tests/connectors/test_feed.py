"""The cursor feed: everything once and in order for those who may see it, also what commits late; nothing for others."""

import base64
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from connectors.actions import connect
from connectors.outbox import feed, news
from ncr import actions as ncr
from ncr.models import Nonconformance
from qms import journal
from qms.accounts.models import Compartment, Site
from qms.demo.cast import issue_tokens
from qms.journal import sealing
from tests.connectors.mes import Mes, event
from tests.databases import direct, use_login
from tests.factories import Factory, person

PROVES = ("G14",)
pytestmark = pytest.mark.usefixtures("own_database")


def seal() -> int:
    """What the sealer daemon does, with its login."""
    connection.close()
    use_login("sealer")
    sealing.lead()
    total = 0
    while sealed := sealing.seal_once():
        total += sealed
    connection.close()
    use_login("app")
    return total


@pytest.fixture
def make(own_database: str) -> Iterator[Factory]:
    yield Factory()


class Reader:
    def __init__(self, token: str = "", user: str = "") -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        if user:
            self.client.force_login(person(user), "qms.accounts.backends.PasswordBackend")

    def get(self, path: str = "feed", **params: Any) -> Any:
        return self.client.get(f"/api/v1/{path}", params, headers=self.headers)

    def all(self, path: str = "feed", cursor: str = "", limit: int = 100, **params: Any) -> tuple[list[Any], str]:
        found, more = [], True
        while more:
            answer = self.get(path, cursor=cursor, limit=limit, **params)
            assert answer.status_code == 200, answer.content
            page = answer.json()
            found, cursor, more = found + page["results"], page["next"], page["more"]
        return found, cursor


def kinds(events: list[Any], subject: str = "") -> list[str]:
    return [e["type"] for e in events if not subject or e["subject"] == subject]


def test_a_record_is_told_in_order_with_version_sequence_and_schema(make):
    record = make.ncr(state="CLOSED", quantity="10", scrap="4")
    seal()
    reader = Reader(issue_tokens()["readonly"])
    events, _cursor = reader.all()
    mine = [e for e in events if e["subject"] == record.number]
    # The third signature concludes: its own line is written when everything that follows from it is.
    ways = ["reported", "contained", "review_started", "disposition_proposed", "sent_to_mrb", "approved", "approved"]
    ways += ["dispositioned", "approved", "execution_started", "executed", "closed"]
    steps = [f"qms.ncr.{way}.v1" for way in ways]  # lines that progress are told between them
    assert [kind for kind in kinds(mine) if kind in steps] == steps
    sequence = [e["sequence"] for e in mine]
    assert sequence == sorted(sequence) and len(set(sequence)) == len(sequence)
    assert [e["recordversion"] for e in mine] == sorted(e["recordversion"] for e in mine)
    assert mine[-1]["recordversion"] == make.fresh(record).version
    assert mine[-1]["data"]["about"]["status"] == "CLOSED"
    decided = next(e for e in mine if e["type"] == "qms.ncr.dispositioned.v1")
    assert decided["data"]["about"]["status"] == "DISPOSITIONED"
    assert [line["kind"] for line in decided["data"]["lines"]] == ["scrap", "use_as_is"]
    assert (decided["specversion"], decided["site"], decided["source"]) == ("1.0", "AUG", "urn:qms:AUG")
    assert decided["dataschema"].endswith("/api/v1/schemas/qms.ncr.dispositioned.v1")
    assert {"qms.hold.activated.v1", "qms.posting.posted.v1"} <= set(kinds(events))
    assert all(e["data"]["about"]["record"] for e in events)


def test_events_name_the_defect_of_the_mes(own_database):
    connect(
        code="mes-aug", name="MES", kind="mes", adapter="cloudevents", base_url="", settings={}, secrets={},
        site=Site.objects.get(code="AUG"), mode="live", by=journal.SYSTEM,
    )  # fmt: skip
    sender = Mes(issue_tokens()["mes"])
    sent = event()
    number = sender.post(sent).json()["record"]
    record = Nonconformance.objects.get(number=number)
    ncr.start_review(ncr=record, by=person("engineer"))
    seal()
    answer = sender.get("feed", {"types": "qms.ncr.review_started.v1"})
    assert answer.status_code == 200, answer.content
    [told] = answer.json()["results"]
    assert told["data"]["about"] == {
        "record": number, "url": told["data"]["about"]["url"], "status": "IN_REVIEW", "version": 2,
        "source": record.source, "source_event": sent["id"],
    }  # fmt: skip


def test_pages_join_and_the_cursor_outlives_the_process(make):
    for _ in range(3):
        make.ncr(state="IN_REVIEW")
    seal()
    reader = Reader(user="engineer")
    whole, end = reader.all()
    parts, same = reader.all(limit=2)
    assert parts == whole and len(whole) > 6
    assert reader.get(cursor=end).json()["results"] == [] and end == same
    make.report()
    seal()
    later, _cursor = Reader(user="engineer").all(cursor=end)
    assert kinds(later) == ["qms.ncr.reported.v1"]
    assert reader.get(cursor="latest").json()["results"] == []


def test_a_late_commit_is_told_after_what_was_read(own_database):
    """The first writer commits last: a reader that is ahead still gets its event."""
    make, began, may_end = Factory(), threading.Event(), threading.Event()
    slow_number: list[str] = []

    def slow() -> None:
        from django.db import connection as own
        from django.db import transaction

        with transaction.atomic():
            slow_number.append(make.report().number)
            began.set()
            may_end.wait(20)
        own.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert began.wait(20)
    fast = make.report().number
    seal()
    reader = Reader(user="engineer")
    first, cursor = reader.all()
    may_end.set()
    thread.join()
    seal()
    second, _cursor = reader.all(cursor=cursor)
    subjects = [e["subject"] for e in first + second]
    assert subjects.count(fast) == 1 and subjects.count(slow_number[0]) == 1
    assert slow_number[0] not in [e["subject"] for e in first]


def test_nothing_of_other_sites_compartments_or_drafts(make):
    secret = make.report()
    drafted = make.report(draft=True)
    with journal.act(journal.EVENTS["account.changed"], by=journal.SYSTEM) as act:
        closed = Compartment.objects.create(code="ITAR", name="ITAR")
        secret.compartment = closed
        secret.save(update_fields=["compartment"])
        act.record("test")
    seal()
    for reader in (Reader(user="engineer"), Reader(issue_tokens()["readonly"])):
        told, _cursor = reader.all()
        assert not {secret.number, drafted.number} & {e["subject"] for e in told}
    assert Reader(user="gongcheng").all()[0] == []
    assert Reader(user="security").get().status_code == 403
    assert Reader().get().status_code == 401


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_a_cursor_from_before_a_restore_is_gone_and_says_where_to_go_on(make):
    before = make.report().number
    seal()
    reader = Reader(user="engineer")
    _told, cursor = reader.all()
    at, old = feed.end(), feed.era()
    lost = encoded(f"2:{old}:{at + 1}")
    plain = encoded(f"1:{at}")
    assert reader.get(cursor=plain).status_code == (200 if old == 1 else 410)
    with direct("owner", connection.settings_dict["NAME"]) as owner:
        owner.execute(
            "INSERT INTO journal_era (era, system_identifier) SELECT max(era) + 1, 'restored' FROM journal_era"
        )
    again = make.report().number
    seal()
    assert feed.end() > at + 1  # the trail has grown past it: the number alone would be valid
    for gone in (cursor, lost, plain):
        for address in ("feed", "mes/feed"):
            answer = reader.get(address, cursor=gone)
            assert answer.status_code == 410 and answer.json()["code"] == "cursor_before_restore"
        onward = answer.json()["hint"].split("cursor ")[1].split(":")[0]
        told, _cursor = reader.all(cursor=onward)
        assert again in {e["subject"] for e in told} and before not in {e["subject"] for e in told}
    assert reader.get(cursor=encoded(f"2:{feed.era() + 1}:0")).status_code == 422


def test_bad_questions_are_answered_with_what_to_do(make):
    make.report()
    seal()
    reader = Reader(user="engineer")
    far = feed.cursor_of(10**9)
    for params in ({"cursor": "???"}, {"cursor": far}, {"types": "qms.x.y.v1"}, {"limit": "0"}, {"wait": "21"}):
        answer = reader.get(**params)
        assert (
            answer.status_code == 422
            and answer.json()["hint" if "limit" not in params and "wait" not in params else "detail"]
        )
    assert reader.get("mes/feed", types="qms.posting.posted.v1").status_code == 422
    assert reader.get(wait="").status_code == reader.get(limit="0").status_code == 422
    assert reader.get(types="qms.ncr.reported.v1").status_code == 200


def test_a_waiting_caller_hears_of_what_comes_and_too_many_are_sent_away(make, monkeypatch):
    make.report()
    seal()
    cursor = Reader(user="engineer").get(cursor="latest").json()["next"]
    number: list[str] = []
    monkeypatch.setattr(feed, "POLL_SECONDS", 0.05)
    polls = iter(range(100))
    end = feed.end

    def look() -> int:
        if next(polls) == 3:
            number.append(make.report().number)
            seal()
        return end()

    monkeypatch.setattr(feed, "end", look)
    [told] = Reader(user="engineer").get(cursor=cursor, wait="20").json()["results"]
    assert told["subject"] == number[0]
    monkeypatch.setattr(feed, "end", end)
    monkeypatch.setattr(feed, "WAITING", threading.BoundedSemaphore(1))
    assert feed.WAITING.acquire(blocking=False)
    refused = Reader(user="engineer").get(cursor="latest", wait="20")
    assert (refused.status_code, refused["Retry-After"]) == (503, "5")
    assert Reader(user="engineer").get(cursor="latest").status_code == 200


def test_schemas_describe_what_is_sent(make):
    make.ncr(state="CLOSED")
    seal()
    reader = Reader(user="engineer")
    events, _cursor = reader.all()
    for told in events:
        answer = reader.get(f"schemas/{told['type']}")
        schema = json.loads(answer.content)
        assert schema["$id"] == told["dataschema"]
        assert set(schema["required"]) <= set(told["data"]) <= set(schema["properties"])
        for name, value in told["data"].items():
            assert fits(schema["properties"][name], value), (told["type"], name)
    assert all(news.schema(e)["properties"] for e in news.outgoing().values())


TYPES = {"string": str, "integer": int, "boolean": bool, "object": dict, "array": list, "null": type(None)}


def fits(schema: dict[str, Any], value: Any) -> bool:
    kinds = schema.get("type", list(TYPES))
    return isinstance(value, tuple(TYPES[k] for k in ([kinds] if isinstance(kinds, str) else kinds)))
