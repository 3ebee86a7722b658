import os

from django.core.wsgi import get_wsgi_application

from qms import celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qms.settings")
application = get_wsgi_application()
celery.app.set_default()  # tasks ring our broker, not the library's default one
