"""What `hoshiyomi doctor` and `hoshiyomi metrics` say is to be done, where no Prefect is needed."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.backup.make import backup
from flows.config.load import load_config
from flows.errors import ConfigError
from flows.health import machine as looks
from flows.health.metrics_server import server
from flows.lock import RESTORING
from flows.pipeline.collect_stores import known_apps
from flows.serving import deployments
from tests.builders import coverage, review
from tests.remedies.claims import carries_out, hear, refused
from tests.remedies.listing import CHECKOUT
from tests.remedies.machine import Here, Machine, machine, store
from tests.store import Fault
from tests.warehouse.house import load
from warehouse.landing import Landing

CONFIG = 2
EVERYWHERE = "0.0.0.0"  # noqa: S104 - nothing is bound
NOW = datetime.now(UTC)


@pytest.fixture
def house(tmp_path: Path) -> Machine:
    """A machine on which something was landed and loaded."""
    made = machine(tmp_path / "house", None, Here())
    landing = Landing(made.data)
    landing.write("reviews", "b", "0", [review("r1")])
    landing.write("coverage", "b", "coverage", [coverage("b")])
    load(made.data)
    return made


def seen(house: Machine, *words: str) -> set[str]:
    """What the doctor finds, by its words for monitors; it is heard as a person reads it, too."""
    house.run("doctor", *words)
    said = house.run("doctor", "--format", "json", *words).text
    return {str(f["about"]) for f in json.loads(said[said.index("{") :])["findings"]}


def _target(name: str) -> str:
    makefile = (CHECKOUT / "Makefile").read_text("utf-8")
    found = re.search(rf"^{name}:.*(?:\n\t.*)*", makefile, re.MULTILINE)
    assert found is not None
    return found[0]


@carries_out(
    "`make clean setup PYTHON=python3.11`, which makes the environment anew.",
    "`make clean setup`, which installs the pinned packages.",
)
def test_the_environment_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Makefile is read, not run: a new environment takes minutes."""
    (python,) = looks.of_python((3, 9))
    hear(python.remedy)
    real = looks.version
    with monkeypatch.context() as old:
        old.setattr(looks, "version", lambda n: "1.0" if n == "duckdb" else real(n))
        (packages,) = looks.of_packages()
    hear(packages.remedy)
    assert "rm -rf $(VENV)" in _target("clean")
    assert "$(DEV)" in _target("setup")
    assert "-m venv $(VENV)" in (CHECKOUT / "Makefile").read_text("utf-8")
    # So it is where the pinned packages are installed:
    assert looks.of_python() == looks.of_packages() == []


@carries_out("the same `hoshiyomi restore` once more; until then nothing else works in this folder.")
def test_a_restore_is_finished(house: Machine, tmp_path: Path) -> None:
    file = Path(house.run("backup", str(tmp_path / "backups")).text.splitlines()[-1])
    there = Machine(folder=tmp_path / "there", store=None, driver=Here())
    shutil.copytree(house.config, there.config)
    there.data.mkdir(parents=True)
    (there.data / RESTORING).write_text(f"{file.name}\n")
    (there.data / "landing").mkdir()
    assert "restore_cut_off" in seen(there)
    assert there.run("refresh").code == 10
    assert there.run("restore", str(file)).code == 0
    assert "restore_cut_off" not in seen(there)


@carries_out("`hoshiyomi backup FOLDER` with a folder on another disk, every day.")
def test_the_first_backup_is_made(house: Machine, tmp_path: Path) -> None:
    assert "no_backup" in seen(house)
    assert house.run("backup", str(tmp_path / "backups")).code == 0
    assert "no_backup" not in seen(house)


