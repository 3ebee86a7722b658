"""Views of other databases: PostgreSQL and a real MariaDB, read only, nothing missed and nothing twice."""

import datetime as dt
import os
import shutil
import socket
import subprocess
import time

import pymysql
import pytest

from connectors.actions import settle_alarm
from connectors.models import Alarm, InboxMessage, Intake
from connectors.transports import run
from ncr.models import Nonconformance
from qms.lib.errors import Conflict
from qms.settings import database
from tests.connectors.carried import made
from tests.connectors.mes import in_use
from tests.databases import direct, drop

PROVES = ("G19",)
pytestmark = pytest.mark.django_db
RULES = {
    "fields": [
        {"to": "nc_code", "from": "/code"},
        {"to": "part", "from": "/part"},
        {"to": "quantity.affected", "from": "/n", "as": "decimal"},
        {"to": "quantity.unit", "value": "m"},
        {"to": "note", "from": "/note"},
    ]
}
TABLE = "external_id varchar(40) PRIMARY KEY, changed_at {time} NOT NULL, code varchar(20), part varchar(40), n int, note varchar(80)"
PUT = "INSERT INTO defects VALUES (%s, %s, 'DIM-OUT', 'RM-TI64-B25', %s, %s)"
NOON = dt.datetime(2026, 5, 4, 12, 0, 0)


class Mes:
    """Somebody else's database: a table of theirs, a view for us, and a user who may read only that."""

    def __init__(self, dialect, port, owner, told):
        self.dialect, self.port, self.owner, self.told = dialect, port, owner, told

    def put(self, name, minutes=0, n=1, note="", line=None):
        line = line or self.owner
        with line.cursor() as cursor:
            cursor.execute(PUT, [name, NOON + dt.timedelta(minutes=minutes), n, note])

    def run(self, *statements):
        with self.owner.cursor() as cursor:
            for one in statements:
                cursor.execute(one)


@pytest.fixture(scope="module")
def postgres(django_db_setup):
    """A database of its own beside ours; our application's login is the reader there, and may read the view only."""
    with direct("owner", "postgres") as admin:
        admin.execute("DROP DATABASE IF EXISTS test_mes_views WITH (FORCE)")
        admin.execute("CREATE DATABASE test_mes_views")
    reader = database("app")
    owner = direct("owner", "test_mes_views")
    for one in (
        f"CREATE TABLE defects ({TABLE.format(time='timestamptz')})", "CREATE VIEW v_qms_defects_v1 AS SELECT * FROM defects",
        f'GRANT SELECT ON v_qms_defects_v1 TO "{reader["USER"]}"', "SET TimeZone = 'UTC'",
    ):  # fmt: skip
        owner.execute(one)
    told = {
        "database": "test_mes_views",
        "user": reader["USER"],
        "password": reader["PASSWORD"],
        "view": "v_qms_defects_v1",
    }
    yield Mes("postgresql", int(reader["PORT"]), owner, told)
    owner.close()
    drop("test_mes_views")


