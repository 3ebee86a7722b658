"""Schemathesis against the schema that we publish: the engine's own phases and all of its checks, without a socket."""

import random
import re
import traceback
import zlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.python import wsgi
from werkzeug import Client

from .callers import TICKET, Door

# 422 is also the answer to what is well formed and breaks a rule of the house (a part that nobody knows); `well_formed` below tells the two
# apart. 428, 406, 411, 413: what the generator cannot know.
ACCEPTED = ["2xx", "401", "403", "404", "409", "422"]


# Not "digits in total" and "decimal places": JSON Schema cannot say that of a number; of a text, the pattern does.
OF_FORM = re.compile(
    "may not be (blank|null|empty)|is required|no more than [0-9]+ (characters|elements)|before the decimal|whole number"
    "|[Vv]alid (string|number|integer|UUID|URL|choice)|wrong format|Expected a|Ensure this (field|value)|Known:"
)

# What was sent, as the sentence repeats it: its words are the generator's, not ours.
ECHO = re.compile("“.*”", re.DOTALL)


@schemathesis.check
def well_formed(ctx: Any, response: Any, case: Any) -> None:
    """What our schema calls valid, no serializer may refuse: then the schema says too little."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code != 422:
        return
    said = [ECHO.sub("", fault["detail"]) for fault in response.json().get("errors", ())]
    if form := [text for text in said if OF_FORM.search(text)]:
        raise AssertionError(f"valid by the schema, refused for its form: {form[:3]}")


class Plain(Client):
    """The engine's probes hand options of a network session to the transport without a network as well."""

    def open(self, **kwargs: Any) -> Any:
        for name in ("max_redirects", "verify", "cert"):
            kwargs.pop(name, None)
        return super().open(**kwargs)


@dataclass
class Found:
    """`faults`: what was wrong, each kind at each operation once, with the request that shows it."""

    faults: dict[str, str] = field(default_factory=dict)
    checks: Counter[str] = field(default_factory=Counter)
    operations: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)

    def report(self) -> str:
        lines = [f"{kind}\n{what}" for kind, what in sorted(self.faults.items())]
        return "\n\n".join([*lines, *self.errors])


def run(
    door: Door,
    schema: dict[str, Any],
    found: Found,
    *,
    phase: str,
    seed: int,
    examples: int,
    budget: int,
    part: int = 1,
) -> Found:
    """One phase until it ends or `budget` requests were sent. Operations come in an order of their own for each seed; of its cases the
    phase tries one in `part`, the same ones each time."""
    addresses = sorted(schema["paths"])
    random.Random(seed).shuffle(addresses)
    shuffled = {**schema, "paths": {address: schema["paths"][address] for address in addresses}}
    api = schemathesis.openapi.from_dict(shuffled, config=config(phase, seed, examples))
    api.app = door
    if part > 1:
        api.hook("filter_case")(sample(part))
    wsgi.get_client = Plain
    limit = door.total + budget
    stream = from_schema(api).execute()
    for event in stream:
        note(found, event)
        if door.total >= limit:
            stream.stop()
    return found


def sample(part: int) -> Any:
    def filter_case(context: Any, case: Any) -> bool:
        words = f"{case.method} {case.path} {case.query} {case.headers} {case.body!r}"
        return zlib.crc32(words.encode(errors="replace")) % part == 0

    return filter_case


def config(phase: str, seed: int, examples: int) -> SchemathesisConfig:
    """Every check that the engine has; what deviates from its defaults says why."""
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "headers": {"Authorization": TICKET},
            "request-retries": 0,
            "continue-on-failure": True,
            # NUL: JSON Schema has no word for "can be stored"; tests/api and tests/hostile send it.
            "generation": {
                "max-examples": examples,
                "no-shrink": True,
                "mode": "all",
                "database": "none",
                "allow-x00": False,
            },
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ACCEPTED},
                # 428 (RFC 6585) is what the contract answers; an invisible record is 404 before anything else is said.
                "missing_required_header": {"expected-statuses": [400, 401, 403, 404, 406, 415, 422, 428]},
            },
            # Each member of a batch is answered for itself, under 200.
            "operations": [
                {"include-path-regex": "/batch$", "checks": {"negative_data_rejection": {"enabled": False}}}
            ],
            "phases": {name: {"enabled": name == phase} for name in ("examples", "coverage", "fuzzing", "stateful")},
        }
    )


def note(found: Found, event: Any) -> None:
    if isinstance(event, events.ScenarioFinished):
        for node in event.recorder.cases.values():
            found.operations.add(node.value.operation.label)
        for case_id, checks in event.recorder.checks.items():
            for check in checks:
                found.checks[check.name] += 1
                if check.failure_info:
                    failure, sample = check.failure_info.failure, check.failure_info.code_sample
                    kind = f"{check.name} · {failure.operation} · {failure.title}"
                    found.faults.setdefault(kind, f"{failure.message}\n{sample}\n{answer(event.recorder, case_id)}")
    elif isinstance(event, (events.NonFatalError, events.FatalError)):
        wrong = getattr(event, "value", None) or getattr(event, "exception", event)
        found.errors.append(
            "".join(traceback.format_exception(wrong)) if isinstance(wrong, BaseException) else str(wrong)
        )


def answer(recorder: Any, case_id: str) -> str:
    seen = recorder.interactions.get(case_id)
    return f"{seen.response.status_code} {seen.response.content[:300]!r}" if seen and seen.response else ""
