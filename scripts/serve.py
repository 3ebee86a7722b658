"""`make run`: embedded servers, keys, migrations, demo plant, then the five daemons and the simulators until Ctrl-C."""

import base64
import contextlib
import ctypes
import fcntl
import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import simulators  # noqa: E402  # beside this file

from qms import embedded  # noqa: E402  # found through the path set above
from qms.embedded import place  # noqa: E402  # the same

VAR = Path(os.environ.get("QMS_VAR") or ROOT / "var").resolve()
HOST = os.environ.get("QMS_HOST") or "127.0.0.1"
PORT = int(os.environ.get("QMS_PORT") or 8000)
READY_SECONDS, STOP_SECONDS, BACKOFF_SECONDS, LOOK_SECONDS = 90, 35, 30, 2
PR_SET_PDEATHSIG = 1

MANAGE = [sys.executable, "manage.py"]
WEB = [
    sys.executable,
    "-m",
    "gunicorn",
    "qms.wsgi:application",
    "--bind",
    f"{HOST}:{PORT}",
    "--worker-class",
    "gthread",
]
WEB += ["--workers", "2", "--threads", "4", "--no-control-socket", "--graceful-timeout", "10", "--access-logfile", "-"]
WORKER = [sys.executable, "-m", "celery", "-A", "qms", "worker", "--concurrency", "2", "--loglevel", "INFO"]
DAEMONS = {
    "web": WEB,
    "worker": [*WORKER, "--without-mingle", "--without-gossip"],
    "relay": [*MANAGE, "relay"],
    "sealer": [*MANAGE, "seal", "--loop"],
    "scheduler": [*MANAGE, "scheduler"],
}


def say(text: str) -> None:
    print(text, flush=True)


def make_keys() -> None:
    """The secrets, made once; one that comes from the environment (NAME or NAME_FILE) is not made."""
    folder = VAR / "keys"
    folder.mkdir(mode=0o700, exist_ok=True)
    makers = {
        "QMS_SECRET_KEY": lambda: secrets.token_urlsafe(48),
        "QMS_SEAL_KEY": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),  # Ed25519 seed
        "QMS_EXPORT_SEAL": _export_seal,
        "QMS_FIELD_KEYS": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),  # Fernet
    }
    for name, make in makers.items():
        given = os.environ.get(name) or os.environ.get(f"{name}_FILE")
        if not given and not (folder / name).exists():
            place.write_private(folder / name, make())


def _export_seal() -> str:
    import seal_certificate  # beside this file; it takes time to load, and only the first start needs it

    return seal_certificate.make()


def end_with_parent() -> None:
    """A daemon must not outlive a killed supervisor (Linux; elsewhere the next start finds its port taken)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Daemon:
    name: str
    command: list[str]
    holders: list[int]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0
    failures: int = 0
    due: float = 0
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.log = VAR / "log" / f"{self.name}.log"

    def start(self) -> None:
        with place.rotated(self.log) as out:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True, pass_fds=self.holders, preexec_fn=end_with_parent,
            )  # fmt: skip
        self.started = time.monotonic()

    def tend(self) -> None:
        """Start it again when it died, later each time it dies young."""
        now = time.monotonic()
        if self.process is not None and (code := self.process.poll()) is not None:
            self.process = None
            self.failures = 1 if now - self.started > 60 else self.failures + 1
            wait = min(2 ** (self.failures - 1), BACKOFF_SECONDS)
            self.due = now + wait
            say(f"{self.name} ended with exit code {code}; starting it again in {wait} s. Its log ({self.log}) ends:")
            say("  " + place.tail(self.log, 3).replace("\n", "\n  "))
        elif self.process is None and now >= self.due:
            self.start()

    def signal(self, number: int) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number) if number == signal.SIGKILL else self.process.send_signal(number)


def ready_problem() -> str:
    """Empty when /readyz answers 200; otherwise what it says."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(HOST, HOST)  # noqa: S104  # compared, never bound
    line = http.client.HTTPConnection(host, PORT, timeout=5)
    try:
        line.request("GET", "/readyz", headers={"Host": "localhost", "X-Forwarded-Proto": "https"})
        answer = line.getresponse()
        body = answer.read(2000).decode(errors="replace")
        return "" if answer.status == 200 else f"{answer.status}: {body}"
    except OSError as why:
        return str(why)
    finally:
        line.close()


class Stopping(Exception):
    """Ctrl-C or SIGTERM."""


def on_signal(*_: Any) -> None:
    raise Stopping


def serve(daemons: list[Daemon], began: float) -> None:
    for daemon in daemons:
        daemon.start()
    ready, told, looked = False, False, began
    while True:
        for daemon in daemons:
            daemon.tend()
        if (now := time.monotonic()) - looked > LOOK_SECONDS:
            looked = now
            tend_servers()
        if not ready and not (problem := ready_problem()):
            ready = True
            announce(time.monotonic() - began)
        elif not ready and not told and time.monotonic() - began > READY_SECONDS:
            told = True
            say(f"Not ready after {READY_SECONDS} s, still trying. {problem}")
        time.sleep(0.5 if ready else 0.1)


