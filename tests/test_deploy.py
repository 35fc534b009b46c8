"""The kit in deploy/: units that systemd understands, containers that keep what the page promises."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from flows.cli.main import app
from flows.config.settings import ScaleChoice
from flows.serving.deployments import COLLECT_POOL
from tests.cluster.machine import UNSPILT
from tests.conftest import CHECKOUT

UNITS = sorted((CHECKOUT / "deploy" / "systemd").glob("*.*"))
CONTAINER = CHECKOUT / "deploy" / "container"
PROGRAM = "/opt/hoshiyomi/.venv/bin/hoshiyomi"
LOCAL = {"dashboard", "intake", "metrics"}
MOST_EXPOSED = 1.5
"""Of 10, by systemd's own reckoning; a service without any of it has 9.6."""
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The units with a program that is there."""
    folder = tmp_path_factory.mktemp("units")
    for unit in UNITS:
        (folder / unit.name).write_text(unit.read_text("utf-8").replace(PROGRAM, "/bin/true"), "utf-8")
    return sorted(folder.iterdir())


@needs_systemd
def test_systemd_understands_every_unit(installed: list[Path]) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, installed)], capture_output=True, text=True, check=False
    )
    # Documentation= names a file of the place where it will be installed; other units are the machine's.
    ours = [line for line in done.stderr.splitlines() if "hoshiyomi" in line]
    assert (done.returncode, ours) == (0, [])


@needs_systemd
@pytest.mark.parametrize("unit", [u.name for u in UNITS if u.suffix == ".service"])
def test_a_service_is_hardened(installed: list[Path], unit: str) -> None:
    (path,) = [p for p in installed if p.name == unit]
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    if found is None:
        pytest.skip("this systemd-analyze judges no file offline")
    assert float(found[1]) <= MOST_EXPOSED


def _commands() -> dict[str, set[str]]:
    """Every command with its options."""
    group = typer.main.get_command(app)
    return {
        name: {o for p in command.params for o in p.opts}
        for name, command in group.commands.items()  # type: ignore[attr-defined]
    }


@pytest.mark.parametrize("unit", [u.name for u in UNITS if u.suffix == ".service"])
def test_a_service_runs_a_command_that_is_there(unit: str) -> None:
    text = (CHECKOUT / "deploy" / "systemd" / unit).read_text("utf-8")
    (line,) = re.findall(rf"^ExecStart={PROGRAM} (.+)$", text, re.MULTILINE)
    name, *words = line.split()
    assert {w for w in words if w.startswith("--")} <= _commands()[name]
    assert ("IPAddressDeny=any" in text) == (name in LOCAL)
    for wanted in ("UMask=0077", "User=hoshiyomi", "LimitCORE=0", "NoNewPrivileges=yes"):
        assert f"\n{wanted}\n" in text


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((CONTAINER / "compose.yaml").read_text("utf-8"))
    return document


def test_every_service_is_without_root_and_without_a_root_to_write(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["user"].split(":")[0] not in ("0", "root"), name
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert service["ulimits"]["core"] == 0, name
        assert "privileged" not in service, name
        assert ("healthcheck" in service) == (name != "backup"), name


def test_ports_are_this_machines_alone_and_the_database_has_none(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert all(p.startswith("127.0.0.1:") for s in services.values() for p in s.get("ports", ()))
    assert "ports" not in services["database"]
    assert services["database"]["networks"] == ["inside"]
    assert compose["networks"]["inside"]["internal"] is True


def test_what_reads_cannot_write_and_no_secret_stands_in_the_file(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name, own in (("dashboard", ["kept:/kept"]), ("metrics", [])):
        assert [v for v in services[name]["volumes"] if not v.endswith(":ro")] == own, name
    # What a person keeps lies in no other service's reach.
    assert [n for n, s in services.items() if "kept:/kept" in s.get("volumes", ())] == ["dashboard"]
    unit = (CHECKOUT / "deploy" / "systemd" / "hoshiyomi-dashboard.service").read_text("utf-8")
    (state,) = re.findall(r"^StateDirectory=(.+)$", unit, re.MULTILINE)
    assert f"Environment=HOSHIYOMI_KEPT=/var/lib/{state}\n" in unit
    assert state != "hoshiyomi"
    assert "ReadWritePaths" not in unit
    text = (CONTAINER / "compose.yaml").read_text("utf-8")
    assert re.findall(r"^ *\w*PASSWORD: .+$", text, re.MULTILINE) == []
    assert {s["file"] for s in compose["secrets"].values()} == {"secrets/database", "secrets/prefect"}
    assert (CONTAINER / ".gitignore").read_text("utf-8") == "secrets/\n"


def test_every_service_runs_a_command_that_is_there(compose: dict[str, Any]) -> None:
    ran = {}
    for name, service in compose["services"].items():
        if name == "database":
            continue
        words = service["command"]
        lines = (
            "\n".join(words).splitlines() if "entrypoint" in service else [" ".join(["hoshiyomi", *words])]
        )
        for line in lines:
            found = re.match(r"(?:exec )?hoshiyomi (\S+)(.*)", line.strip())
            if found:
                ran[name] = found[1]
                assert set(re.findall(r"--[\w-]+", found[2])) <= _commands()[found[1]], line
    assert set(ran) == {"worker", "dashboard", "intake", "metrics", "backup"}


def test_a_cluster_of_real_machines_is_as_closed_and_says_the_same(compose: dict[str, Any]) -> None:
    text = (CONTAINER / "compose.cluster.yaml").read_text("utf-8")
    services = yaml.safe_load(text)["services"]
    assert set(services) == {"worker", "collector", "dask-scheduler", "dask-worker"}
    for name, service in services.items():
        whole = {**compose["services"].get(name, {}), **service}
        assert whole["user"] == "10001:10001", name
        assert whole["read_only"] is True, name
        assert whole["cap_drop"] == ["ALL"], name
        assert "ports" not in service, name
        assert "healthcheck" in whole, name
        assert service["build"]["args"] == {"EXTRA": "scale"}, name
        for line in "\n".join(service.get("command", ())).splitlines():
            if found := re.match(r"(?:exec )?hoshiyomi (\S+)(.*)", line.strip()):
                assert set(re.findall(r"--[\w-]+", found[2])) <= _commands()[found[1]], line
    # The worker does what it does alone, and makes the collectors' pool.
    (alone,), (here,) = compose["services"]["worker"]["command"], services["worker"]["command"]
    made = f"prefect work-pool create {COLLECT_POOL} --type process --overwrite\n"
    assert here.replace(made, "") == alone
    assert made in services["collector"]["command"][0]
    # No key stands in it, and texts are not spilt.
    assert re.findall(r"^ *AWS_\w+:", text, re.MULTILINE) == []
    told = services["dask-worker"]["environment"]
    assert {k: told[k] for k in UNSPILT} == UNSPILT
    (said,) = re.findall(r"^#   (\[scale\].*?)^# and", text, re.MULTILINE | re.DOTALL)
    chosen = tomllib.loads(said.replace("#   ", ""))["scale"]
    assert ScaleChoice(**chosen).work == "dask"


def test_dependencies_wait_for_health(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services["worker"]["depends_on"] == {"prefect": {"condition": "service_healthy"}}
    assert services["prefect"]["depends_on"] == {"database": {"condition": "service_healthy"}}


def test_the_image_takes_pins_with_sums_and_ends_without_root() -> None:
    text = (CONTAINER / "Containerfile").read_text("utf-8")
    pins = re.findall(r"-r (requirements/\w+\.txt)", text)
    assert pins == ["requirements/build.txt", "requirements/runtime.txt"]
    assert all((CHECKOUT / pin).is_file() for pin in pins)
    # The third takes an extra's list of pins, by its name.
    assert text.count("--require-hashes") == 3
    assert '-r "requirements/${extra}.txt"' in text
    last = text.rpartition("FROM ")[2]
    assert re.findall(r"^USER (.+)$", last, re.MULTILINE) == ["${UID}:${UID}"]
    assert "HEALTHCHECK" in last
    kept = (CHECKOUT / ".dockerignore").read_text("utf-8").splitlines()
    # Everything is left out but what is named: neither data nor secrets nor history can come in.
    assert kept[1] == "*"
    copied = {w for line in re.findall(r"^COPY (?!--)(.+)$", text, re.MULTILINE) for w in line.split()[:-1]}
    assert all((CHECKOUT / w).exists() for w in copied)
