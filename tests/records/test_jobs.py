"""Jobs of the worker that die: really killed in the middle, noticed, rung again, made once; what is monstrous fails with words."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core.files.storage import default_storage
from django.db import connection

from qms.journal.models import Entry
from qms.lib import apart, bells
from qms.lib.ids import uuid7
from qms.office import actions as office
from qms.office import tasks
from qms.records import exporting, jobs
from qms.records.bundle import archive, content, report
from qms.records.models import Export, Job
from tests.factories import Factory, person
from tests.records.test_bundle import sealed_at_once  # noqa: F401  # a fixture

PROVES = ("11.10(b)", "11.10(e)")
pytestmark = pytest.mark.usefixtures("own_database", "sealed_at_once")
# A worker that comes to the middle of its work and stays there until it is killed.
WORKER = """
import sys, time
from pathlib import Path
import django
django.setup()
from django.conf import settings
settings.ANCHOR_DIR = ""
from {module} import {name} as room
def stay(*args, **options):
    Path({sign!r}).write_text("")
    time.sleep(600)
room.{act} = stay
from qms.office import tasks
tasks.{task}({key})
"""


@pytest.fixture(autouse=True)
def rung(monkeypatch):
    found = []
    monkeypatch.setattr(bells, "ring", lambda task, key: found.append((task, key)))
    return found


def order(*found, language="en"):
    rows = type(found[0]).objects.filter(pk__in=[row.pk for row in found])
    return exporting.order(records=rows, purpose="Customer audit", language=language, by=person("auditor"), uid=uuid7())


def killed(tmp_path, **words):
    """Run the task in a worker of its own and kill -9 it in the middle; the numbers of its processes."""
    sign = tmp_path / "in-the-middle"
    script = WORKER.format(sign=str(sign), **words)
    place = {"QMS_DB_NAME": connection.settings_dict["NAME"], "QMS_VAR": str(configured.VAR)}
    environment = {**os.environ, **place, "DJANGO_SETTINGS_MODULE": "qms.settings"}
    worker = subprocess.Popen([sys.executable, "-c", script], env=environment, stderr=subprocess.PIPE)
    while not sign.exists():
        assert worker.poll() is None, worker.stderr.read().decode()
        time.sleep(0.02)
    family = [worker.pid, *children(worker.pid)]
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    return family


def children(pid):
    return [
        int(each) for task in Path(f"/proc/{pid}/task").iterdir() for each in (task / "children").read_text().split()
    ]


def is_gone(pid):
    """Gone, or only waiting for its parent to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def lapse():
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE records_job SET rung_at = rung_at - interval '1 minute', lease_until = lease_until - interval '1 minute'"
        )


def events(name):
    return Entry.objects.filter(event=name, kind="act").count()


def test_an_export_whose_worker_is_killed_is_rung_again_and_made_once(tmp_path, rung):
    first = Factory().ncr()
    asked = order(first)
    family = killed(tmp_path, module="qms.records.bundle", name="report", act="pdf", task="make_export", key=asked.pk)
    assert len(family) == 2, "the bundle is packed in a process of its own"
    job = Job.objects.get()
    assert (job.tries, job.ended_at, events("record.exported")) == (1, None, 1) and not job.is_waiting
    tasks.make_export(asked.pk)
    assert events("export.made") == 0, "its lease is not over: for all that is known it lives"
    assert jobs.sweep() == 0 and rung == []
    lapse()
    assert exporting.is_waiting(asked) and jobs.sweep() == 1 and rung == [(exporting.BELL, asked.pk)]
    while not all(is_gone(pid) for pid in family):
        time.sleep(0.02)
    tasks.make_export(asked.pk)
    done = Export.objects.get()
    assert done.made_at and default_storage.size(done.place) == done.size
    assert (events("export.made"), events("record.exported")) == (1, 1), "no line stands twice"
    lapse()
    tasks.make_export(asked.pk)
    assert events("export.made") == 1 and jobs.sweep() == 0, "a bell that comes late does nothing"


