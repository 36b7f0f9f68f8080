"""The reader of CloudWatch's filter patterns that tests use, on the examples of its documentation."""

import pytest

from tests.support.cloudwatch.log_filters import pattern, read_filter

LINE = {
    "eventType": "UpdateTrail",
    "errorCode": 400,
    "sourceIPAddress": "111.111.111.111",
    "ThisFlag": True,
    "requestParameters": {"enabled": False, "name": "*a*"},
}


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ('{ $.eventType = "UpdateTrail" }', True),
        ('{ $.eventType = "updatetrail" }', False),
        ('{ $.eventType = "Update*" }', True),
        ('{ $.eventType = "*Trail" }', True),
        ('{ $.eventType = "Trail" }', False),
        ("{ $.eventType = Update* }", True),
        ("{ $.errorCode = 400 }", True),
        ("{ $.errorCode >= 400 }", True),
        ("{ $.errorCode > 400 }", False),
        ("{ $.errorCode = 4 }", False),
        ('{ $.errorCode = "400" }', False),
        ("{ $.missing = 1 }", False),
        ("{ $.missing >= 0 }", False),
        ("{ $.ThisFlag IS TRUE }", True),
        ("{ $.ThisFlag IS FALSE }", False),
        ("{ $.requestParameters.enabled IS FALSE }", True),
        ("{ $.missing IS FALSE }", False),
        ("{ $.requestParameters EXISTS }", True),
        ("{ $.requestParameters.nothing EXISTS }", False),
        ("{ $.ThisFlag >= 1 }", False),
        ('{ $.eventType = "UpdateTrail" && $.errorCode = 1 }', False),
        ('{ $.eventType = "no" || $.errorCode = 400 }', True),
        ('{ $.eventType = "no" && $.errorCode = 400 || $.ThisFlag IS TRUE }', True),
        ('{ $.eventType = "no" && ($.errorCode = 400 || $.ThisFlag IS TRUE) }', False),
    ],
)
def test_pattern(text: str, matches: bool) -> None:
    assert pattern(text)(LINE) is matches


@pytest.mark.parametrize(
    "text",
    [
        "ERROR",
        "{ $.a }",
        "{ $.a = 1",
        "{ $.a ~ 1 }",
        "{ $.a > x }",
        "{ $.a != 1 }",
        "{ ($.a = 1 }",
        "{ $.a = 1 $.b = 2 }",
    ],
)
def test_unknown_pattern(text: str) -> None:
    """What it does not know, it refuses: no test passes because of a misunderstanding."""
    with pytest.raises((ValueError, IndexError)):
        pattern(text)


def test_point() -> None:
    """A line gives a value with dimensions, but none if a field is missing."""
    filter_ = read_filter(
        {
            "LogGroupName": {"Ref": "Log"},
            "FilterPattern": "{ $.errorCode = 400 }",
            "MetricTransformations": [
                {
                    "MetricName": "Errors",
                    "MetricValue": "$.errorCode",
                    "Dimensions": [{"Key": "Type", "Value": "$.eventType"}],
                }
            ],
        }
    )
    assert filter_.point(LINE) == (400.0, {"Type": "UpdateTrail"})
    assert filter_.point({"errorCode": 400}) is None
    assert filter_.point({"errorCode": 401, "eventType": "x"}) is None
