"""The sample data of one night, published: what the answers in docs/questions are answers to.

The sample store tells the same story to everybody who asks for the same night, so a fixed one gives fixed
reviews. What the model says of them may differ a little between processors: see `same` in answers.py.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from flows.collection.collector import collect
from flows.config.load import Config, load_config
from flows.pipeline import classify
from flows.pipeline.analyse import analyse_now
from flows.sources.sample_store.source import SampleStore
from models.text.hub import load_model
from warehouse.landing import Landing
from warehouse.publish import MadeBy, publish
from warehouse.schema import build
from warehouse.writes import AppRow, TopicRow, writer

NIGHT = datetime(2026, 11, 24, 19, tzinfo=UTC)


def make(config: Config, night: datetime = NIGHT) -> Path:
    """Collect, read, analyse and publish the sample of a night into the data folder; the published file."""
    data, store = config.data, SampleStore()
    for request in store.requests(night):
        collect(store, request, Landing(data), run_id="questions", is_sample=True)
    app = store.app(night)
    with writer(data) as w:
        w.set_apps(
            [
                AppRow(app=app.key, name=app.name, owner=app.owner, store=s, store_app_id=i)
                for s, i in app.stores
            ]
        )
        w.set_topics(
            [
                TopicRow(
                    position=n,
                    topic=t.key,
                    label_en=t.label_en,
                    label_ja=t.label_ja,
                    lens=t.lens,
                    owner=t.owner,
                )
                for n, t in enumerate(config.topics)
            ]
        )
        w.load(night)
    model = load_model(config.model, {t.key: t.label_en for t in config.topics})
    classify.announce(data, model)
    for texts in classify.partitions(data, model.model_version):
        classify.store(data, model.model_version, classify.predict(model, texts))
    classify.detect_languages(data)
    analyse_now(config)
    with writer(data) as w:
        build(w.con)
    return publish(data, night, made_by=MadeBy(code_version="sample", config_fingerprint="sample")).path


def configured(data: Path) -> Config:
    """The configuration that comes with the project, over a data folder."""
    return load_config().model_copy(update={"data": data})
