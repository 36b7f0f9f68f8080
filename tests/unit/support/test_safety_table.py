"""The table of safety properties: what it says about a value that differs, and how it writes the template."""

from typing import Any

import pytest

from tests.support.safety.comparison import SafetyTable
from tests.support.safety.rows import ABSENT, ANY_TEXT, Row
from tests.support.safety.short_form import short

QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 5, "KmsMasterKeyId": {"Ref": "Key"}}}
RULES = [Row("Resources", "AWS::SQS::Queue", ["Waiting"], "the only queue")]


def findings(*rows: Row) -> list[str]:
    table = SafetyTable({"queues.py": rows, "inventory.py": RULES})
    return table.findings({"Resources": {"Waiting": QUEUE}})


def test_message_of_a_property_without_a_row() -> None:
    """It has the row to add, and the file to which it belongs."""
    [message] = findings(Row("Waiting", "DelaySeconds", 5, "gives time"))
    assert message.splitlines() == [
        "Waiting: KmsMasterKeyId is in no row, so nobody would notice a harmful value. Add to queues.py:",
        '    Row("Waiting", "KmsMasterKeyId", "!Ref Key", "<why it must be so>"),',
    ]


def test_message_of_a_different_value() -> None:
    """It says what was expected and why, and which row to change."""
    rows = [
        Row("every AWS::SQS::Queue", "KmsMasterKeyId", "!Ref Key", "our own key"),
        Row("every AWS::SQS::Queue", "DelaySeconds", 900, "gives inbound time"),
    ]
    [message] = findings(*rows)
    assert message.splitlines() == [
        "Waiting: DelaySeconds is 5, not 900. The table says why: gives inbound time",
        "    If the new value is meant, change the row for 'every AWS::SQS::Queue' in queues.py, or add one:",
        '    Row("Waiting", "DelaySeconds", 5, "<why it must be so>"),',
    ]
    assert findings(*rows, Row("Waiting", "DelaySeconds", 5, "needs less")) == []


@pytest.mark.parametrize(
    ("expected", "place"),
    [
        ({"a": {"b": 1, "c": [{"d": 2}]}}, "A.a.c[0].d is 3, not 2"),
        ({"a": {"b": 1, "c": [{"d": 3}], "e": 4}}, "A.a.e is ABSENT, not 4"),
        ({"a": {"b": 2, "c": [{"d": 2}]}}, "A.a is {'b': 1, 'c': [{'d': 3}]}, not {'b': 2, 'c': [{'d': 2}]}"),
        ({"a": {"b": 1, "c": []}}, "A.a.c is [{'d': 3}], not []"),
    ],
)
def test_place_of_a_difference(expected: Any, place: str) -> None:
    """A row can cover a whole object. The message names the part of it that differs."""
    table = SafetyTable({"queues.py": [Row("Waiting", "A", expected, "is so")], "inventory.py": RULES})
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"A": {"a": {"b": 1, "c": [{"d": 3}]}}}}
    [message] = table.findings({"Resources": {"Waiting": queue}})
    assert message.startswith(f"Waiting: {place}. The table says why: is so")


def test_message_of_a_resource_that_is_gone() -> None:
    row = Row("Waiting", "", {"DelaySeconds": 5, "KmsMasterKeyId": "!Ref Key"}, "the only queue")
    [message] = findings(row, Row("Other", "DelaySeconds", 5, "gives time"))
    assert message == "Other has rows in queues.py, but is not in the template. If that is meant, remove them."


def test_absent_and_any_text() -> None:
    """A default counts as a value; a text for people only has to be there."""
    rest = Row("Waiting", "DelaySeconds", 5, "gives time")
    assert len(findings(rest, Row("Waiting", "KmsMasterKeyId", ABSENT, "the default key"))) == 2
    assert findings(rest, Row("Waiting", "KmsMasterKeyId", ANY_TEXT, "a text for people")) == []
    assert (
        len(findings(rest, Row("Waiting", "KmsMasterKeyId", "!Ref Key", "our key"), Row("Waiting", "A", ANY_TEXT, "")))
        == 1
    )


def test_two_rows_for_one_property() -> None:
    row = Row("Waiting", "DelaySeconds", 5, "gives time")
    with pytest.raises(ValueError, match="two rows for DelaySeconds"):
        findings(row, Row("Waiting", "", {"DelaySeconds": 6}, "gives more time"))


@pytest.mark.parametrize("value", [1, True, "5", 50, None])
def test_types_of_values(value: Any) -> None:
    """true is not 1, and a text is no number."""
    other = Row("Waiting", "KmsMasterKeyId", "!Ref Key", "our key")
    assert len(findings(Row("Waiting", "DelaySeconds", value, "gives time"), other)) == 1


@pytest.mark.parametrize(
    ("long", "text"),
    [
        ({"Ref": "Key"}, "!Ref Key"),
        ({"Fn::GetAtt": ["Key", "Arn"]}, "!GetAtt Key.Arn"),
        ({"Fn::GetAtt": "Key.Arn"}, "!GetAtt Key.Arn"),
        ({"Fn::Sub": ["a-${Id}", {"Id": {"Ref": "Key"}}]}, "!Sub a-${!Ref Key}"),
        ({"Fn::If": ["On", 1, {"Ref": "B"}]}, "!If [On, 1, !Ref B]"),
        ({"Fn::If": ["On", {"a": 1}, 2]}, {"!If": ["On", {"a": 1}, 2]}),
        ({"Fn::If": ["On", 1, {"Ref": "AWS::NoValue"}]}, {"if On": 1}),
        ({"Fn::Join": ["", ["a", {"Ref": "B"}]]}, {"!Join": ["", ["a", "!Ref B"]]}),
        ([{"Name": "a", "Value": 1}], {"a": 1}),
        (
            [{"Name": "a", "Value": 1}, {"Name": "a", "Value": 2}],
            [{"Name": "a", "Value": 1}, {"Name": "a", "Value": 2}],
        ),
        ([{"Id": "a", "Days": 1}], {"[a]": {"Days": 1}}),
        ([{"Fn::If": ["On", {"Id": "a", "Days": 1}, {"Ref": "AWS::NoValue"}]}], {"[a]": {"if On": {"Days": 1}}}),
    ],
)
def test_short_form(long: Any, text: Any) -> None:
    assert short(long) == text
