"""The gate: what it catches, what it takes away in vain, and how fast it is.

Generated texts hold one personal number or address each (`tests/personal`): of every kind, then My Numbers in
`--ways` ways, and against them ordinary long numbers, which must stay. Real texts are read where they
are given or lie beside the checkout; only counts are printed of them. `--show` prints what was taken for
personal, too, for a person to judge: do not keep it. Beside ours: what `phonenumbers`' own matcher finds, and
what `python-stdnum`'s check digits of My Number, corporate number and cards find among runs of digits, on the
text as written and on the text as `flows.redaction.folded_text` reads it.

    python benchmarks/gate.py [--texts 5000] [--ways 20000] [--ordinary 2000]
        [--dump REVIEWS.csv.gz] [--japanese FILE.jsonl ...] [--show]
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import phonenumbers
from stdnum import luhn
from stdnum.jp import cn, in_

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flows.redaction.folded_text import page
from flows.redaction.gate import passed, passed_pair, redact
from flows.redaction.spans import spans
from tests.personal.ordinary import ordinary
from tests.personal.reading import betrays, digits_of
from tests.personal.texts import Personal, forms_in_all, generate
from tests.personal.ways import families, ways

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
_SEED, _SAMPLE, _ROUNDS = 20261125, 5_000, 7


def main() -> None:
    """Print everything."""
    given = _arguments()
    _catches(generate(given.texts, given.seed))
    _ways(ways(given.ways, given.seed))
    _ordinary(ordinary(given.ordinary, given.seed))
    reviews = _reviews(given.dump)
    if reviews:
        sample = random.Random(_SEED).sample(reviews, min(_SAMPLE, len(reviews)))
        _false(f"{len(sample):,} of the real reviews", sample, show=given.show)
        _false("all of them", reviews, show=False)
        _speed("real reviews", reviews)
    for path in given.japanese:
        texts = [json.loads(line)["text"] for line in path.read_text("utf-8").splitlines() if line]
        _false(path.name, texts, show=given.show)
        _speed(path.name, texts)


def _arguments() -> argparse.Namespace:
    known = argparse.ArgumentParser(description=__doc__)
    known.add_argument("--texts", type=int, default=5_000)
    known.add_argument("--ways", type=int, default=20_000)
    known.add_argument("--ordinary", type=int, default=2_000)
    known.add_argument("--seed", type=int, default=_SEED)
    known.add_argument("--dump", type=Path, default=SHARED / "reviews" / "covid_apps_reviews.csv.gz")
    japanese = [*sorted(SHARED.glob("seeds/ja_*.jsonl")), *SHARED.glob("labels/ja_dev.jsonl")]
    known.add_argument("--japanese", type=Path, nargs="*", default=japanese)
    known.add_argument("--show", action="store_true")
    return known.parse_args()


def _catches(texts: Sequence[Personal]) -> None:
    kinds = Counter(s.kind for s in texts)
    ours = Counter(s.kind for s in texts if not betrays(_after(s), s))
    plain = Counter(s.kind for s in texts if _libraries_find(s, _both(s)))
    read = Counter(s.kind for s in texts if _libraries_find(s, page(_both(s)).text))
    print(f"{len(texts):,} generated texts in {forms_in_all()} forms: what nobody can read afterwards")
    print(f"  {'kind':18}{'texts':>7}{'gate':>8}{'libraries':>11}{'on the page':>13}")
    for kind, count in kinds.most_common():
        shares = f"{ours[kind] / count:8.1%}{plain[kind] / count:11.1%}{read[kind] / count:13.1%}"
        print(f"  {kind:18}{count:7,}{shares}")
    total = len(texts)
    shares = f"{ours.total() / total:8.1%}{plain.total() / total:11.1%}{read.total() / total:13.1%}"
    print(f"  {'all':18}{total:7,}{shares}")
    kept = sum(s.kept in _after(s) for s in texts)
    print(f"  what is harmless beside it stayed in {kept / total:.2%}")


def _ways(texts: Sequence[Personal]) -> None:
    known = Counter(_family(s) for s in texts)
    left = Counter(_family(s) for s in texts if betrays(_after(s), s) or s.written in _after(s))
    print(f"{len(texts):,} of {sum(families().values()):,} ways to write a My Number: what is left to read")
    for family, count in known.most_common():
        print(f"  {family:40}{count:7,}{left[family]:7,}")
    print(f"  {'all':40}{len(texts):7,}{left.total():7,}")


def _family(s: Personal) -> str:
    return s.form.removeprefix("split: ").split(":")[0]


def _ordinary(texts: Sequence[str]) -> None:
    lost = [text for text in texts if redact(text)[1]]
    print(f"{len(texts):,} sentences with ordinary long numbers: {len(lost)} lost one")


def _both(s: Personal) -> str:
    return "\n".join(t for t in (s.title, s.text) if t)


def _after(s: Personal) -> str:
    title, text, _ = passed_pair(s.title, s.text)
    return "\n".join(t for t in (title, text) if t)


def _libraries_find(s: Personal, said: str) -> bool:
    for found in phonenumbers.PhoneNumberMatcher(said, "JP"):
        if s.digits and s.digits in digits_of(found.raw_string):
            return True
    runs = re.findall(r"\d+", re.sub(r"(?<=\d)[ \-](?=\d)", "", said))
    return any(s.digits == digits_of(run) and _is_valid(digits_of(run)) for run in runs)


def _is_valid(digits: str) -> bool:
    match len(digits):
        case 12:
            return bool(in_.is_valid(digits))
        case 13:
            return bool(cn.is_valid(digits))
    return len(digits) > 13 and bool(luhn.is_valid(digits))


def _reviews(dump: Path) -> list[str]:
    if not dump.is_file():
        print(f"no real reviews: {dump.name} is not there")
        return []
    csv.field_size_limit(1 << 20)
    with gzip.open(dump, "rt", encoding="utf-8") as lines:
        return [row["content"] for row in csv.DictReader(lines) if row["content"]]


def _false(name: str, texts: Sequence[str], *, show: bool) -> None:
    marks: Counter[str] = Counter()
    redacted = 0
    for text in texts:
        _, count = passed(text)
        redacted += count > 0
        for start, end, mark in spans(text) if count else ():
            marks[mark] += 1
            if show:
                print(f"    {mark} {text[max(0, start - 30) : start]!r} -> {text[start:end]!r}")
    told = ", ".join(f"{mark} {count}" for mark, count in marks.most_common()) or "nothing"
    print(f"{name}: {redacted} of {len(texts):,} texts redacted ({redacted / len(texts):.4%}): {told}")


def _speed(name: str, texts: Sequence[str]) -> None:
    ours = _rate(passed, texts)
    matcher = _rate(
        lambda t: sum(1 for _ in phonenumbers.PhoneNumberMatcher(t, "JP")), texts[:5_000], rounds=1
    )
    print(f"{name}: {ours:,.0f} texts/s; phonenumbers' matcher alone {matcher:,.0f} texts/s")


def _match(text: str) -> int:
    return sum(1 for _ in phonenumbers.PhoneNumberMatcher(text, "JP"))


def _rate(do: Callable[[str], object], texts: Sequence[str], rounds: int = _ROUNDS) -> float:
    """The best of some rounds, in texts a second of processor time."""
    return max(_once(do, texts) for _ in range(rounds))


def _once(do: Callable[[str], object], texts: Iterable[str]) -> float:
    started, count = time.process_time(), 0
    for text in texts:
        do(text)
        count += 1
    return count / (time.process_time() - started)


if __name__ == "__main__":
    main()
