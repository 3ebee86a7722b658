"""What a caller sends for each step that asks more than a reason: once as a form, once as JSON."""

from typing import Any

FORMS: dict[tuple[str, str], dict[str, Any]] = {
    ("ncr", "disposition"): {
        "lines-TOTAL_FORMS": "2",
        "lines-INITIAL_FORMS": "0",
        "lines-MIN_NUM_FORMS": "0",
        "lines-MAX_NUM_FORMS": "20",
        "lines-0-kind": "scrap",
        "lines-0-quantity": "4",
        "lines-1-kind": "use_as_is",
        "lines-1-quantity": "6",
        "lines-1-instruction": "within the limits of the assembly",
    },
    ("ncr", "hold"): {"quantity": "1", "effect": "no_use"},
    ("ncr", "edit"): {"title": "Bore too large", "severity": "major", "affected_quantity": "10", "description": "recounted"},
}
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("ncr", "disposition"): {"lines": [{"kind": "scrap", "quantity": "4"}, {"kind": "use_as_is", "quantity": "6", "instruction": "fits"}]},
    ("ncr", "hold"): {"quantity": "1"},
    ("ncr", "edit"): {"title": "Bore too large"},
}
REASON = "the battery tries this step"


def form(model: Any, step: Any, version: int) -> dict[str, Any]:
    return {"version": str(version), "reason": REASON, **FORMS.get((model.noun, step.name), {})}


def body(model: Any, step: Any) -> dict[str, Any]:
    asked = dict(BODIES.get((model.noun, step.name), {}))
    if step.reason or step.name == "hold":
        asked["reason"] = REASON
    return asked
