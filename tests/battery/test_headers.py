"""Every answer bears the headers that keep a browser from being used against us: pages, fragments, files, the interface, errors."""

from typing import Any

import pytest
from django.test import override_settings
from django.urls import reverse

from qms.docs.routes import routes

from .conftest import Browser
from .places import places

PROVES = ("G16", "draft §15")
ROUTES = [route for route in routes() if "GET" in route.permissions]


def faults(answer: Any) -> list[str]:
    """What is missing; a file brings a policy of its own, which must be narrower still."""
    policy = answer.headers.get("Content-Security-Policy", "")
    wanted = {
        "policy": "default-src 'none'" in policy and "unsafe" not in policy,
        "frames": "frame-ancestors 'none'" in policy or "sandbox" in policy,
        "X-Frame-Options": answer.headers.get("X-Frame-Options") == "DENY",
        "nosniff": answer.headers.get("X-Content-Type-Options") == "nosniff",
        "referrer": answer.headers.get("Referrer-Policy") == "same-origin",
        "opener": answer.headers.get("Cross-Origin-Opener-Policy") == "same-origin",
        "permissions": "geolocation=()" in answer.headers.get("Permissions-Policy", ""),
        "no version": "Server" not in answer.headers and "X-Powered-By" not in answer.headers,
        "no other origin": "Access-Control-Allow-Origin" not in answer.headers,
    }
    return [name for name, good in wanted.items() if not good]


@pytest.mark.parametrize("route", ROUTES, ids=lambda r: r.name)
def test_every_route_bears_them_for_everybody(route, plant, clients, undo):
    for place in places(route, plant)[:3]:
        for who in ("nobody", "engineer", "admin"):
            answer = clients[who].get(place.path)
            assert faults(answer) == [], f"{who} {place.path} {answer.status_code}"
            if answer.streaming:
                answer.close()
            if route.is_api and answer.status_code != 304:
                assert "no-store" in answer.headers["Cache-Control"], place.path


@pytest.mark.parametrize(
    "path", ["/nowhere", "/api/v1/nowhere", "/api/v1/ncrs/NCR-99-999999", "/files/x", "/static/nothing.js", "/r/XX"]
)
def test_errors_bear_them_too(path, clients):
    for client in (clients["nobody"], clients["engineer"]):
        assert faults(client.get(path)) == []
        assert faults(client.post(path)) == []


def test_so_does_a_refused_form_a_wrong_host_and_a_page_that_breaks(plant, clients, members, monkeypatch):
    strict = Browser(enforce_csrf_checks=True)
    strict.force_login(members["engineer"], backend="qms.accounts.backends.PasswordBackend")
    refused = strict.post("/logout", {})
    assert refused.status_code in (403, 404, 405) and faults(refused) == []
    wrong = Browser(headers={"host": "evil.example"}).get("/")
    assert wrong.status_code == 400 and b"evil" not in wrong.content
    broken = Browser(raise_request_exception=False)
    broken.force_login(members["engineer"], backend="qms.accounts.backends.PasswordBackend")
    monkeypatch.setattr("qms.ui.listspec.ListSpec.form", lambda *_a, **_k: 1 / 0)
    for path in (reverse("ncr:list"), "/api/v1/ncrs"):
        answer = broken.get(path)
        assert answer.status_code == 500 and faults(answer) == []
        assert b"ZeroDivision" not in answer.content and b"Traceback" not in answer.content


@override_settings(SECURE_SSL_REDIRECT=True, SECURE_HSTS_SECONDS=31536000, SECURE_HSTS_INCLUDE_SUBDOMAINS=True)
def test_plain_http_is_led_to_https_and_https_says_to_stay():
    led = Browser().get("/login")
    assert led.status_code == 301 and led["Location"].startswith("https://")
    stays = Browser().get("/login", secure=True)
    assert stays["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_scripts_are_not_given_by_the_interface_under_another_kind(clients):
    answer = clients["engineer"].get("/api/v1/ncrs?callback=steal")
    assert answer.status_code == 422 and answer["Content-Type"].startswith("application/problem+json")
