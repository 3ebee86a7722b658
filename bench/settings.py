"""The product's settings with the bare baseline beside it, in a scratch database."""

from qms.settings import *  # noqa: F403  # Django reads settings from one module's names
from qms.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "bench"]
ROOT_URLCONF = "bench.urls"
WSGI_APPLICATION = "qms.wsgi.application"
