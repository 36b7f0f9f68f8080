"""The API, on a new AWS for each test."""

import pytest

from tests.support.in_process.api_client import Api
from tests.support.in_process.aws import Aws


@pytest.fixture
def api(aws: Aws) -> Api:
    return Api(aws)
