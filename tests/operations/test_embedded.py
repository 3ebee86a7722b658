"""The embedded servers: rights of the logins, sharing, and what is left after a kill -9."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from qms import embedded
from qms.embedded import place

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def only_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)


@pytest.fixture
def var() -> Iterator[Path]:
    """A folder that the servers' user can search also when the tests run as root (pytest's own are closed)."""
    path = Path(tempfile.mkdtemp(prefix="qms-embedded-"))
    path.chmod(0o755)
    yield path
    embedded.stop(path)
    shutil.rmtree(path)


def connect(servers: embedded.Servers, role: str) -> psycopg.Connection[tuple]:
    pg = servers["pg"]
    return psycopg.connect(host=pg["host"], port=pg["port"], dbname=pg["dbname"], autocommit=True, **pg["roles"][role])


def postmaster(servers: embedded.Servers) -> int:
    return int((Path(servers["pg"]["data"]) / "postmaster.pid").read_text().split()[0])


def test_servers_file_is_private_and_complete(var: Path) -> None:
    servers = embedded.ensure(var)
    assert json.loads((var / "servers.json").read_text()) == servers
    assert (var / "servers.json").stat().st_mode & 0o777 == 0o600
    assert set(servers["pg"]["roles"]) == {"owner", "app", "sealer", "superuser"}
    assert len({account["password"] for account in servers["pg"]["roles"].values()}) == 4


def test_application_and_sealer_may_connect_and_nothing_else(var: Path) -> None:
    servers = embedded.ensure(var)
    with connect(servers, "owner") as owner:
        owner.execute("CREATE TABLE evidence ()")
        owner.execute("CREATE EXTENSION pg_trgm")
    for role in ("app", "sealer"):
        with connect(servers, role) as login:
            for statement in (
                "SELECT FROM evidence",
                "CREATE TABLE mine ()",
                "CREATE TEMP TABLE mine ()",
                "CREATE DATABASE mine",
                "SET ROLE qms_owner",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    login.execute(statement)


def test_wrong_password_is_refused(var: Path) -> None:
    servers = embedded.ensure(var)
    servers["pg"]["roles"]["app"]["password"] = "guess"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(servers, "app")


def test_durable_settings(var: Path) -> None:
    with connect(embedded.ensure(var), "owner") as owner:
        shown = {name: owner.execute(f"SHOW {name}").fetchone()[0] for name in ("fsync", "timezone", "data_checksums")}
    assert shown == {"fsync": "on", "timezone": "UTC", "data_checksums": "on"}


def test_second_ensure_changes_nothing(var: Path) -> None:
    first = embedded.ensure(var)
    pid = postmaster(first)
    assert embedded.ensure(var) == first
    assert postmaster(first) == pid


def test_starts_again_after_kill_nine_with_what_was_committed(var: Path) -> None:
    servers = embedded.ensure(var)
    with connect(servers, "owner") as owner:
        owner.execute("CREATE TABLE evidence AS SELECT 7 AS n")
    os.kill(postmaster(servers), signal.SIGKILL)
    time.sleep(0.2)
    assert embedded.status(var)["pg"] is False
    with connect(embedded.ensure(var), "owner") as owner:
        assert owner.execute("SELECT n FROM evidence").fetchone() == (7,)


def test_a_reused_pid_does_not_stop_the_start(var: Path) -> None:
    servers = embedded.ensure(var)
    pid_file = Path(servers["pg"]["data"]) / "postmaster.pid"
    os.kill(postmaster(servers), signal.SIGKILL)
    time.sleep(0.2)
    with subprocess.Popen(["sleep", "60"], **place.account()) as stranger:
        lines = pid_file.read_text().splitlines()
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        embedded.ensure(var)
        assert embedded.status(var) == {"pg": True, "redis": True}
        assert stranger.poll() is None
        stranger.kill()


def test_lost_servers_file_gets_new_passwords_and_keeps_the_data(var: Path) -> None:
    with connect(embedded.ensure(var), "owner") as owner:
        owner.execute("CREATE TABLE evidence AS SELECT 7 AS n")
    (var / "servers.json").unlink()
    with connect(embedded.ensure(var), "owner") as owner:
        assert owner.execute("SELECT n FROM evidence").fetchone() == (7,)


def test_the_last_holder_stops_the_servers(var: Path) -> None:
    program = "import sys; from qms import embedded\nwith embedded.use(sys.argv[1]): print('up', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", program, var], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "up\n"
        with embedded.use(var):
            pass
        assert embedded.status(var) == {"pg": True, "redis": True}
        other.communicate("\n")
    assert embedded.status(var) == {"pg": False, "redis": False}


def test_external_servers_are_left_alone(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/qms")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")
    assert embedded.ensure(var) == {}
    assert not (var / "servers.json").exists()


def test_needs_no_django() -> None:
    program = "import sys, qms.embedded; sys.exit('django' in sys.modules or 'celery' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to step down to another user")
def test_closed_folder_stays_closed_and_data_moves(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    servers = embedded.ensure(closed / "var")
    try:
        assert servers["home"].startswith("/var/lib/qms-")
        assert closed.stat().st_mode & 0o777 == 0o700
        assert embedded.status(closed / "var") == {"pg": True, "redis": True}
    finally:
        embedded.stop(closed / "var")
        shutil.rmtree(servers["home"])


def test_holders_lock_is_shared(var: Path) -> None:
    with embedded.use(var) as servers, open(var / "servers.users") as second:
        fcntl.flock(second, fcntl.LOCK_SH | fcntl.LOCK_NB)
        assert os.get_inheritable(servers["users_fd"]) is False
