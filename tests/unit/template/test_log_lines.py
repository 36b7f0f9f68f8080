"""The lines of the log that filters of the template read: the code still writes them, and no failure is unwatched.

`tests/integration/test_alarmed_lines.py` makes the code write them.
"""

import ast
from collections.abc import Iterator, Mapping

from tests.support.cloudwatch.log_filters import texts_compared
from tests.support.paths import FUNCTIONS, PACKAGE
from tests.support.template import resources

NOT_WATCHED: Mapping[str, str] = {
    "not cleaned up after a job": "the job ends as failed",
    "retry failed": "the job's result names the email",
    "try failed": "the job's result names the email",
    "part failed": "the run then raises, which FunctionFailedAlarm counts",
    "send not closed": "the run then raises",
    "failed send not noticed": "the run then raises",
    "notification failed": "the run then raises",
    "digest failed": "the run then raises",
    "notice about probes not sent": "the run then raises",
    "erasure not finished": "the run then raises",
    "template cannot be read": "the shipped text is sent",
    "shipped text used instead of the template": "it is sent",
    "group alert not possible": "a group has an address to which nothing may be sent",
    "acknowledgement not possible": "a sender has an address to which nothing may be sent",
    "objects of a refused email left": "the agent is told why the email was refused",
}
"""Failures that no filter needs to see, with the reason."""


def logged(methods: set[str]) -> Iterator[str]:
    """The messages that the package and the functions log by these methods of the logger."""
    for path in (*PACKAGE.rglob("*.py"), *FUNCTIONS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in methods):
                continue
            of = node.func.value
            if isinstance(of, ast.Call) and isinstance(of.func, ast.Name) and of.func.id == "logger":
                [message] = node.args
                assert isinstance(message, ast.Constant), f"{path}:{node.lineno}: not a fixed text"
                yield str(message.value)


def watched() -> set[str]:
    patterns = [each["Properties"]["FilterPattern"] for each in resources("AWS::Logs::MetricFilter").values()]
    return {text for pattern in patterns for text in texts_compared(pattern, "$.message")}


def test_written() -> None:
    """Each line that a filter reads is written."""
    assert watched() <= set(logged({"info", "warning", "error", "exception"}))


def test_watched() -> None:
    """Each failure is watched, or it is known why not."""
    failures = set(logged({"error", "exception"}))
    assert failures - watched() == set(NOT_WATCHED)


def test_metrics() -> None:
    """What the filters count is what the alarms read, in the stack's own namespace."""
    namespace = {"Fn::Sub": "EmailChannels/${AWS::StackName}"}
    transformations = [
        each["Properties"]["MetricTransformations"][0] for each in resources("AWS::Logs::MetricFilter").values()
    ]
    assert [each for each in transformations if each["MetricNamespace"] != namespace] == []
    # A default value would be a value in each minute with a line of the log, and so a metric that costs money always.
    assert [each for each in transformations if "DefaultValue" in each] == []
    alarmed = {
        each["Properties"]["MetricName"]
        for each in resources("AWS::CloudWatch::Alarm").values()
        if each["Properties"].get("Namespace") == namespace
    }
    assert alarmed == {each["MetricName"] for each in transformations}
