"""Alerts of monitoring systems in their own words: kept as mes.alert events, by a token and perhaps a signature."""

import hashlib
import hmac
import json

import pytest

from connectors.models import InboxMessage, Intake
from connectors.transports import run
from inspection.models import EquipmentAlert
from tests.connectors.carried import made
from tests.connectors.mes import Mes

pytestmark = pytest.mark.django_db
FIRING = {
    "receiver": "qms", "status": "firing", "version": "1",
    "alerts": [
        {"status": "firing", "labels": {"alertname": "SpindleHot", "station": "WC-MILL"}, "startsAt": "2026-05-04T08:15:00Z",
         "fingerprint": "a1b2", "values": {"B": 93.5}},
        {"status": "resolved", "labels": {"alertname": "AirLow"}, "startsAt": "2026-05-04T07:00:00Z", "fingerprint": "c3d4"},
        {"status": "paused", "labels": {}, "startsAt": "2026-05-04T07:00:00Z", "fingerprint": "e5f6"},
    ],
}  # fmt: skip
SENTRY = {
    "action": "resolved",
    "data": {"issue": {"id": "4711", "title": "PLC timeout", "firstSeen": "2026-05-04T06:00:00Z"}},
}


@pytest.fixture
def alerts(people):
    from qms import journal
    from qms.accounts import actions as accounts
    from qms.accounts.models import Site

    def connected(preset="alertmanager", secrets=None, source="watcher"):
        interface = made("watcher", "alerts", {"preset": preset}, secrets)
        user = accounts.create_user(
            username=f"monitor-{preset}-{source}", full_name="Monitor", kind="service", by=journal.SYSTEM, identity="x"
        )
        _row, token = accounts.issue_token(
            user=user, scopes=["mes"], sites=[Site.objects.get(code="AUG")], source=source, by=journal.SYSTEM
        )
        return interface, Mes(token)

    return connected


def post(mes, value, **headers):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    told = {"Authorization": f"Bearer {mes.token}", **headers}
    return mes.client.post("/api/v1/mes/alerts", raw, content_type="application/json", headers=told)


def test_alerts_are_kept_as_events_and_one_that_is_not_understood_is_a_letter(alerts):
    interface, mes = alerts()
    answer = post(mes, FIRING)
    assert answer.status_code == 200 and answer.json() == {"kept": 2, "repeated": 0, "refused": 1}, answer.content
    kept = {row.message_type: row for row in InboxMessage.objects.filter(interface=interface).exclude(state="REJECTED")}
    assert set(kept) == {"mes.alert.raised", "mes.alert.cleared"}
    assert json.loads(bytes(kept["mes.alert.raised"].body))["data"]["original"] == FIRING["alerts"][0]
    assert {row.state for row in kept.values()} == {"APPLIED"}
    shown = EquipmentAlert.objects.get(alert="a1b2")
    assert (shown.equipment, shown.code, shown.cleared_at) == ("WC-MILL", "SpindleHot", None)
    assert kept["mes.alert.raised"].message_id.startswith("a1b2:2026-05-04T08:15:00Z:firing@")
    letter = InboxMessage.objects.get(interface=interface, state="REJECTED")
    assert "paused" in letter.problem and Intake.objects.get().refused == 1
    count = InboxMessage.objects.filter(interface=interface).count()
    assert post(mes, FIRING).status_code == 200
    assert InboxMessage.objects.filter(interface=interface).count() == count, "the sender repeats what still burns"
    assert [f.ok for f in run.probe(interface=interface)] == [True] * 3


def test_sentry_and_its_signature(alerts):
    _interface, mes = alerts("sentry", {"hmac_secret": "agreed"})
    raw = json.dumps(SENTRY).encode()
    signed = hmac.new(b"agreed", raw, hashlib.sha256).hexdigest()
    assert (
        post(mes, raw).status_code == 403 and post(mes, raw, **{"Sentry-Hook-Signature": "0" * 64}).status_code == 403
    )
    assert not InboxMessage.objects.filter(source="watcher").exists()
    answer = post(mes, raw, **{"Sentry-Hook-Signature": signed})
    assert answer.json()["kept"] == 1
    assert InboxMessage.objects.get(source="watcher").message_type == "mes.alert.cleared"


def test_nonsense_is_kept_and_a_token_of_something_else_is_refused(alerts):
    _interface, mes = alerts()
    assert post(mes, b"\xff").status_code in (400, 422) and post(mes, {"alerts": "none"}).json()["refused"] == 1
    _interface, other = alerts(source="another")
    refused = post(other, FIRING)
    assert refused.status_code == 409 and "names no interface" in refused.json()["title"] + refused.json()["detail"]
