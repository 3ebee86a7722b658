"""What the how-tos show is true: the receiver's check runs against our signature, and named fields, states and headers exist."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings

from connectors.api.commands import CommandAnswer
from connectors.api.webhooks import ReplayBody
from connectors.outbox import webhooks
from qms.commands import handshake

PAGES = Path(settings.BASE_DIR) / "docs" / "how-to"
SECRET, KEY = "whsec_" + "c2VjcmV0c2VjcmV0c2VjcmV0", b"secretsecretsecret"


def blocks(page: str, language: str) -> list[str]:
    text = (PAGES / page).read_text()
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.S)


def test_the_example_takes_what_we_sign_and_nothing_else():
    [code] = blocks("receive-webhooks.md", "python")
    scope: dict = {}
    exec(code, scope)  # our own page
    body = b'{"specversion": "1.0"}'
    headers = webhooks.signed("123", body, [b"another key, while rotating", KEY])
    check = scope["is_genuine"]
    assert check(SECRET, headers, body)
    assert not check(SECRET, headers, body + b" ")
    assert not check(SECRET, {**headers, "webhook-id": "msg_124"}, body)
    assert not check(SECRET, {**headers, "webhook-timestamp": "1000000000"}, body)
    assert not check("whsec_" + "eHh4", headers, body)


def test_the_headers_and_the_fields_of_the_replay_are_those_of_the_page():
    text = (PAGES / "receive-webhooks.md").read_text()
    assert all(f"`{name}`" in text for name in webhooks.signed("1", b"", [KEY]) if name.startswith("webhook-"))
    assert all(f"`{name}" in text for name in ReplayBody().fields if name != "reason")


def test_every_answer_to_a_command_is_told_and_the_examples_are_valid():
    text = (PAGES / "take-commands.md").read_text()
    assert all(f"| `{state}` |" in text for state in handshake.TOLD)
    assert all(f"`{name}`" in text for name in handshake.COUNTED)
    _command, answer = (json.loads(block) for block in blocks("take-commands.md", "json"))
    given = CommandAnswer(data=answer)
    assert given.is_valid(), given.errors


@pytest.mark.parametrize(
    ("state", "minutes"), [("REQUESTED", 3), ("DELIVERED", 15), ("ACKNOWLEDGED", 240), ("EXECUTED", 1440)]
)
def test_the_deadlines_are_those_of_the_page(state, minutes):
    from qms.commands.choices import DEADLINES

    assert DEADLINES[state] == minutes
