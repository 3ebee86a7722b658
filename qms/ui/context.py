"""What the shell needs on every page; nothing is asked until a template reads it."""

import base64
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from qms.accounts.middleware import BADGE

from . import navigation

THEMES = ("light", "dark", "auto")
THEME_COOKIE, KEYS_COOKIE, RAIL_COOKIE = "qms_theme", "qms_keys", "qms_rail"


def theme(request: HttpRequest) -> str:
    """The profile's, before login the cookie's."""
    user = getattr(request, "user", None)
    chosen = getattr(user, "theme", "") if user is not None and user.is_authenticated else ""
    chosen = chosen or request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "auto"


def shell(request: HttpRequest) -> dict[str, Any]:
    return {"shell": SimpleLazyObject(lambda: Shell(request))}


class Shell:
    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.user: Any = getattr(request, "user", None)
        self.theme = theme(request)
        # The first paint of "auto" is light; static/js/theme.js, loaded before the body, corrects it without a flash.
        self.rendered_theme = "dark" if self.theme == "dark" else "light"
        self.language = get_language() or settings.LANGUAGE_CODE
        self.languages = settings.LANGUAGES
        self.keys = request.COOKIES.get(KEYS_COOKIE, "on")
        self.rail = request.COOKIES.get(RAIL_COOKIE, "wide")
        self.idle = settings.IDLE_MINUTES
        self._links: list[navigation.Link] | None = None

    @property
    def lang(self) -> str:
        """BCP 47 tag for the html element."""
        return {"zh-hans": "zh-Hans"}.get(self.language, self.language)

    @property
    def is_signed_in(self) -> bool:
        """By password: a badge opens the floor alone, so the Desk shows it none of its navigation."""
        session = getattr(self.request, "session", {})
        return self.user is not None and self.user.is_authenticated and BADGE not in session

    @property
    def seal(self) -> str:
        """What the floor's page shuts its unsent entries with: the reader's own, on no device; another one with another QMS_SECRET_KEY."""
        made = salted_hmac("qms.ui.floor", str(self.user.pk), algorithm="sha256").digest()
        return base64.b64encode(made).decode()

    @property
    def links(self) -> list[navigation.Link]:
        if self._links is None:
            self._links = navigation.links(self.user, self.request.path) if self.is_signed_in else []
        return self._links

    @property
    def groups(self) -> list[navigation.Group]:
        return navigation.groups(self.links)

    @property
    def bar(self) -> list[navigation.Link]:
        """At most four places for thumbs; the fifth is the menu."""
        return [link for link in self.links if link.entry.bar][:4]

    @property
    def sites(self) -> list[str]:
        """Codes of the sites the reader holds a role on; * stands for all."""
        grants = self.user.valid_grants if self.is_signed_in else []
        return sorted({grant.site.code if grant.site else "*" for grant in grants})

    @property
    def home(self) -> str:
        return self.links[0].url if self.links else "/"
