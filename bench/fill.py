"""Many NCRs by INSERT … SELECT inside acts, so that the trail is true: every row has its history, its entry and its act."""

from django.db import connection

from ncr import events
from ncr.models import Nonconformance
from qms import journal

CHUNK = 5_000
OWN = {
    "site_id": "CASE WHEN g %% 100 = 7 THEN (SELECT id FROM accounts_site WHERE code = 'SUZ') ELSE p.site_id END",
    "uid": "CASE WHEN current_setting('server_version_num')::int >= 180000 THEN uuidv7() ELSE gen_random_uuid() END",
    "item_id": "m.id",
    "part_number": "m.number",
    "part_name": "m.name",
    "lot_id": "NULL",
    "lot_number": "'LOT-' || (g %% 5000)",
    "source_event": "'fill-' || %(first)s::int + g",
    "severity": "(ARRAY['critical', 'major', 'minor', 'minor'])[1 + g %% 4]",
    "occurred_at": "now() - (g %% 500000) * interval '1 minute'",
    "title": "'Dimension out of tolerance: ' || m.number || ' ' || g",
    "description": "(ARRAY['Bore diameter above the upper limit', '孔径超出上限，批次需隔离', 'Burr on the edge after milling',"
    " '铣削后边缘有毛刺'])[1 + g %% 4] || ' ' || (ARRAY['fixture', '夹具松动', 'coolant', '刀具磨损', 'torque'])[1 + (g / 4) %% 5]"
    " || CASE WHEN %(first)s::int >= %(old)s::int THEN '' ELSE ' '"
    " || (ARRAY['weld porosity', '焊缝有气孔', 'weld undercut', '焊缝咬边'])[1 + (g / 20) %% 4] END"
    " || ' ' || (%(first)s::int + g)",
    "owner_id": "NULL",
}


def fill(count: int) -> None:
    """On top of what is there; one NCR must be, as the pattern. Words of welding stand in the older half only."""
    pattern = Nonconformance.objects.order_by("pk").values_list("pk", flat=True)[0]
    left = [f for f in Nonconformance._meta.concrete_fields if f.name not in ("id", "number", "created_at")]
    columns = ", ".join(f'"{f.column}"' for f in left)
    values = ", ".join(OWN.get(str(f.column), f'p."{f.column}"') for f in left)
    sql = f"""INSERT INTO ncr_nonconformance ({columns}) SELECT {values} FROM ncr_nonconformance p,
        generate_series(1, %(chunk)s::int) g
        JOIN (SELECT i.*, row_number() OVER (ORDER BY i.id) - 1 AS n, count(*) OVER () AS c FROM masterdata_item i) m
            ON m.n = g %% m.c
        WHERE p.id = %(pattern)s::bigint"""
    for first in range(0, count, CHUNK):
        chunk = min(CHUNK, count - first)
        with journal.act(events.REPORTED, by=journal.SYSTEM, reason="filled for the benchmark") as act:
            with connection.cursor() as cursor:
                cursor.execute(sql, {"pattern": pattern, "chunk": chunk, "first": first, "old": count // 2})
            act.record("bench", events.Reported("bench", "", "", "", "", "", str(chunk), "", "mes"))
