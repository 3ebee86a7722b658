"""Providers that people sign in at, and a browser that goes there and comes back."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from qms import journal
from qms.accounts import actions as accounts
from qms.accounts.providers import IdentityProvider
from qms.identity import actions
from tests.factories import person
from tests.fakes import openid


@pytest.fixture(autouse=True)
def allowed(settings: Any) -> None:
    settings.IDENTITY_TARGETS = "localhost, 127.0.0.1"


@pytest.fixture
def liar() -> Iterator[openid.Liar]:
    with openid.liar() as found:
        yield found


@pytest.fixture(scope="session")
def real() -> Iterator[openid.RealProvider]:
    with openid.real() as found:
        yield found


def set_up(issuer: str, **told: Any) -> IdentityProvider:
    words = {"code": "works", "name": "Works account", "client_id": openid.CLIENT, "secret": openid.SECRET, **told}
    return actions.set_up(issuer=issuer, by=person("admin"), reason="the plant's own accounts", **words)


@pytest.fixture
def provider(liar: openid.Liar, db: None) -> IdentityProvider:
    return set_up(liar.base_url)


@pytest.fixture
def bound(provider: IdentityProvider) -> Callable[..., Any]:
    """A person who signs in at the provider; by default without a password here."""

    def bind(username: str, *, sub: str = "", password: bool = False, by: Any = None) -> Any:
        user = person(username)
        told = {"by": by or journal.SYSTEM, "reason": "checked by badge"}
        accounts.bind(user=user, provider=provider, subject=sub or f"idp-{username}", **told)
        if not password:
            accounts.switch_password_off(user=person(username), **told)
        return person(username)

    return bind


class Visitor:
    """A browser: goes where the program sends it, signs in there, comes back."""

    def __init__(self, provider: IdentityProvider, liar: openid.Liar, **extra: Any) -> None:
        self.provider, self.liar, self.client = provider, liar, Client(**extra)

    def go(self, target: str = "") -> str:
        begun = self.client.get(
            reverse("identity:begin", args=[self.provider.code]), {"next": target} if target else {}
        )
        assert begun.status_code == 302, begun.content.decode()[-2000:]
        return str(begun["Location"])

    def back(self, query: dict[str, str]) -> Any:
        return self.client.get(reverse("identity:callback", args=[self.provider.code]), query)

    def sign_in(self, sub: str = "", target: str = "") -> Any:
        self.liar.sub = sub or self.liar.sub
        return self.back(self.liar.signed_in(self.go(target)))

    @property
    def is_in(self) -> bool:
        return bool(self.client.get("/account").status_code == 200)


@pytest.fixture
def visitor(provider: IdentityProvider, liar: openid.Liar) -> Callable[..., Visitor]:
    return lambda **extra: Visitor(provider, liar, **extra)