@carries_out("`hoshiyomi backup {}`, and see why its schedule does not.")
def test_an_old_backup_gets_a_successor(house: Machine, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as where:
        where.setenv("HOSHIYOMI_DATA", str(house.data))
        where.setenv("HOSHIYOMI_CONFIG", str(house.config))
        backup(load_config(), tmp_path / "backups", NOW - timedelta(days=20))
    assert "backup_old" in seen(house)
    said = house.run("doctor").text
    (folder,) = re.findall(r"`hoshiyomi backup ([^`]+)`, and see", said)
    assert house.run("backup", folder).code == 0
    assert "backup_old" not in seen(house)


@carries_out(
    "put right what it names (apps.toml, a key file, the way to the store), then `hoshiyomi apps check`"
)
def test_a_store_that_refuses_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.sources.http.StoreClient._wait", lambda *_given: 0.01)
    with store() as asked:
        made = machine(tmp_path, asked, Here())
        asked.faults.add(Fault(kind="too_many_requests", route="play_*", times=None, retry_after=1))
        assert "store_check" in seen(made, "--online")
        assert made.run("apps", "check").code != 0
        asked.faults.heal()
        assert made.run("apps", "check").code == 0
        assert "store_check" not in seen(made, "--online")
        # Without being told to, it asks nobody.
        asked.faults.add(Fault(kind="too_many_requests", route="play_*", times=None))
        assert "store_check" not in seen(made)


@carries_out("is reached by other machines. Remedy: --public, when that is meant; what is told names stages")
def test_metrics_for_other_machines_are_meant(house: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[str] = []
    monkeypatch.setattr(
        "flows.health.metrics_server.serve_metrics", lambda _config, address, _port: served.append(address)
    )
    words = ("metrics", "--serve", "--address", EVERYWHERE)
    assert house.run(*words).code == CONFIG
    assert house.run(*words, "--public").code == 0
    assert served == [EVERYWHERE]
    text = house.run("metrics").text
    assert "hoshiyomi_findings" in text
    assert "procedures" not in text


@carries_out("is no IP address. Remedy: one such as 127.0.0.1.")
def test_the_address_of_metrics_is_one(house: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.health.metrics_server.serve_metrics", lambda *_given: None)
    assert house.run("metrics", "--serve", "--address", "example").code == CONFIG
    assert house.run("metrics", "--serve", "--address", "127.0.0.1").code == 0


@carries_out("cannot be used ({}). Remedy: another --port for metrics.")
def test_a_port_of_somebody_elses_is_left_to_them(house: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSHIYOMI_DATA", str(house.data))
    with socket.create_server(("127.0.0.1", 0)) as other:
        with refused(ConfigError):
            server(load_config(), "127.0.0.1", other.getsockname()[1])
        server(load_config(), "127.0.0.1", 0).server_close()


@carries_out(
    "is no app of apps.toml. Remedy: one of its keys, or leave `apps` out for all of them.",
    "no app of apps.toml{}. Remedy: a key of apps.toml in the run's parameter `apps` and in [[schedule]]",
)
@pytest.mark.parametrize("lines", ['apps = ["procedures"]', ""])
def test_a_schedule_names_apps_that_are_there(
    house: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: str
) -> None:
    monkeypatch.setenv("HOSHIYOMI_DATA", str(house.data))
    monkeypatch.setenv("HOSHIYOMI_CONFIG", str(house.config))
    whole = (house.config / "hoshiyomi.toml").read_text()
    (house.config / "hoshiyomi.toml").write_text(
        f'{whole}\n[[schedule]]\nname = "a"\napps = ["proceduers"]\n'
    )
    assert house.run("deployments", str(tmp_path / "deploy")).code == CONFIG
    with refused(ConfigError):
        known_apps(load_config(), ["proceduers"])
    (house.config / "hoshiyomi.toml").write_text(f'{whole}\n[[schedule]]\nname = "a"\n{lines}\n')
    assert house.run("deployments", str(tmp_path / "deploy")).code == 0
    assert known_apps(load_config(), ["procedures"]) == {"procedures"}


@carries_out(
    "Remedy: the address of your Prefect with /api at its end, or `hoshiyomi serve`, which needs none."
)
def test_a_worker_is_given_a_server(house: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())
    os.environ.pop("PREFECT_API_URL", None)
    begun: list[list[str]] = []
    monkeypatch.setattr(deployments.os, "execv", lambda _program, words: begun.append(words))
    assert house.run("worker").code == CONFIG
    os.environ["PREFECT_API_URL"] = "http://127.0.0.1:4200/api"
    assert house.run("worker", "--health-port", "8080").code == 0
    assert begun[0][-1] == "--with-healthcheck"
    assert begun[0][begun[0].index("--pool") + 1] == "hoshiyomi"
