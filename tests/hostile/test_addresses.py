"""G16: addresses that lead back into the house, in every spelling: not one connection, whatever the name service says."""

import runpy
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from connectors import http
from connectors.base import Call, ConnectorError
from connectors.http import posts

PROVES = ("G16",)
PUBLIC = http.Allowed.parse("public")


class Listener:
    """Answers with a redirect when asked, and counts who came."""

    def __init__(self, family: int, host: str) -> None:
        self.server = socket.create_server((host, 0), family=family)
        self.server.settimeout(0.1)
        self.port, self.called, self.done, self.onward = self.server.getsockname()[1], 0, False, ""
        self.thread = threading.Thread(target=self.listen)
        self.thread.start()

    def listen(self) -> None:
        while not self.done:
            try:
                line, _where = self.server.accept()
            except OSError:
                continue
            self.called += 1
            line.settimeout(1)
            with line:
                line.recv(65536)
                status = self.onward or "HTTP/1.1 204 No Content\r\n"
                line.sendall(f"{status}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())

    def close(self) -> None:
        self.done = True
        self.thread.join()
        self.server.close()


@pytest.fixture
def inside() -> Iterator[Listener]:
    made = Listener(socket.AF_INET, "127.0.0.1")
    yield made
    made.close()


@pytest.fixture
def elsewhere() -> Iterator[Listener]:
    made = Listener(socket.AF_INET, "127.0.0.1")
    yield made
    made.close()


HOSTS = (
    "127.0.0.1", "localhost", "127.1", "127.0.1", "0", "0.0.0.0", "127.000.000.001", "0177.0.0.1", "0177.1",
    "00000177.00000000.00000000.00000001", "0x7f.0.0.1", "0x7f000001", "0x7f.1", "2130706433", "017700000001",
    "127.255.255.254", "[::1]", "[0:0:0:0:0:0:0:1]", "[0000::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
    "[2002:7f00:0001::1]", "[fe80::1]", "[fe80::1%25lo]", "[fc00::1]", "[fd00::1]", "[fec0::1]", "[ff02::1]", "[2001:db8::1]",
    "[100::1]", "[::ffff:169.254.169.254]", "169.254.169.254", "169.254.0.1", "0xa9fea9fe", "2852039166", "169.254.43518",
    "10.0.0.1", "10.1", "012.0.0.1", "0x0a000001", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.1", "3232235521",
    "100.64.0.1", "198.18.0.1", "192.0.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255",
    "240.0.0.1", "255.255.255.255", "127.0.0.1.", "LOCALHOST", "localhost.", "⑫7.0.0.1", "127。0。0。1", "１２７.0.0.1",
)  # fmt: skip
FORMS = [
    *(f"http://{host}:{{port}}/" for host in HOSTS),
    "https://127.0.0.1:{port}/", "http://user@127.0.0.1:{port}/", "http://u:p@127.0.0.1:{port}/", "http://public.example@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@public.example/", "http://127.0.0.1:{port}\\@public.example/", "http://public.example\\@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}%2f@public.example", "http:127.0.0.1:{port}", "http:///127.0.0.1:{port}/", "http:/127.0.0.1:{port}/",
    "//127.0.0.1:{port}/", "127.0.0.1:{port}", " http://127.0.0.1:{port}/", "http://127.0.0.1:{port}/\r\nHost: x", "http://127.0.0.1\t:{port}/",
    "http://127.0.0.1:{port}\x00.example/", "ftp://127.0.0.1:{port}/", "gopher://127.0.0.1:{port}/_GET", "file:///etc/passwd",
    "dict://127.0.0.1:{port}/", "ldap://127.0.0.1:{port}/", "jar:http://127.0.0.1:{port}!/", "javascript:alert(1)", "data:text/plain,x", "",
    "http://", "http://[::1", "http://::1:{port}/", "http://127.0.0.1:{port}:80/", "http://127.0.0.1:-{port}/", "http://127.0.0.1:0{port}/",
]  # fmt: skip


def test_no_form_leads_into_the_house(inside, monkeypatch):
    assert len(FORMS) >= 60
    poster, wrong = posts.Poster(PUBLIC), []
    for form in FORMS:
        url = form.replace("{port}", str(inside.port))
        try:
            posts.check_target(url, PUBLIC)
            wrong.append(f"{url}: allowed")
        except ConnectorError as refused:
            assert refused.message
        sent = poster.post(url, headers={}, body=b"x")
        if sent.status or not sent.problem:
            wrong.append(f"{url}: {sent}")
    poster.close()
    assert wrong == []
    assert inside.called == 0


INTO = ("127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.0.1", "0.0.0.0", "100.64.0.1")


@pytest.mark.parametrize("into", INTO)
def test_a_name_that_means_the_house_is_not_called(inside, monkeypatch, into):
    monkeypatch.setattr(posts, "LOOK_UP", lambda *_a, **_k: told(into, inside.port))
    assert not posts.Poster(PUBLIC).post(f"https://public.example:{inside.port}/", headers={}, body=b"").status
    assert inside.called == 0


def told(*addresses: Any) -> list[Any]:
    *hosts, port = addresses
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)) for host in hosts]


