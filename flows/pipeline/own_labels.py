"""Labelled texts of an app itself, as `hoshiyomi evaluate --app` counted what the model takes for what.

Kept under `evaluations/` of the data folder as figures, without a text; the newest of an app counts.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

FOLDER = "evaluations"
log = logging.getLogger(__name__)


def own_counts(data: Path, model_version: str) -> dict[str, dict[str, Any]]:
    """By app and task: `labels` and, by language, (labels, 4) counts of what just this model says.

    A file that cannot be read is told of and left alone; one of another model does not count.
    """
    newest: dict[str, tuple[str, dict[str, Any]]] = {}
    for path in sorted((data / FOLDER).glob("*.json")):
        try:
            report = json.loads(path.read_text(encoding="utf-8"))
            app, at, counts = report.get("app"), str(report["evaluated_at"]), report.get("counts")
        except (OSError, ValueError, KeyError, AttributeError) as error:
            fields = {"file": path.name, "why": type(error).__name__}
            log.warning("%(file)s cannot be read (%(why)s): run `hoshiyomi evaluate` again", fields)
            continue
        if (
            app
            and counts
            and report.get("model_version") == model_version
            and at >= newest.get(app, ("",))[0]
        ):
            newest[app] = (at, counts)
    return {app: counts for app, (_, counts) in newest.items()}
