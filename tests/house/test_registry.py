"""Everything that is declared is whole: models, transitions, events, routes, adapters, pages."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.urls import NoReverseMatch, reverse
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator

from connectors.registry import ADAPTERS
from qms.accounts.roles import MATRIX, ROLES, SCOPES
from qms.docs import events as event_pages
from qms.docs import pages, routes
from qms.journal import EVENTS
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.trail import CLASSES, REGULATED
from qms.records.models import Record
from qms.ui.views import RecordDetail
from qms.workflow import REGISTRY
from tests.factories import Factory

PROVES = ("11.10(d)", "11.10(e)", "11.10(f)")
ROOT = Path(settings.BASE_DIR)
# Rights that no person holds: only a part of the system takes those steps.
SYSTEM_RIGHTS = {"posting.carry"}
THIRD_PARTY = {"contenttypes", "auth", "sessions", "guardian"}
# States of contract.md that no step leads to yet; each belongs to an issue of its own.
UNREACHED = {
    "commands_posting": set(),
    "ncr_hold": set(),
}


def records():
    return [m for m in apps.get_models() if issubclass(m, Record)]


def own_models():
    return [
        m for m in apps.get_models() if m._meta.app_label not in THIRD_PARTY and not m.__name__.startswith("Historical")
    ]


def steps():
    return [pytest.param(w, t, id=f"{w.table}-{t.name}") for w in REGISTRY.values() for t in w.transitions]


@pytest.mark.parametrize("model", own_models(), ids=lambda m: m._meta.label)
def test_every_model_declares_the_class_of_its_table(model):
    if model._meta.managed or hasattr(model, "trail_class"):
        assert model.trail_class in CLASSES


@pytest.mark.parametrize("model", [m for m in own_models() if issubclass(m, Regulated)], ids=lambda m: m._meta.label)
def test_every_regulated_model_has_a_history(model):
    assert model.trail_class == REGULATED
    history = getattr(model, "history", None)
    assert history is not None, "history = Trail() is missing"
    kept = {f.name for f in history.model._meta.fields}
    apart = {*model.trail_omit, *model.trail_commit}
    assert {f.name for f in model._meta.concrete_fields} - apart <= kept
    assert not apart & kept, "what is committed to only by its hash stands in the history as it is"
    assert {"history_act", "history_schema"} <= kept
    assert isinstance(next(iter([Trail()])), Trail)


@pytest.mark.parametrize("model", own_models(), ids=lambda m: m._meta.label)
def test_no_model_counts_in_floats(model):
    assert [f.name for f in model._meta.fields if isinstance(f, models.FloatField)] == []


@pytest.mark.parametrize("model", records(), ids=lambda m: m._meta.label)
class TestEveryRecord:
    def test_has_a_factory(self, model):
        assert hasattr(Factory, model.noun), f"tests/factories has no make.{model.noun}()"

    def test_has_number_workflow_and_the_right_to_see_it(self, model):
        assert model.prefix and model.workflow.model is model
        assert model.view_permission in MATRIX
        assert {"uid", "number", "site", "created_at", "created_by"} <= set(model.frozen)
        assert model.signed_content is not Record.signed_content

    def test_has_a_page_of_documentation(self, model):
        page = ROOT / "docs" / "records" / f"{model.noun}.md"
        assert page.exists(), f"docs/records/{model.noun}.md is missing"
        assert f"# {model._meta.verbose_name}".lower() in page.read_text().lower() or page.read_text().startswith("# ")

    def test_has_a_list_a_page_and_their_templates(self, model):
        found = [r for r in routes.routes() if r.model is model and r.view and issubclass(r.view, RecordDetail)]
        assert found, "no RecordDetail shows it"
        view = found[0].view
        reverse(view.list_url)
        for name in (view.template_name, *(s.template for s in (*view.sections, *view.aside))):
            get_template(name)

    def test_search_opens_it_by_number(self, model):
        from qms.records.models import REGISTRY as BY_PREFIX

        assert BY_PREFIX[model.prefix] is model


@pytest.mark.parametrize(("workflow", "step"), steps())
class TestEveryTransition:
    def test_tells_an_event_that_is_declared(self, workflow, step):
        assert step.event in EVENTS

    def test_asks_a_right_of_the_matrix(self, workflow, step):
        if step.by_system:
            assert step.permission in {*MATRIX, *SYSTEM_RIGHTS}
        else:
            assert MATRIX[step.permission], "a right that nobody holds"

    def test_has_its_act_and_its_address(self, workflow, step):
        if step.by_system or not issubclass(workflow.model, Record):
            return
        place = apps.get_app_config(workflow.model._meta.app_label).name
        app = __import__(f"{place}.actions", fromlist=["STEPS"])
        acts = (
            app.STEPS
            if workflow.model.noun == app.__name__.split(".")[0]
            else getattr(app, f"{workflow.model.noun.upper()}_STEPS")
        )
        assert callable(acts[step.name])
        label = workflow.model._meta.app_label
        try:
            url = (
                reverse(step.form, args=["X-1"])
                if step.form
                else reverse(f"{label}:{workflow.model.noun}-step", args=["X-1", step.name])
            )
        except NoReverseMatch:
            pytest.fail("no address")
        assert url


@pytest.mark.parametrize("workflow", REGISTRY.values(), ids=lambda w: w.table)
def test_every_state_can_be_reached_and_left(workflow):
    reached, more = set(workflow.initial), True
    while more:
        found = {t.leads_to(s) for s in reached for t in workflow.leaving(s)}
        more, reached = not found <= reached, reached | found
    assert {s.code for s in workflow.states} - reached == UNREACHED.get(workflow.table, set())
    stuck = {s.code for s in workflow.states if s.code in reached and not s.final and not workflow.leaving(s.code)}
    # A state that an event from outside ends is left by a step of the system.
    assert stuck == set()


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda e: e.name)
class TestEveryEvent:
    def test_is_past_tense_and_dotted(self, event):
        assert re.fullmatch(r"[a-z_]+\.[a-z_]+", event.name)
        assert re.fullmatch(r"qms\.[a-z_]+\.[a-z_]+\.v\d+", event.type)

    def test_has_a_payload_of_plain_values(self, event):
        assert event.payload.__dataclass_params__.frozen
        event_pages.schema(event)

    def test_says_only_what_its_payload_holds(self, event):
        assert str(event.sentence).strip()
        named = set(re.findall(r"%\((\w+)\)s", str(event.sentence)))
        assert named <= set(event_pages.schema(event))
        assert "%s" not in str(event.sentence)


def test_roles_and_scopes_name_what_exists():
    assert {role for roles in MATRIX.values() for role in roles} <= set(ROLES)
    used = {r for route in routes.routes() for r in route.permissions.values()}
    declared = {*MATRIX, *(r for rights in SCOPES.values() for r in rights)}
    assert used - {routes.OPEN, routes.SIGNED_IN} <= declared


def test_every_route_declares_the_right_of_each_verb():
    """G14: a route without a declaration has no expectation, so it may not exist."""
    assert [f"{r.name} {verb}" for r in routes.routes() for verb, right in r.permissions.items() if not right] == []
    assert [r.name for r in routes.routes() if not r.permissions] == []


def test_the_doors_without_a_login_are_few():
    public = sorted({r.name for r in routes.routes() if routes.OPEN in r.permissions.values()})
    assert len(public) <= 10, public


@pytest.mark.parametrize("name", ADAPTERS)
def test_every_adapter_has_recorded_samples_of_each_object(name):
    folder = ROOT / "tests" / "connectors" / "samples" / name
    assert {f"{o}.json" for o in ADAPTERS[name].objects} <= {p.name for p in folder.glob("*.json")}


def test_templates_of_the_shell_exist():
    for name in (
        "base.html",
        "generic/list.html",
        "generic/_results.html",
        "generic/form.html",
        "generic/record.html",
        "ui/error.html",
    ):
        try:
            get_template(name)
        except TemplateDoesNotExist:
            pytest.fail(name)


def test_the_openapi_description_has_no_doubtful_name():
    """A warning of the generator is a schema that somebody's client would read wrongly."""
    with GENERATOR_STATS.silence():
        GENERATOR_STATS.reset()
        schema = SchemaGenerator().get_schema(request=None, public=True)
        said = [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache]
    assert said == [] and schema["openapi"].startswith("3.1")


def test_the_reference_pages_are_those_of_the_code():
    assert [p.name for p in pages.outdated()] == [], "run make docs"
