"""The exceptions from checkov's checks: each has a reason, and is needed."""

from typing import Any

from tools.checkov_scan import exceptions_in_vain, failures

REASON = "The queue has a dead-letter queue."


def found(*skipped: str, failed: tuple[dict[str, Any], ...] = (), unread: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "failed_checks": list(failed),
        "skipped_checks": [{"check_id": check} for check in skipped],
        "parsing_errors": list(unread),
    }


def test_needed() -> None:
    text = f"    # checkov:skip=CKV_AWS_1: {REASON}\n    # checkov:skip=CKV_AWS_1: {REASON}\n"
    assert exceptions_in_vain(text, found("CKV_AWS_1", "CKV_AWS_1")) == []


def test_not_needed() -> None:
    """The resource was corrected, and the exception stayed."""
    text = f"# checkov:skip=CKV_AWS_1: {REASON}\n# checkov:skip=CKV_AWS_1: {REASON}\n# checkov:skip=CKV_2: {REASON}\n"
    assert exceptions_in_vain(text, found("CKV_AWS_1")) == [
        "1 exceptions from CKV_AWS_1 are not needed",
        "1 exceptions from CKV_2 are not needed",
    ]


def test_no_reason() -> None:
    for text in ("# checkov:skip=CKV_AWS_1", "# checkov:skip=CKV_AWS_1: no"):
        assert exceptions_in_vain(text, found("CKV_AWS_1")) == ["an exception from CKV_AWS_1 has no reason"]


def test_failures() -> None:
    failed = {
        "file_path": "/template.yaml",
        "file_line_range": [7, 9],
        "resource": "AWS::SQS::Queue.Q",
        "check_id": "CKV_AWS_27",
        "check_name": "Ensure encryption",
    }
    assert failures(found(failed=(failed,), unread=("x.yaml",))) == [
        "template.yaml:7: AWS::SQS::Queue.Q: CKV_AWS_27: Ensure encryption",
        "checkov cannot read x.yaml",
    ]
