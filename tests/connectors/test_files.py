"""Files of an old MES in a folder: the whole contract of integration-mes.md §4."""

import hashlib
import json
import os

import pytest

from connectors import inbox
from connectors.actions import retry_letters
from connectors.models import Alarm, InboxMessage, Intake
from connectors.transports import files
from ncr.models import Nonconformance
from qms.lib.clock import now
from tests.connectors.carried import GOOD, HEAD, Sender, sender

__all__ = ["sender"]
PROVES = ("G19",)
pytestmark = pytest.mark.django_db


def test_a_csv_becomes_a_record_by_the_mapping_and_is_acknowledged(sender: Sender):
    answer = sender.sent("cell.csv", HEAD, GOOD)
    [number] = answer["records"]
    record = Nonconformance.objects.get(number=number)
    assert (record.lot_number, str(record.affected_quantity), record.source_event) == (
        "LOT-26-0001",
        "2.500000",
        "4711",
    )
    assert record.source == "cell-1" and record.occurred_at.isoformat() == "2026-05-04T06:15:00+00:00"
    assert (answer["status"], answer["accepted"], answer["created"], answer["rejected"]) == ("accepted", 1, 1, 0)
    [kept] = sender.root.glob(f"processed/{now():%Y/%m}/*")
    assert kept.name == "cell.csv" and not list(sender.root.glob("work/*")) and not list(sender.root.glob("*.csv"))
    raw = InboxMessage.objects.get(message_type="transport.file")
    assert bytes(raw.body) == f"{HEAD}\n{GOOD}\n".encode() and raw.state == "APPLIED"
    row = InboxMessage.objects.get(message_type="mes.defect.logged")
    assert row.mapping is not None and json.loads(bytes(row.body))["data"]["Menge"] == "2,5"
    state = sender.interface.state
    assert state.succeeded_at and not state.problem


def test_good_rows_are_kept_and_bad_ones_are_letters_with_row_column_and_words(sender: Sender):
    lines = [HEAD, GOOD, "4712;17;RM-TI64-B25;L2;viel;04.05.2026 08:15", "4713;17;RM-TI64-B25;L3;1;gestern",
             "4714;17;RM-TI64-B25", "4715;17;NO-SUCH-PART;L4;1;04.05.2026 08:15"]  # fmt: skip
    answer = sender.sent("cell.csv", *lines)
    assert (answer["created"], answer["waiting"], answer["rejected"], answer["accepted"]) == (1, 1, 3, 2)
    errors = {error["row"]: error for error in sender.errors("cell.csv")}
    assert set(errors) == {3, 4, 5}
    assert errors[3]["column"] == "/Menge" or "number" in errors[3]["text"]
    assert (errors[4]["column"], errors[4]["code"]) == ("Zeit", "not_a_time") and "gestern" in errors[4]["text"]
    assert errors[5]["code"] == "cells" and Nonconformance.objects.filter(source="cell-1").count() == 1
    letters = sender.letters()
    assert len(letters) == 3 and all(letter.problem for letter in letters) and b"gestern" in bytes(letters[1].body)
    assert InboxMessage.objects.get(message_id="4715").state == "NEEDS_MAPPING"
    assert Intake.objects.get().state == "PARTLY"


def test_the_same_content_is_not_taken_twice_and_the_same_name_is_a_persons_business(sender: Sender, people):
    first = sender.sent("cell.csv", HEAD, GOOD)
    again = sender.sent("other-name.csv", HEAD, GOOD)
    assert (again["status"], again["records"]) == ("duplicate", first["records"])
    other = sender.sent("cell.csv", HEAD, GOOD.replace("4711", "4799"))
    assert other["status"] == "rejected" and other["problem"]["code"] == "same_name"
    assert Nonconformance.objects.filter(source="cell-1").count() == 1
    [letter] = sender.letters()
    assert "another content" in letter.problem and (sender.root / "error" / "cell.csv").exists()
    owner = people["integration"]
    retry_letters(interface=sender.interface, letters=[f"in:{letter.uid}"], by=owner, reason="they are both right")
    inbox.sweep()
    assert InboxMessage.objects.get(pk=letter.pk).state == "NEW", "files have a sweep of their own"
    sender.look()
    assert sender.answer("cell.csv")["created"] == 1 and Nonconformance.objects.filter(source_event="4799").exists()


def test_rows_are_taken_once_by_their_id_whatever_file_brings_them(sender: Sender):
    sender.sent("a.csv", HEAD, GOOD)
    more = sender.sent("b.csv", HEAD, GOOD, GOOD.replace("4711", "4712"))
    assert (more["created"], more["duplicate"]) == (1, 1)
    changed = sender.sent("c.csv", HEAD, GOOD.replace("2,5", "7"))
    assert changed["rejected"] == 1 and "came before with another content" in sender.errors("c.csv")[0]["text"]
    [letter] = sender.letters()
    assert letter.message_id.startswith("4711~") and b'"7"' in bytes(letter.body)
    assert Nonconformance.objects.get(source_event="4711").affected_quantity == 2.5


