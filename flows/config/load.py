"""The only reader of environment and configuration: which folders, and what their TOML files say."""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from pathlib import Path

from flows.config.apps import App, Topic, read_apps, read_topics
from flows.config.events import Event, read_events
from flows.config.settings import Choices, Settings
from flows.config.tables import read_toml, validated
from flows.errors import ConfigError
from models.text.scorers import ModelChoice
from warehouse.engines import Lake, told_by

CHECKOUT = Path(__file__).resolve().parents[2]
EXAMPLE = (Path(__file__).parents[1] / "example").resolve()
"""The checkout's `config/`; an installed package carries it, too."""
_FILES = ("apps.toml", "topics.toml", "events.toml", "hoshiyomi.toml")


class Config(Choices):
    """What a run needs to know."""

    data: Path
    apps: tuple[App, ...]
    topics: tuple[Topic, ...]
    model: ModelChoice
    events: tuple[Event, ...] = ()


def data_folder() -> Path:
    """`HOSHIYOMI_DATA`, else ./data."""
    return Path(os.environ.get("HOSHIYOMI_DATA") or "data").expanduser().absolute()


def config_folder() -> Path:
    """`HOSHIYOMI_CONFIG`, else ./config, else the checkout's examples."""
    named = os.environ.get("HOSHIYOMI_CONFIG")
    if named:
        folder = Path(named).expanduser().absolute()
        if not folder.is_dir():
            raise ConfigError(f"HOSHIYOMI_CONFIG names {folder}, which is not a folder.")
        return folder
    here = Path("config").absolute()
    return here if (here / "apps.toml").is_file() else EXAMPLE


def load_config() -> Config:
    """Read apps.toml, topics.toml, events.toml and hoshiyomi.toml; parsed once as long as they stay the same.

    Raises ConfigError naming file, entry, key and remedy.
    """
    folder = config_folder()
    return _config(folder, data_folder(), tuple(map(_bytes, (folder / name for name in _FILES))))


def config_fingerprint() -> str:
    """Names the configuration files as they are, byte by byte; a missing one counts as empty."""
    told = hashlib.sha256()
    for name in _FILES:
        told.update(f"{name}\n".encode() + (_bytes(config_folder() / name) or b"") + b"\0")
    return told.hexdigest()[:32]


def read_settings(path: Path | None = None, *only: str) -> Settings:
    """A hoshiyomi.toml, by default that of the configuration folder; the defaults when it is missing.

    With `only`, just these tables are looked at: a mistake in another one stops no command that needs it not.
    """
    path = path or config_folder() / "hoshiyomi.toml"
    return _settings(path, _bytes(path), only)


def has_login(path: Path) -> bool:
    """Whether the dashboard's secrets.toml says how people sign in (Streamlit's `[auth]`)."""
    return isinstance(read_toml(path).get("auth"), dict)


def _lake(data: Path) -> Lake | None:
    """Where the tables of this data folder lie; a copy of it elsewhere has a working file."""
    return read_settings(None, "scale").scale.lake if data == data_folder() else None


told_by(_lake)


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


@lru_cache(maxsize=4)
def _settings(path: Path, content: bytes | None, only: tuple[str, ...]) -> Settings:
    document = {} if content is None else read_toml(path, content)
    return validated(Settings, {k: v for k, v in document.items() if not only or k in only}, path)


@lru_cache(maxsize=1)
def _config(folder: Path, data: Path, _contents: tuple[bytes | None, ...]) -> Config:
    settings = read_settings(folder / "hoshiyomi.toml")
    return Config(
        data=data,
        apps=read_apps(folder / "apps.toml"),
        topics=read_topics(folder / "topics.toml"),
        events=read_events(folder / "events.toml"),
        model=settings.model.choice,
        **{name: getattr(settings, name) for name in Choices.model_fields},
    )
