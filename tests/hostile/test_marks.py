"""G16: what somebody could do to a signed webhook on its way: the receiver's library, which is not ours, refuses every one."""

import base64
import datetime as dt
import json
import secrets
from collections.abc import Iterator

import pytest
import standardwebhooks
from standardwebhooks.webhooks import WebhookVerificationError

from connectors.outbox.webhooks import signed

PROVES = ("G16",)
KEY, OLD, OTHER = (bytes([n]) * 32 for n in (1, 2, 3))
BODY = json.dumps(
    {"type": "qms.ncr.reported.v1", "data": {"number": "NCR-26-000001", "text": "公差"}}, ensure_ascii=False
).encode()
Letter = tuple[str, dict[str, str], bytes]


def receiver(key: bytes) -> standardwebhooks.Webhook:
    return standardwebhooks.Webhook("whsec_" + base64.b64encode(key).decode())


def tampered() -> Iterator[Letter]:
    good = signed("1", BODY, [KEY])
    for place in range(0, len(BODY), max(1, len(BODY) // 12)):
        for bit in (0, 7):
            yield f"bit {bit} of byte {place} of the body", good, flipped(BODY, place, bit)
    yield "a byte more", good, BODY + b" "
    yield "a byte less", good, BODY[:-1]
    yield "no body", good, b""
    yield "other spacing", good, json.dumps(json.loads(BODY)).encode() + b"\n"
    for name, values in HEADERS.items():
        for value in values:
            yield f"{name}: {value[:30]!r}", {**good, name: value(good[name]) if callable(value) else value}, BODY
    for name in HEADERS:
        yield f"without {name}", {key: value for key, value in good.items() if key != name}, BODY
    mark = base64.b64decode(good["webhook-signature"].removeprefix("v1,"))
    for place in (0, 15, 31):
        yield f"bit of byte {place} of the mark", {**good, "webhook-signature": marked(flipped(mark, place, 0))}, BODY
    yield "mark cut short", {**good, "webhook-signature": marked(mark[:-1])}, BODY
    yield "of another letter", {**good, "webhook-signature": signed("2", BODY, [KEY])["webhook-signature"]}, BODY
    yield "by another key", signed("1", BODY, [OTHER]), BODY
    yield "by the key before", signed("1", BODY, [OLD]), BODY
    yield "by many other keys", signed("1", BODY, [secrets.token_bytes(32) for _ in range(20)]), BODY
    yield from late(good)


HEADERS = {
    "webhook-id": ("", "msg_2", "msg_1 ", "MSG_1", "msg_1.", "msg_1\n"),
    "webhook-timestamp": ("", "0", "-1", "x", "99999999999", "1e9", "١٢٣"),
    "webhook-signature": ("", "v1,", "v1", "v1,AAAA", "v1a,AAAA", "v2,AAAA", "v1,☃", ",", "v1, v1,", "none"),
}


def late(good: dict[str, str]) -> Iterator[Letter]:
    """Signed rightly, and too old or from the future: sent again after its time."""
    from connectors.outbox import webhooks

    now = int(good["webhook-timestamp"])
    for seconds in (-301, -3600, -86400, 301, 3600):
        moment = webhooks.time.time
        try:
            webhooks.time.time = lambda at=now + seconds: at  # type: ignore[assignment]
            yield f"{seconds} s away", signed("1", BODY, [KEY]), BODY
        finally:
            webhooks.time.time = moment


def flipped(body: bytes, place: int, bit: int) -> bytes:
    return body[:place] + bytes([body[place] ^ (1 << bit)]) + body[place + 1 :]


def marked(mark: bytes) -> str:
    return f"v1,{base64.b64encode(mark).decode()}"


def test_what_was_not_touched_is_taken():
    assert receiver(KEY).verify(BODY, signed("1", BODY, [KEY]))["type"] == "qms.ncr.reported.v1"


def test_during_rotation_both_keys_are_good_and_a_third_is_not():
    both = signed("1", BODY, [KEY, OLD])
    assert receiver(KEY).verify(BODY, both) == receiver(OLD).verify(BODY, both)
    with pytest.raises(WebhookVerificationError):
        receiver(OTHER).verify(BODY, both)


def test_every_change_on_the_way_is_refused():
    letters, taken = list(tampered()), []
    assert len(letters) >= 40
    for what, headers, body in letters:
        try:
            receiver(KEY).verify(body, headers)
            taken.append(what)
        except (WebhookVerificationError, ValueError, UnicodeError):
            continue
    assert taken == []


def test_the_same_letter_twice_has_the_same_name_so_that_the_receiver_can_tell():
    first, again = signed("7", BODY, [KEY]), signed("7", BODY, [KEY])
    assert first["webhook-id"] == again["webhook-id"] != signed("8", BODY, [KEY])["webhook-id"]
    assert dt.datetime.fromtimestamp(int(first["webhook-timestamp"]), dt.UTC)
