"""G15: what our schema promises holds for requests that nobody thought of, from every role, without a login, in any order."""

import pytest

from tests.sizes import FULL, size

from .known import known
from .runs import Found, run

PROVES = ("G15", "11.10(d)", "11.10(g)")
# Phase → share of the requests; examples per operation (of sequences: in all); of how many cases one is sent when not at full size.
PHASES = {"coverage": (0.55, 2, 4), "fuzzing": (0.35, 12, 1), "stateful": (0.1, 40, 1)}
WHOLE, QUICK = 100_000, 5_000


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
@pytest.mark.parametrize("phase", PHASES)
def test_generated_requests_find_nothing(phase, door, schema, plant):
    share, examples, part = PHASES[phase]
    wanted, seed, found = int(size(WHOLE, QUICK) * share), 0, Found()
    door.forget()
    while door.total < wanted and seed < 400:
        seed += 1
        words, left = known(schema, plant, only=phase == "stateful"), wanted - door.total
        run(door, words, found, phase=phase, seed=seed, examples=examples, budget=left, part=1 if FULL else part)
    print(
        f"{phase}: {door.total} requests, {seed} seeds, {len(found.operations)} operations, {sorted(door.answered.items())}"
    )
    assert not found.faults and not found.errors, found.report()
    assert not door.broken
    assert door.total >= wanted
    assert (
        found.checks["ignored_auth"] and found.checks["use_after_free"] and found.checks["response_schema_conformance"]
    )
    assert phase == "stateful" or {caller for caller, _status in door.asked} == {*door.callers, "nobody"}
    assert {status for caller, status in door.asked if caller == "nobody"} <= {401, 404, 405, 406}
    assert any(status < 300 for _caller, status in door.asked)