REFUSED = [
    ("undecodable", {}, f"{HEAD}\n{GOOD}\n".encode() + b"\xff\xfe", "undecodable", "0xFF"),
    ("bom", {}, b"\xef\xbb\xbf" + HEAD.encode(), "bom", "byte order mark"),
    ("separator", {"separator": ","}, HEAD.encode(), "separator", "single column"),
    ("trailer", {"trailer": True}, f"{HEAD}\n{GOOD}\n".encode(), "no_trailer", "cut off"),
    ("count", {}, f"{HEAD}\n{GOOD}\nEOF;2\n".encode(), "wrong_count", "promises 2 rows, there are 1"),
    ("empty", {}, b"\n", "empty", "empty"),
    ("large", {"most_bytes": 10}, HEAD.encode(), "too_large", "more than 10"),
    ("column", {"id": "Id"}, HEAD.encode(), "no_column", "column"),
    ("name", {"strict_names": True}, HEAD.encode(), "bad_name", "yyyymmdd"),
    ("doctype", {"format": "xml", "row": "D"}, b'<!DOCTYPE D [<!ENTITY a SYSTEM "file:///etc/passwd">]><D>&a;</D>',
     "doctype", "DOCTYPE"),
    ("xml", {"format": "xml", "row": "D"}, b"<D><a></D>", "not_xml", "not XML"),
    ("deep", {"format": "xml", "row": "D"}, b"<D>" + b"<a>" * 60 + b"</a>" * 60 + b"</D>", "too_deep", "levels"),
    ("rows", {"format": "xml", "row": "Defect"}, b"<D><a/></D>", "no_rows", "Defect"),
]  # fmt: skip


def test_a_file_that_cannot_be_right_is_refused_whole_with_its_bytes_and_a_next_step(sender: Sender):
    first = {**sender.interface.settings}
    for name, given, body, code, words in REFUSED:
        sender.set(**{**first, "trailer": False, "strict_names": False, "most_bytes": 10_000, **given})
        answer = sender.sent(f"{name}.csv", body=body)
        assert (answer["status"], answer["problem"]["code"], answer["accepted"]) == ("rejected", code, 0), name
        assert words in answer["problem"]["text"] and answer["problem"]["text"].count(".") >= 2, answer["problem"]
        assert sender.errors(f"{name}.csv")[0]["code"] == code and (sender.root / "error" / f"{name}.csv").exists()
        letter = Intake.objects.filter(name=f"{name}.csv").latest("pk").message
        assert letter.state == "REJECTED" and words in letter.problem
        assert bytes(letter.body) == body or code == "too_large"
    assert not Nonconformance.objects.filter(source="cell-1").exists()
    assert not InboxMessage.objects.filter(interface=sender.interface, message_type="mes.defect.logged").exists()


def test_a_mended_setting_and_another_try_take_the_very_bytes(sender: Sender, people):
    sender.set(encoding="utf-8-sig")
    sender.sent("cell.csv", HEAD, GOOD)
    [letter] = sender.letters()
    sender.set(encoding="utf-8")
    retry_letters(
        interface=sender.interface, letters=[f"in:{letter.uid}"], by=people["integration"], reason="mended it"
    )
    sender.look()
    assert sender.answer("cell.csv")["created"] == 1 and not sender.letters()


def test_all_or_nothing(sender: Sender):
    sender.set(whole=True)
    answer = sender.sent("cell.csv", HEAD, GOOD, "4712;17;RM-TI64-B25;L2;1;gestern")
    assert answer["problem"]["code"] == "all_or_nothing" and not answer["records"]
    assert [e["row"] for e in sender.errors("cell.csv")] == [0, 3]
    assert not Nonconformance.objects.filter(source="cell-1").exists() and len(sender.letters()) == 1


def test_the_hash_beside_it_has_to_fit(sender: Sender):
    body = f"{HEAD}\n{GOOD}\n".encode()
    sender.set(checksum=True)
    sender.send("a.csv", body=body)
    assert sender.look() == 0 and (sender.root / "a.csv").exists(), "it waits for the hash"
    sender.send("a.csv.sha256", hashlib.sha256(body).hexdigest() + "  a.csv")
    assert sender.look() == 1 and sender.answer("a.csv")["created"] == 1
    sender.send("b.csv.sha256", "0" * 64)
    assert sender.sent("b.csv", HEAD, GOOD.replace("4711", "1"))["problem"]["code"] == "hash_differs"
    assert (sender.root / "error" / "b.csv.sha256").exists()


