"""A full disk, a store that refuses, a dead channel: the real command's last line names all three.

Needs Linux and root (for a small disk of its own).
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT, give_history
from tests.flows.processes import linux_only
from tests.soak.test_unattended import APPLE, COMMAND, PLAY, configured, fill, free_port, small_disk
from tests.store import Catalogue, StoreServer, app_store_app, play_app
from tests.store.faults import Fault, FaultPlan

pytestmark = [
    pytest.mark.soak,
    linux_only,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a small disk"),
]
DISK_UNUSABLE = 15


def test_all_are_named_with_their_remedies_and_the_next_run_is_whole(tmp_path: Path) -> None:
    catalogue = Catalogue(
        [
            play_app(PLAY, reviews=400, languages=("ja", "en"), seed=1),
            app_store_app(APPLE, reviews=40, countries=("jp",), seed=1),
        ]
    )
    faults = FaultPlan()
    home = tmp_path / "home"
    give_history(home)
    with small_disk(tmp_path / "disk", 200) as disk, StoreServer(catalogue, faults) as store:
        config = configured(tmp_path / "config", store.url)
        settings = config / "hoshiyomi.toml"
        settings.write_text(
            settings.read_text("utf-8").replace("[collect]\n", "[collect]\nretry_rounds = 0\n")
        )
        (config / "alerts.toml").write_text(
            f'[[channel]]\nname = "duty"\nurl = "json://127.0.0.1:{free_port()}/"\n'
            '[[rule]]\nname = "machine"\nkinds = ["refresh_failed", "disk_short"]\nto = ["duty"]\n'
        )
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "HOSHIYOMI_"))}
        # Prefect's history lies on another disk, so that the run begins at all.
        environment |= {
            "HOSHIYOMI_DATA": str(disk / "data"), "HOSHIYOMI_CONFIG": str(config), "NO_COLOR": "1",
            "PREFECT_HOME": str(home / "prefect"),
        }  # fmt: skip

        def refresh() -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [COMMAND, "refresh"], env=environment, cwd=CHECKOUT, capture_output=True, text=True,
                timeout=600, check=False,
            )  # fmt: skip

        faults.add(Fault(kind="captcha", route="app_store_*", times=None))
        refresh()
        ballast = fill(disk)
        done = refresh()
        last = done.stderr.strip().splitlines()[-1]
        print(done.returncode, last)  # noqa: T201 - what a person reads
        assert done.returncode == DISK_UNUSABLE
        assert "things failed. (1) The disk is full" in last
        assert "Remedy: free space and run the same command again" in last
        assert "procedures app_store" in last
        assert "The channel 'duty' cannot be told" in last
        assert "`hoshiyomi alerts test` tries it" in last
        assert last.count("Remedy:") >= 3
        assert "Traceback" not in done.stderr
        ballast.unlink()
        faults.heal()
        assert refresh().returncode == 0