def test_a_verification_whose_worker_is_killed_is_rung_again_and_told_once(tmp_path, rung):
    asked = office.ask_verification(by=person("auditor"))
    words = {"module": "qms.journal", "name": "verifying", "act": "_tree", "task": "verify", "key": asked.pk}
    killed(tmp_path, **words)
    tasks.verify(asked.pk)
    assert events("trail.verified") == 0
    lapse()
    assert jobs.sweep() == 1 and rung == [(office.BELL, asked.pk)] * 2
    tasks.verify(asked.pk)
    tasks.verify(asked.pk)
    assert events("trail.verified") == 1


def test_after_three_deaths_it_has_failed_with_a_reason_and_can_be_asked_for_again(rung):
    asked = order(Factory().ncr(), language="zh-hans")
    for _ in range(jobs.MOST):
        assert jobs.take(exporting.BELL, asked.pk)
        lapse()
        jobs.sweep()
    failed = Export.objects.get()
    assert "已开始 3 次" in failed.problem and events("export.ended") == 1
    assert jobs.take(exporting.BELL, asked.pk) is None and jobs.sweep() == 0
    again = exporting.again(export=failed, by=person("auditor"), uid=uuid7())
    assert (again.keys, again.purpose) == (failed.keys, failed.purpose) and exporting.make(export=again).made_at


def test_two_workers_of_one_job_make_one_file():
    asked = order(Factory().ncr())
    slow = jobs.take(exporting.BELL, asked.pk)
    lapse()
    exporting.make(export=asked)
    made = Export.objects.get()
    with pytest.raises(jobs.Lost):
        jobs.go_on(slow, 1, 1)
    with pytest.raises(jobs.Lost), default_storage.open(made.place) as file:
        exporting._kept(asked, slow, file, 1)
    assert Export.objects.get().sha256 == made.sha256 and events("export.made") == 1


def test_a_cancelled_export_stops_its_packing(monkeypatch):
    asked = order(Factory().ncr())

    def cancelled(*_args, **_options):
        connection.close()
        exporting.end(export=asked, why="no longer needed", by=person("auditor"))

    monkeypatch.setattr(exporting, "announce", cancelled)
    assert exporting.make(export=asked).problem == "no longer needed" and events("export.made") == 0


def test_progress_is_told_record_by_record(monkeypatch):
    seen = []
    going_on = jobs.go_on

    def told(job, done=None, total=None):
        going_on(job, done, total)
        seen.append(exporting.done(asked))

    monkeypatch.setattr(jobs, "go_on", told)
    make = Factory()
    asked = order(*[make.ncr() for _ in range(3)])
    exporting.make(export=asked)
    assert sorted(set(seen)) == [0, 1, 2, 3]


@pytest.mark.parametrize(("language", "word"), [("en", "is too large to be exported"), ("zh-hans", "过大，无法导出")])
def test_a_monstrous_record_fails_with_its_number_and_not_the_worker(monkeypatch, settings, language, word):
    settings.EXPORT_MEMORY_MB = 64
    monkeypatch.setattr(content, "versions", lambda found: [str(bytearray(256 << 20))])
    record = Factory().ncr()
    failed = exporting.make(export=order(record, language=language))
    assert record.number in failed.problem and word in failed.problem and "64 MB" in failed.problem
    assert Job.objects.get().ended_at and not jobs.sweep()


def test_a_print_beyond_its_memory_fails_with_words(settings):
    settings.PRINT_MEMORY_MB = 8
    failed = exporting.make(export=order(Factory().ncr()))
    assert "print takes more than 8 MB" in failed.problem and failed.made_at is None


def test_what_does_not_get_further_is_ended(monkeypatch, settings):
    settings.EXPORT_SILENCE_SECONDS = 0
    monkeypatch.setattr(apart, "LISTEN_SECONDS", 0.2)
    monkeypatch.setattr(report, "pdf", lambda *_: time.sleep(600))
    assert "without getting further" in exporting.make(export=order(Factory().ncr())).problem


def test_a_defect_is_tried_again_and_then_told(monkeypatch):
    asked = order(Factory().ncr())
    monkeypatch.setattr(archive, "write", lambda *_args, **_options: {}["gone"])
    for _ in range(jobs.MOST):
        with pytest.raises(apart.Broke):
            exporting.make(export=asked)
        lapse()
        jobs.sweep()
    assert "KeyError" in Export.objects.get().problem
