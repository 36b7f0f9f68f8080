"""Intrinsic functions and conditions of CloudFormation are resolved."""

from typing import Any

import pytest

from local.cloudformation.intrinsic_functions import Resolver
from local.errors import UserError

CONDITIONS = {
    "On": {"Fn::Equals": [{"Ref": "Switch"}, "on"]},
    "Off": {"Fn::Not": [{"Condition": "On"}]},
    "Both": {"Fn::And": [{"Condition": "On"}, {"Fn::Equals": [{"Ref": "Days"}, 30]}]},
    "Either": {"Fn::Or": [{"Condition": "Off"}, {"Condition": "Both"}]},
    "Itself": {"Fn::Not": [{"Condition": "Itself"}]},
}


@pytest.fixture
def resolver() -> Resolver:
    resolver = Resolver({"Switch": "on", "Days": "30"}, {"AWS::Region": "eu-west-1"}, CONDITIONS)
    resolver.add_resource("Table", "the-table", {"Arn": "arn:table", "Nested.Arn": "arn:nested"})
    return resolver


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Switch"}, "on"),
        ({"Ref": "Table"}, "the-table"),
        ({"Fn::GetAtt": ["Table", "Arn"]}, "arn:table"),
        ({"Fn::GetAtt": "Table.Arn"}, "arn:table"),
        ({"Fn::GetAtt": ["Table", "Nested.Arn"]}, "arn:nested"),
        (
            {"Fn::Sub": "${AWS::Region}/${Table}/${Table.Arn}/${!Literal}/$x"},
            "eu-west-1/the-table/arn:table/${Literal}/$x",
        ),
        ({"Fn::Sub": ["${A}-${Switch}", {"A": {"Ref": "Table"}}]}, "the-table-on"),
        ({"Fn::Join": [",", ["a", {"Ref": "Days"}, 1]]}, "a,30,1"),
        ({"Fn::Split": [",", "a,b"]}, ["a", "b"]),
        ({"Fn::Select": ["1", {"Fn::Split": ["-", "a-b"]}]}, "b"),
        ({"Fn::If": ["On", "yes", {"Fn::GetAtt": ["Missing", "Arn"]}]}, "yes"),
        ({"Fn::If": ["Off", "yes", "no"]}, "no"),
        ({"a": {"Fn::If": ["Off", 1, {"Ref": "AWS::NoValue"}]}, "b": [{"Ref": "AWS::NoValue"}, 2]}, {"b": [2]}),
        ({"Ref": "AWS::NoValue"}, None),
        ({"Condition": {"StringEquals": {"a": {"Ref": "Days"}}}}, {"Condition": {"StringEquals": {"a": "30"}}}),
        ([True, None, 1.5, {}], [True, None, 1.5, {}]),
    ],
)
def test_resolve(resolver: Resolver, value: Any, expected: Any) -> None:
    assert resolver.resolve(value) == expected


def test_conditions(resolver: Resolver) -> None:
    assert [resolver.condition(name) for name in ("On", "Off", "Both", "Either")] == [True, False, True, True]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"Fn::ImportValue": "x"}, "does not support the intrinsic function Fn::ImportValue"),
        ({"a": [{"Fn::Cidr": []}]}, "does not support the intrinsic function Fn::Cidr"),
        ({"Ref": "Missing"}, "Ref to Missing"),
        ({"Fn::GetAtt": ["Missing", "Arn"]}, "Fn::GetAtt of Missing"),
        ({"Fn::GetAtt": ["Table", "StreamArn"]}, "does not support the attribute StreamArn of Table"),
        ({"Fn::Sub": "${Missing}"}, "Ref to Missing"),
        ({"Fn::If": ["Nowhere", 1, 2]}, "there is no condition Nowhere"),
        ({"Fn::If": ["Itself", 1, 2]}, "condition Itself depends on itself"),
        ({"Fn::Select": [2, ["a", "b"]]}, "Fn::Select of item 2 from a list of 2"),
        ({"Fn::If": ["On"]}, r"Fn::If does not accept \['On'\]"),
        ({"Fn::Join": "x"}, "Fn::Join does not accept 'x'"),
        ({"Ref": ["x"]}, "Ref does not accept"),
    ],
)
def test_unresolvable(resolver: Resolver, value: Any, words: str) -> None:
    """The error says what cannot be resolved."""
    with pytest.raises(UserError, match=words):
        resolver.resolve(value)


def test_references(resolver: Resolver) -> None:
    """Only the branch that is taken counts."""
    value = {
        "a": {"Fn::If": ["On", {"Ref": "Taken"}, {"Ref": "Left"}]},
        "b": [{"Fn::GetAtt": ["Other", "Arn"]}, {"Fn::Sub": ["${X.Arn}${Own}${!No}", {"Own": {"Ref": "Inner"}}]}],
        "Condition": {"Bool": {"Ref": "Deep"}},
    }
    assert resolver.references(value) == {"Taken", "Other", "X", "Inner", "Deep"}
