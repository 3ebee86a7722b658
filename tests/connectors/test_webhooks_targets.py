"""Where webhooks may go: what is not allowed is refused with a sentence, before anything is stored or sent."""

import pytest

from connectors import http
from connectors.models import Webhook
from connectors.outbox import subscriptions
from qms import journal
from qms.lib.errors import Invalid

PROVES = ("G16",)


REFUSED = [
    "http://10.0.0.1/", "http://2130706434/", "http://0177.0.0.2/", "http://[::ffff:10.0.0.1]/", "http://[fe80::1]/",
    "http://169.254.169.254/latest", "http://0.0.0.0/", "ftp://127.0.0.1/", "http://u:p@127.0.0.1/", "file:///etc/passwd",
    "http://127.0.0.1/#x", "http:///x", "http://127.0.0.1:99999/", "javascript:1", "http://127.0.0.1/a b", "http://[::1]/",
    "http://[64:ff9b::7f00:1]/", "http://224.0.0.1/",
]  # fmt: skip


@pytest.mark.parametrize("url", REFUSED)
def test_a_target_that_is_not_allowed_is_refused_with_a_sentence(url, db, settings):
    settings.WEBHOOK_TARGETS = "127.0.0.1, localhost"
    with pytest.raises(Invalid) as refused:
        subscriptions.subscribe(name="x", url=url, sites=["AUG"], types=[], by=journal.SYSTEM)
    assert refused.value.field == "url" and refused.value.hint
    assert not Webhook.objects.exists()


def test_public_targets_want_https(monkeypatch):
    public = [(2, 1, 6, "", ("93.184.215.14", 80))]
    monkeypatch.setattr(http.posts, "LOOK_UP", lambda *_a, **_k: public)
    allowed = http.Allowed.parse("public, *.plant.example, 10.1.0.0/16")
    http.check_target("https://example.com/x", allowed)
    http.check_target("http://mes.plant.example/x", allowed)
    with pytest.raises(http.posts.Permanent, match="only https"):
        http.check_target("http://example.com/x", allowed)
    monkeypatch.setattr(http.posts, "LOOK_UP", lambda *_a, **_k: [(2, 1, 6, "", ("10.1.2.3", 80))])
    http.check_target("http://whatever.example/", allowed)
    monkeypatch.setattr(http.posts, "LOOK_UP", lambda *_a, **_k: [(2, 1, 6, "", ("10.2.2.3", 80))])
    with pytest.raises(http.posts.Permanent, match="list of allowed"):
        http.check_target("https://whatever.example/", allowed)
