"""The API does what its OpenAPI document says, for generated requests: right ones and wrong ones (Schemathesis).

A long run: `SCHEMATHESIS_EXAMPLES=1000 .venv/bin/python -m pytest tests/integration/api/test_document.py`. Without this
variable, the requests are the same in each run.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.in_process.ad_hoc_channel import open_ad_hoc_channel
from tests.support.in_process.api_client import Api
from tests.support.in_process.aws import Aws
from tests.support.in_process.served_api import bearer, served
from tests.support.in_process.stored_emails import record_case, record_unprocessed

# A body can be right by the document and name what does not exist. So a request that is right may be refused.
NOT_CHECKED = "positive_data_acceptance"
# RFC 6585 has a status of its own for a missing If-Match. Schemathesis does not expect it.
SETTINGS = """
[checks.missing_required_header]
expected-statuses = [400, 401, 403, 406, 415, 422, 428]
"""
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES")


@pytest.fixture
def url(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of an API that has a few cases and unprocessed emails."""
    api = Api(aws)
    with open_ad_hoc_channel(aws, monkeypatch), served(api) as address:
        api("admin", "PUT", "/employees/1", {"name": "A"})
        for n in range(2, 5):
            record_case(api.stores.mail, n)
            record_unprocessed(api.stores.mail, 10 + n)
        yield address


@pytest.mark.slow
@pytest.mark.timeout(300 if EXAMPLES is None else 0)
@pytest.mark.parametrize(("user", "phases"), [("agent", "coverage"), ("admin", "examples,coverage,fuzzing")])
def test_generated_requests(url: str, user: str, phases: str, tmp_path: Path) -> None:
    """No request gets an answer that the document does not describe, and none is taken that the document forbids."""
    options = [f"--phases={phases}", "--checks=all", f"--exclude-checks={NOT_CHECKED}"]
    options += [f"--max-examples={EXAMPLES}"] if EXAMPLES else ["--max-examples=5", "--generation-deterministic"]
    command = "import sys; from schemathesis.cli import schemathesis; schemathesis(sys.argv[1:])"
    (tmp_path / "schemathesis.toml").write_text(SETTINGS)
    arguments = ["run", f"{url}/openapi.json", "--header", f"Authorization: {bearer(user)}", "--no-color", *options]
    done = subprocess.run([sys.executable, "-c", command, *arguments], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
