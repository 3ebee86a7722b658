from typing import Any

import pytest
from django.conf import settings
from django.test import Client


class Caller:
    """A person in the browser: JSON in, JSON out."""

    def __init__(self, user: Any) -> None:
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        self.client = Client(raise_request_exception=False)
        self.client.force_login(user, "qms.accounts.backends.PasswordBackend")

    def get(self, path: str, **params: Any) -> Any:
        return self.client.get(f"/api/v1/{path}", params)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.post(f"/api/v1/{path}", body or {}, content_type="application/json", headers=headers)


@pytest.fixture
def caller(people: dict[str, Any]) -> Any:
    return lambda name: Caller(people[name])