def tend_servers() -> None:
    """The daemons reconnect by themselves once their embedded servers are back on the ports they know."""
    down = sorted(embedded.wanted() - {name for name, alive in embedded.status(VAR).items() if alive})
    if down:
        say(f"Embedded {' and '.join(down)} ended; starting again.")
        try:
            embedded.ensure(VAR)
        except embedded.Failed as why:
            say(str(why))


def stop_all(daemons: list[Daemon]) -> None:
    say("\nStopping …")
    signal.signal(
        signal.SIGINT, lambda *_: [daemon.signal(signal.SIGKILL) for daemon in daemons]
    )  # the impatient second
    for daemon in daemons:
        daemon.signal(signal.SIGTERM)
    until = time.monotonic() + STOP_SECONDS
    for daemon in daemons:
        if daemon.process is not None:
            try:
                daemon.process.wait(max(0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                say(f"{daemon.name} did not stop within {STOP_SECONDS} s and was killed.")
                daemon.signal(signal.SIGKILL)
                daemon.process.wait()


def announce(seconds: float) -> None:
    demo = VAR / "demo.json"
    base_url = f"http://{'localhost' if HOST in ('0.0.0.0', '::') else HOST}:{PORT}"  # noqa: S104  # only shown
    say(f"\nReady in {seconds:.1f} s: {base_url}   (logs in {VAR / 'log'}; Ctrl-C stops everything)")
    if not demo.exists():
        say("No demo plant. The first administrator is made by: .venv/bin/python manage.py createsuperuser")
        return
    content = json.loads(demo.read_text())
    if content.get("base_url") != base_url:
        place.write_private(demo, json.dumps(content | {"base_url": base_url}, indent=1, ensure_ascii=False))
    say(f"Demo accounts (also in {demo}):")
    for user in content.get("users", []):
        roles = user["roles"] if isinstance(user["roles"], str) else ", ".join(user["roles"])
        say(f"  {user['username']:<14} {user['password']:<24} {user.get('language', ''):<8} {roles}")
    for name, address in content.get("simulators", {}).items():
        say(f"Simulator of the {name.upper()}, with its fault panel: {address}/")


def check_port() -> None:
    with socket.socket(socket.AF_INET6 if ":" in HOST else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, PORT))
        except OSError as why:
            sys.exit(f"Cannot listen on {HOST}:{PORT} ({why.strerror}); set QMS_HOST or QMS_PORT.")


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    VAR.mkdir(parents=True, exist_ok=True)
    (VAR / "log").mkdir(exist_ok=True)
    with open(VAR / "serve.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"`make run` is already serving {VAR}; set QMS_VAR and QMS_PORT for a second one.")
        yield


def prepare(running: dict[str, str]) -> None:
    """Migrations and static files; then the demo plant on the first start."""
    steps = [[sys.executable, "scripts/prepare.py"]]
    if os.environ.get("QMS_DEMO", "1") != "0" and not (VAR / "demo.json").exists():
        say("First start: the demo plant is being made …")
        steps += [[*MANAGE, "seed_demo"], [*MANAGE, "seal"], [*MANAGE, "seed_demo", "--reviews"]]
    elif (VAR / "demo.json").exists() and simulators.are_new(VAR, running):
        steps.append([*MANAGE, "connect_simulators"])
    for step in steps:
        process = subprocess.Popen(step, cwd=ROOT, start_new_session=True, preexec_fn=end_with_parent)
        try:
            code = process.wait()
        except Stopping:
            process.terminate()
            process.wait()
            raise
        if code:
            sys.exit(f"'{' '.join(step[1:])}' failed with exit code {code}.")


def main() -> None:
    began = time.monotonic()
    os.environ |= {"QMS_VAR": str(VAR), "QMS_HOST": HOST, "QMS_PORT": str(PORT), "PYTHONUNBUFFERED": "1"}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qms.settings")
    if HOST not in ("127.0.0.1", "localhost", "::1"):
        names = ["127.0.0.1", "localhost", "[::1]", HOST, socket.gethostname()]
        os.environ.setdefault("QMS_ALLOWED_HOSTS", ",".join(names))
    with only_one(), contextlib.suppress(Stopping):
        check_port()
        signal.signal(signal.SIGTERM, on_signal)
        signal.signal(signal.SIGINT, on_signal)
        make_keys()
        with embedded.use(VAR) as servers:
            prepare(running := simulators.prepare(VAR, PORT))
            commands = DAEMONS | simulators.commands(VAR, running)
            daemons = [Daemon(name, command, [servers["users_fd"]]) for name, command in commands.items()]
            try:
                serve(daemons, began)
            finally:
                stop_all(daemons)


if __name__ == "__main__":
    try:
        main()
    except embedded.Failed as failure:
        sys.exit(str(failure))
    say("Stopped.")
