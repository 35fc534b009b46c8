"""Who speaks, the address or the reader's click: the pieces that pages cannot show without a browser."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import streamlit as st

from dashboard import url_state as state

OPTIONS = ["a", "b", "c"]


class _Params(dict[str, list[str]]):
    def get_all(self, key: str) -> list[str]:
        return self.get(key, [])

    def from_dict(self, address: dict[str, list[str]]) -> None:
        self.clear()
        self.update(address)


@pytest.fixture
def params(monkeypatch: pytest.MonkeyPatch) -> _Params:
    """An address and a session of their own."""
    held: dict[str, Any] = {}
    address = _Params()
    monkeypatch.setattr(st, "session_state", held)
    monkeypatch.setattr(st, "query_params", address)
    return address


def _run(key: str = "k") -> str:
    state.begin()
    chosen = state.choose_one(key, OPTIONS, "a")
    state.write(key, [chosen])
    state.settle()
    return chosen


def test_a_link_is_followed_and_the_address_says_the_choice(params: _Params) -> None:
    params["k"] = ["b"]
    assert _run() == "b"
    assert params == {"k": ["b"]}


def test_a_click_is_written_into_the_address(params: _Params) -> None:
    _run()
    st.session_state["k"] = "c"
    assert _run() == "c"
    assert params == {"k": ["c"]}


def test_the_back_button_is_followed(params: _Params) -> None:
    _run()
    st.session_state["k"] = "c"
    _run()
    params.from_dict({"k": ["a"]})
    assert _run() == "a"


def test_a_click_wins_over_an_address_that_the_browser_had_not_heard_of_yet(params: _Params) -> None:
    _run()
    st.session_state["k"] = "b"
    _run()
    params.from_dict({"k": ["a"]})
    st.session_state["k"] = "c"
    assert _run() == "c"


def test_what_another_page_wrote_leaves_the_address(params: _Params) -> None:
    _run("k")
    st.session_state.pop("k")
    _run("other")
    assert params == {"other": ["a"]}


def test_several_choices_keep_what_exists(params: _Params) -> None:
    params["v"] = ["1.0", "9.9", "2.0"]
    state.begin()
    assert state.choose_some("v", ["1.0", "2.0"]) == ["1.0", "2.0"]


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        (["2026-01-05", "2026-01-09"], (date(2026, 1, 5), date(2026, 1, 9))),
        (["2026-01-05"], (date(2026, 1, 5),)),
        (["2026-01-09", "2026-01-05"], (date(2026, 1, 1), date(2026, 1, 31))),
        (["2025-01-09", "x"], (date(2026, 1, 1), date(2026, 1, 31))),
        (["2025-12-09", "2026-01-05"], (date(2026, 1, 1), date(2026, 1, 5))),
        (["2025-01-01", "2027-01-01"], (date(2026, 1, 1), date(2026, 1, 31))),
        (["2025-01-01", "2025-02-01"], (date(2026, 1, 1), date(2026, 1, 31))),
        ([], (date(2026, 1, 1), date(2026, 1, 31))),
    ],
)
def test_days_are_held_within_what_is_known(
    params: _Params, asked: list[str], chosen: tuple[date, ...]
) -> None:
    params["d"] = asked
    state.begin()
    assert state.choose_days("d", date(2026, 1, 1), date(2026, 1, 31)) == chosen


OPTIONS_OF = {
    "app": ["x", "y"],
    "span": ["2y", "30d", "90d"],
    "store": ["all", "play"],
    "tone": ["all", "bad"],
}


def _page(params: _Params, *keys: str, **address: list[str]) -> dict[str, str]:
    """A run of another page, opened under `address`, that has these choices."""
    for key in [k for k in st.session_state if k in OPTIONS_OF]:
        st.session_state.pop(key)
    params.from_dict(address)
    state.begin()
    chosen = {key: state.choose_one(key, OPTIONS_OF[key], OPTIONS_OF[key][0]) for key in keys}
    for key, value in chosen.items():
        state.write(key, [value] if value != OPTIONS_OF[key][0] or key == "app" else [])
    state.settle()
    return chosen


def test_the_scope_goes_along_to_a_page_that_is_opened_without_an_address(params: _Params) -> None:
    chosen = {"app": ["y"], "span": ["90d"], "store": ["play"]}
    _page(params, "app", "span", "store", "tone", **chosen, tone=["bad"])
    assert _page(params, "app", "span", "store") == {"app": "y", "span": "90d", "store": "play"}
    assert params == chosen
    # What is of one page only does not go along, and pages without the scope do not forget it.
    assert _page(params, "tone") == {"tone": "all"}
    assert _page(params, "app") == {"app": "y"}
    assert _page(params, "app", "span", "store", "tone") == {
        "app": "y", "span": "90d", "store": "play", "tone": "all",
    }  # fmt: skip


def test_a_link_that_names_an_app_means_what_it_says_whatever_went_along(params: _Params) -> None:
    _page(params, "app", "span", app=["y"], span=["90d"])
    assert _page(params, "app", "span", app=["y"]) == {"app": "y", "span": "2y"}
    assert _page(params, "app", "span") == {"app": "y", "span": "2y"}
