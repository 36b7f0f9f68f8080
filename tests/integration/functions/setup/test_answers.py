"""CloudFormation always gets an answer from `setup`."""

import json

import pytest

from functions.setup import app
from tests.support.in_process.setup_function import CloudFormation


def test_unknown_resource(cloudformation: CloudFormation) -> None:
    answer = cloudformation.request("Create", "Custom::Coffee")
    known = " and ".join(app.RESOURCES)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == f"unknown resource type Custom::Coffee; known are {known}"


def test_refusals(cloudformation: CloudFormation) -> None:
    """A missing property and an error of SES are answered, too."""
    assert cloudformation.request("Create", "Custom::ReceiptFilters")["Status"] == "FAILED"
    answer = cloudformation.active("Create")
    assert answer["Status"] == "FAILED"
    assert "RuleSetDoesNotExist" in answer["Reason"]


def test_long_reason(cloudformation: CloudFormation) -> None:
    """A long reason is cut to what an answer may have."""
    answer = cloudformation.filters("Create", "9" * 4000)
    assert answer["Status"] == "FAILED"
    assert len(json.dumps(answer)) < 4096


def test_content_type(cloudformation: CloudFormation) -> None:
    """The URL is signed without a content type."""
    cloudformation.filters("Create", "192.0.2.0/24")
    assert cloudformation.content_types == [""]


def test_answer_is_retried(cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed delivery of the answer is retried."""
    monkeypatch.setattr("functions.setup.app.time.sleep", lambda seconds: None)
    cloudformation.failures = app.TRIES - 1
    assert cloudformation.filters("Create", "192.0.2.0/24")["Status"] == "SUCCESS"


def test_answer_fails(cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda then calls the function again with the same request."""
    monkeypatch.setattr("functions.setup.app.time.sleep", lambda seconds: None)
    cloudformation.failures = app.TRIES
    with pytest.raises(OSError, match="503"):
        cloudformation.filters("Create", "192.0.2.0/24")
    assert cloudformation.filters("Create", "192.0.2.0/24")["Status"] == "SUCCESS"