def test_one_bad_address_among_good_ones_is_enough(inside, monkeypatch):
    monkeypatch.setattr(posts, "LOOK_UP", lambda *_a, **_k: told("93.184.215.14", "127.0.0.1", inside.port))
    assert not posts.Poster(PUBLIC).post(f"https://public.example:{inside.port}/", headers={}, body=b"").status
    assert inside.called == 0


def test_a_name_that_changes_its_meaning_between_check_and_call_is_asked_once(inside, monkeypatch):
    """Rebinding: the address that was checked is the one that is dialled."""
    meanings = iter([told("127.0.0.9", inside.port), told("127.0.0.1", inside.port)])
    asked = []

    def look(*_a: Any, **_k: Any) -> list[Any]:
        asked.append(1)
        return next(meanings)

    monkeypatch.setattr(posts, "LOOK_UP", look)
    allowed = http.Allowed.parse("127.0.0.9/32")
    sent = posts.Poster(allowed).post(f"http://rebind.example:{inside.port}/", headers={}, body=b"")
    assert sent.status == 0 and len(asked) == 1 and inside.called == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 300, 305])
def test_no_redirect_is_followed_by_webhooks_or_adapters(inside, elsewhere, status):
    inside.onward = f"HTTP/1.1 {status} Onward\r\nLocation: http://127.0.0.1:{elsewhere.port}/\r\n"
    sent = posts.Poster(http.Allowed.parse("127.0.0.1")).post(f"http://127.0.0.1:{inside.port}/", headers={}, body=b"x")
    assert sent.status == status and not sent.is_done

    def exchange() -> Any:
        yield Call("GET", "/")

    with pytest.raises(ConnectorError):
        http.run(exchange(), base_url=f"http://127.0.0.1:{inside.port}")
    assert inside.called == 2 and elsewhere.called == 0


def test_no_proxy_of_the_environment_is_asked(inside, elsewhere, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{elsewhere.port}")
    posts.Poster(http.Allowed.parse("127.0.0.1")).post(f"http://127.0.0.1:{inside.port}/", headers={}, body=b"x")
    assert inside.called == 1 and elsewhere.called == 0


@pytest.mark.parametrize("target", ["https://127.0.0.1:{port}/", "https://localhost:{port}/"])
def test_a_certificate_that_nobody_vouches_for_ends_the_call(tmp_path, target):
    """Webhooks and adapters alike: no word is said to whom one does not know."""
    pem = tmp_path / "self.pem"
    pem.write_text(runpy.run_path("scripts/seal_certificate.py")["make"]())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = target.format(port=server.getsockname()[1])

        def serve() -> None:
            for _turn in range(2):
                line, _where = server.accept()
                try:
                    with context.wrap_socket(line, server_side=True) as sealed:
                        heard.append(sealed.recv(1000))
                except OSError:
                    line.close()

        thread = threading.Thread(target=serve)
        thread.start()
        sent = posts.Poster(http.Allowed.parse("127.0.0.1, localhost")).post(url, headers={}, body=b"secret")

        def exchange() -> Any:
            yield Call("GET", "/")

        with pytest.raises(ConnectorError):
            http.run(exchange(), base_url=url.rstrip("/"))
        thread.join()
    assert sent.status == 0 and sent.problem and not any(heard)
