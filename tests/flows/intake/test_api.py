"""What stands around /v1: shapes, limits, content types, headers, hosts; answers without a word too much."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.telemetry import get_telemetry_data
from opentelemetry import trace
from starlette.types import Message, Receive, Scope, Send

from flows.intake.middleware import WholeBody
from flows.intake.schemas import Problem
from tests.flows.intake.ground import YES, Intake, bearer, intake
from warehouse.landing import Landing

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intake]:
    with intake(tmp_path_factory.mktemp("intake")) as made:
        yield made


@pytest.fixture
def here(running: Intake) -> Intake:
    made = running.newcomers()
    made.agree()
    return made


def _post(here: Intake, body: bytes | str, **headers: str) -> tuple[int, dict[str, object]]:
    given = bearer(here.codes[0]) | JSON | {k.replace("_", "-"): v for k, v in headers.items()}
    answer = here.client.post("/v1/feedback", content=body, headers=given)
    return answer.status_code, answer.json()


def test_a_whole_feedback_is_landed_as_it_was_said(here: Intake) -> None:
    given = {
        "rating": 2,
        "language": "ja",
        "version": "2.0.0-beta.1",
        "screen": "ログイン",
        "device": "Pixel 9",
    }
    answer = here.say("止まります", **given)
    assert answer.status_code == 201
    (said,) = here.landed("feedback")
    assert {k: said[k] for k in given} == given
    assert (said["text"], said["tester"], said["source"]) == ("止まります", here.testers[0], "intake")
    assert said["feedback_id"] == answer.json()["feedback_id"]


def test_a_whole_number_may_be_written_as_json_writes_it(here: Intake) -> None:
    assert _post(here, '{"rating": 4.0}')[0] == 201
    assert [f["rating"] for f in here.landed("feedback")] == [4]


def test_coverage_counts_the_feedback_of_each_batch(tmp_path: Path) -> None:
    with intake(tmp_path) as here:
        here.agree()
        here.say()
        rows = here.landed("coverage")
    assert [(r["asked_for"], r["source"], r["got"]) for r in rows] == [
        ("feedback", "intake", 0),
        ("feedback", "intake", 1),
    ]


@pytest.mark.parametrize(
    "body", [{}, {"rating": None}, {"text": None}, {"text": " \n\u3000"}, {"text": "\x00\x07"}]
)
def test_something_must_be_said(here: Intake, body: dict[str, object]) -> None:
    assert _post(here, json.dumps(body))[0] == 422


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"rating": 6}, "rating"),
        ({"rating": 0}, "rating"),
        ({"rating": "5"}, "rating"),
        ({"rating": True}, "rating"),
        ({"rating": 4.5}, "rating"),
        ({"text": 5}, "text"),
        ({"text": "x" * 4001}, "text"),
        ({"text": "x", "screen": "x" * 101}, "screen"),
        ({"text": "x", "language": "Japanese"}, "language"),
        ({"text": "x", "tester": "t-1"}, "tester"),
        ({"text": "x", "1234 5678 9012": "x"}, "(unknown)"),
    ],
)
def test_a_wrong_field_is_named_and_its_value_is_not(
    here: Intake, body: dict[str, object], field: str
) -> None:
    status, told = _post(here, json.dumps(body))
    assert status == 422
    assert [e["field"] for e in told["errors"]] == [field]  # type: ignore[attr-defined]
    assert "9012" not in json.dumps(told)
    assert here.landed("feedback") == []


def test_the_longest_text_of_the_widest_characters_fits(here: Intake) -> None:
    for body in (json.dumps({"text": "𠮷" * 4000}), json.dumps({"text": "𠮷" * 4000}, ensure_ascii=False)):
        assert _post(here, body)[0] == 201


@pytest.mark.parametrize("name", ["screenshot", "image", "files", "attachment", "photo"])
def test_a_screenshot_is_refused_with_the_reason(here: Intake, name: str) -> None:
    status, told = _post(here, json.dumps({"text": "x", name: "aGVsbG8="}))
    assert status == 422
    assert "personal numbers in a picture cannot be masked" in str(told["errors"])


def test_an_upload_is_refused_with_the_reason(here: Intake) -> None:
    answer = here.client.post("/v1/feedback", files={"f": b"x"}, headers=bearer(here.codes[0]))
    assert (answer.status_code, answer.json()["code"]) == (415, "files_not_accepted")


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Type": "text/plain"},
        {"Content_Type": "application/json; charset=shift_jis"},
        {"Content_Type": "application/json", "Content_Encoding": "gzip"},
        {"Content_Type": ""},
    ],
)
def test_another_content_type_is_refused(here: Intake, headers: dict[str, str]) -> None:
    assert _post(here, b'{"text":"x"}', **headers)[0] == 415


@pytest.mark.parametrize(
    "key", ["short", "123456789012", "1234-5678-9012-3456", "x" * 129, "with blanks inside it"]
)
def test_a_key_that_is_none_or_could_be_a_number_is_refused(here: Intake, key: str) -> None:
    status, told = _post(here, b'{"text":"x"}', Idempotency_Key=key)
    assert status == 422
    assert key not in json.dumps(told)
    assert here.landed("feedback") == []


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"text":"\\ud800"}', b"[" * 60_000,
        b'{"a":' * 5_000, b'{"rating":1e999}', b'{"rating":NaN}', b'{"rating":' + b"9" * 5_000 + b"}",
    ],
)  # fmt: skip
def test_hostile_json_is_a_422_without_its_words(here: Intake, body: bytes) -> None:
    assert _post(here, body)[0] == 422


def test_half_a_character_is_replaced_not_refused_and_loads_back(here: Intake) -> None:
    _post(here, json.dumps({"text": "ab\u0000c\u2028d"}))
    assert [f["text"] for f in here.landed("feedback")] == ["abc\nd"]


def test_a_body_too_large_is_refused_before_it_is_read(here: Intake) -> None:
    status, told = _post(here, b"x" * 140_000)
    assert (status, told["code"]) == (413, "body_too_large")


def test_a_body_without_a_length_is_read_no_further_than_its_limit() -> None:
    told = 0

    async def receive() -> Message:
        nonlocal told
        told += 1
        return {"type": "http.request", "body": b"x" * 1_000, "more_body": True}

    async def ask() -> None:
        await WholeBody(_nobody, 131_072)({"type": "http", "headers": []}, receive, _mute)

    with pytest.raises(Problem, match="body_too_large"):
        asyncio.run(ask())
    assert told == 132


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    async def receive() -> Message:
        await asyncio.sleep(60)
        raise AssertionError

    async def ask() -> None:
        guard = WholeBody(_nobody, 131_072, timeout_s=0.01)
        await guard({"type": "http", "headers": []}, receive, _mute)

    with pytest.raises(Problem, match="request_timeout"):
        asyncio.run(ask())


async def _nobody(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("the request went through")


async def _mute(message: Message) -> None:
    raise AssertionError("something was answered")


@pytest.mark.parametrize("given", [None, "Bearer", "Bearer ", "Basic eDp5", "Bearer nope", "\u00e9"])
def test_without_a_known_code_nothing_is_told(here: Intake, given: str | None) -> None:
    headers = {} if given is None else {"Authorization": given.encode("latin-1")}
    for method, path in (("GET", "/v1/consent"), ("DELETE", "/v1/consent"), ("POST", "/v1/feedback")):
        answer = here.client.request(method, path, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_code_in_an_address_opens_nothing(here: Intake) -> None:
    assert here.client.get(f"/v1/consent?token={here.codes[0]}").status_code == 401


def test_a_revoked_code_is_told_so(here: Intake) -> None:
    here.state.register.revoke(here.testers[0], datetime.now(UTC))
    assert here.say().json()["code"] == "token_revoked"


def test_a_tester_who_asks_too_often_is_told_how_long_to_wait(tmp_path: Path) -> None:
    with intake(tmp_path, token_per_minute=3) as here:
        assert [here.agree().status_code for _ in range(4)] == [200, 200, 200, 429]
        refused = here.agree()
        assert int(refused.headers["retry-after"]) in range(1, 21)
        assert here.agree(1).status_code == 200, "another tester is not held up"


def test_every_answer_bears_the_security_headers(here: Intake) -> None:
    for path in ("/healthz", "/v1/consent", "/ja/", "/nowhere", "/static/style.css", "/openapi.json"):
        headers = here.client.get(path, headers={"Accept": "text/html"}).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "require-trusted-types-for 'script'" in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["cross-origin-embedder-policy"] == "require-corp"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == ("public, max-age=86400" if "static" in path else "no-store")
        assert "strict-transport-security" not in headers
        assert "server" not in headers


def test_hsts_is_sent_only_behind_tls(tmp_path: Path) -> None:
    with intake(tmp_path, public_origin="https://feedback.example.jp") as here:
        headers = here.client.get("/ja/", headers={"Host": "feedback.example.jp"}).headers
        assert headers["strict-transport-security"].startswith("max-age=")
        assert "; Secure" in headers["set-cookie"]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost:80:90", ""])
def test_another_host_name_is_refused(here: Intake, host: str) -> None:
    answer = here.client.get("/ja/", headers={"Host": host})
    assert answer.status_code == 421


def test_no_page_of_another_origin_may_call_by_default(here: Intake) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    assert "access-control-allow-origin" not in here.client.options("/v1/feedback", headers=asked).headers
    assert "access-control-allow-origin" not in here.client.get("/v1/consent", headers=asked).headers


def test_listed_origins_may_call_and_no_other(tmp_path: Path) -> None:
    with intake(tmp_path, cors_origins=("https://app.example.jp",)) as here:
        ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
        good = here.client.options("/v1/feedback", headers=ask | {"Origin": "https://app.example.jp"})
        assert good.headers["access-control-allow-origin"] == "https://app.example.jp"
        assert "access-control-allow-credentials" not in good.headers
        for origin in ("https://app.example.jp.evil", "http://app.example.jp", "null"):
            other = here.client.options("/v1/feedback", headers=ask | {"Origin": origin})
            assert "access-control-allow-origin" not in other.headers
        refused = here.client.get("/v1/consent", headers={"Origin": "https://app.example.jp"})
        assert refused.status_code == 401
        assert refused.headers["access-control-allow-origin"] == "https://app.example.jp"


def test_a_wrong_method_is_told_the_right_ones(here: Intake) -> None:
    answer = here.client.patch("/v1/consent")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert {"GET", "PUT", "DELETE"} <= set(answer.headers["allow"].split(", "))
    assert here.client.get("/v2").json()["code"] == "not_found"


def test_the_disk_refusing_is_a_503_and_health_says_so(here: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(Landing, "write", full)
        answer = here.say()
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert int(answer.headers["retry-after"]) > 0
        assert here.client.get("/healthz").status_code == 503
    assert here.say().status_code == 201
    assert here.client.get("/healthz").status_code == 200


def test_a_fault_of_ours_tells_neither_its_words_nor_its_trace(
    here: Intake, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fault(*_: object) -> None:
        raise ValueError("私の言葉 1234 5678 9012")

    monkeypatch.setattr(type(here.state.register), "find", fault)
    for accept in ("application/json", "text/html"):
        answer = here.client.get("/v1/consent", headers=bearer(here.codes[0]) | {"Accept": accept})
        assert answer.status_code == 500
        assert answer.json()["code"] == "internal_error"
        assert "Traceback" not in answer.text
        assert "9012" not in answer.text
    assert "ValueError at test_api.py" in caplog.text
    assert "9012" not in caplog.text


def test_the_description_is_served_here_and_its_page_is_not(here: Intake) -> None:
    described = here.client.get("/openapi.json").json()
    assert set(described["paths"]) == {"/v1/feedback", "/v1/consent", "/healthz"}
    assert here.client.get("/docs").status_code == 404


def test_consent_by_hand_written_json_with_doubled_names_takes_no_default(here: Intake) -> None:
    doubled = json.dumps(YES)[:-1] + ', "quote": true}'
    answer = here.client.put("/v1/consent", content=doubled, headers=bearer(here.codes[1]) | JSON)
    assert answer.status_code in (200, 422)


def test_a_stranger_is_told_nothing_about_a_body(here: Intake) -> None:
    for body in (b"{", b'{"rating":9}', b"\xff"):
        answer = here.client.post("/v1/feedback", content=body, headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (401, "token_missing")


def test_health_and_pages_may_be_asked_for_their_heads_only(here: Intake) -> None:
    for path in ("/healthz", "/ja/", "/static/style.css"):
        answer = here.client.head(path)
        assert (answer.status_code, answer.content) == (200, b"")


class Collector(trace.TracerProvider):
    def get_tracer(self, *_given: Any, **_named: Any) -> trace.Tracer:
        return trace.NoOpTracer()


def test_the_framework_keeps_no_telemetry_of_what_was_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FastAPI hands bodies and errors to the OpenTelemetry that it finds, unless it is told not to."""
    monkeypatch.setattr(trace, "get_tracer_provider", Collector)
    seen: list[object] = []
    with intake(tmp_path) as here:
        find = type(here.state.register).find

        def noting(*given: str) -> object:
            seen.append(get_telemetry_data())
            return find(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(type(here.state.register), "find", noting)
        here.agree()
    assert seen == [None]
