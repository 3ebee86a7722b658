"""Forms are sent as a browser does; the trail is asked what it kept."""

import json
from typing import Any

import pytest
from django.urls import reverse

from qms.journal.models import Entry
from qms.lib.ids import uuid7


@pytest.fixture
def send(client: Any, people: Any) -> Any:
    """`send("admin", "person-create", data, *args)`: the answer to that person's submit."""

    def run(who: str, name: str, data: dict[str, Any], *args: Any, key: str = "") -> Any:
        client.force_login(people[who])
        return client.post(reverse(f"office:{name}", args=args), {"_key": key or str(uuid7()), **data})

    return run


def kept(event: str, subject: Any = None) -> list[dict[str, Any]]:
    """Payloads of the trail's acts of that event, newest first."""
    found = Entry.objects.filter(event=event, kind="act").order_by("-id")
    if subject is not None:
        found = found.filter(object_type=subject._meta.label_lower, object_key=str(subject.pk))
    return [json.loads(entry.payload) for entry in found]
