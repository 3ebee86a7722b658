"""A double tap whose requests arrive together: the second waits for the first. Real transactions, hence a database of its own."""

from decimal import Decimal
from threading import Thread
from uuid import uuid4

from django.db import connection

from ncr import actions as ncr
from ncr.models import DefectCode, Nonconformance
from ncr.queries import floor
from tests.factories import person


def test_four_taps_at_once_are_one_record(own_database, django_db_blocker):
    uid, made, failed = uuid4(), [], []
    with django_db_blocker.unblock():
        user, code = person("operator"), DefectCode.objects.get(code="DIM-OUT")
        place = floor.place("LOT-26-0101", user)

        def tap():
            try:
                record = ncr.report_on_floor(by=user, uid=uid, place=place, defect_code=code, quantity=Decimal(1))
                made.append(record.number)
            except Exception as error:
                failed.append(error)
            finally:
                connection.close()

        taps = [Thread(target=tap) for _ in range(4)]
        for each in taps:
            each.start()
        for each in taps:
            each.join()
        assert failed == [] and len(made) == 4 and len(set(made)) == 1
        assert Nonconformance.objects.filter(uid=uid).count() == 1
