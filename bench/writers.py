"""What the trail costs where many write at once, and how soon it is sealed (integrity.md §6, G5 and G6).

Eight connections of `pgbench`, a client that costs next to nothing, change a row of their own, a transaction each: a gauge within an act
(its version, its entry and the act's line written by the database), and the same row of a table of the same columns and indexes without a
trail. With `APP` ms between the statements of a transaction's begin and its end, as a request has them, and without any.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from .place import ROOT, Scratch
from .report import Report

WRITERS, ROUNDS, APP = 8, 3, 5
PLAIN = """
BEGIN;
{app}
UPDATE {table} SET location = 'place ' || :turn WHERE asset = 'BENCH-' || :client_id;
{line}
COMMIT;
"""
ACT = """SELECT set_config('qms.act', gen_random_uuid()::text, true), set_config('qms.actor', '{pk}', true),
 set_config('qms.who', '{{"id":"{pk}","name":"Bench","on_behalf":"","role":""}}', true), set_config('qms.reason', 'bench', true),
 set_config('qms.source', 'bench', true), set_config('qms.request', '', true);"""
LINE = """SELECT entry_id, recorded_at FROM qms_record_act('gauge.edited', 1, 'inspection.gauge', (SELECT id::text FROM inspection_gauge
 WHERE asset = 'BENCH-' || :client_id), 'BENCH-' || :client_id, NULL, '{}');"""
LAG = """
SELECT coalesce(percentile_cont(0.99) WITHIN GROUP (ORDER BY lag), 0), coalesce(max(lag), 0), count(*) FROM (
    SELECT extract(epoch FROM s.sealed_at - e.ts) AS lag FROM journal_leaf l JOIN journal_entry e ON e.id = l.entry_id
    JOIN LATERAL (SELECT sealed_at FROM journal_seal s WHERE s.size > l.leaf_index ORDER BY s.n LIMIT 1) s ON true
    WHERE e.ts >= %s) x"""
UNSEALED = "SELECT count(*) FROM journal_entry e WHERE NOT EXISTS (SELECT FROM journal_leaf l WHERE l.entry_id = e.id)"


def writers(report: Report, scratch: Scratch) -> None:
    """Gates: 0.7 of the untrailed throughput with the work of a request in each, 500 audited transactions a second without it."""
    seconds = 30 if report.is_full else 5
    person = _prepare(scratch)
    sealer = subprocess.Popen(
        [sys.executable, "-m", "django", "seal", "--loop"], cwd=ROOT, env=scratch.environment("sealer")
    )
    try:
        time.sleep(3)
        with scratch.connect("app") as connection:
            began = connection.execute("SELECT clock_timestamp()").fetchone()[0]  # type: ignore[index]
            alone = _in_turns(scratch, person, seconds, 0)
            working = _in_turns(scratch, person, seconds, APP)
            _await_seals(connection)
            p99, most, count = connection.execute(LAG, [began]).fetchone()  # type: ignore[misc]
    finally:
        sealer.terminate()
        sealer.wait(20)
    for name, found, gate in (("", alone, {}), (f", {APP} ms of work in each", working, {"gate": 0.7, "aim": 0.9})):
        audited, plain = (_median(found[kind], "per_second") for kind in ("audited", "plain"))
        report.add(
            f"audited transactions at {WRITERS} writers{name}", audited, "tx/s", limit=plain, detail=found, **gate
        )
    best = _median(alone["audited"], "per_second")
    report.add(f"audited transactions a second at {WRITERS} writers", best, "tx/s", limit=500, gate=1.0, aim=2.0)
    commits = _median(working["audited"], "p99") - APP
    report.add("99 of 100 audited transactions are done within", commits, "ms", better="less", gate=50, aim=25)
    detail = {"entries": count, "most": round(float(most), 2)}
    report.add("99 of 100 entries are sealed within", float(p99), "s", better="less", gate=3, aim=1.5, detail=detail)
    report.add("every entry is sealed within", float(most), "s", better="less", gate=10, aim=3)


def _median(found: list[dict[str, float]], name: str) -> float:
    return statistics.median(one[name] for one in found)


def _prepare(scratch: Scratch) -> int:
    """A gauge for each writer, and their untrailed likes. Returns the key of who acts."""
    from inspection import actions
    from qms.accounts.models import Site, User

    by, site = User.objects.get(username="engineer"), Site.objects.get(code="AUG")
    for n in range(WRITERS):
        actions.register(by=by, site=site, asset=f"BENCH-{n}", description="Bench")
    with scratch.connect("owner") as connection:
        connection.execute("CREATE TABLE bench_gauge (LIKE inspection_gauge INCLUDING ALL)")
        connection.execute("INSERT INTO bench_gauge OVERRIDING SYSTEM VALUE SELECT * FROM inspection_gauge")
        connection.execute("GRANT SELECT, UPDATE ON bench_gauge TO PUBLIC")
        connection.execute("ANALYZE bench_gauge, inspection_gauge")
    return by.pk


def _in_turns(scratch: Scratch, person: int, seconds: int, app: int) -> dict[str, list[dict[str, float]]]:
    found: dict[str, list[dict[str, float]]] = {"audited": [], "plain": []}
    between = f"\\sleep {app} ms" if app else ""
    turn = "\\set turn random(1, 1000000000)"
    acting = f"{ACT.format(pk=person)}\n{between}"
    scripts = {
        "audited": turn + PLAIN.format(app=acting, table="inspection_gauge", line=LINE),
        "plain": turn + PLAIN.format(app=between, table="bench_gauge", line=""),
    }
    for number in range(ROUNDS):
        for kind in ("audited", "plain") if number % 2 else ("plain", "audited"):
            found[kind].append(_together(scratch, scripts[kind], seconds))
    return found


def _together(scratch: Scratch, script: str, seconds: int) -> dict[str, float]:
    from qms.embedded import postgres
    from qms.settings import database

    login = database("app")
    told = {"PGHOST": login["HOST"], "PGPORT": login["PORT"], "PGUSER": login["USER"], "PGPASSWORD": login["PASSWORD"]}
    with tempfile.TemporaryDirectory() as name:
        Path(name, "turn.sql").write_text(script)
        command: list[Any] = [postgres.client("pgbench"), "--no-vacuum", "--protocol=prepared", "--log", "-c", WRITERS]
        command += ["-j", 2, "-T", seconds, "-f", "turn.sql", scratch.name]
        subprocess.run(
            [str(word) for word in command], cwd=name, check=True, capture_output=True,
            env={**os.environ, **{key: str(value) for key, value in told.items()}},
        )  # fmt: skip
        logs = "\n".join(each.read_text() for each in Path(name).glob("pgbench_log.*"))
    times = sorted(int(line.split()[2]) / 1000 for line in logs.splitlines() if line)
    return {"per_second": len(times) / seconds, "p99": times[int(len(times) * 0.99)]}


def _await_seals(connection: psycopg.Connection[Any]) -> None:
    for _attempt in range(120):
        if connection.execute(UNSEALED).fetchone()[0] == 0:  # type: ignore[index]
            return
        time.sleep(0.5)
    raise SystemExit("The sealer did not catch up within a minute.")
