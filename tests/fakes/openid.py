"""Identity providers: a real one as a process of its own, and one that speaks the same shapes and lies as it is told to."""

import base64
import hashlib
import html
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from .server import Answer, Seen, as_json, serve

CLIENT, SECRET = "qms-test", "a client's secret"


@dataclass
class Liar:
    """`claims`, `header`: what is put over the honest ones (None takes one out); `sign`: another key; `raw`: the token itself."""

    base_url: str = ""
    sub: str = "idp-mrb1"
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    sign: Any = None
    algorithm: str = "RS256"
    raw: str = ""
    status: int = 200
    key: Any = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __call__(self, seen: Seen) -> Answer:
        path = urlsplit(seen.path).path
        answers = {"/.well-known/openid-configuration": self._discovery, "/keys": self._keys, "/token": self._token}
        return answers[path](seen) if path in answers else as_json({}, 404)

    def _discovery(self, _seen: Seen) -> Answer:
        here = self.base_url
        return as_json(
            {
                "issuer": here,
                "authorization_endpoint": f"{here}/authorize",
                "token_endpoint": f"{here}/token",
                "jwks_uri": f"{here}/keys",
                "end_session_endpoint": f"{here}/end",
            }
        )

    def _keys(self, _seen: Seen) -> Answer:
        return as_json(KeySet([self.key]).as_dict(private=False))

    def signed_in(self, url: str, **more: str) -> dict[str, str]:
        """What the browser brings back after the person signed in there: the callback's query."""
        asked = dict(parse_qsl(urlsplit(url).query))
        self.asked.append(asked)
        code = f"code-{len(self.asked)}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"], **more}

    def _token(self, seen: Seen) -> Answer:
        body = {name: values[0] for name, values in parse_qs(seen.body.decode()).items()}
        asked = self.codes.pop(body.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        digest = hashlib.sha256(body.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            asked is None
            or challenge != asked["code_challenge"]
            or seen.headers.get("authorization") != f"Basic {basic}"
        ):
            return as_json({"error": "invalid_grant"}, 400)
        return as_json({"access_token": "x", "token_type": "Bearer", "id_token": self.token(asked)}, self.status)

    def token(self, asked: dict[str, str]) -> str:
        if self.raw:
            return self.raw
        moment = int(time.time())
        honest = {"iss": self.base_url, "aud": CLIENT, "sub": self.sub, "iat": moment, "exp": moment + 300}
        told = {**honest, "auth_time": moment, "nonce": asked["nonce"], **self.claims}
        told = {name: value for name, value in told.items() if value is not None}
        header = {"alg": self.algorithm, "kid": "one", **self.header}
        if self.algorithm == "none":
            parts = [json.dumps(part).encode() for part in (header, told)]
            return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."
        return jwt.encode(header, told, self.sign or self.key, algorithms=[self.algorithm])

    def public_pem(self) -> bytes:
        return bytes(self.key.as_pem(private=False))


def hmac_key(text: bytes) -> Any:
    return OctKey.import_key(text)


def other_key(kid: str = "one") -> Any:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


def curve_key(kid: str = "one") -> Any:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})


@contextmanager
def liar() -> Iterator[Liar]:
    told = Liar()
    with serve(told) as fake:
        told.base_url = fake.base_url
        yield told


# --- the real provider -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RealProvider:
    """oidc-provider-mock (authlib's own server side): `sub` is chosen on its page."""

    issuer: str

    def wait(self, *, until: float) -> None:
        while True:
            try:
                urllib.request.urlopen(f"{self.issuer}/jwks", timeout=5).close()
                return
            except OSError:
                assert time.monotonic() < until, "the provider did not start"
                time.sleep(0.1)

    def know(self, sub: str, **claims: Any) -> None:
        body = json.dumps(claims).encode()
        request = urllib.request.Request(
            f"{self.issuer}/users/{sub}", body, {"Content-Type": "application/json"}, method="PUT"
        )
        urllib.request.urlopen(request, timeout=10).close()

    def sign_in(self, url: str, sub: str) -> dict[str, str]:
        """As a browser would: the page, then its form; returns the query of the callback."""
        opener = urllib.request.build_opener(_Stay)
        with opener.open(html.unescape(url), data=urlencode({"sub": sub}).encode(), timeout=10) as answer:
            return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any) -> None:
        return None

    def http_error_302(self, _request: Any, answer: Any, *_rest: Any) -> Any:
        return answer


@contextmanager
def real() -> Iterator[RealProvider]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            found = RealProvider(f"http://localhost:{port}")
            found.wait(until=time.monotonic() + 30)
            yield found
        finally:
            process.terminate()
