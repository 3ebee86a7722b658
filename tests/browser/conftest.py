"""A whole plant: the supervisor of `make run` with its five daemons, on data of its own, connected to a real Tryton."""

import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.erp import Erp, erp

from .harness import ROOT, Browser, Screen

__all__ = ["erp"]

# What tests/servers.py and the caller set for this process; the plant makes its own servers and keys.
FOREIGN = {
    *("DATABASE_URL", "REDIS_URL", "QMS_PLAIN_STATIC", "QMS_DB_ROLE", "QMS_TEST_DB", "QMS_DB_NAME", "QMS_DEBUG"),
    *("QMS_SECRET_KEY", "QMS_SEAL_KEY", "QMS_FIELD_KEYS"),
}
STARTS, STOPS = 600, 60
HERE = Path(__file__).parent
LOTS = {"LOT-BR-01": 10.0, "LOT-BR-02": 40.0, "LOT-BR-03": 30.0}  # of TB-4711, for the tests alone


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)


@dataclass
class Answer:
    status: int
    body: Any


@dataclass
class Product:
    """The running system, as its users and its machines see it."""

    url: str
    var: Path
    environment: dict[str, str] = field(repr=False)
    demo: dict[str, Any] = field(repr=False)

    @property
    def users(self) -> dict[str, str]:
        """Passwords by user id."""
        return {user["username"]: user["password"] for user in self.demo["users"]}

    def sign_in(
        self, browser: Browser, username: str, *, width: int = 1440, theme: str = "light", language: str = "en"
    ) -> Screen:
        """A page of its own with its own cookies, in the reader's own theme and language."""
        screen = browser.page(self.url, width=width, theme=theme, language=language)
        return screen.login(username, self.users[username]).prefer(theme=theme, language=language)

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)

    def call(self, path: str, body: Any = None, *, token: str = "mes") -> Answer:
        """As the MES (or another machine of demo.json) with its bearer token; `body` makes it a POST."""
        headers = {"Authorization": f"Bearer {self.demo['tokens'][token]}", "Accept": "application/json"}
        data = None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/cloudevents+json"
        request = urllib.request.Request(f"{self.url}/api/v1/{path}", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Answer(answer.status, json.load(answer))
        except urllib.error.HTTPError as refused:
            with refused:
                return Answer(refused.code, json.load(refused))


@dataclass
class Plant(Product):
    erp: Erp


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def end_with_parent() -> None:
    """A killed test run leaves no plant behind (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def until(found: Callable[[], Any], seconds: float, what: str) -> Any:
    """The first true answer; fails when there is none in time."""
    end = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.3)
    return answer


def is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    """A supervisor that serves a fresh demo plant, and that ends cleanly."""
    var = Path(tempfile.mkdtemp(prefix="qms-plant-"))
    var.chmod(0o711)  # the embedded servers' own user must be able to pass
    url = f"http://127.0.0.1:{(port := free_port())}"
    environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    environment |= {"QMS_VAR": str(var), "QMS_HOST": "127.0.0.1", "QMS_PORT": str(port), "QMS_DEMO": "1"}
    environment["QMS_SIMULATORS"] = "0"  # nothing here needs them; tests/simulators starts its own
    environment["QMS_IDENTITY_TARGETS"] = "localhost"  # the provider of test_identity.py
    told = var / "serve.out"
    with told.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "scripts/serve.py"], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
            stdout=out, stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=end_with_parent,  # noqa: PLW1509  # no threads yet
        )  # fmt: skip
    try:
        until(lambda: process.poll() is not None or is_ready(url), STARTS, f"{url} is ready, see {told}")
        assert process.poll() is None, told.read_text()
        yield Product(url, var, environment, json.loads((var / "demo.json").read_text()))
    finally:
        process.terminate()
        try:
            ended = process.wait(STOPS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            ended = process.wait()
        last = told.read_text()
        shutil.rmtree(var, ignore_errors=True)
    assert ended == 0 and last.endswith("Stopped.\n"), last


@pytest.fixture(scope="session")
def plant(product: Product, erp: Erp) -> Plant:
    """The product connected to the real ERP, whose lots have been read."""
    for number, quantity in LOTS.items():
        erp.new_lot(number, "TB-4711", quantity)
    told = product.var / "erp.json"
    told.write_text(json.dumps(erp.told))
    told.chmod(0o600)
    connected = product.manage("connect_erp", "--file", str(told))
    assert connected.returncode == 0, connected.stderr
    # The scheduler rings for the first reading by itself; this waits for its end, or does it.
    until(lambda: product.manage("sync", "tryton").returncode == 0, 60, "the ERP is read")
    return Plant(product.url, product.var, product.environment, product.demo, erp)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with Browser() as found:
        yield found
