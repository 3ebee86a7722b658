"""Every column of a regulated row has a name that an auditor can read, in both languages."""

from django.apps import apps
from django.utils import translation
from django.utils.functional import Promise

from qms.journal.labels import LABELS
from qms.journal.models import Regulated
from qms.journal.wording import label
from qms.signatures.models import Signature

PROVES = ("11.10(b)", "11.10(e)")
INNER = {"id", "uid"}  # keys that the trail shows apart


def columns():
    for model in apps.get_models():
        if issubclass(model, Regulated) and not model._meta.model_name.startswith("historical"):
            yield from ((model, field) for field in model._meta.concrete_fields if field.name not in INNER)


def test_a_column_without_a_name_of_its_own_is_named_by_the_list():
    unnamed = {field.name for _model, field in columns() if field.verbose_name == field.name.replace("_", " ")
               and not isinstance(field.verbose_name, Promise)}  # fmt: skip
    assert unnamed - LABELS.keys() == set(), "add them to qms/journal/labels.py"
    assert LABELS.keys() - {field.name for _model, field in columns()} == set(), "a name that no column has"


def test_it_is_told_in_the_readers_language():
    with translation.override("zh-hans"):
        assert label(Signature, "signer_id") == "签名人" and label(Signature, "timezone") == "时区"
        latin = {str(label(model, field.name)) for model, field in columns() if str(label(model, field.name)).isascii()}
    assert latin <= {"SHA-256", "NCR", "PIN", "UDI", "AQL", "Webhook", "URL", "SSO", "ID"}, sorted(latin)
    with translation.override("en"):
        assert label(Signature, "signer_id") == "signer" and label(Signature, "nothing") == "nothing"
