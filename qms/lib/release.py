"""Which release of the program this is."""

import tomllib

from django.conf import settings


def product() -> str:
    told = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    return str(told["project"]["version"])
