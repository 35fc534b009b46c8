"""Play Console's bulk exports from a folder: monthly reviews and daily average ratings.

Google rewrites the files of past months. A batch is named by a file's bytes, so a rewritten file is taken in
again and an unchanged one is not; the newest file's words win.
"""

from __future__ import annotations

import re
from datetime import UTC
from pathlib import Path

from flows.collection.collector import ELSEWHERE, Collected
from flows.collection.dump_import import import_file
from flows.console import counted
from flows.errors import InputError
from flows.sources.dumps.files import Options
from warehouse.landing import Landing
from warehouse.locks import claimed
from warehouse.private import make_folder
from warehouse.records import CoverageOutcome


def take(folder: Path, app_id: str, landing: Landing, *, run_id: str) -> list[Collected]:
    """Take in every file of `app_id` in `folder` and below. A file that cannot be read fails alone."""
    if not folder.is_dir():
        detail = f"{folder.name}: there is no such folder"
        return [Collected("", 0, "failed", reason="not_found", detail=detail)]
    locks = make_folder(landing.folder.parent / "collect")
    with claimed(locks / f"console-exports-{app_id.lower()}.lock") as is_ours:
        if not is_ours:
            detail = f"{folder.name}: another process is at it"
            return [Collected("", 0, ELSEWHERE, done_before=True, detail=detail)]
        return _take(folder, app_id, landing, run_id)


def _take(folder: Path, app_id: str, landing: Landing, run_id: str) -> list[Collected]:
    done = []
    for path in sorted(folder.rglob("*.csv")):
        kind = re.fullmatch(rf"(reviews|ratings)_{re.escape(app_id)}_\d{{6}}(_overview)?\.csv", path.name)
        if kind is None:
            continue
        known = "play_console" if kind[1] == "reviews" else "play_console_ratings" if kind[2] else None
        if known is None:
            # Ratings by country, device or language add up to the overview.
            continue
        try:
            done.append(_take_file(path, app_id, landing, run_id, kind=known))
        except InputError as error:
            done.append(Collected("", 0, "failed", reason="shape_changed", detail=_said(error)))
    return done


def _said(error: InputError) -> str:
    """What is wrong with a file; options of `hoshiyomi import` are no remedy for the files of this folder."""
    said, _, remedy = str(error).partition(" Remedy: ")
    return f"{said} Remedy: download the file again." if remedy.startswith("--") else str(error)


def _take_file(path: Path, app_id: str, landing: Landing, run_id: str, *, kind: str) -> Collected:
    options = Options(format=kind, store="google_play", store_app_id=app_id, zone=UTC)
    done = import_file(path, options, landing, run_id=run_id, progress=lambda _rows: None)
    others = sorted(app for _, app in done.apps if app != app_id)
    got = done.reviews + done.days
    what = counted(done.reviews, "review") if kind == "play_console" else counted(done.days, "day")
    said = "taken in before" if done.done_before else what
    if others:
        said += f"; rows of {', '.join(others)} too"
    aside = ", ".join(f"{count} {reason}" for (reason, _), count in done.rejected.most_common())
    outcome: CoverageOutcome = "partial" if aside else "complete"
    said += f"; put aside: {aside}" if aside else ""
    return Collected(done.batch, got, outcome, done.done_before, None, f"{done.file}: {said}")