def test_writers_that_cannot_rename(sender: Sender, monkeypatch):
    sender.set(ready="marker")
    sender.send("a.csv", HEAD, GOOD)
    assert sender.look() == 0
    sender.send("a.csv.done", "")
    assert sender.look() == 1 and not (sender.root / "a.csv.done").exists()
    sender.set(ready="stable", stable_seconds=5)
    path = sender.send("b.csv", HEAD)
    clock = [now().timestamp()]
    monkeypatch.setattr(files, "now", lambda: now().fromtimestamp(clock[0], now().tzinfo))
    assert sender.look() == 0
    clock[0] += 10
    path.write_text(f"{HEAD}\n{GOOD.replace('4711', '2')}\n")
    assert sender.look() == 0, "it grew meanwhile"
    clock[0] += 10
    assert sender.look() == 1 and sender.answer("b.csv")["created"] == 1


def test_links_and_folders_outside_are_refused(sender: Sender, tmp_path, settings):
    secret = tmp_path.parent / "secret.csv"
    secret.write_text(f"{HEAD}\n{GOOD}\n")
    (sender.root / "link.csv").symlink_to(secret)
    sender.look()
    assert sender.answer("link.csv")["problem"]["code"] == "link" and "link" in sender.letters()[0].problem
    assert secret.exists() and not Nonconformance.objects.filter(source="cell-1").exists()
    settings.FOLDERS = [str(tmp_path / "elsewhere")]
    sender.look()
    assert "outside the folders" in sender.interface.state.problem


def test_a_link_in_place_of_a_folder_of_ours_is_not_followed(sender: Sender, tmp_path):
    (tmp_path.parent / "trap").mkdir(exist_ok=True)
    (sender.root / "work").symlink_to(tmp_path.parent / "trap")
    sender.send("a.csv", HEAD, GOOD)
    sender.look()
    assert not Nonconformance.objects.filter(source="cell-1").exists()
    sender.interface.refresh_from_db()
    assert sender.interface.state.problem and not os.listdir(tmp_path.parent / "trap")


def named(number: int) -> str:
    return f"cell-1_AUG_20260504T0815{number:02}Z_{number}.csv"


def test_a_jump_in_the_numbers_is_a_missing_file_until_it_comes(sender: Sender):
    for number in (1, 2, 5):
        sender.sent(named(number), HEAD, GOOD.replace("4711", f"N{number}"))
    alarm = Alarm.objects.get(kind="missing")
    assert alarm.values == {"sender": "cell-1_AUG", "last": 2, "now": 5, "count": 2} and alarm.settled_at is None
    sender.sent(named(3), HEAD, GOOD.replace("4711", "N3"))
    assert Alarm.objects.get(kind="missing").settled_at is None
    sender.sent(named(4), HEAD, GOOD.replace("4711", "N4"))
    assert Alarm.objects.get(kind="missing").settled_at


def test_a_process_that_dies_after_the_claim_loses_and_doubles_nothing(sender: Sender, monkeypatch):
    for place in ("_answer", "_put_away"):

        def die(*_args):
            raise KeyboardInterrupt

        with monkeypatch.context() as broken:
            broken.setattr(files, place, die)
            sender.send(f"{place}.csv", HEAD, GOOD.replace("4711", place))
            with pytest.raises(KeyboardInterrupt):
                sender.look()
        assert (sender.root / "work" / f"{place}.csv").exists()
        sender.look()
        assert Nonconformance.objects.filter(source_event=place).count() == 1
        assert len(sender.answer(f"{place}.csv")["records"]) == 1 and not list(sender.root.glob("work/*"))


def test_no_file_in_time_and_stuck_in_work(sender: Sender, monkeypatch):
    sender.set(file_by="00:00")
    sender.look()
    assert Alarm.objects.get().kind == "late"
    sender.sent("a.csv", HEAD, GOOD)
    assert Alarm.objects.get().settled_at

    def away(*_args):
        raise OSError("the share is away")

    monkeypatch.setattr(files, "work", away)
    sender.set(stuck_minutes=-1)
    (sender.root / "work" / "a.csv").write_text("x")
    sender.look()
    assert Alarm.objects.get(kind="stuck").name == "a.csv"


def test_paused_or_off_nothing_is_touched(sender: Sender, people):
    from connectors.actions import pause
    from qms.lib.errors import Conflict

    pause(interface=sender.interface, by=people["integration"], reason="maintenance of the share")
    sender.send("a.csv", HEAD, GOOD)
    with pytest.raises(Conflict):
        sender.look()
    assert (sender.root / "a.csv").exists()
