"""The keys of `[scale]` that say where the tables lie: the working file of the data folder, or a DuckLake."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, model_validator

from flows.config.tables import Table, Text, WrongTable, one_of
from warehouse.engines import POSTGRES, Lake

WAREHOUSES = ("embedded", "ducklake")
_SECRET = re.compile(r"(?i)\bpassword\s*=|://[^/@\s]*:[^/@\s]*@")


def _is_catalog(address: str) -> str:
    if _SECRET.search(address):
        raise ValueError(
            "holds a password. Remedy: leave it out, and set PGPASSWORD or write it into ~/.pgpass"
        )
    if not address.startswith(POSTGRES) and "://" in address:
        raise ValueError(
            'is no catalog. Remedy: "postgres:host=db.example.go.jp dbname=hoshiyomi", or a file of this '
            "machine"
        )
    return address if address.startswith(POSTGRES) else _absolute(address)


def _is_folder(place: str) -> str:
    if "://" in place:
        raise ValueError(
            "is no folder: files of a lake lie on a file system that every machine mounts at the same path. "
            "Remedy: mount the storage (NFS, or a bucket by its file system driver), and name the folder"
        )
    return _absolute(place)


def _absolute(path: str) -> str:
    """Wherever a command is started, it is the same lake."""
    if not Path(path).expanduser().is_absolute():
        raise ValueError(f"must be a whole path, such as /srv/hoshiyomi/{path}")
    return str(Path(path).expanduser())


class LakeKeys(Table):
    """What of `[scale]` is the warehouse's; docs/warehouse.md."""

    warehouse: Annotated[Text, one_of(WAREHOUSES)] = "embedded"
    """Where the tables lie."""
    catalog: Annotated[Text, AfterValidator(_is_catalog)] | None = None
    """Of a DuckLake: `postgres:` and how libpq connects, or the path of a file of this machine."""
    data: Annotated[Text, AfterValidator(_is_folder)] | None = None
    """Of a DuckLake: the folder of its Parquet files, on every machine at the same path."""

    @model_validator(mode="after")
    def _is_whole(self) -> LakeKeys:
        if self.warehouse == "ducklake" and not (self.catalog and self.data):
            raise WrongTable(
                'names no catalog or no data. Remedy: both, as in docs/warehouse.md, for "ducklake"'
            )
        if self.warehouse == "embedded" and (self.catalog or self.data):
            raise WrongTable(
                'names catalog or data, but warehouse = "embedded". Remedy: warehouse = "ducklake", or take '
                "them out"
            )
        return self

    @property
    def lake(self) -> Lake | None:
        """The lake that is chosen; None: the working file."""
        if self.warehouse != "ducklake" or not self.catalog or not self.data:
            return None
        return Lake(self.catalog, Path(self.data))
