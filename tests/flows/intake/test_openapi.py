"""The server against its own description, asked by Schemathesis: what fits is taken, what does not fit is
refused, and every answer is one of those described."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from flows.intake.app import Intake
from tests.flows.intake.ground import YES, Server, bearer, invited, server

schema = schemathesis.openapi.from_dict(Intake().openapi())


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    with server(tmp_path_factory.mktemp("openapi")) as made:
        code = invited(made.data, 1)[0]
        assert httpx.put(f"{made.url}/v1/consent", json=YES, headers=bearer(code)).status_code == 200
        yield made, code


@schema.parametrize()
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_server_keeps_to_its_description(case: schemathesis.Case, running: tuple[Server, str]) -> None:
    made, code = running
    case.call_and_validate(base_url=made.url, headers=bearer(code))


@pytest.mark.soak
@schema.parametrize()
@settings(max_examples=1_000, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_server_keeps_to_its_description_for_long(
    case: schemathesis.Case, running: tuple[Server, str]
) -> None:
    made, code = running
    case.call_and_validate(base_url=made.url, headers=bearer(code))
