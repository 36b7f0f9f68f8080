"""The runbooks: one for each alarm, and nothing in their commands that does not exist.

An operator copies these commands when something is wrong already. Nobody here can run them against AWS. So each option
is compared with the models of the services, of which the AWS command line is made.
"""

import json
import re
import subprocess
from functools import cache

import pytest

from tests.support.cloudwatch.log_filters import texts_compared
from tests.support.paths import FUNCTIONS, PACKAGE, ROOT
from tests.support.runbooks.aws_command_line import WrongCommand, check
from tests.support.runbooks.commands import INDEX, OPERATIONS, PAGES, called, commands, first_arguments, simple
from tests.support.template import expanded, resources, source
from tools.smoke.checks import CHECKS

PARTS = ["Means", "Look", "Do", "Over"]
ACCIDENTS = (
    "Rollback failed",
    "Key disabled",
    "SES suspended",
    "Issuer changed",
    "Table restored",
    "Rule set replaced",
    "Poison email",
    "Storm",
)
SHELL_FUNCTIONS = ["output", "resource", "state", "waiting", "insights", "said", "crashes"]

RUNBOOKS = [section.split("\n", 1) for page in PAGES for section in re.split(r"(?m)^## ", page.read_text("utf-8"))[1:]]
"""Heading and text of each."""

AWS = [words for words in called("aws") if len(words) > 1 and "..." not in words]
TEXT = "\n".join(page.read_text("utf-8") for page in (INDEX, *PAGES, OPERATIONS))


def alarms() -> set[str]:
    """The logical ids of all alarms, with everything switched on that can be."""
    on = expanded(EventBusName="email-channels")
    made = {name for name, each in on.resources.items() if each["Type"] == "AWS::CloudWatch::Alarm"}
    assert made == {name for name, each in source()["Resources"].items() if each["Type"] == "AWS::CloudWatch::Alarm"}
    return made


def test_alarms() -> None:
    """Each alarm has one runbook, and each runbook is that of an alarm or of an accident."""
    assert sorted(heading for heading, _ in RUNBOOKS) == sorted([*alarms(), *ACCIDENTS])


def test_urgency() -> None:
    """The first page says once of each alarm how urgent it is, and links to its runbook."""
    links = re.findall(r"\[(\w+Alarm)\]\((runbooks/\w+\.md)#(\w+)\)", INDEX.read_text("utf-8"))
    assert sorted(alarm for alarm, _, _ in links) == sorted(alarms())
    for alarm, page, anchor in links:
        assert anchor == alarm.lower()
        assert f"## {alarm}\n" in (ROOT / "docs" / page).read_text("utf-8"), alarm


@pytest.mark.parametrize(("heading", "text"), RUNBOOKS, ids=[heading for heading, _ in RUNBOOKS])
def test_parts(heading: str, text: str) -> None:
    """A runbook says what it means, where to look with which commands, what to do, and when it is over."""
    starts = [name for name in re.findall(r"(?m)^\*\*(\w+)[:,]", text) if name in PARTS]
    assert list(dict.fromkeys(starts)) == PARTS, heading
    look, over = text.partition("**Look:**")[2].partition("**Do")[0], text.partition("**Over:**")[2]
    assert re.search(r"(?m)^    \S", look), heading
    assert over.strip(), heading


@pytest.mark.parametrize("words", AWS, ids=[f"{number}-{' '.join(words[:2])}" for number, words in enumerate(AWS)])
def test_aws(words: list[str]) -> None:
    """Each command of the AWS command line exists, with its options, and its query can be parsed."""
    check(words)


def test_aws_found() -> None:
    """Commands are found where they stand: in lines, in $(...), in functions, in loops and in prose."""
    found = {" ".join(words[:2]) for words in AWS}
    assert {
        "ses describe-active-receipt-rule-set",
        "events list-targets-by-rule",
        "logs get-query-results",
        "sqs send-message",
        "lambda update-event-source-mapping",
    } <= found
    assert len(re.findall(r"(?<![\w/.])aws\s+[a-z0-9-]+\s+[a-z-]+", TEXT)) == len(called("aws"))


@pytest.mark.parametrize(
    "wrong",
    [
        "aws ses describe-active-rule-set",
        "aws kms enable-key --key KEY",
        "aws kms enable-key --key-id KEY --query 'KeyMetadata.['",
        "aws cloudformation wait stack-rolled-back --stack-name x",
        "aws sqs send-message --queue-url x",
        "aws logs tail x --until 1h",
        "aws kms enable-key --key-id KEY --max-items 3",
    ],
)
def test_wrong_aws(wrong: str) -> None:
    [words] = simple(wrong)
    with pytest.raises(WrongCommand):
        check(words[1:])


