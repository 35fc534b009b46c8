"""A recipe as stages: what has been made from the same inputs is not made again.

A stage names its settings, the files it reads and the stages it builds on. Their fingerprints are kept in
`stages.json` beside what the stage made; when they are the same the next time, and the files are there
unchanged, the stage is skipped, otherwise the walk says what differs and makes it anew. A stage that was
stopped finds what it had kept for itself, unless its inputs have changed since. Code is no input: after
changing how a stage works, have it made again with `--again`.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LEDGER = "stages.json"


@dataclass(frozen=True, slots=True)
class Stage:
    """`run` gets the work folder and writes `makes` there; it may keep a `<name>.part` to go on from."""

    name: str
    run: Callable[[Path], None]
    makes: tuple[str, ...]
    settings: object = None
    reads: tuple[Path, ...] = ()
    needs: tuple[str, ...] = ()


def digest(path: Path) -> str:
    """The first 16 hexadecimal digits of a file's SHA-256; of a folder, over its files in order."""
    found = hashlib.sha256()
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    for file in files:
        if path.is_dir():
            found.update(file.relative_to(path).as_posix().encode())
        with file.open("rb") as lines:
            while block := lines.read(1 << 20):
                found.update(block)
    return found.hexdigest()[:16]


def walk(
    stages: Sequence[Stage],
    work: Path,
    *,
    again: Collection[str] = (),
    until: str | None = None,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Run every stage whose inputs have changed or whose files are gone, in order; the ledger afterwards.

    `again` names stages to run whatever the ledger says, `until` the last stage to come to. Raises ValueError
    when a name is no stage's, or when a stage ends without a file it should have made.
    """
    names = [stage.name for stage in stages]
    for name in (*again, *([until] if until else [])):
        if name not in names:
            raise ValueError(f"no stage is called {name}; they are {', '.join(names)}")
    work.mkdir(parents=True, exist_ok=True)
    ledger = _read(work)
    for stage in stages:
        inputs = _inputs(stage, ledger)
        known = ledger.get(stage.name, {})
        why = "asked for" if stage.name in again else _why(stage, work, known, inputs)
        if why is None:
            say(f"{stage.name}: there, made from the same inputs in {known['seconds']:.0f} s")
        else:
            say(f"{stage.name}: {why}")
            ledger[stage.name] = _made(stage, work, inputs, ledger)
            took = ledger[stage.name]
            say(f"{stage.name}: done in {took['seconds']:.0f} s ({took['processor']:.0f} s of processor)")
        if stage.name == until:
            break
    return ledger


def _made(stage: Stage, work: Path, inputs: dict[str, str], ledger: dict[str, Any]) -> dict[str, Any]:
    begun = ledger.get(stage.name, {})
    goes_on = begun.get("inputs") == inputs and not begun.get("made")
    if not goes_on:
        (work / f"{stage.name}.part").unlink(missing_ok=True)
    spent = {name: begun.get(name, 0.0) if goes_on else 0.0 for name in ("seconds", "processor")}
    began, used = time.monotonic(), time.process_time()
    ledger[stage.name] = {"inputs": inputs, **spent}
    _write(work, ledger)
    try:
        stage.run(work)
    finally:
        spent["seconds"] += time.monotonic() - began
        spent["processor"] += time.process_time() - used
        ledger[stage.name] = {"inputs": inputs, **spent}
        _write(work, ledger)
    missing = [name for name in stage.makes if not (work / name).exists()]
    if missing:
        raise ValueError(f"stage {stage.name} ended without {', '.join(missing)}")
    made = {name: digest(work / name) for name in stage.makes}
    ledger[stage.name] = {"inputs": inputs, "made": made, **spent}
    _write(work, ledger)
    return dict(ledger[stage.name])


def _inputs(stage: Stage, ledger: dict[str, Any]) -> dict[str, str]:
    found = {"settings": repr(stage.settings)}
    found |= {f"file {path.name}": digest(path) for path in stage.reads}
    for name in stage.needs:
        found |= {f"{name}: {file}": seen for file, seen in ledger[name]["made"].items()}
    return found


def _why(stage: Stage, work: Path, known: dict[str, Any], inputs: dict[str, str]) -> str | None:
    if not known:
        return "not made yet"
    before = known["inputs"]
    if changed := sorted(n for n in inputs.keys() | before.keys() if inputs.get(n) != before.get(n)):
        return f"changed since: {', '.join(changed)}"
    if "made" not in known:
        return "was stopped before its end, goes on"
    if gone := [
        n for n in stage.makes if not (work / n).exists() or digest(work / n) != known["made"].get(n)
    ]:
        return f"not as it was made: {', '.join(gone)}"
    return None


def _read(work: Path) -> dict[str, Any]:
    path = work / LEDGER
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found


def _write(work: Path, ledger: dict[str, Any]) -> None:
    fresh = work / f"{LEDGER}.new"
    fresh.write_text(json.dumps(ledger, indent=1), encoding="utf-8")
    fresh.replace(work / LEDGER)
