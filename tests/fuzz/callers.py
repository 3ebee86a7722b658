"""Who calls in a fuzzing run: every member of the cast by session, every service by token, and somebody unknown."""

import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import connections
from django.test import Client
from django.urls import Resolver404, resolve

from qms.accounts import access
from qms.api.permissions import needed_permission

# What the generated requests bear; the door below puts a real caller in its place. Everything else reaches the product as it was generated.
TICKET = "Bearer ticket-of-the-fuzzing-run"
NOBODY = "nobody"
CSRF = "k" * 32


def credentials(members: dict[str, Any], tokens: dict[str, str]) -> dict[str, dict[str, str]]:
    """Caller → WSGI variables."""
    found: dict[str, dict[str, str]] = {
        f"svc-{name}": {"HTTP_AUTHORIZATION": f"Bearer {t}"} for name, t in tokens.items()
    }
    for name, user in members.items():
        client = Client()
        client.force_login(user, backend="qms.accounts.backends.PasswordBackend")
        cookies = f"sessionid={client.cookies['sessionid'].value}; csrftoken={CSRF}"
        found[name] = {"HTTP_COOKIE": cookies, "HTTP_X_CSRFTOKEN": CSRF}
    return found


def able(method: str, address: str, users: dict[str, Any]) -> list[str]:
    try:
        view = resolve(address.encode("latin-1", "replace").decode("utf-8", "replace")).func.view_class
    except (Resolver404, AttributeError):
        return []
    right = needed_permission(view(), method)
    return sorted(name for name, user in users.items() if access.may(user, right))


@dataclass
class Door:
    """A WSGI application before ours: it lends every ticket to a caller and counts what was answered.

    The caller follows from the request itself, so that a repetition of a request is the same caller's; `only` keeps to one.
    """

    inner: Callable[..., Any]
    callers: dict[str, dict[str, str]]
    users: dict[str, Any]
    only: str = ""
    asked: Counter[tuple[str, int]] = field(default_factory=Counter)
    answered: Counter[int] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    connections: dict[int, Any] = field(default_factory=dict)

    def forget(self) -> None:
        self.asked.clear()
        self.answered.clear()

    def hang_up(self) -> None:
        """Every thread of the engine has left a connection behind."""
        for connection in self.connections.values():
            connection.inc_thread_sharing()
            connection.close()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        caller = NOBODY
        self.connections[id(connections["default"])] = connections["default"]
        if environ.get("HTTP_AUTHORIZATION") == TICKET:
            caller = self.only or self.chosen(environ)
            del environ["HTTP_AUTHORIZATION"]
            environ.update(self.callers[caller])
        place = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"

        def answer(status: str, headers: Any, *rest: Any) -> Any:
            number = int(status[:3])
            self.answered[number] += 1
            self.asked[(caller, number)] += 1
            if number >= 500:
                self.broken.append(f"{number} {place}?{environ['QUERY_STRING']} ({caller})")
            return start(status, headers, *rest)

        return self.inner(environ, answer)

    def chosen(self, environ: dict[str, Any]) -> str:
        """Every other request by somebody who holds the route's right, the rest by anybody."""
        words = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}?{environ['QUERY_STRING']}{environ.get('CONTENT_LENGTH')}"
        number = zlib.crc32(words.encode())
        names = (number % 2 and able(environ["REQUEST_METHOD"], environ["PATH_INFO"], self.users)) or sorted(
            self.callers
        )
        return names[number // 2 % len(names)]

    @property
    def total(self) -> int:
        return self.answered.total()
