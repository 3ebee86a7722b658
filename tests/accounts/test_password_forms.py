"""Forms that ask for a password: hidden while typed, nothing against managers and paste, long ones taken whole."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from qms import journal
from qms.accounts import actions

PROVES = ("11.300(a)",)
ROOT = Path(settings.BASE_DIR)
INPUT = re.compile(r"<input\b[^>]*>", re.S)


def inputs():
    for path in sorted((ROOT / "templates").rglob("*.html")):
        yield from ((path.name, tag) for tag in INPUT.findall(path.read_text()))


def test_what_is_typed_is_not_shown():
    asked = [(name, tag) for name, tag in inputs() if re.search(r"name=\"[^\"]*(password|current|repeat)[^\"]*\"", tag)]
    assert len(asked) >= 2
    assert [name for name, tag in asked if 'type="password"' not in tag] == []


@pytest.mark.django_db
def test_the_login_hides_it_too(client):
    page = client.get(reverse("accounts:login")).content.decode()
    [field] = [tag for tag in INPUT.findall(page) if 'name="password"' in tag]
    assert 'type="password"' in field and "current-password" in field


def test_nothing_stands_against_paste_and_managers():
    files = [path for folder in ("templates", "static/js") for path in (ROOT / folder).rglob("*.*")]
    words = [path.read_text() for path in files if path.suffix in (".html", ".js")]
    assert not any(re.search(r"onpaste|addEventListener\(.paste.[^)]*preventDefault", text) for text in words)
    assert [tag for _name, tag in inputs() if 'type="password"' in tag and 'autocomplete="off"' in tag] == []


LONG = ["correct horse battery staple " * 3, "p" * 60 + " with spaces ", "密码公差孔径夹具检验员" * 8]


@pytest.mark.django_db
@pytest.mark.parametrize("password", LONG, ids=range(3))
def test_long_ones_of_any_signs_are_taken_whole(client, password):
    assert len(password) >= 64
    actions.create_user(username="longword", full_name="Long Word", password=password, by=journal.SYSTEM)
    address, wrong = reverse("accounts:login"), {password[:-1], password.swapcase(), password[:64]} - {password}
    for other in wrong:
        assert client.post(address, {"username": "longword", "password": other}).status_code == 422
    assert client.post(address, {"username": "longword", "password": password}).status_code == 302
