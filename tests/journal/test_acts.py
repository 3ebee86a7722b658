"""act(): what its line says of the subject, who is told, in which order, and that a happening is never altered."""

import dataclasses
import json

import pytest

from qms import journal
from qms.accounts.models import Container, Site
from qms.journal import acts
from qms.journal.events import SUBSCRIBERS
from qms.journal.models import Entry

pytestmark = pytest.mark.django_db
PROVES = ("11.10(e)", "G2", "G23")
EDITED = "ncr.edited"


def label(happening):
    return json.loads(Entry.objects.get(pk=happening.entry_id).payload)["label"]


def test_the_line_bears_the_number_else_the_name(make):
    record, site = make.report(), Site.objects.get(code="AUG")
    with journal.act(journal.EVENTS[EDITED], by=journal.SYSTEM) as act:
        lines = [act.record(record), act.record(site), act.record("trail")]
    assert [label(line) for line in lines] == [record.number, "AUG", "trail"]
    kinds = [Entry.objects.values_list("object_type", "object_key", "site").get(pk=line.entry_id) for line in lines]
    assert kinds[0] == ("ncr.nonconformance", str(record.pk), record.site_id)
    assert kinds[2] == ("name", "trail", None)


def test_each_line_is_its_own_even_of_the_same_subject(make):
    record = make.report()
    with journal.act(journal.EVENTS[EDITED], by=journal.SYSTEM) as act:
        first, second = act.record(record), act.record(record)
    assert first.entry_id < second.entry_id and act.entries == [first, second]
    rows = Entry.objects.filter(pk__in=(first.entry_id, second.entry_id)).order_by("id")
    assert [row.ts for row in rows] == [first.at, second.at] and {row.act_id for row in rows} == {act.id}


def test_what_happened_and_where_from_cannot_be_altered(make):
    with journal.act(journal.EVENTS[EDITED], by=journal.SYSTEM) as act:
        happening = act.record(make.report())
    line = acts.Line(1, "x", None, None)
    for thing, name in ((happening, "event"), (line, "key"), (journal.SYSTEM, "id"), (acts.NOWHERE, "source")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(thing, name, "another")


def test_many_rows_in_one_statement_are_told_one_by_one():
    with journal.act(journal.EVENTS["account.changed"], by=journal.SYSTEM) as act:
        made = [Container.objects.create(kind="customer", code=f"C{n}", name=f"Customer {n}") for n in range(3)]
        act.record(made[0])
    seen = []
    event = journal.EVENTS[EDITED]
    SUBSCRIBERS.setdefault(EDITED, []).append(seen.append)
    try:
        with journal.act(event, by=journal.SYSTEM) as act:
            act.record_all(Container, [acts.Line(one.pk, one.code, None, journal.Nothing()) for one in made])
    finally:
        SUBSCRIBERS[EDITED].pop()
    assert [one.subject for one in seen] == made and [one.entry_id for one in seen] == [e.entry_id for e in act.entries]
    assert [label(one) for one in seen] == ["C0", "C1", "C2"]


def test_one_line_is_told_to_every_subscriber_in_their_order(make):
    record, seen = make.report(), []
    heard = SUBSCRIBERS.setdefault(EDITED, [])
    mine = [lambda happening: seen.append(("first", happening)), lambda happening: seen.append(("second", happening))]
    heard.extend(mine)
    try:
        with journal.act(journal.EVENTS[EDITED], by=journal.SYSTEM) as act:
            told = act.record(record)
    finally:
        for one in mine:
            heard.remove(one)
    assert seen == [("first", told), ("second", told)] and told.subject == record
