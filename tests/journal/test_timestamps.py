"""RFC 3161 against a real authority: `openssl ts` behind a loopback server. Its token is kept with the anchor and travels in bundles."""

import base64
import http.server
import json
import subprocess
import threading

import pytest

from qms.journal import anchoring, timestamps
from qms.journal.models import Anchor, Seal
from qms.office import watch
from qms.office.models import TrailAlarm
from qms.records.models import Export
from tests.factories import Factory
from tests.journal.plant import as_sealer, write
from tests.records.test_bundle import export, relisted, sealed_at_once, unpacked, verified  # noqa: F401  # fixtures, helpers

PROVES = ("11.10(a)", "11.10(b)", "G3")
pytestmark = [
    pytest.mark.usefixtures("own_database"),
]
CONFIGURATION = """
[ tsa ]
default_tsa = one
[ one ]
dir = .
serial = ./serial
crypto_device = builtin
signer_cert = ./tsa.pem
signer_key = ./tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[ own ]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[ root ]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
"""


def openssl(folder, *arguments):
    return subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True).stdout


def authority(folder):
    folder.mkdir()
    (folder / "ts.cnf").write_text(CONFIGURATION)
    (folder / "serial").write_text("01\n")
    key = ("-newkey", "rsa:2048", "-nodes")
    openssl(folder, "req", "-x509", *key, "-keyout", "root.key", "-out", "root.pem", "-subj", "/CN=Test root", "-days", "30",
            "-config", "/dev/null", "-addext", "basicConstraints=critical,CA:TRUE")  # fmt: skip
    openssl(
        folder,
        "req",
        "-new",
        *key,
        "-keyout",
        "tsa.key",
        "-out",
        "tsa.csr",
        "-subj",
        "/CN=Test authority",
        "-config",
        "/dev/null",
    )
    openssl(folder, "x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-out", "tsa.pem",
            "-days", "30", "-extfile", "ts.cnf", "-extensions", "own")  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return authority(tmp_path_factory.mktemp("tsa") / "good")


@pytest.fixture
def tsa(made, settings):
    """The authority answers; `tsa.change` may alter what it says."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            (made / "asked.tsq").write_bytes(asked)
            openssl(made, "ts", "-reply", "-config", "ts.cnf", "-queryfile", "asked.tsq", "-out", "told.tsr")
            status, body = server.change((made / "told.tsr").read_bytes())
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    server.change = lambda told: (200, told)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.TSA_URL, settings.TSA_ROOTS = f"http://127.0.0.1:{server.server_port}/", str(made / "root.pem")
    yield server
    server.shutdown()
    server.server_close()


def anchored():
    anchoring.anchor_due()
    return Anchor.objects.filter(place=anchoring.TSA).latest("pk")


def test_a_token_over_the_checkpoint_is_kept_and_openssl_agrees(tsa, made, tmp_path):
    write()
    as_sealer()
    row = anchored()
    assert row.problem == "" and row.where == tsa_url(tsa)
    (tmp_path / "token.tsr").write_bytes(bytes(row.token))
    (tmp_path / "note").write_bytes(Seal.objects.get(n=row.seal).signed_note.encode())
    trusted = ("-CAfile", str(made / "root.pem"), "-untrusted", str(made / "tsa.pem"))
    done = openssl(tmp_path, "ts", "-verify", "-data", "note", "-in", "token.tsr", *trusted)
    assert b"OK" in done
    assert anchoring.anchor_due() == [], "the next is due in an hour, when there is news"


def tsa_url(server):
    return f"http://127.0.0.1:{server.server_port}/"


def replayed(kept):
    """A good answer of yesterday, to another question."""

    def answer(told):
        kept.setdefault("first", told)
        return 200, kept["first"]

    return answer


@pytest.mark.parametrize(
    "wrong", ["another nonce", "another root", "no token", "refuses", "redirects", "too long", "a bit"]
)
def test_what_is_no_token_of_this_authority_is_a_problem_and_an_alarm(tsa, settings, tmp_path, wrong):
    write()
    as_sealer()
    if wrong == "another nonce":
        tsa.change = replayed({})
        timestamps.stamped("some other text")
    elif wrong == "another root":
        settings.TSA_ROOTS = str(authority(tmp_path / "other") / "root.pem")
    else:
        told = {
            "no token": (200, b"hello"),
            "refuses": (500, b""),
            "redirects": (302, b""),
            "too long": (200, b"x" * 70_000),
        }
        tsa.change = lambda good: told[wrong] if wrong in told else (200, good[:-9] + bytes([good[-9] ^ 1]) + good[-8:])
    row = anchored()
    assert row.problem and row.token is None
    watch.look()
    alarm = TrailAlarm.objects.going_on().get(pk=TrailAlarm.ANCHOR)
    assert tsa_url(tsa) in alarm.told
    assert anchoring.newest_token(10**9) is None, "what is no token leaves in no bundle"


def test_an_authority_that_is_away_is_a_problem(settings, made):
    settings.TSA_URL, settings.TSA_ROOTS = "http://127.0.0.1:1/", str(made / "root.pem")
    write()
    as_sealer()
    assert "Connection" in anchored().problem


@pytest.mark.usefixtures("sealed_at_once")
def test_it_travels_in_the_bundle_and_the_verifier_says_what_it_is(tsa, tmp_path):
    record = Factory().ncr()
    export(record)
    assert anchored().problem == ""
    folder = unpacked(export(record), tmp_path / "b")
    assert Export.objects.latest("pk").problem == ""
    code, said = verified(folder)
    assert code == 0 and "time-stamp token (RFC 3161)" in said and "not checked here" in said, said
    place = folder / "timestamp.json"
    told = json.loads(place.read_text())
    token = bytearray(base64.b64decode(told["token"]))
    first = token.index(b"\x04\x20") + 2
    token[first] ^= 1
    place.write_text(json.dumps({**told, "token": base64.b64encode(bytes(token)).decode()}))
    relisted(folder)
    code, said = verified(folder)
    assert code == 1 and "over another checkpoint" in said
