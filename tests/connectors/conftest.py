import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.erp import erp
from tests.fakes.erp import FakeErp

__all__ = ["erp"]


@pytest.fixture
def erp_fake(monkeypatch: pytest.MonkeyPatch) -> FakeErp:
    """An ERP in memory, known as the adapter "fake"."""
    from connectors import registry

    made = FakeErp()
    monkeypatch.setitem(registry.ADAPTERS, "fake", made)
    return made


@pytest.fixture
def interface(people: dict[str, Any], erp_fake: FakeErp) -> Any:
    """A live interface `erp` to the fake, at the integration owner's first site."""
    from connectors import actions
    from qms import journal

    owner = people["integration"]
    made, _changed = actions.connect(
        code="erp", name="ERP", kind="erp", adapter="fake", base_url="http://127.0.0.1:1", settings={}, secrets={},
        site=owner.grants.order_by("pk")[0].site, mode="live", owner=owner, by=journal.SYSTEM,
    )  # fmt: skip
    return made


@pytest.fixture
def owner(client: Any, people: dict[str, Any]) -> Any:
    """A client as which the owner of the interfaces is logged in."""
    client.force_login(people["integration"])
    return client


@pytest.fixture
def bell_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], list[Any]]:
    """The bell of a task: what was rung, to be carried out when the test wants it."""

    def listen(task: Any) -> list[Any]:
        rung: list[Any] = []
        monkeypatch.setattr(task, "delay", lambda *told: rung.append(told))
        return rung

    return listen


class Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"heard")

    do_GET = do_POST

    def log_message(self, *_: Any) -> None:
        pass


class Line:
    on_request: Any = staticmethod(lambda call: None)


@pytest.fixture
def listening(interface: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """The interface leads to a small server on loopback. `on_request` runs before each call, in our thread."""
    from connectors import http

    line, ask = Line(), http.Sender.ask
    monkeypatch.setattr(http.Sender, "ask", lambda sender, call: (line.on_request(call), ask(sender, call))[1])
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        interface.base_url = f"http://127.0.0.1:{server.server_port}"
        with_act(interface)
        yield line
        server.shutdown()


def with_act(interface: Any) -> None:
    from connectors import events
    from qms import journal

    with journal.act(events.SWITCHED, by=journal.SYSTEM) as act:
        interface.save()
        act.record(interface, events.Switched(interface.code, interface.mode))
