"""`python -m connectors.simulators.mes --port 8321 --demo demo.json`: a small MES with a fault panel.

It tells the QMS of defects, tests, measurements and operations, fetches commands and answers them, and takes signed webhooks at
/qms-events. It is quiet until a button is pressed or its operations run.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import itertools
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from connectors.simulators import floor, page
from connectors.simulators.faults import ANSWERS, Faults
from connectors.simulators.line import Line, Lost, Told
from connectors.simulators.outbox import Outbox
from connectors.simulators.server import Answer, Asked, Log, as_json, serve

COMMANDS = "/api/v1/mes/commands"
EVERY, OLD = 5.0, 300
OPEN = ("requested", "delivered", "acknowledged", "partial", "cancel_requested")


class Mes:
    name = "mes"

    def __init__(self, demo: Path, *, source: str = floor.SOURCE, seed: int | None = None) -> None:
        self.demo, self.source = demo, source
        self.answers, self.log = Faults(ANSWERS, seed), Log()
        self.outbox = Outbox(self.connect, self.log, seed=seed)
        self.sends = self.outbox.faults
        self.is_running, self.stopping = False, threading.Event()
        self.commands: dict[str, dict[str, Any]] = {}
        self.cursor = ""
        self.webhooks: dict[str, dict[str, Any]] = {}
        self._lock, self._count = threading.Lock(), itertools.count()

    def told(self) -> dict[str, Any]:
        """What demo.json says now; nothing while there is none."""
        try:
            found: dict[str, Any] = json.loads(self.demo.read_text())
        except (OSError, ValueError):
            return {}
        return found

    def connect(self) -> Line | None:
        told = self.told()
        token = (told.get("tokens") or {}).get("mes")
        return Line(told["base_url"], token) if token else None

    def begin(self) -> None:
        for work in (lambda: self.outbox.run(self.stopping), self._operate):
            threading.Thread(target=work, daemon=True).start()

    def _operate(self) -> None:
        """While operations run: one after the other, measured; what is asked is fetched and answered."""
        while not self.stopping.wait(EVERY):
            if self.is_running and not self.sends.is_set("silence"):
                number = next(self._count)
                told = [floor.operation({}, self.source, number, kind) for kind in ("started", "completed")]
                self.outbox.put(*told, floor.measurements({}, self.source))
                self.fetch()
                for key, command in list(self.commands.items()):
                    self._go_on(key, command)

    def _go_on(self, key: str, command: dict[str, Any]) -> None:
        following = {
            "delivered": "acknowledged",
            "acknowledged": "executed",
            "partial": "executed",
            "cancel_requested": "cancelled",
        }
        if state := following.get(command["status"]):
            self.tell(key, state)

    # --- commands ---------------------------------------------------------------------------------------------------------

    def fetch(self) -> int:
        """How many commands came."""
        asked = f"{COMMANDS}?cursor={self.cursor}" if self.cursor else COMMANDS
        told = self._call("GET", asked)
        if told is None or told.status != 200:
            return 0
        self.cursor = told.content["next"]
        self.commands |= {row["id"]: row for row in told.content["results"]}
        return len(told.content["results"])

    def tell(self, key: str, state: str, reason: str = "") -> bool:
        """The handshake's next word; an executed hold or release counts its pieces."""
        command = self.commands[key]
        said: dict[str, Any] = {"state": state, "by": "OP-7"}
        if state in ("executed", "partial"):
            said |= {"location": "V-CAGE-1"}
            if command["kind"] in ("hold", "release", "quarantine", "sort"):
                said["quantity"] = {"segregated": command["quantity"]["expected"]}
        if state == "rejected":
            said["reason"] = reason or "The order is closed."
        told = self._call("POST", f"{COMMANDS}/{key}/acks", said)
        if told is None or told.status >= 300:
            return False
        self.commands[key] = told.content
        return True

    def _call(self, method: str, path: str, body: Any = None) -> Told | None:
        line = self.connect()
        fault = self.sends.draw(method)
        if line is None or fault == "silence":
            return None
        entry = self.log.add("out", method, path, json.dumps(body or {}).encode(), fault)
        line.seconds = self.sends.seconds
        try:
            told = line.call(method, path, body, fault if fault not in ("reorder", "wrong_shape", "delay") else "")
        except Lost as why:
            entry.answer = str(why)
            return None
        entry.status, entry.answer = told.status, str(told.content)[:300]
        return told

    # --- webhooks ---------------------------------------------------------------------------------------------------------

    def answer(self, asked: Asked) -> Answer:
        """/qms-events: an event counts once, however often it comes, and only with a good signature."""
        if asked.method != "POST" or asked.path != "/qms-events":
            return as_json({"message": "There is nothing here."}, 404)
        if not is_genuine(self.told().get("webhook_secret", ""), asked):
            return as_json({"message": "The signature is not good."}, 401)
        event, name = asked.content(), asked.headers["webhook-id"]
        with self._lock:
            held = self.webhooks.setdefault(name, {
                "id": name, "type": event["type"], "subject": event.get("subject", ""), "sequence": event.get("sequence", ""), "times": 0,
            })  # fmt: skip
            held["times"] += 1
        return Answer(204)

    # --- the panel --------------------------------------------------------------------------------------------------------

    def panel(self, asked: Asked) -> Answer:
        return page.answer(self, asked)

    def acts(self) -> dict[str, Callable[[dict[str, str]], Any]]:
        put = self.outbox.put
        return {
            "defect": lambda told: put(floor.defect(told, self.source)),
            "thrice": lambda told: put(*floor.thrice(told, self.source)),
            "test": lambda told: put(floor.tested(told, self.source)),
            "measurements": lambda told: put(floor.measurements(told, self.source)),
            "operation": lambda told: put(floor.operation(told, self.source)),
            "run": lambda told: self._run(True),
            "rest": lambda told: self._run(False),
            "silent": lambda told: self._talk(100),
            "talk": lambda told: self._talk(0),
            "fetch": lambda told: self.fetch(),
            "breach": lambda told: put(floor.operation(self._held(told), self.source)),
            "answer": lambda told: self.tell(told["command"], told["state"], told.get("reason", "")),
        }

    def _run(self, is_on: bool) -> None:
        self.is_running = is_on

    def _talk(self, rate: float) -> None:
        for faults in (self.sends, self.answers):
            faults.put("silence", rate=rate)

    def _held(self, told: dict[str, str]) -> dict[str, str]:
        """Work on what was put on hold last: that must not happen, and the QMS has to notice."""
        held = [
            row for row in self.commands.values() if row["kind"] == "hold" and row["status"] in ("executed", "verified")
        ]
        return {"lot": held[-1]["lot"], "part": held[-1]["part"], **told} if held else told

    def state(self) -> dict[str, Any]:
        messages = [vars(message) for message in self.outbox.messages[-100:]]
        return {
            "running": self.is_running, "messages": messages[::-1], "commands": list(self.commands.values())[::-1],
            "webhooks": list(self.webhooks.values())[::-1],
        }  # fmt: skip


def is_genuine(secret: str, asked: Asked) -> bool:
    """By Standard Webhooks, over the bytes as they came."""
    name, sent, marks = (asked.headers.get(f"webhook-{part}", "") for part in ("id", "timestamp", "signature"))
    if not (secret and name and sent.isdigit()) or abs(time.time() - int(sent)) > OLD:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = b"v1," + base64.b64encode(hmac.digest(key, f"{name}.{sent}.".encode() + asked.body, hashlib.sha256))
    return any(hmac.compare_digest(wanted, mark.encode()) for mark in marks.split())


def main() -> None:
    ask = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    ask.add_argument("--port", type=int, default=8321)
    ask.add_argument(
        "--demo", type=Path, required=True, help="demo.json of the QMS: its address, token and webhook secret"
    )
    ask.add_argument("--seed", type=int, help="of the dice that draw faults")
    opt = ask.parse_args()
    mes = Mes(opt.demo, seed=opt.seed)
    mes.begin()
    serve(mes, opt.port)


if __name__ == "__main__":
    main()
