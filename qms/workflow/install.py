"""The database's copy of the tables: legal edges as rows, one trigger function for every table with a state."""

from collections.abc import Iterable

from .tables import REGISTRY, edges

FUNCTION = """
CREATE TABLE IF NOT EXISTS workflow_edge (
    table_name text NOT NULL, source text NOT NULL, target text NOT NULL, PRIMARY KEY (table_name, source, target));
CREATE OR REPLACE FUNCTION qms_legal_state() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE old_state text := CASE TG_OP WHEN 'UPDATE' THEN OLD.state ELSE '' END;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM workflow_edge e WHERE e.table_name = TG_TABLE_NAME
                   AND e.source = old_state AND e.target = NEW.state) THEN
        RAISE EXCEPTION 'qms: % may not go from % to %', TG_TABLE_NAME, old_state, NEW.state
            USING ERRCODE = 'QM002';
    END IF;
    RETURN NEW;
END $$;
"""


def statements() -> Iterable[tuple[str, list[object]]]:
    """SQL of the step, idempotent; the owner runs it after every migrate."""
    yield FUNCTION, []
    yield "DELETE FROM workflow_edge", []
    for edge in sorted(set(edges())):
        yield "INSERT INTO workflow_edge VALUES (%s, %s, %s)", list(edge)
    for table, workflow in sorted(REGISTRY.items()):
        births = ", ".join(f"'{code}'" for code in workflow.initial)
        yield (
            f"""CREATE OR REPLACE TRIGGER qms_state_birth BEFORE INSERT ON "{table}"
                FOR EACH ROW WHEN (NEW.state NOT IN ({births})) EXECUTE FUNCTION qms_legal_state();
            CREATE OR REPLACE TRIGGER qms_state_step BEFORE UPDATE OF state ON "{table}" FOR EACH ROW
                WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION qms_legal_state()""",
            [],
        )
