"""The functions `agent_api` and `jobs` in this process."""

from collections.abc import Iterator

import pytest

from tests.support.in_process.api_client import Api
from tests.support.in_process.aws import Aws
from tests.support.new_process import forget_use_cases


@pytest.fixture
def api(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    made = Api(aws)
    for name, value in (made.environment | {"TAG_KEY_SECRET": aws.tag_key_secret}).items():
        monkeypatch.setenv(name, value)
    # A logger of its own, because another test may have silenced its logger for the process.
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "jobs")
    forget_use_cases()
    yield made
    forget_use_cases()
