"""Rules of the house that linters cannot see, read from the syntax trees."""

import ast
import re
from collections.abc import Iterator

from .source import Module, dotted, line_of, shipped

# Words that say nothing about what a thing does (architecture.md §6).
EMPTY = {"utils", "util", "helpers", "helper", "common", "misc", "service", "services", "data", "manager"}
# Django's names for a middleware's hooks are its own.
VERB = re.compile(r"^(do|handle|manage|process)_(?!view$|exception$|response$|request$)")
# Who may catch everything, and why: at these edges an unknown failure must become an answer instead of ending the process.
CATCH_ALL = {
    "qms/office/qualifying.py": "a check that breaks has not passed, and the others go on",
    "qms/api/views.py": "a machine is answered with a problem document, whatever happened",
    "qms/health.py": "a probe answers 503 whatever is wrong",
    "qms/ui/views/errors.py": "the error page itself failed",
    "qms/lib/apart.py": "a process that works for another must say how it ended",
    "qms/records/jobs.py": "a job that failed must not look as if somebody were at it",
    "connectors/management/loop.py": "a daemon survives one bad round",
    "connectors/inbox/sweep.py": "one bad message never stops the messages behind it",
    "connectors/inbox/apply.py": "the raw message outlives every mistake of ours; a doorbell is never worth a request",
    "connectors/inbox/batch.py": "whatever one event of a batch causes, the others do not suffer from it",
    "connectors/inbox/stored.py": "whatever one message of a set causes, all are taken one by one and the others do not suffer from it",
    "connectors/inbox/shadow.py": "a defect of ours is what a shadow is there to find",
    "inspection/actions/watching.py": "one bad chart is told on it and holds up no other",
    "inspection/actions/occasions.py": "an object that cannot be inspected is work for a person and holds up no other",
    "connectors/transports/intake.py": "one odd file or page is a letter and never stops those behind it",
    "connectors/outbox/postings.py": "a defect of one adapter or delivery stops no other",
}
NARROWING = {"of_sites", "get_object_or_404"}  # the latter is held by a test of its own
READ_FREELY = {
    ("connectors/api/mes.py", "spellings"): "names of sources, to spell the caller's own; nothing of them is shown"
}
ROOMS_THAT_ASK = ("views", "api", "tasks")
READS = {
    "all",
    "get",
    "filter",
    "exclude",
    "count",
    "exists",
    "values",
    "values_list",
    "first",
    "last",
    "in_bulk",
    "latest",
}


def test_the_state_is_written_in_one_place():
    found = [
        line_of(m, node)
        for m in shipped()
        if not m.path.startswith("qms/workflow/")
        for node in ast.walk(m.tree)
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign))
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Attribute) and target.attr == "state" and not _is_plumbing(m)
    ]
    assert found == []


def _is_plumbing(module: Module) -> bool:
    """Inbox and outbox rows have a status of their own, no lifecycle of a record."""
    return module.path.startswith(("connectors/inbox", "connectors/outbox"))


def test_a_state_is_never_set_by_update():
    found = [
        line_of(m, node)
        for m in shipped()
        if not m.path.startswith(("qms/workflow/", "connectors/"))
        for node in ast.walk(m.tree)
        if isinstance(node, ast.Call) and dotted(node.func).endswith(".update")
        if any(word.arg == "state" for word in node.keywords)
    ]
    assert found == []


def test_views_and_api_read_only_what_the_caller_may_see():
    """`Model.objects.…` in views, api and tasks begins with visible_to(); tasks act as the system and name one row by its key."""
    found = [f"{line_of(m, n)} {dotted(n)}" for m in shipped() if m.room in ROOMS_THAT_ASK for n in _unguarded(m)]
    assert found == []


def _unguarded(module: Module) -> Iterator[ast.AST]:
    parents = {child: parent for parent in ast.walk(module.tree) for child in ast.iter_child_nodes(parent)}
    for node in ast.walk(module.tree):
        if not (isinstance(node, ast.Attribute) and node.attr == "objects"):
            continue
        used = parents.get(node)
        asked = used.attr if isinstance(used, ast.Attribute) else ""
        by_key = module.room == "tasks" and asked in ("get", "filter")
        if asked in READS and not by_key and not _is_narrowed(node, parents, module):
            yield used or node


def _is_narrowed(node: ast.AST, parents: dict[ast.AST, ast.AST], module: Module) -> bool:
    """Handed to a function that narrows by site, tied to an outer row, or one of the reasons above."""
    while node in parents and not isinstance(node, ast.FunctionDef):
        if isinstance(node, ast.Call) and dotted(node.func) in NARROWING:
            return True
        if isinstance(node, ast.stmt) and "OuterRef(" in ast.unparse(node):
            return True
        node = parents[node]
    return (module.path, getattr(node, "name", "")) in READ_FREELY


def test_get_object_or_404_never_takes_a_bare_model():
    found = [
        line_of(m, node)
        for m in shipped()
        for node in ast.walk(m.tree)
        if isinstance(node, ast.Call) and dotted(node.func) == "get_object_or_404"
        if ast.unparse(node.args[0])[:1].isupper() and "visible_to" not in ast.unparse(node.args[0])
    ]
    assert found == []


def test_nothing_is_named_by_an_empty_word():
    files = [m.path for m in shipped() if set(m.path.removesuffix(".py").split("/")[-1].split("_")) & EMPTY]
    classes = [
        f"{line_of(m, n)} {n.name}"
        for m in shipped()
        for n in ast.walk(m.tree)
        if isinstance(n, ast.ClassDef) and re.search(r"(Manager|Helper|Util|Utils|Service|Misc)$", n.name)
        if n.name != "UserManager"  # Django's own protocol for the user model
    ]
    verbs = [f"{line_of(m, f)} {f.name}" for m in shipped() for f in m.functions() if VERB.match(f.name)]
    assert files + classes + verbs == []


def test_no_signals_except_the_step_after_migrate():
    found = [
        f"{m.path}: {name}"
        for m in shipped()
        for node in ast.walk(m.tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("signals")
        for name in (alias.name for alias in node.names)
        if (m.path, name)
        not in {("qms/journal/apps.py", "post_migrate"), ("qms/api/problems.py", "got_request_exception")}
    ]
    receivers = [
        line_of(m, n) for m in shipped() for n in ast.walk(m.tree) if isinstance(n, ast.Name) and n.id == "receiver"
    ]
    assert found + receivers == []


def test_everything_is_caught_only_where_a_reason_is_given():
    found = {
        line_of(m, node)
        for m in shipped()
        if m.path not in CATCH_ALL
        for node in ast.walk(m.tree)
        if isinstance(node, ast.ExceptHandler)
        if node.type is None or dotted(node.type) in ("Exception", "BaseException")
    }
    assert found == set()


def test_public_acts_take_keywords_only():
    """Acts are called `ncr.actions.close(ncr=…, by=…)`: a user never stands in the middle of positions."""
    found = [
        f"{line_of(m, f)} {f.name}"
        for m in shipped()
        if m.room == "actions"
        for f in m.tree.body
        if isinstance(f, ast.FunctionDef) and "by" in {a.arg for a in f.args.args} and not f.name.startswith("_")
        if f.name not in POSITIONAL
    ]
    assert found == []


# Steps inside one act, called by the act next door; not acts themselves.
POSITIONAL = {"check_step", "authenticate", "sign"}
