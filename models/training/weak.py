"""What a visitor's satisfaction says about the tone of the comment beside it: shares of the three sentiments.

Two looks came before it. 236 comments, drawn within question and score, were read beside their score; and 600
that were labelled without sight of the score (`labels/survey_comments.tsv`) were counted afterwards:

- "とても満足": 122 of 129 positive. "満足": 58 of 69, the rest wishes and mild complaints; under `transport`
  27 of 38, since the satisfied name few buses there as well.
- "どちらでもない" is no neutral: 27 of 36 are negative (what was missing, what was closed), 2 positive.
- "不満": 19 of 20 negative. "とても不満": of eight that were read two praise warmly, for some take the wrong
  end of the scale; it counts for less than "不満".
- "感じた" under `inconvenience`: 80 of 94 negative, the others understanding. "感じなかった" is praise,
  complaint and wish in turns and says nothing.
- The likelihood to recommend stands beside a reason **for** recommending: at 9 and 10 32 of 34 positive, at 7
  and 8 20 of 22; but at 3 to 6 most are praise as well, so below 7 it says nothing.
- Wishes carry no score: 32 negative, 77 neutral, 33 positive. No label, only text.
"""

from __future__ import annotations

from collections.abc import Mapping

Shares = tuple[float, float, float]
"""Of negative, neutral, positive."""

PRAISE: Shares = (0.02, 0.06, 0.92)
LIKED: Shares = (0.06, 0.11, 0.83)
MISSED: Shares = (0.73, 0.20, 0.07)
COMPLAINT: Shares = (0.87, 0.12, 0.01)
DOUBTFUL: Shares = (0.70, 0.10, 0.20)

_SATISFACTION: Mapping[str, Shares] = {
    "とても満足": PRAISE, "満足": LIKED, "どちらでもない": MISSED, "不満": COMPLAINT, "とても不満": DOUBTFUL,
}  # fmt: skip
_BY_QUESTION: Mapping[str, Mapping[str, Shares]] = {
    "overall": _SATISFACTION,
    "service": _SATISFACTION,
    "transport": {**_SATISFACTION, "満足": (0.13, 0.17, 0.70)},
    "inconvenience": {"感じた": COMPLAINT},
    "nps": {"10": PRAISE, "9": PRAISE, "8": LIKED, "7": LIKED},
}


def shares(question: str, score: str) -> Shares | None:
    """What the score says about the tone; None where it says nothing."""
    return _BY_QUESTION.get(question, {}).get(score)
