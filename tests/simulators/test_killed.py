"""G9, G10 and G11: the whole plant as processes, under kill -9 of every daemon, of the broker and of the database, with replies
lost, doubled and overtaken on every line. The MES's messages, the ERP's documents and the webhooks are counted on the other side."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from connectors import actions, sync
from connectors.models import Delivery, FeedPosition, InboxMessage, Interface, WebhookDelivery
from connectors.outbox import feed, subscriptions
from connectors.simulators import floor
from connectors.simulators.line import Line
from connectors.simulators.outbox import Outbox
from connectors.simulators.server import Log
from ncr import actions as ncr
from ncr.models import Hold, Nonconformance
from qms import embedded, journal
from qms.accounts.models import Site, User
from qms.commands.models import Posting
from qms.demo import cast, simulators
from qms.embedded.place import free_port
from tests.databases import copied
from tests.factories import person
from tests.simulators.daemons import Daemons, again, backends, is_running, is_up, kill_one, quietly, superuser, valkey
from tests.simulators.running import KEY, ROOT, Panel, until
from tests.sizes import FULL, size

PROVES = ("G9", "G10", "G11")
pytestmark = pytest.mark.plant
DEFECTS, HELD, KILLS = size(1000, 40), size(400, 15), size(200, 10)
SENDERS, DRAIN, LOST = 4, 120, 5.0  # of a hundred replies lost, doubled, overtaken: each
LEASE = 60 if FULL else 5
TARGETS = ("web", "worker", "relay", "sealer", "erp")


class Plant:
    def __init__(self, daemons: Daemons, url: str, token: str, erp: Panel, mes: Panel) -> None:
        self.daemons, self.url, self.token, self.erp, self.mes = daemons, url, token, erp, mes
        self.stopping, self.outboxes = threading.Event(), list[Outbox]()
        self.defects: dict[str, int] = {}  # name → the quantity that the newest message says
        self.since = 0

    # --- what happens -----------------------------------------------------------------------------------------------------

    def begin(self, defects: int, rate: float) -> None:
        """Each defect is logged and changed twice; who sends loses, doubles and overtakes."""
        self.since, self.defects = Nonconformance.objects.count(), {}
        self.stopping, self.outboxes = threading.Event(), []
        for number in range(SENDERS):
            outbox = Outbox(lambda: Line(self.url, self.token), Log(), seed=number, again=0.3)
            outbox.faults.seconds = 0.1
            for name in ("drop_after", "duplicate", "reorder"):
                outbox.faults.put(name, rate=rate)
            self.outboxes.append(outbox)
        for number in range(defects):
            name, quantity = f"K-{self.since + number}", 1 + number % 5
            self.defects[name] = quantity + 2
            told = {"quantity": str(quantity), "lot": ("VB-26-0301", "VB-26-0302")[number % 2]}
            news = [floor.defect(told, defect_id=name)]
            news += [
                floor.event(
                    "defect.updated",
                    defect_id=name,
                    sequence=1 + more,
                    quantity={"affected": quantity + more, "unit": "u"},
                )
                for more in (1, 2)
            ]
            self.outboxes[number % SENDERS].put(*news)
        for outbox in self.outboxes:
            threading.Thread(target=outbox.run, args=(self.stopping,), daemon=True).start()

    def people(self, most: int) -> None:
        """What persons do meanwhile: hold, and once it is held release it."""
        engineer, supervisor = person("engineer"), person("supervisor")
        mine = Nonconformance.objects.filter(source="mes-aug", source_event__in=list(self.defects)[:most])
        for row in mine.filter(holds=None).order_by("pk")[:10]:
            quietly(lambda row=row: ncr.request_hold(ncr=row, by=engineer, reason="Contain the lot"))  # type: ignore[misc]
        for hold in Hold.objects.filter(state="ACTIVE", ncr__source_event__in=self.defects)[:10]:
            quietly(lambda hold=hold: ncr.request_release(hold=hold, by=supervisor, reason="sorted and good"))  # type: ignore[misc]

    def progress(self) -> int:
        answered = sum(len(outbox.messages) - len(outbox.waiting()) for outbox in self.outboxes)
        return (
            answered
            + Delivery.objects.filter(state="DONE").count()
            + WebhookDelivery.objects.filter(state="DONE").count()
        )

    # --- what must be -----------------------------------------------------------------------------------------------------

    def is_drained(self, held: int) -> bool:
        if any(outbox.waiting() for outbox in self.outboxes) or InboxMessage.objects.exclude(state="APPLIED").exists():
            return False
        released = Hold.objects.filter(state="RELEASED", ncr__source_event__in=self.defects).count()
        return (
            released >= held
            and not Delivery.objects.exclude(state="DONE").exists()
            and feed.end() <= FeedPosition.objects.get(name=subscriptions.POSITION).position
            and not WebhookDelivery.objects.exclude(state="DONE").exists()
        )

    def left(self, held: int) -> dict[str, Any]:
        """What is not done, for whoever has to find out why."""
        return {
            "sent": [(m.name, m.tries, m.answer) for o in self.outboxes for m in o.waiting()][:5],
            "inbox": list(InboxMessage.objects.exclude(state="APPLIED").values("state", "message_id", "problem")[:5]),
            "postings": list(Delivery.objects.exclude(state="DONE").values("state", "tries", "problem", "next_at", "lease_until")[:5]),
            "webhooks": list(WebhookDelivery.objects.exclude(state="DONE").values("state", "tries", "next_at", "lease_until")[:5]),
            "feed": (feed.end(), FeedPosition.objects.get(name=subscriptions.POSITION).position),
            "holds": (held, list(Hold.objects.exclude(state="RELEASED").values_list("state", flat=True)[:9])),
        }  # fmt: skip

    def check(self) -> int:
        """0 lost, 0 twice, 0 out of order; how many messages there were."""
        refused = [m.answer for o in self.outboxes for m in o.messages if m.stands != "answered"]
        assert refused == []
        self._records()
        return sum(len(o.messages) for o in self.outboxes) + self._documents() + self._webhooks()

    def _records(self) -> None:
        rows = list(Nonconformance.objects.filter(source="mes-aug", source_event__in=self.defects))
        assert len(rows) == len(self.defects) == Nonconformance.objects.count() - self.since
        assert {row.source_event: int(row.affected_quantity) for row in rows} == self.defects
        versions: dict[int, list[Decimal]] = defaultdict(list)
        history: Any = Nonconformance.history.order_by("history_id")
        for key, quantity in history.values_list("id", "affected_quantity"):
            versions[key].append(quantity)
        assert [key for key, told in versions.items() if told != sorted(told)] == [], (
            "an older message overwrote a newer one"
        )

    def _documents(self) -> int:
        documents = self.erp.state()["documents"]
        references = [row["reference"] for row in documents]
        assert len(references) == len(set(references)), "booked twice"
        postings = list(Posting.objects.order_by("pk"))
        assert {p.reference: p.document_number for p in postings} == {
            row["reference"]: row["number"] for row in documents
        }
        assert {p.state for p in postings} <= {"POSTED", "RECONCILED"}
        kinds: dict[str, list[str]] = defaultdict(list)
        for row in documents:
            kinds[row["reference"].rpartition("-")[0]].append(row["kind"])
        assert set(map(tuple, kinds.values())) <= {("block", "release")}, kinds
        return len(documents)

    def _webhooks(self) -> int:
        seen = self.mes.state()["webhooks"][::-1]
        sent = set(WebhookDelivery.objects.values_list("entry_id", flat=True))
        assert {row["id"] for row in seen} == {f"msg_{entry}" for entry in sent}, "each event counts once"
        order: dict[str, list[str]] = defaultdict(list)
        for row in seen:
            order[row["subject"]].append(row["sequence"])
        assert [subject for subject, told in order.items() if told != sorted(told)] == []
        return len(seen)


@pytest.fixture(scope="module")
def plant(django_db_setup: None, django_db_blocker: Any, key: Path) -> Iterator[Plant]:
    var, before = Path(tempfile.mkdtemp(prefix="qms-killed-")), settings.VAR
    var.chmod(0o711)
    (var / "simulators").mkdir()
    (var / "simulators" / "key").write_text(KEY)
    store = json.loads(floor.PLANT.read_text())
    (var / "plant.json").write_text(
        json.dumps(store | {"stock": [line | {"quantity": "1000000"} for line in store["stock"]]})
    )
    ports = dict(zip(("web", "redis", "erp", "mes"), (free_port() for _ in range(4)), strict=True))
    with django_db_blocker.unblock(), copied("killed") as name:
        env = os.environ | {
            "QMS_DB_NAME": name, "QMS_DB_ROLE": "app", "QMS_WEBHOOK_TARGETS": "127.0.0.1", "PYTHONUNBUFFERED": "1",
            "QMS_ANCHOR_DIR": str(var / "anchors"),
            "REDIS_URL": f"redis://:word@127.0.0.1:{ports['redis']}/0",
        }  # fmt: skip
        with Daemons(var, env, LEASE) as daemons:
            daemons.add("redis", valkey(var, ports["redis"], "word"))
            erp = [
                "--key-file",
                str(key),
                "--store",
                str(var / "erp.jsonl"),
                "--plant",
                str(var / "plant.json"),
                "--seed",
                "3",
            ]
            simulator = [sys.executable, "-m", "connectors.simulators"]
            daemons.add("erp", [*simulator[:2], "connectors.simulators.erp", "--port", str(ports["erp"]), *erp])
            daemons.add(
                "mes",
                [
                    *simulator[:2],
                    "connectors.simulators.mes",
                    "--port",
                    str(ports["mes"]),
                    "--demo",
                    str(var / "demo.json"),
                ],
            )
            daemons.product(ports["web"])
            settings.VAR = var
            yield _made(daemons, ports, var)
            settings.VAR = before
    shutil.rmtree(var, ignore_errors=True)


def _made(daemons: Daemons, ports: dict[str, int], var: Path) -> Plant:
    erp, mes = (Panel(f"http://127.0.0.1:{ports[name]}", None) for name in ("erp", "mes"))  # type: ignore[arg-type]
    settings.WEBHOOK_TARGETS = "127.0.0.1"
    actions.connect(
        code="mes-aug", name="MES", kind="mes", adapter="cloudevents", base_url="", settings={}, secrets={},
        site=Site.objects.get(code="AUG"), mode="live", by=journal.SYSTEM,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QMS_SIMULATOR_URLS", json.dumps({"erp": erp.url, "mes": mes.url}))
        simulators.ensure(owner=User.objects.get(username="integration"))
    sync.sync(interface=Interface.objects.get(code="erp-sim"), full=True)
    _hook, secret = subscriptions.subscribe(
        name="MES", url=f"{mes.url}/qms-events", sites=["AUG"], types=[], by=journal.SYSTEM
    )
    tokens = cast.issue_tokens()
    (var / "demo.json").write_text(json.dumps({"base_url": "", "tokens": tokens, "webhook_secret": secret}))
    until(lambda: is_up(ports["web"]), "the product is up", 90)
    return Plant(daemons, f"http://127.0.0.1:{ports['web']}", tokens["mes"], erp, mes)


def faults(plant: Plant, rate: float) -> None:
    """Of the answers of the ERP and of whoever takes our webhooks."""
    for panel, names in ((plant.erp, ("drop_after", "reorder")), (plant.mes, ("drop_after", "duplicate", "reorder"))):
        for name in names:
            until(lambda panel=panel, name=name: _set(panel, name, rate), "the simulator listens")  # type: ignore[misc]


def _set(panel: Panel, name: str, rate: float) -> bool:
    try:
        panel.fault(name, rate=rate, seconds=0.1, calls="writes")
    except OSError:  # it was killed a moment ago
        return False
    return True


def drained(plant: Plant, held: int, *, kill: Callable[[int], None], kills: int, hurt: bool) -> str:
    """Load under kills, then rest; what it came to, in words."""
    expected = len(plant.defects) * 6 + held * 8
    start, done, began = plant.progress(), 0, time.monotonic()
    while done < kills:
        again(lambda: plant.people(held))
        now = again(plant.progress)
        if (
            now is not None
            and now - start >= expected * (done + 1) // (kills + 2)
            or time.monotonic() - began > 30 * (done + 1)
        ):
            kill(done)
            done += 1
            if hurt:
                faults(plant, LOST)  # a killed ERP has forgotten its faults
        time.sleep(0.1)
    if hurt:
        faults(plant, 0)
    for outbox in plant.outboxes:
        outbox.faults.off()
    last = time.monotonic()
    while not again(lambda: plant.is_drained(held)):
        again(lambda: plant.people(held))
        assert time.monotonic() - last < DRAIN, plant.left(held)
        time.sleep(0.2)
    took = time.monotonic() - last
    plant.stopping.set()
    return f"{plant.check()} messages, {kills} faults of a process, drained {took:.1f} s after the last, {last - began:.0f} s under faults"


def verified(plant: Plant) -> None:
    """The trail is whole: every row has its entry, and every seal stands."""
    connection.close()
    done = subprocess.run(
        [sys.executable, "manage.py", "verify_trail"],
        cwd=ROOT,
        env=plant.daemons.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_g9_nothing_is_lost_doubled_or_overtaken_under_kills(plant: Plant) -> None:
    faults(plant, LOST)
    plant.begin(DEFECTS, LOST)

    def kill(number: int) -> None:
        with plant.daemons.lock:
            plant.daemons.all[TARGETS[number % len(TARGETS)]].kill()

    print(f"\nG9: {drained(plant, HELD, kill=kill, kills=KILLS, hurt=True)}")
    verified(plant)
    seen = [row for row in plant.mes.state()["webhooks"] if row["times"] > 1]
    assert seen, "something was sent twice, and counts once"


def test_g10_the_broker_is_only_a_doorbell(plant: Plant) -> None:
    """Killed and emptied in turns; then it stays away, and the flow goes on."""
    plant.begin(size(200, 10), 0)
    redis = plant.daemons.all["redis"]

    def kill(number: int) -> None:
        if number % 2:
            import redis as client

            line = client.Redis.from_url(plant.daemons.env["REDIS_URL"])
            try:
                line.flushall()
            except client.exceptions.ConnectionError:  # it is just starting: it has forgotten everything anyway
                pass
            line.close()
        else:
            redis.kill()

    print(f"\nG10: {drained(plant, 3, kill=kill, kills=size(20, 3), hurt=False)}")
    with plant.daemons.lock:
        del plant.daemons.all["redis"]
    redis.kill()
    assert redis.process
    redis.process.wait(10)
    plant.begin(3, 0)
    print(f"G10 without a broker: {drained(plant, 2, kill=lambda number: None, kills=0, hurt=False)}")
    redis.start()
    plant.daemons.all["redis"] = redis


@pytest.mark.skipif(
    "pg" not in embedded.wanted(), reason="the database server is not ours to kill (DATABASE_URL is set)"
)
def test_g11_what_was_acknowledged_outlives_the_database(plant: Plant) -> None:
    plant.begin(size(200, 12), 0)
    dice = random.Random(11)
    var = Path(os.environ["QMS_VAR"])
    superuser(
        "ALTER SYSTEM SET recovery_init_sync_method = syncfs"
    )  # this cluster has thousands of files of other databases
    port = embedded.read(var)["pg"]["port"]

    def kill(number: int) -> None:
        """A backend in use, whose end makes the whole cluster recover; or the postmaster, which is started again."""
        data = Path(embedded.read(var)["pg"]["data"])
        postmaster = int((data / "postmaster.pid").read_text().split()[0])
        connection.close()
        if number % 2:
            os.kill(postmaster, 9)
            until(lambda: not is_running(postmaster), "the postmaster is gone")
            assert embedded.ensure(var)["pg"]["port"] == port, "the daemons know it by its port"
        else:
            until(lambda: kill_one(backends(postmaster), dice), "a backend is killed")

    print(f"\nG11: {drained(plant, 3, kill=kill, kills=size(20, 2), hurt=False)}")
    verified(plant)
    superuser("ALTER SYSTEM RESET recovery_init_sync_method")
