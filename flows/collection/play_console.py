"""Play Console's bulk exports from a folder: monthly reviews and daily average ratings.

Google rewrites the files of past months. A batch is named by a file's bytes, so a rewritten file is taken in
again and an unchanged one is not; the newest file's words win.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from datetime import UTC, date, datetime
from pathlib import Path

from flows.collection.collector import ELSEWHERE, Collected
from flows.collection.dump_import import import_file, recognised
from flows.console import counted
from flows.errors import InputError
from flows.redaction.gate import shown
from flows.sources.dumps.files import Options
from warehouse.landing import Landing
from warehouse.locks import claimed
from warehouse.private import make_folder
from warehouse.records import Coverage, DailyRating

RATINGS = "play_console_ratings"
_COLUMNS = ("Date", "Package Name", "Daily Average Rating", "Total Average Rating")


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
        taker = _reviews if kind[1] == "reviews" else _ratings if kind[2] else None
        if taker is None:
            # Ratings by country, device or language add up to the overview.
            continue
        try:
            done.append(taker(path, app_id, landing, run_id))
        except InputError as error:
            done.append(Collected("", 0, "failed", reason="shape_changed", detail=str(error)))
    return done


def _reviews(path: Path, app_id: str, landing: Landing, run_id: str) -> Collected:
    options = Options(format="play_console", store="google_play", store_app_id=app_id, zone=UTC)
    done = import_file(path, options, landing, run_id=run_id, progress=lambda _rows: None)
    outcome = "partial" if done.rejected.total() else "complete"
    said = "taken in before" if done.done_before else counted(done.reviews, "review")
    return Collected(done.batch, done.reviews, outcome, done.done_before, None, f"{done.file}: {said}")


def _ratings(path: Path, app_id: str, landing: Landing, run_id: str) -> Collected:
    raw = path.read_bytes()
    batch = f"console-ratings-{hashlib.sha256(raw).hexdigest()[:16]}"
    if recognised(landing, batch)[0]:
        return Collected(batch, 0, "complete", True, None, f"{shown(path.name)}: taken in before")
    started = datetime.now(UTC)
    seen_at = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    days = read_ratings(raw, shown(path.name), app_id, seen_at)
    landing.drop_parts(batch)
    landing.write("daily_ratings", batch, "00000", days)
    row = Coverage(
        batch=batch, run_id=run_id, source=RATINGS, asked_for="daily_ratings", store="google_play",
        store_app_id=app_id, started_at=started, finished_at=datetime.now(UTC),
        covered_until=seen_at, pages=1, got=len(days), outcome="complete", reason="end_confirmed",
        detail=shown(path.name),
    )  # fmt: skip
    landing.write("coverage", batch, "00000", [row])
    said = f"{shown(path.name)}: {counted(len(days), 'day')}"
    return Collected(batch, len(days), "complete", False, "end_confirmed", said)


def read_ratings(raw: bytes, name: str, app_id: str, seen_at: datetime) -> list[DailyRating]:
    """The days of a `ratings_<package>_<month>_overview.csv`. Raises InputError naming file, row, field."""
    is_wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = raw.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: is neither UTF-16 nor UTF-8. Remedy: download it again.") from error
    rows = csv.DictReader(io.StringIO(text))
    missing = [c for c in _COLUMNS if c not in (rows.fieldnames or ())]
    if missing:
        raise InputError(f"{name}: has no column {missing[0]!r}. Remedy: download it again.")
    days = []
    for number, row in enumerate(rows, start=2):
        if row["Package Name"] != app_id:
            raise InputError(f"{name}, row {number}: is of another app than {app_id}.")
        try:
            day = date.fromisoformat(row["Date"])
        except (ValueError, TypeError):
            raise InputError(f"{name}, row {number}: Date is no date. Remedy: download it again.") from None
        days.append(
            DailyRating(
                store="google_play",
                store_app_id=app_id,
                day=day,
                source=RATINGS,
                seen_at=seen_at,
                daily_average=_average(row, "Daily Average Rating", name, number),
                total_average=_average(row, "Total Average Rating", name, number),
            )
        )
    return days


def _average(row: dict[str, str], column: str, name: str, number: int) -> float | None:
    """An average; None where Play Console writes that there is none."""
    value = (row[column] or "").strip()
    if value in ("", "NA"):
        return None
    try:
        average = float(value)
    except ValueError:
        average = 0.0
    if not 1 <= average <= 5:
        raise InputError(f"{name}, row {number}: {column} is no average from 1 to 5.")
    return average
