"""Nothing that anybody sends, however strange, is answered with a failure of ours.

schemathesis reads our own OpenAPI and makes requests that fit it and requests that do not; each must get an answer that
the description foresees. The seed is fixed: a failure here is found again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from types import SimpleNamespace

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import sampled_from
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS

from wenming.observations import door
from wenming.observations.door import Limits
from wenming.wsgi import application

# Of each operation and mode, shared by four callers: whose key is sent is drawn with the request.
EXAMPLES = 40
FORESEEN = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
PATIENT = settings(
    max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)  # fmt: skip


@pytest.fixture(autouse=True)
def wide_doors(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in door.LIMITS:
        monkeypatch.setitem(door.LIMITS, name, Limits(calm=10**6, ceiling=10**7))


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """Django's own test client does the same: the end of a request would close the test's only connection."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_request_gets_an_answer_that_the_description_foresees(
    city: SimpleNamespace, key_for: Callable[..., str], mode: GenerationMode
) -> None:
    # Nothing between here and the application would unpack an answer.
    plain = {"Accept-Encoding": "identity"}
    keys = [plain | {"Authorization": f"Bearer {key_for(getattr(city, who))}"} for who in ("api", "dispatcher", "handler")]
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    checks = CHECKS.get_by_names(list(FORESEEN))

    for found in schema.get_all_operations():
        operation = found.ok()

        @seed(20261122)
        @PATIENT
        @given(case=operation.as_strategy(generation_mode=mode), headers=sampled_from([plain, *keys]))
        def answered(case: schemathesis.Case, headers: dict[str, str]) -> None:
            response = case.call(headers=headers)
            case.validate_response(response, checks=checks)

        with suppress(Unsatisfiable):  # an address without parameters cannot be asked wrongly
            answered()
