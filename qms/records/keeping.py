"""The rule of retention as the database keeps it: until when a record is kept, and the trigger that refuses a disposal before.

Installed after every migrate from the models and their workflows, so that a new kind of record is under it from its first day.
"""

from typing import Any

from django.utils import translation

from qms import journal
from qms.workflow import REGISTRY as WORKFLOWS

from . import events
from .kept import RetentionClass
from .models import REGISTRY

FUNCTIONS = """
CREATE TABLE IF NOT EXISTS records_kind (
    record_type text PRIMARY KEY, table_name text NOT NULL, history_name text NOT NULL, finals text[] NOT NULL);

-- Closed: the record entered the end of its way, and has not left it since. Kept: that many years from that day (UTC).
CREATE OR REPLACE FUNCTION qms_kept(p_type text, p_key bigint, OUT closed_at timestamptz, OUT years int, OUT kept_until date)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_kind records_kind := (SELECT k FROM records_kind k WHERE k.record_type = p_type);
    v_state text;
BEGIN
    SELECT c.years INTO years FROM records_retentionclass c WHERE c.record_type = p_type;
    IF v_kind.table_name IS NULL THEN
        RETURN;
    END IF;
    EXECUTE format('SELECT state FROM %I WHERE id = $1', v_kind.table_name) INTO v_state USING p_key;
    IF v_state IS NULL OR NOT v_state = ANY (v_kind.finals) THEN
        RETURN;
    END IF;
    EXECUTE format('SELECT min(h.history_date) FROM %1$I h WHERE h.id = $1 AND h.history_id > coalesce('
                   '(SELECT max(o.history_id) FROM %1$I o WHERE o.id = $1 AND NOT o.state = ANY ($2)), 0)',
                   v_kind.history_name) INTO closed_at USING p_key, v_kind.finals;
    kept_until := ((closed_at AT TIME ZONE 'UTC') + make_interval(years => years))::date;
END $$;

CREATE OR REPLACE FUNCTION qms_may_dispose() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    v_kept record;
    v_hold text;
BEGIN
    SELECT * INTO v_kept FROM qms_kept(NEW.record_type, NEW.record_key);
    IF v_kept.kept_until IS NULL THEN
        RAISE EXCEPTION 'qms: % is open, or its kind has no retention class', NEW.number USING ERRCODE = 'QM005';
    END IF;
    IF (clock_timestamp() AT TIME ZONE 'UTC')::date < v_kept.kept_until THEN
        RAISE EXCEPTION 'qms: % is kept until %', NEW.number, v_kept.kept_until USING ERRCODE = 'QM005';
    END IF;
    SELECT string_agg(p.hold_number, ', ') INTO v_hold FROM records_preserved p
        WHERE p.record_type = NEW.record_type AND p.record_key = NEW.record_key AND p.lifted_at IS NULL;
    IF v_hold IS NOT NULL THEN
        RAISE EXCEPTION 'qms: % is under the legal hold %', NEW.number, v_hold USING ERRCODE = 'QM005';
    END IF;
    IF (SELECT count(*) FROM signatures_signature s WHERE s.record_number = NEW.disposal_number AND (
            (s.id = NEW.proposal_id AND s.signer_id = NEW.proposed_by_id AND s.meaning = 'disposal_proposed')
            OR (s.id = NEW.approval_id AND s.signer_id = NEW.approved_by_id AND s.meaning = 'disposal_approved'))) <> 2 THEN
        RAISE EXCEPTION 'qms: the disposal of % is not signed by two people', NEW.number USING ERRCODE = 'QM005';
    END IF;
    NEW.closed_at := v_kept.closed_at;
    NEW.years := v_kept.years;
    NEW.kept_until := v_kept.kept_until;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER qms_may_dispose BEFORE INSERT ON records_tombstone FOR EACH ROW EXECUTE FUNCTION qms_may_dispose();
"""
YEARS, BASIS = 10, "ISO 9001 7.5.3.2"  # what a new system begins with; the list is the organisation's own from then on


def install(cursor: Any) -> None:
    cursor.execute("SELECT to_regclass('records_tombstone')")
    if cursor.fetchone()[0] is None:
        return
    cursor.execute(FUNCTIONS)
    cursor.execute("DELETE FROM records_kind")
    for model in REGISTRY.values():
        table, history = model._meta.db_table, model.history.model._meta.db_table  # type: ignore[attr-defined]
        cursor.execute("SELECT to_regclass(%s)", [table])
        if cursor.fetchone()[0] is None:
            continue
        finals = [state.code for state in WORKFLOWS[table].states if state.final]
        cursor.execute(
            "INSERT INTO records_kind VALUES (%s, %s, %s, %s)", [model._meta.label_lower, table, history, finals]
        )
    seed()


def seed() -> None:
    """A kind of record without a class gets its first one, by an act like any other."""
    known = set(RetentionClass.objects.values_list("record_type", flat=True))
    for prefix, model in REGISTRY.items():
        label = model._meta.label_lower
        if label in known:
            continue
        words = {}
        for language in ("en", "zh-hans"):
            with translation.override(language):
                words[language] = str(model._meta.verbose_name)
        with journal.act(events.RETENTION_SET, by=journal.SYSTEM) as act:
            made = RetentionClass.objects.create(
                code=f"STD-{prefix}",
                record_type=label,
                label_en=words["en"][:1].upper() + words["en"][1:],
                label_zh_hans=words["zh-hans"],
                years=YEARS,
                basis=BASIS,
            )
            act.record(made, events.RetentionSet(code=made.code, years=made.years, basis=made.basis))
