"""A refresh that asks no store: what a deployment of `refresh` does where landing files are shared."""

from __future__ import annotations

from flows.cli.runs import run_refresh

if __name__ == "__main__":
    run_refresh(sample=False, collecting=False)
