"""Importing testers' feedback from other channels, under the same rule: no consent, no import.

What the operator says of consent (`basis`) stands in the ledger for every tester of the file. A tester who
was erased or has withdrawn is left out and counted; what testers said themselves is never replaced. Importing
a file again changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from flows.collection.dump_import import recognised
from flows.config.load import Config
from flows.errors import InputError
from flows.intake.invitations import load_keys
from flows.privacy.consent_ledger import ConsentFilter, pseudonym
from flows.redaction.gate import is_harmless, passed, shown
from flows.sources.dumps.feedback_files import FeedbackOptions, read_feedback
from warehouse.landing import Landing
from warehouse.records import UNKNOWN_APP, Consent, Coverage, Feedback, RejectedRow

_PART, _COVERAGE = "00000", "coverage"
_LONGEST_BASIS = 500
# Counts into the batch's name: a reader that reads differently imports a known file anew.
_READER = "1"


@dataclass(slots=True)
class ImportedFeedback:
    """What one file gave."""

    file: str
    batch: str
    format: str = ""
    done_before: bool = False
    is_anew: bool = False
    feedback: int = 0
    testers: int = 0
    left_out: int = 0
    """Of testers who are erased or have withdrawn."""
    redactions: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)

    def reasons(self) -> list[tuple[tuple[str, str], int]]:
        """((reason, remedy), how many), the most frequent first."""
        return Counter((r.reason, r.remedy) for r in self.rejected).most_common()


def agreed(
    consent_version: str | None, basis: str | None, *, analyse: bool | None, quote: bool | None
) -> tuple[str, str, bool, bool]:
    """The consent that an import rests on. Raises InputError where a piece of it is missing."""
    if not (consent_version or "").strip() or not (basis or "").strip():
        raise InputError(
            "Feedback is imported only with what its writers agreed to. Remedy: --consent-version (which "
            'wording they were shown) and --basis "..." (where and when they agreed, in your words).'
        )
    if analyse is None or quote is None:
        raise InputError(
            "Consent is never a default. Remedy: --analyse or --no-analyse (may a model read it?), and "
            "--quote or --no-quote (may their words be shown?)."
        )
    version, why = str(consent_version).strip(), passed(str(basis))[0] or ""
    if not is_harmless(version):
        raise InputError(
            "--consent-version looks like a personal number. Remedy: the version of the wording."
        )
    return version, why[:_LONGEST_BASIS], analyse, quote


def import_feedback(
    path: Path, options: FeedbackOptions, basis: str, config: Config, *, now: datetime
) -> ImportedFeedback:
    """Land one file. Raises InputError when the file as a whole cannot be read."""
    keys, landing = load_keys(config.data), Landing(config.data)
    landing.sweep()
    if not path.is_file():
        raise InputError(f"{path}: there is no such file.")
    batch = _batch(path, options, basis)
    done = ImportedFeedback(shown(path.name), batch)
    done.done_before, done.is_anew = recognised(landing, batch)
    if done.done_before:
        return done
    read = read_feedback(path, options, lambda person: pseudonym(keys, person), now)
    # What a killed import of this file left belongs to no tester until its coverage is there.
    landing.drop_parts(batch)
    consent_filter = ConsentFilter(landing)
    kept = consent_filter.feedback(read.feedback)
    landing.write(Consent.KIND, batch, _PART, consent_filter.consents(_entries(kept, basis, now)))
    landing.write(Feedback.KIND, batch, _PART, kept)
    done.rejected = [replace(r, batch=batch) for r in read.rejected]
    landing.write(RejectedRow.KIND, batch, _PART, done.rejected)
    done.format, done.feedback, done.left_out = read.format, len(kept), consent_filter.left_out
    done.testers = len({f.tester for f in kept})
    done.redactions = sum(f.redactions for f in kept)
    landing.write(Coverage.KIND, batch, _COVERAGE, [_coverage(done, options.app, config, now)])
    return done


def _entries(feedback: Iterable[Feedback], basis: str, now: datetime) -> list[Consent]:
    """One ledger entry a tester; where a file's rows disagree, the one that agrees to less."""
    entries: dict[str, Consent] = {}
    for f in feedback:
        entry = entries.get(f.tester) or Consent(
            tester=f.tester, app=f.app, cohort=f.cohort, event="given", wording=f.consent_version,
            language=None, may_improve=True, may_analyse=True, may_quote=True, may_contact=False, at=now,
            source=f.source, basis=basis,
        )  # fmt: skip
        entries[f.tester] = replace(
            entry,
            may_analyse=entry.may_analyse and f.may_analyse,
            may_quote=entry.may_quote and f.may_quote,
        )
    return list(entries.values())


def _batch(path: Path, options: FeedbackOptions, basis: str) -> str:
    """Named by the file's bytes and what was said of it, not by its name or time."""
    said = {
        "reader": _READER, "app": options.app, "cohort": options.cohort, "wording": options.consent_version,
        "analyse": options.may_analyse, "quote": options.may_quote, "basis": basis,
        "format": options.format, "zone": str(options.zone), "encoding": options.encoding,
        "mapping": sorted(options.mapping.items()),
    }  # fmt: skip
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    content = digest.hexdigest()
    digest.update(json.dumps(said, sort_keys=True).encode())
    return f"feedback-{content[:12]}-{digest.hexdigest()[:12]}"


def _coverage(done: ImportedFeedback, app: str, config: Config, now: datetime) -> Coverage:
    stores = {a.key: (a.stores[0].store, a.stores[0].id) for a in config.apps}
    store, store_app_id = stores.get(app, ("google_play", UNKNOWN_APP))
    left = f"; {done.left_out} of testers who are erased or withdrew left out" if done.left_out else ""
    return Coverage(
        batch=done.batch, run_id=done.batch, source=f"feedback_file:{done.format}", asked_for="feedback",
        store=store, store_app_id=store_app_id, started_at=now, finished_at=datetime.now(UTC),
        covered_until=now, pages=1, got=done.feedback, rejected=len(done.rejected),
        outcome="partial" if done.rejected else "complete",
        reason="rejected_rows" if done.rejected else "end_confirmed", detail=f"{done.file}{left}",
    )  # fmt: skip
