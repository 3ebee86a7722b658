"""docs/reference/states.md: every lifecycle as a table and as a drawing in text."""

from collections.abc import Iterator

from qms.workflow import REGISTRY, Transition, Workflow
from qms.workflow.tables import State

from .text import code, codes, page, table

INTRO = (
    "One row per transition, as declared in each app's `workflow.py`. The check, the buttons, the API's steps and the database's\n"
    "own trigger come from the same rows. *System*: the step follows from facts and has no button."
)


def render() -> str:
    return page("States", INTRO, *(_workflow(w) for _table, w in sorted(REGISTRY.items())))


def _workflow(workflow: Workflow) -> str:
    name = str(workflow.model._meta.verbose_name).capitalize()
    states = table(
        ("state", "shown as", "tone", "kind"),
        ((code(s.code), s.label, s.tone, _kind(workflow, s)) for s in workflow.states),
    )
    steps = table(
        ("step", "shown as", "from", "to", "right", "signature", "reason", "guards", "event"),
        (_step(t) for t in workflow.transitions),
    )
    return "\n".join([f"## {name}\n", states, "```text", *drawing(workflow), "```\n", steps])


def _kind(workflow: Workflow, state: State) -> str:
    kinds = ["initial"] if state.code in workflow.initial else []
    return ", ".join([*kinds, *(["final"] if state.final else [])])


def _step(t: Transition) -> tuple[str, ...]:
    target = "stays" if t.target == "=" else code(t.target)
    right = f"{code(t.permission)} (system)" if t.by_system else code(t.permission)
    guards = codes(guard.__name__ for guard in t.guards)
    named = code(t.signature), "yes" if t.reason else "", guards, code(t.event)
    return (code(t.name), str(t.label), codes(t.sources), target, right, *named)


def drawing(workflow: Workflow) -> Iterator[str]:
    """Each state with the ways out of it; `~` marks a step of the system, `#` one that is signed."""
    yield "(new) ──> " + ", ".join(workflow.initial)
    for state in workflow.states:
        yield ""
        yield f"[{state.code}]" + ("  (final)" if state.final else "")
        ways = workflow.leaving(state.code)
        for n, t in enumerate(ways):
            mark = "~" if t.by_system else "#" if t.signature else ""
            target = state.code if t.target == "=" else t.target
            yield f"   {'└' if n == len(ways) - 1 else '├'}─ {mark}{t.name} ──> {target}"