@pytest.fixture(scope="module")
def mariadb(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mariadb")
    program = shutil.which("mariadbd") or "/usr/sbin/mariadbd"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    as_root = ["--user=root"] if os.geteuid() == 0 else []
    common = [f"--datadir={folder}/data", "--no-defaults"]
    subprocess.run(
        ["mariadb-install-db", "--no-defaults", f"--datadir={folder}/data", "--auth-root-authentication-method=normal",
         "--skip-test-db", *as_root], check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    process = subprocess.Popen(
        [program, common[1], common[0], *as_root, f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/s",
         f"--pid-file={folder}/pid", "--skip-networking=0", "--innodb-buffer-pool-size=16M"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for _try in range(300):
        try:
            owner = pymysql.connect(unix_socket=f"{folder}/s", user="root", autocommit=True)
            break
        except pymysql.Error:
            time.sleep(0.1)
    with owner.cursor() as cursor:
        for one in (
            "CREATE DATABASE mes", "USE mes", f"CREATE TABLE defects ({TABLE.format(time='timestamp(6)')})",
            "CREATE VIEW v_qms_defects_v1 AS SELECT * FROM defects",
            "CREATE USER reader@'127.0.0.1' IDENTIFIED BY 'a word'", "GRANT SELECT ON mes.v_qms_defects_v1 TO reader@'127.0.0.1'",
            "SET time_zone = '+00:00'",
        ):  # fmt: skip
            cursor.execute(one)
    yield Mes(
        "mariadb", port, owner, {"database": "mes", "user": "reader", "view": "v_qms_defects_v1", "password": "a word"}
    )
    owner.close()
    process.terminate()
    process.wait(20)


@pytest.fixture(params=["postgres", "mariadb"])
def mes(request, people):
    found = request.getfixturevalue(request.param)
    found.run(
        "DROP VIEW v_qms_defects_v1", "DELETE FROM defects", "CREATE VIEW v_qms_defects_v1 AS SELECT * FROM defects"
    )
    if found.dialect == "postgresql":
        found.run(f'GRANT SELECT ON v_qms_defects_v1 TO "{found.told["user"]}"')
    return found


def carried(mes, settings, code="old-mes", **more):
    settings.INTERFACE_TARGETS = "127.0.0.1"
    told = {**mes.told, **more}
    password = told.pop("password")
    interface = made(
        code, "view", {"host": "127.0.0.1", "port": mes.port, "dialect": mes.dialect, "timezone": "UTC", **told},
        {"password": password},
    )  # fmt: skip
    in_use(interface, RULES)
    return interface


def took(interface, count):
    found = run.poll(interface=interface)
    interface.state.refresh_from_db()
    assert found == count, interface.state.problem
    return True


def numbers():
    return set(Nonconformance.objects.filter(source="old-mes").values_list("source_event", flat=True))


def test_rows_become_records_once_and_a_change_is_told_of_the_same_one(mes, settings):
    interface = carried(mes, settings, overlap_seconds=300)
    for number in range(3):
        mes.put(f"D-{number}", number)
    assert took(interface, 3) and numbers() == {"D-0", "D-1", "D-2"}
    assert run.poll(interface=interface) == 0 and InboxMessage.objects.filter(source="old-mes").count() == 3
    mes.run("UPDATE defects SET n = 7, changed_at = '2026-05-04 12:10:00' WHERE external_id = 'D-0'")
    assert run.poll(interface=interface) == 1 and len(numbers()) == 3
    assert Nonconformance.objects.get(source_event="D-0").affected_quantity == 7
    assert Intake.objects.first().updated == 1


def test_what_commits_late_is_found_within_the_overlap(mes, settings):
    """The row was written first and committed last: a plain high-water mark would never see it."""
    interface = carried(mes, settings, overlap_seconds=300)
    late = direct("owner", "test_mes_views") if mes.dialect == "postgresql" else pymysql.connect(
        unix_socket=mes.owner.unix_socket, user="root", database="mes", init_command="SET time_zone = '+00:00'"
    )  # fmt: skip
    if mes.dialect == "postgresql":
        late.autocommit = False
        late.execute("SET TimeZone = 'UTC'")
    mes.put("SLOW", 1, line=late)
    mes.put("FAST", 2)
    assert run.poll(interface=interface) == 1 and numbers() == {"FAST"}
    late.commit()
    late.close()
    assert run.poll(interface=interface) == 1 and numbers() == {"FAST", "SLOW"}


def test_many_rows_of_one_moment_are_paged_by_their_id(mes, settings, monkeypatch):
    from connectors.transports import views

    monkeypatch.setattr(views, "PAGE", 4)
    interface = carried(mes, settings)
    for number in range(11):
        mes.put(f"D-{number:02}")
    assert took(interface, 11) and len(numbers()) == 11
    assert run.poll(interface=interface) == 0


def test_changed_columns_stop_the_interface_until_a_person_has_looked(mes, settings, people):
    interface = carried(mes, settings)
    mes.put("D-0")
    run.poll(interface=interface)
    mes.run(
        "DROP VIEW v_qms_defects_v1",
        "CREATE VIEW v_qms_defects_v1 AS SELECT external_id, changed_at, code, part, n AS pieces FROM defects",
    )
    if mes.dialect == "postgresql":
        mes.run(f'GRANT SELECT ON v_qms_defects_v1 TO "{mes.told["user"]}"')
    mes.put("D-1", 1)
    assert run.poll(interface=interface) == 0 and numbers() == {"D-0"}
    alarm = Alarm.objects.get()
    assert alarm.kind == "drift" and "−n" in alarm.values["changes"] and "+pieces" in alarm.values["changes"]
    interface.state.refresh_from_db()
    assert "columns" in interface.state.problem
    with pytest.raises(Conflict, match="until somebody has looked"):
        run.poll(interface=interface)
    settle_alarm(alarm=alarm, by=people["integration"], reason="compared, the mapping was changed")
    assert (
        run.poll(interface=interface) == 2 and InboxMessage.objects.filter(source="old-mes", state="REJECTED").exists()
    )


def test_the_session_only_reads_and_the_connection_test_shows_it(mes, settings):
    interface = carried(mes, settings)
    assert [f.ok for f in run.probe(interface=interface)] == [True] * 3, run.probe(interface=interface)
    wrong = carried(mes, settings, code="wrong-mes", password="another")
    [finding] = run.probe(interface=wrong)
    assert not finding.ok and "127.0.0.1" in finding.detail and "another" not in finding.detail
    assert run.poll(interface=wrong) == 0
    wrong.state.refresh_from_db()
    assert wrong.state.problem
    settings.INTERFACE_TARGETS = "10.0.0.0/8"
    assert "not on the list" in run.probe(interface=interface)[0].detail
