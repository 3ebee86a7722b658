"""The same contract on a server of another make (asyncssh), through a connection whose host key is pinned."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from django.urls import reverse

from connectors.models import Alarm, Intake
from connectors.transports import run, sftp
from ncr.models import Nonconformance
from tests.connectors.carried import GOOD, HEAD, RULES, SETTINGS, Sender, made
from tests.connectors.mes import in_use

PROVES = ("G19",)
pytestmark = pytest.mark.django_db


class Server(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("qms", "a word of the plant")


class Running:
    """An SFTP server on loopback, in a thread of its own."""

    def __init__(self, root: Path) -> None:
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self.root, self.loop, self.ready = root, asyncio.new_event_loop(), threading.Event()
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()
        assert self.ready.wait(20)

    def work(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self.listen())
        self.ready.set()
        self.loop.run_forever()

    async def listen(self) -> None:
        def place(channel: Any) -> Any:
            return asyncssh.SFTPServer(channel, chroot=str(self.root).encode())

        self.server = await asyncssh.listen(
            "127.0.0.1", 0, server_factory=Server, server_host_keys=[self.key], sftp_factory=place
        )
        self.port = self.server.sockets[0].getsockname()[1]

    @property
    def host_key(self) -> str:
        return " ".join(self.key.export_public_key().decode().split()[:2])

    def stop(self) -> None:
        async def end() -> None:
            self.server.close()
            await self.server.wait_closed()

        asyncio.run_coroutine_threadsafe(end(), self.loop).result(20)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(20)
        self.loop.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = Running(tmp_path_factory.mktemp("sftp"))
    yield running
    running.stop()


@pytest.fixture
def remote(people, server, settings, request) -> Sender:
    settings.INTERFACE_TARGETS = "127.0.0.1"
    root = server.root / request.node.name[:40]
    root.mkdir()
    told = {
        **SETTINGS, "host": "127.0.0.1", "port": server.port, "user": "qms", "folder": f"/{root.name}",
        "host_key": server.host_key,
    }  # fmt: skip
    interface = made("cell-1", "sftp", told, {"password": "a word of the plant"})
    in_use(interface, RULES)
    return Sender(interface, root)


def test_files_are_claimed_read_answered_and_put_away(remote: Sender):
    answer = remote.sent("cell.csv", HEAD, GOOD, "4713;17;RM-TI64-B25;L3;1;gestern")
    assert (answer["created"], answer["rejected"]) == (1, 1) and remote.errors("cell.csv")[0]["column"] == "Zeit"
    assert Nonconformance.objects.get(source="cell-1").number == answer["records"][0]
    assert len(list(remote.root.glob("processed/*/*/cell.csv"))) == 1 and not list(remote.root.glob("work/*"))
    assert not list(remote.root.rglob("*.part"))
    assert remote.sent("again.csv", HEAD, GOOD, "4713;17;RM-TI64-B25;L3;1;gestern")["status"] == "duplicate"
    changed = remote.sent("cell.csv", HEAD, GOOD.replace("4711", "5"))
    assert changed["problem"]["code"] == "same_name" and Intake.objects.filter(state="ERROR").count() == 1
    assert not remote.interface.state.problem and remote.interface.state.succeeded_at


def test_links_are_not_read(remote: Sender, server):
    (remote.root / "link.csv").symlink_to(server.root)
    remote.look()
    assert remote.answer("link.csv")["problem"]["code"] == "link" and not Nonconformance.objects.filter(source="cell-1")


def test_of_two_that_claim_one_wins(remote: Sender, monkeypatch):
    """Somebody else renames the file between our look and our claim."""
    entries = sftp.Remote.entries

    def taken(place, folder):
        found = entries(place, folder)
        for one in (one for one in found if one.name == "a.csv" and folder == ""):
            (remote.root / one.name).rename(remote.root / "theirs")
        return found

    remote.send("a.csv", HEAD, GOOD)
    monkeypatch.setattr(sftp.Remote, "entries", taken)
    assert remote.look() == 0 and not Intake.objects.exists() and not Alarm.objects.exists()
    assert not remote.interface.state.problem


def test_another_host_key_is_refused_before_the_password_leaves(remote: Sender, monkeypatch):
    told = []
    monkeypatch.setattr(Server, "validate_password", lambda *given: told.append(given) or True)
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().split()
    remote.set(host_key=" ".join(other[:2]))
    remote.send("a.csv", HEAD, GOOD)
    assert remote.look() == 0 and told == []
    remote.interface.refresh_from_db()
    assert "another host key" in remote.interface.state.problem and (remote.root / "a.csv").exists()


def test_the_connection_test_says_line_by_line_what_is_wrong(remote: Sender, owner, settings, server):
    where = reverse("connectors:transport-test", args=["cell-1"])
    good = run.probe(interface=remote.interface)
    assert [f.ok for f in good] == [True] * 4, good
    assert not list(remote.root.glob("qms-test*")) and b"Connection test" in owner.get(where).content
    remote.set(user="nobody")
    assert "does not let the user nobody in" in owner.get(where).content.decode()
    settings.INTERFACE_TARGETS = ""
    refused = run.probe(interface=remote.interface)
    assert not refused[0].ok and "QMS_INTERFACE_TARGETS" in refused[0].detail
    assert "not on the list of allowed targets" in owner.get(where).content.decode()


def test_a_key_instead_of_a_password_and_one_that_is_none():
    text = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    assert sftp.private_key(text).get_name() == "ssh-ed25519"
    with pytest.raises(sftp.Permanent):
        sftp.private_key("nothing")


def test_a_server_that_is_away_is_a_problem_on_the_page_and_not_an_error(remote: Sender):
    remote.set(port=1)
    assert remote.look() == 0
    remote.interface.refresh_from_db()
    assert "did not answer" in remote.interface.state.problem
