"""An installation with the settings of production has nothing to be warned of; what it writes to browsers stays on its host and in TLS."""

import json
import os
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

PROVES = ("draft §15", "11.30")
ROOT = Path(__file__).parent.parent.parent
SHOWN = (
    *(
        "SESSION_COOKIE_NAME",
        "CSRF_COOKIE_NAME",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SESSION_COOKIE_HTTPONLY",
    ),
    *(
        "SESSION_COOKIE_SAMESITE",
        "SECURE_SSL_REDIRECT",
        "SECURE_HSTS_SECONDS",
        "SECURE_HSTS_INCLUDE_SUBDOMAINS",
        "DEBUG",
    ),
    "SILENCED_SYSTEM_CHECKS",
)


@pytest.fixture(scope="module")
def production():
    """The environment of a plant's web process."""
    keep = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("QMS_", "DJANGO_ALLOW")) or name in ("QMS_VAR", "QMS_PLAIN_STATIC")
    }
    return keep | {
        "QMS_HTTPS": "1",
        "QMS_SECRET_KEY": "".join(map(chr, range(48, 123))),
        "QMS_SEAL_KEY": "c2VhbC1rZXktb2YtdGhlLXRlc3RzLW9ubHktMDAwMDA=",
        "QMS_FIELD_KEYS": "ZmllbGQta2V5LW9mLXRoZS10ZXN0cy1vbmx5LTAwMDA=",
        "QMS_EXPORT_SEAL": runpy.run_path(str(ROOT / "scripts" / "seal_certificate.py"))["make"](),
        "QMS_ALLOWED_HOSTS": "qms.plant.example",
        "QMS_BASE_URL": "https://qms.plant.example",
        "QMS_TRUSTED_ORIGINS": "https://qms.plant.example",
        "QMS_ANCHOR_DIR": tempfile.gettempdir(),
    }


def manage(environment, *arguments):
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_check_deploy_has_nothing_to_say(production):
    done = manage(production, "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


def test_a_setting_that_is_wrong_is_told(production):
    done = manage(production | {"QMS_HTTPS": "0"}, "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 1 and "qms.W001" in done.stderr


def test_cookies_belong_to_this_host_and_to_tls(production):
    code = f"import json; from django.conf import settings as s; print(json.dumps({{n: getattr(s, n) for n in {SHOWN!r}}}))"
    found = json.loads(manage(production, "shell", "--no-imports", "-c", code).stdout.splitlines()[-1])
    assert found["SESSION_COOKIE_NAME"].startswith("__Host-") and found["CSRF_COOKIE_NAME"].startswith("__Host-")
    assert all(found[name] for name in SHOWN[2:5] + SHOWN[6:9]) and found["SESSION_COOKIE_SAMESITE"] == "Lax"
    assert not found["DEBUG"] and found["SILENCED_SYSTEM_CHECKS"] == ["security.W021"]


def test_passwords_are_kept_by_argon2(production):
    code = "from django.conf import settings as s; print(s.PASSWORD_HASHERS)"
    assert manage(production, "shell", "--no-imports", "-c", code).stdout.splitlines()[-1] == str(
        ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    )
