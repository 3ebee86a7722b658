"""Two sealers as processes: one leads, the other stands by; when the leader is killed the other seals within ten seconds."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qms.journal import verifying
from qms.journal.models import Entry, Heartbeat, Leaf

from .plant import write

PROVES = ("11.10(a)", "G6")
pytestmark = pytest.mark.plant
ROOT = Path(__file__).resolve().parents[2]
TAKEOVER_SECONDS, START_SECONDS = 10, 60


def until(true: Callable[[], bool], seconds: float) -> float:
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, "waited in vain"
        time.sleep(0.1)
    return time.monotonic() - began


def beats() -> set[str]:
    return set(Heartbeat.objects.values_list("name", flat=True))


def all_sealed() -> bool:
    return Leaf.objects.count() == Entry.objects.count()


@pytest.fixture
def sealer(own_database: str) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    started = []

    def start() -> subprocess.Popen[bytes]:
        env = os.environ | {"QMS_DB_ROLE": "sealer", "QMS_DB_NAME": own_database}
        started.append(subprocess.Popen([sys.executable, "manage.py", "seal", "--loop"], cwd=ROOT, env=env))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_the_standby_takes_over_when_the_leader_is_killed(sealer):
    leader = sealer()
    until(lambda: "sealer" in beats(), START_SECONDS)
    sealer()
    until(lambda: "sealer-standby" in beats(), START_SECONDS)
    write()
    until(all_sealed, TAKEOVER_SECONDS)
    leader.send_signal(signal.SIGKILL)
    write()
    took = until(all_sealed, TAKEOVER_SECONDS)
    assert took < TAKEOVER_SECONDS
    assert verifying.verify().problems == [], "no entry twice, none left out, the tree went on"