def test_make() -> None:
    """Each `make` command exists, with its variables and what they hold."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    found = [words for words in called("make") if words]
    assert {words[0] for words in found} >= {"smoke", "redrive", "restore", "adopt", "deploy", "corpus"}
    assert {words[0] for words in found} <= set(re.findall(r"(?m)^([a-z-]+):", makefile))
    for target, *rest in found:
        values = dict(word.split("=", 1) for word in rest)
        recipe = makefile.split(f"\n{target}:")[1].split("\n\n")[0]
        assert values.keys() <= set(re.findall(r"\$\(([A-Z]+)\)", recipe)), (target, rest)
        given = values.get("ARGS", "")
        if target == "smoke":
            assert set(re.findall(r"--(?:only|skip) (\S+)", given)) <= {each.name for each in CHECKS}, given
            assert re.sub(r"--(only|skip) \S+|--read-only", "", given).strip() == "", given
        if target == "deploy":
            assert {word.partition("=")[0] for word in given.split()} <= source()["Parameters"].keys(), given


def test_resources() -> None:
    """Each resource that is named exists, and is of the kind that the function is for."""
    types = {name: str(each["Type"]) for name, each in source()["Resources"].items()}
    assert first_arguments("resource") <= types.keys()
    assert first_arguments("state") <= alarms()
    assert {types[name] for name in first_arguments("waiting")} == {"AWS::SQS::Queue"}
    groups = first_arguments("insights") | first_arguments("said") | first_arguments("crashes")
    assert {types[name] for name in groups} == {"AWS::Logs::LogGroup"}
    logical_ids = {
        words[words.index(option) + 1]
        for option in ("--logical-resource-id", "--resources-to-skip")
        for words in AWS
        if option in words
    }
    assert logical_ids - {"$1"} <= types.keys()
    assert first_arguments("output") <= source()["Outputs"].keys()


def test_parameters() -> None:
    """Each parameter whose value is asked for exists."""
    asked = set(re.findall(r"ParameterKey=='(\w+)'", TEXT))
    assert asked
    assert asked <= source()["Parameters"].keys()


@cache
def code() -> str:
    return "\n".join(path.read_text("utf-8") for path in (*PACKAGE.rglob("*.py"), *FUNCTIONS.rglob("*.py")))


def test_log_lines() -> None:
    """Each line of the log that is looked for is one that the code writes."""
    looked_for = {words[1] for words in called("said") if len(words) > 1} - {"MESSAGE"}
    looked_for |= set(re.findall(r'message = "([^"\\]+)"', TEXT))
    assert len(looked_for) > 25
    assert {line for line in looked_for if f'"{line}"' not in code()} == set()


def test_logs() -> None:
    """A line that a filter of the template reads is looked for in a log in which a filter reads it."""
    read: dict[str, set[str]] = {}
    for each in resources("AWS::Logs::MetricFilter").values():
        for line in texts_compared(each["Properties"]["FilterPattern"], "$.message"):
            read.setdefault(line, set()).add(each["Properties"]["LogGroupName"]["Ref"])
    looked_for = [words for words in called("said") if len(words) > 1 and words[1] in read]
    assert len(looked_for) > 15
    assert [(group, line) for group, line in looked_for if group not in read[line]] == []


def test_routes() -> None:
    """Each route of the API that is called exists, with its parameters, and each reason."""
    document = json.loads((ROOT / "openapi.json").read_text("utf-8"))
    patterns = {re.compile(re.sub(r"\{\w+\}", "[^/]+", path)): path for path in document["paths"]}
    schemas = document["components"]["schemas"]
    requests = set(re.findall(r"\$URL(/[^\"\s?]*)(?:\?(\w+)=(\w+))?", TEXT)) - {("/...", "", "")}
    assert len(requests) > 5
    for path, name, value in requests:
        routes = [route for pattern, route in patterns.items() if pattern.fullmatch(path)]
        route = min(routes, key=lambda each: each.count("{"))
        if name:
            parameters = document["paths"][route]["get"]["parameters"]
            [schema] = [each["schema"] for each in parameters if each.get("name") == name]
            assert value in schemas[schema["$ref"].rpartition("/")[2]]["enum"], (path, name, value)
    assert set(re.findall(r'"reason": "(\w+)"', TEXT)) <= set(schemas["Reason"]["enum"])


def test_shell_functions() -> None:
    """The functions are defined, in a form that a shell can read, and they are all that is defined."""
    text = OPERATIONS.read_text("utf-8")
    lines = [line[4:] for line in text.partition("## ")[0].splitlines() if line.startswith("    ")]
    assert re.findall(r"(?m)^(\w+)\(\) \{", "\n".join(lines)) == SHELL_FUNCTIONS
    subprocess.run(["sh", "-n"], input="\n".join(lines), text=True, check=True)
    assert set(re.findall(r"(?m)^\| `(\w+) ", text.partition("## ")[0])) == set(SHELL_FUNCTIONS)


@pytest.mark.parametrize("there", [True, False])
def test_log_that_a_stack_does_not_have(there: bool) -> None:
    """Without a console or a bus, their logs do not exist: AWS says so, and nothing is asked of a log without a name.
    The commands after it go on."""
    text = OPERATIONS.read_text("utf-8").partition("## ")[0]
    functions = [line[4:] for line in text.splitlines() if line.startswith("    ")]
    found = "echo the-log" if there else "echo it does not exist >&2; return 254"
    stub = f'aws() {{ echo "$2" >&2; case "$2" in describe-stack-resource) {found};; *) echo "of $*";; esac; }}'
    script = "\n".join([*functions, stub, 'said ConsoleLogGroup "x"', "echo next"])
    run = subprocess.run(["sh"], input=script, text=True, capture_output=True, check=True)
    called_for = ["describe-stack-resource", "start-query", "get-query-results", "get-query-results"]
    assert run.stderr.splitlines() == (called_for if there else ["describe-stack-resource", "it does not exist"])
    assert run.stdout.splitlines()[-1] == "next"


def test_lines_are_commands() -> None:
    """Each line of code on these pages can be read by a shell."""
    for page in (INDEX, *PAGES):
        for line in re.findall(r"(?m)^ {4,}(\S.*)$", page.read_text("utf-8")):
            subprocess.run(["sh", "-n"], input=line, text=True, check=True)
            assert list(commands(f"    {line}")) == [line]
