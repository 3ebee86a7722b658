import time

from qms.lib.ids import uuid7


def test_uuid7_has_version_and_variant_and_grows():
    one = uuid7()
    time.sleep(0.002)
    two = uuid7()
    assert (one.version, one.variant) == (7, "specified in RFC 4122")
    assert one < two
