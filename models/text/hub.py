"""Any sequence-classification model of the Hugging Face Hub, behind the bundled classifier's interface.

`hub:owner/name@revision` (text classification) gives the sentiment, `zero-shot:owner/name@revision` (natural
language inference) the topics. A model runs through PyTorch where that is installed, else on ONNX Runtime
when its repository carries `onnx/model.onnx`. The Hub is asked only when the configuration says `download`;
otherwise the model must lie in the local cache. Remote code is never run and pickled weights are refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from models.errors import ModelError
from models.text.classifier import NOT_COVERED, Classifier, Prediction, TopicScore
from models.text.scorers import BUNDLED, ModelChoice, Scorer, open_scorer, parse_spec

SENTIMENTS = ("negative", "neutral", "positive")
HYPOTHESIS = "This review is about {}."
# What models call the three sentiments, in lower case; anything else must be mapped in the configuration.
_KNOWN_LABELS = {
    "negative": "negative", "neg": "negative", "neutral": "neutral", "neu": "neutral",
    "positive": "positive", "pos": "positive",
}  # fmt: skip


class Model(Protocol):
    """What `flows.pipeline.classify` needs of a model, bundled or not."""

    name: str

    @property
    def model_version(self) -> str: ...

    @property
    def figures(self) -> Mapping[str, Any]: ...

    @property
    def confusion(self) -> Mapping[str, Any]: ...

    def predict(self, texts: Sequence[str]) -> list[Prediction]: ...


def load_model(choice: ModelChoice, topics: Mapping[str, str]) -> Model:
    """The model that the configuration names; `topics` maps topic keys to English labels.

    Raises ModelError when it is not in the cache, cannot be run by what is installed, or its labels are
    not understood.
    """
    bundled = Classifier.load()
    if choice.sentiment == BUNDLED and choice.topic == BUNDLED:
        return bundled
    sentiment = topic = None
    if choice.sentiment != BUNDLED:
        scorer = open_scorer(parse_spec(choice.sentiment, "hub"), choice)
        sentiment = SentimentModel(scorer, _sentiments(scorer, choice.labels))
    if choice.topic != BUNDLED:
        scorer = open_scorer(parse_spec(choice.topic, "zero-shot"), choice)
        topic = ZeroShotModel(scorer, topics, _entailment(scorer), choice.threshold)
    return HubModel(bundled, sentiment, topic)


class HubModel:
    """Sentiment and topics, each from the hub or from the bundled classifier."""

    def __init__(
        self, bundled: Classifier, sentiment: SentimentModel | None, topic: ZeroShotModel | None
    ) -> None:
        self._bundled = bundled
        self._sentiment = sentiment
        self._topic = topic
        self.name = " + ".join(p.scorer.version if p else bundled.name for p in (sentiment, topic))

    @property
    def model_version(self) -> str:
        """Names both parts with their commits, so that another model reads the texts anew."""
        parts = (self._sentiment, self._topic)
        return " + ".join(p.scorer.version if p else self._bundled.model_version for p in parts)

    @property
    def figures(self) -> Mapping[str, Any]:
        """Nothing was measured for a foreign model; `hoshiyomi evaluate` does."""
        return {"note": "not measured by this project"}

    @property
    def confusion(self) -> Mapping[str, Any]:
        """What the bundled part takes for what, by task; of a foreign part nobody has counted it."""
        parts = {"sentiment": self._sentiment, "topics": self._topic}
        return {task: counts for task, counts in self._bundled.confusion.items() if not parts.get(task)}

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """One prediction a text, in order."""
        both = self._sentiment and self._topic
        plain: Sequence[Prediction | None] = [None] * len(texts) if both else self._bundled.predict(texts)
        told = self._sentiment.probabilities(texts) if self._sentiment else [None] * len(texts)
        spoken = self._topic.topics(texts) if self._topic else [None] * len(texts)
        return [_joined(p, t, s) for p, t, s in zip(plain, told, spoken, strict=True)]


def _joined(
    plain: Prediction | None, told: dict[str, float] | None, spoken: tuple[TopicScore, ...] | None
) -> Prediction:
    probabilities = told if told is not None else dict(plain.probabilities) if plain else {}
    topics = spoken if spoken is not None else plain.topics if plain else ()
    # the bundled part may have to be silent where a hub model knows the language
    is_silent = told is None and plain is not None and not plain.is_covered
    return Prediction(
        sentiment=NOT_COVERED if is_silent else max(probabilities, key=lambda k: probabilities[k]),
        probabilities=probabilities,
        topics=topics,
    )


@dataclass(frozen=True)
class SentimentModel:
    """A text-classification model whose labels are mapped to the three sentiments."""

    scorer: Scorer
    sentiments: tuple[str, ...]

    def probabilities(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """Probabilities of the three sentiments a text; they sum to one."""
        from scipy.special import softmax

        rows = softmax(self.scorer.logits(texts), axis=1)
        told = []
        for row in rows:
            sums = dict.fromkeys(SENTIMENTS, 0.0)
            for sentiment, p in zip(self.sentiments, row, strict=True):
                sums[sentiment] += float(p)
            total = sum(sums.values())
            told.append({sentiment: p / total for sentiment, p in sums.items()})
        return told


@dataclass(frozen=True)
class ZeroShotModel:
    """An NLI model: a text speaks of a topic when it entails the hypothesis (Yin et al. 2019)."""

    scorer: Scorer
    hypotheses: Mapping[str, str]
    entailment: tuple[int, int]
    threshold: float

    def topics(self, texts: Sequence[str]) -> list[tuple[TopicScore, ...]]:
        """The topics of each text whose probability of entailment reaches the threshold."""
        from scipy.special import softmax

        found: list[list[TopicScore]] = [[] for _ in texts]
        yes, no = self.entailment
        for topic, label in self.hypotheses.items():
            logits = self.scorer.logits(texts, [HYPOTHESIS.format(label.lower())] * len(texts))
            scores = softmax(logits[:, [no, yes]], axis=1)[:, 1]
            for spoken, score in zip(found, scores, strict=True):
                if score >= self.threshold:
                    spoken.append(TopicScore(topic=topic, score=float(score)))
        return [tuple(sorted(s, key=lambda t: -t.score)) for s in found]


def _sentiments(scorer: Scorer, mapping: Mapping[str, str]) -> tuple[str, ...]:
    found = []
    for label in scorer.labels:
        sentiment = mapping.get(label) or _KNOWN_LABELS.get(label.lower())
        if sentiment not in SENTIMENTS:
            raise ModelError(
                f"{scorer.version} has the label {label!r}, which is no sentiment. Remedy: map it under "
                f'[model.labels], such as "{label}" = "negative" (negative, neutral or positive).'
            )
        found.append(sentiment)
    return tuple(found)


def _entailment(scorer: Scorer) -> tuple[int, int]:
    """Places of entailment and of its opposite (contradiction, or not_entailment in two-label models)."""
    names = [label.lower() for label in scorer.labels]
    yes = [i for i, n in enumerate(names) if n.startswith("entail")]
    no = [i for i, n in enumerate(names) if n.startswith(("contra", "not"))]
    if len(yes) != 1 or len(no) != 1:
        raise ModelError(
            f"{scorer.version} has the labels {', '.join(scorer.labels)}; a zero-shot model needs "
            "entailment and contradiction. Remedy: choose a natural-language-inference model."
        )
    return yes[0], no[0]
