"""What is installed: pinned, with hashes, under licences that fit; and a wheel that holds what it needs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import CHECKOUT

PINS = CHECKOUT / "requirements"
FILES = sorted(PINS.glob("*.txt"))
ROOMS = ("flows", "models", "warehouse", "dashboard")
LINE = re.compile(
    r"[a-z0-9][a-z0-9.-]*==[0-9][A-Za-z0-9.]*( ; [A-Za-z0-9_' .<>=!()-]+)? \\\n"
    r"(    --hash=sha256:[0-9a-f]{64}( \\)?\n)+"
)
# May be used beside Apache-2.0; the LGPL and MPL ones as they come, unchanged (docs/supply-chain.md).
FITS = {
    "0BSD", "Apache-2.0", "Artistic-1.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "ISC",
    "LGPL-2.1-or-later", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0", "PSF-2.0", "Zlib",
}  # fmt: skip


def _pins(name: str) -> dict[str, str]:
    """Names and versions of a file."""
    text = (PINS / f"{name}.txt").read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9][a-z0-9.-]*)==([^ ]+)", text, re.MULTILINE))


def _script(name: str) -> str:
    done = subprocess.run(
        [sys.executable, str(PINS / name)], capture_output=True, text=True, check=False, cwd=CHECKOUT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_file_of_pins_holds_names_versions_markers_and_hashes_only(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text
    assert LINE.sub("", text) == ""


def test_the_files_agree_on_every_version() -> None:
    seen: dict[str, str] = {}
    for path in FILES:
        for name, version in _pins(path.stem).items():
            assert seen.setdefault(name, version) == version, f"{name} in {path.name}"


@pytest.mark.parametrize(
    ("extra", "files"),
    [
        ("", ["runtime"]),
        ("dev", ["runtime", "dev"]),
        ("browser", ["runtime", "dev", "browser"]),
        ("train", ["runtime", "train"]),
        ("hub", ["runtime", "train"]),
        ("lock", ["lock"]),
    ],
)
def test_what_pyproject_asks_for_is_pinned_within_its_bounds(extra: str, files: list[str]) -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = project["optional-dependencies"][extra] if extra else project["dependencies"]
    pinned = {name: version for file in files for name, version in _pins(file).items()}
    for words in asked:
        wanted = Requirement(words)
        version = pinned[canonicalize_name(wanted.name)]
        assert wanted.specifier.contains(version), f"{words} is pinned to {version}"


def test_what_runs_the_tests_is_what_is_pinned() -> None:
    from importlib.metadata import PackageNotFoundError, version

    wrong = {}
    for name, pinned in (_pins("runtime") | _pins("dev")).items():
        try:
            found = version(name)
        except PackageNotFoundError:  # for another version of Python
            continue
        if found != pinned:
            wrong[name] = (found, pinned)
    assert wrong == {}


def test_no_package_that_only_another_file_needs_is_in_the_runtime() -> None:
    assert not _pins("runtime").keys() & {"pytest", "torch", "ruff", "playwright", "uv", "setuptools"}


def test_a_compiled_package_has_the_hashes_of_every_supported_system() -> None:
    text = (PINS / "runtime.txt").read_text("utf-8")
    for name in ("duckdb", "numpy", "pyarrow", "orjson", "pandas"):
        block = text.split(f"\n{name}==")[1].split("\n", 1)[1].split("==")[0]
        # Python 3.11 to 3.13, each on Linux for two processors and macOS for one, at least.
        assert block.count("--hash") >= 9, name


def test_the_notices_are_those_of_the_pins() -> None:
    kept = (CHECKOUT / "THIRD_PARTY_NOTICES.md").read_text("utf-8")
    assert _script("notices.py") == kept, "Remedy: make notices"
    for name, version in _pins("runtime").items():
        assert f"| {name} | {version} | " in kept


def test_every_licence_of_the_runtime_fits() -> None:
    kept = (CHECKOUT / "THIRD_PARTY_NOTICES.md").read_text("utf-8")
    rows = re.findall(r"^\| ([a-z0-9.-]+) \| [0-9][^ ]* \| ([^|]+) \|", kept, re.MULTILINE)
    assert len(rows) == len(_pins("runtime"))
    for name, licence in rows:
        choices = licence.split(" OR ") if "AND" not in licence else [licence]
        fits = [set(re.split(r" AND | OR |[() ]+", choice)) - {""} <= FITS for choice in choices]
        assert any(fits), f"{name}: {licence}"


def test_the_bill_of_materials_names_every_part_with_licence_sums_and_who_needs_it() -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    printed = _script("sbom.py")
    assert printed == _script("sbom.py"), "the same pins give the same document"
    bill = json.loads(printed)
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "hoshiyomi"
    parts = {part["name"]: part for part in bill["components"]}
    assert {name: part["version"] for name, part in parts.items()} == _pins("runtime")
    assert all(part["licenses"] and part["hashes"] and part["purl"] for part in parts.values())
    asks = {entry["ref"]: entry.get("dependsOn", []) for entry in bill["dependencies"]}
    assert parts["sqlalchemy"]["bom-ref"] in asks["hoshiyomi"]
    assert parts["sqlalchemy"]["bom-ref"] in asks[parts["prefect"]["bom-ref"]]
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(printed) is None


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy so that nothing left in the checkout gets in."""
    folder = tmp_path_factory.mktemp("wheel")
    tree = folder / "tree"
    tree.mkdir()
    ignored = shutil.ignore_patterns("__pycache__")
    for room in (*ROOMS, "config", ".streamlit"):
        shutil.copytree(CHECKOUT / room, tree / room, symlinks=True, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE", "THIRD_PARTY_NOTICES.md"):
        shutil.copy(CHECKOUT / name, tree)
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
    ]
    done = subprocess.run([*command, str(tree)], capture_output=True, text=True, check=False, env=_quiet())
    assert done.returncode == 0, done.stderr
    (made,) = folder.glob("*.whl")
    return made


