"""Our own contract to the outside: an event's data only grows within its version (contract.md)."""

from qms.docs import promises

PROVES = ("11.10(a)",)


def test_every_promise_is_kept():
    assert len(promises.promised()) > 100, "make docs writes them down"
    assert promises.broken(promises.present(), promises.promised()) == []


def test_a_changed_schema_without_a_new_version_is_found():
    before = {"qms.a.done.v1": {"number": "string", "count": "integer"}, "qms.b.done.v1": {"x": "string"}}
    same = {
        "qms.a.done.v1": {"number": "string", "count": "integer", "more": "string"},
        "qms.b.done.v1": {"x": "string"},
    }
    assert promises.broken(same, before) == [], "a field more is no breach"
    other = {"qms.a.done.v1": {"number": "string", "count": "string"}, "qms.b.done.v2": {}}
    assert promises.broken(other, before) == ["qms.a.done.v1: count was integer, is string"]
    assert promises.broken({"qms.a.done.v1": {"number": "string"}}, before) == [
        "qms.a.done.v1: count was integer, is gone", "qms.b.done.v1 is no longer told",
    ]  # fmt: skip
