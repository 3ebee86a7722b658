"""How `make run` starts the simulators and tells the demo plant where they are."""

import importlib.util
import io
import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from connectors.models import Interface
from connectors.queries import panel
from connectors.registry import connected as line_of
from qms.demo import cast, interfaces
from tests.simulators.running import ROOT, Panel


@pytest.fixture
def starting() -> Any:
    spec = importlib.util.spec_from_file_location("simulators", ROOT / "scripts" / "simulators.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_ports_are_found_and_they_answer(starting: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "QMS_SIMULATOR_URLS", "{}"
    )  # prepare() says there where they are; the next test must not hear of it
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("QMS_SIMULATOR_PORTS", f"{taken.getsockname()[1]},0")
        found = starting.prepare(tmp_path, 8000)
        assert found.keys() == {"erp", "mes"} and str(taken.getsockname()[1]) not in found["erp"]
    (tmp_path / "demo.json").write_text(json.dumps({"simulators": found}))
    assert not starting.are_new(tmp_path, found) and starting.are_new(tmp_path, {})
    assert (tmp_path / "simulators" / "key").stat().st_mode & 0o777 == 0o600
    for name, command in starting.commands(tmp_path, found).items():
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert (
            process.stdout
            and process.stdout.readline() == f"{name.partition('-')[0]}: {found[name.partition('-')[0]]}/\n"
        )
        assert Panel(found[name.partition("-")[0]], process).state()["log"] == []
        process.terminate()
        assert process.wait(10) == 0
        process.stdout.close()
    monkeypatch.setenv("QMS_SIMULATORS", "0")
    assert starting.wanted(8000) == {}


def test_they_import_nothing_of_ours(tmp_path: Path) -> None:
    code = (
        "import sys, connectors.simulators.erp, connectors.simulators.mes\n"
        "print([m for m in sys.modules if m.split('.')[0] in ('django', 'qms', 'ncr', 'requests')])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.django_db
def test_the_demo_follows_them(connected: Interface, client: Any, people: Any, settings: Any, monkeypatch: Any) -> None:
    interfaces.ensure(sites=cast.ensure_sites(), owner=people["integration"])
    told = settings.VAR / "demo.json"
    told.write_text(json.dumps({"tokens": {}}))
    running = {"erp": connected.base_url, "mes": "http://127.0.0.1:8321"}
    monkeypatch.setenv("QMS_SIMULATOR_URLS", json.dumps(running))
    call_command("connect_simulators", stdout=io.StringIO())
    assert json.loads(told.read_text()) == {"tokens": {}, "simulators": running}
    client.force_login(people["integration"])
    for code, address in (("erp-sim", f"{running['erp']}/"), ("mes-aug", f"{running['mes']}/")):
        assert f'href="{address}"' in client.get(f"/interfaces/{code}/").content.decode()
    versions = connected.history.count()
    call_command("connect_simulators", stdout=io.StringIO())
    assert connected.history.count() == versions, "a second start changes nothing"
    monkeypatch.setenv("QMS_SIMULATOR_URLS", "{}")
    call_command("connect_simulators", stdout=io.StringIO())
    connected.refresh_from_db()
    assert connected.mode == "off" and line_of(connected).settings["rest_key"], (
        "it is connected again with the next start"
    )
    mes = Interface.objects.get(code="mes-aug")
    assert panel(mes) == "" and mes.mode == "live" and mes.takes
    mes.settings["panel"] = "https://elsewhere.example/"
    assert panel(mes) == "", "believed of this machine only"
