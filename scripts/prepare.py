"""Brings database and static files up to date in one process, as the owner's login; `scripts/serve.py` calls it."""

import hashlib
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def static_fingerprint() -> str:
    """Names, sizes and times of our own static files, and the lock that the packages' files follow."""
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for path in sorted((ROOT / "static").rglob("*")):
        stat = path.stat()
        if path.is_file():
            digest.update(f"{path}{stat.st_size}{stat.st_mtime_ns}".encode())
    return digest.hexdigest()


def collect_static() -> None:
    from django.conf import settings
    from django.core.management import call_command

    done, wanted = Path(settings.STATIC_ROOT).with_name("static.done"), static_fingerprint()
    if not done.exists() or done.read_text() != wanted:
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        done.write_text(wanted)


def main() -> None:
    os.environ["QMS_DB_ROLE"] = "owner"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qms.settings")
    sys.path.insert(0, str(ROOT))
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    collect_static()


if __name__ == "__main__":
    main()