def _quiet() -> dict[str, str]:
    """An environment in which nothing leads to the checkout."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "HOSHIYOMI_", "PREFECT_"))}
    return kept | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def test_the_wheel_holds_every_file_of_the_rooms(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as held:
        names = {n for n in held.namelist() if ".dist-info/" not in n}
        licences = {Path(n).name for n in held.namelist() if ".dist-info/licenses/" in n}
    assert names == set(_tree())
    assert licences == {"LICENSE", "THIRD_PARTY_NOTICES.md"}
    for needed in (
        "models/bundled/model.onnx",
        "flows/example/topics.toml",
        "dashboard/.streamlit/config.toml",
    ):
        assert needed in names


def _tree() -> Iterator[str]:
    """The files of the rooms, as a wheel names them; links are followed."""
    for room in ROOMS:
        for folder, _, files in os.walk(CHECKOUT / room, followlinks=True):
            if "__pycache__" not in folder:
                yield from (str((Path(folder) / file).relative_to(CHECKOUT)) for file in files)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own with the wheel; the packages it needs are those of this one."""
    home = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home / "venv")], check=True)
    python = home / "venv" / "bin" / "python"
    command = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "-q",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run([*command, str(wheel)], check=True, env=_quiet())
    (site,) = (home / "venv" / "lib").glob("python*/site-packages")
    # As a path only: what lies in it that leads to the checkout is not followed.
    shared = [p for p in sys.path if Path(p).name == "site-packages"]
    (site / "shared.pth").write_text("".join(f"{p}\n" for p in shared), "utf-8")
    return home


def _hoshiyomi(home: Path, *words: str) -> str:
    done = subprocess.run(
        [str(home / "venv" / "bin" / "hoshiyomi"), *words], cwd=home, env=_quiet(), capture_output=True,
        text=True, check=False, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.soak
def test_an_installed_wheel_runs_without_the_checkout(installed: Path, demo: Path) -> None:
    asked = f"import flows, sys; print(flows.__file__); print({str(CHECKOUT)!r} in sys.path)"
    python = installed / "venv" / "bin" / "python"
    told = subprocess.run(
        [str(python), "-c", asked], cwd=installed, env=_quiet(), capture_output=True, text=True, check=True
    ).stdout.split()
    assert Path(told[0]).is_relative_to(installed)
    assert told[1] == "False"
    assert "demo" in _hoshiyomi(installed, "--help")
    assert "dashboard" in _hoshiyomi(installed, "dashboard", "--help")
    shutil.copytree(demo, installed / "data", symlinks=True)
    assert "(1 row)" in _hoshiyomi(installed, "sql", "select count(*) n from reviews")
    # Its own example configuration, SQL and statistics.
    assert _hoshiyomi(installed, "apps", "check", "--offline") is not None
    assert _hoshiyomi(installed, "change-points", "--format", "json").startswith("[")


@pytest.mark.soak
def test_an_installed_wheel_goes_the_whole_way(installed: Path) -> None:
    shutil.rmtree(installed / "data", ignore_errors=True)
    _hoshiyomi(installed, "demo", "--no-open")
    assert "4" in _hoshiyomi(installed, "sql", "select count(*) n from reviews")
