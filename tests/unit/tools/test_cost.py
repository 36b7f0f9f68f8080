"""The bill of AWS, and what it is made of."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bench.cost import memory
from bench.cost.__main__ import main
from bench.cost.__main__ import page as bill_page
from bench.cost.bill import _TABLE, INFREQUENT, PARTS, STANDARD, bill
from bench.cost.consoles import ASKS, console_of_an_agent, in_a_second, in_an_hour
from bench.cost.drivers import CPU, MEMORY, Moving, Usage, email_of_the_mix, first_of, received, use_case
from bench.cost.emails import COLD_LEAST, MOVES, mix, move_of
from bench.cost.prices import Prices, read_prices
from bench.cost.stack import POLLS, fixed
from bench.page import PAGE, README, quoted
from tests.support.counts.counting import read_expected
from tests.support.counts.use_cases import A_LOOK, A_LOOK_AT_A_REPLY
from tests.support.paths import ROOT
from tests.support.template import expanded, functions

STORED = ("dynamodb write unit", "dynamodb read unit")
"""Billed by the class of the table."""

PRICES = Prices("2026-11-30", "us-east-1", dict.fromkeys(read_prices().usd, 0.0))


def test_all_units_have_a_price_and_a_part() -> None:
    """Nothing that an email uses is left out of the bill."""
    used, parts = set(email_of_the_mix().units), {unit for units in PARTS.values() for unit in units}
    assert used <= parts | set(STORED)
    assert parts | set(fixed(DashboardEnabled="true").units) <= set(read_prices().usd)


def test_mix() -> None:
    """60 % of the emails are short, and 4 % have 2 MB attached, which is over 2.7 MB as base64: ten complete chunks."""
    assert sum(mail.share for mail in mix()) == pytest.approx(1)
    assert [mail.chunks for mail in mix()] == [0, 0, 0, 10]
    assert [1_000 < mail.original < 2_500 for mail in mix()] == [True, False, False, False]


def test_storage_grows() -> None:
    """What a month adds is there for half of it, and then for ever. Large objects are in the dear class at first."""
    usd = {**PRICES.usd, "s3 GB-month": 10, "s3 cold GB-month": 1, "ses email received": 1}
    prices = Prices(PRICES.as_of, PRICES.region, usd)
    email = Usage({"ses email received": 1}, warm=1e9, moving={6: Moving(1, 1e9, 2e9)})
    first, second, third = bill(email, emails=1, months=3, fixed=Usage(), prices=prices)
    # At the end of the first month, a fifth of it is young. In its first six days, all is.
    young = 0.2 - 0.2**2 / 2
    assert first.parts["S3, storage"] == pytest.approx(10 * (0.5 + young) + 2 * (0.5 - young))
    assert second.parts["S3, storage"] == pytest.approx(10 * (1.5 + 0.2) + 2 * 1.3)
    assert third.parts["S3, storage"] - second.parts["S3, storage"] == pytest.approx(10 + 2)
    assert first.share == pytest.approx(first.parts["S3, storage"])


@pytest.mark.parametrize(
    ("days", "moves", "young"), [(6, [0.8, 1, 1], [0.18, 0.2, 0.2]), (45, [0, 0.5, 1], [0.5, 1.375, 1.5])]
)
def test_moves(days: int, moves: list[float], young: list[float]) -> None:
    """A month pays for the objects that become so old in it, for their new class, and for the reports of it."""
    usd = {**PRICES.usd, "s3 transition": 3, "eventbridge event": 2, "s3 GB-month": 1, "ses email received": 1}
    email = Usage({"ses email received": 1}, moving={days: Moving(1, 1e9, 1e9)})
    months = bill(email, 1, 3, Usage(), Prices(PRICES.as_of, PRICES.region, usd))
    assert [month.parts["S3, requests"] for month in months] == pytest.approx([3 * number for number in moves])
    assert [month.parts["EventBridge, SQS"] for month in months] == pytest.approx([2 * number for number in moves])
    assert [month.parts["S3, storage"] for month in months] == pytest.approx(young)


def test_what_moves() -> None:
    """Objects move by the rule for their size. Small ones are billed as larger there."""
    assert [move_of(size) for size in (99_000, 99_001, 2**20, 2**20 + 1)] == [None, MOVES[1], MOVES[1], MOVES[0]]
    one, small, large = mix()[0], mix()[2], mix()[3]
    assert received(one).moving == {}
    (moving,) = received(small).moving.values()
    assert (moving.objects, moving.size, moving.billed) == (2, sum(small.objects), small.original + COLD_LEAST)
    (moving,) = received(large).moving.values()
    assert (moving.objects, moving.size, moving.billed) == (2, sum(large.objects), sum(large.objects))


def test_moves_pay() -> None:
    """The smallest object that moves has paid for it within a year, as the template says; a smaller one has not."""
    usd = read_prices().usd

    def months(size: int) -> float:
        move = usd["s3 transition"] + usd["eventbridge event"]
        return move * 1e9 / (size * usd["s3 GB-month"] - max(size, COLD_LEAST) * usd["s3 cold GB-month"])

    large, middle = MOVES
    assert months(middle.above) == pytest.approx(12, abs=0.05)
    assert months(large.above) < 1.2
    assert 7 < months(mix()[2].original) < 9
    assert months(mix()[3].original) * 30 < 18


def test_table_class() -> None:
    """The table moves to the class with dear requests and cheap storage in the month in which it pays, and stays."""
    email = Usage({"ses email received": 1, "dynamodb write unit": 1}, table=1e9, items=1e9)
    usd = {
        "dynamodb write unit": 10,
        "dynamodb GB-month": 4,
        "dynamodb infrequent write unit": 18,
        "dynamodb infrequent GB-month": 1,
        "dynamodb restore GB-month": 2,
    }
    prices = Prices(PRICES.as_of, PRICES.region, {**PRICES.usd, **usd})
    months = bill(email, emails=1, months=4, fixed=Usage(), prices=prices)
    assert [month.table_class for month in months] == [STANDARD, STANDARD, STANDARD, INFREQUENT]
    assert [month.parts["DynamoDB, requests"] for month in months] == [10, 10, 10, 18]
    assert [month.parts["DynamoDB, storage"] for month in months] == pytest.approx([3, 9, 15, 10.5])


def test_recovery() -> None:
    """Recovery is billed for the items, and storage also for what the indexes hold of them."""
    usd = {**PRICES.usd, "dynamodb GB-month": 4, "dynamodb infrequent GB-month": 4, "dynamodb restore GB-month": 2}
    email = Usage({"ses email received": 1}, table=3e9, items=1e9)
    (month,) = bill(email, emails=2, months=1, fixed=Usage(), prices=Prices(PRICES.as_of, PRICES.region, usd))
    assert month.parts["DynamoDB, storage"] == pytest.approx(3 * 4 + 1 * 2)


def test_metrics() -> None:
    """No filter has a value for lines that it passes by, or each failure's metric would be billed in every hour."""
    transformations = [
        one
        for resource in expanded().resources.values()
        if resource["Type"] == "AWS::Logs::MetricFilter"
        for one in resource["Properties"]["MetricTransformations"]
    ]
    assert transformations
    assert not [one["MetricName"] for one in transformations if "DefaultValue" in one]
    assert fixed().units["sqs request"] == 3 * POLLS  # those of inbound, reconcile and jobs


def test_alarms() -> None:
    """Alarms are paid by the metric: ten cents a month for each of them, whatever happens."""
    assert fixed().units["alarm"] == 40


def test_requests_cost_the_same_each_month() -> None:
    """Twice the emails cost twice as much, but for what a stack costs without any."""
    prices = read_prices()
    (one,) = bill(email_of_the_mix(), 1_000, 1, fixed(), prices)
    (two,) = bill(email_of_the_mix(), 2_000, 1, fixed(), prices)
    without_emails = "alarms, metrics, keys"
    assert one.parts[without_emails] == two.parts[without_emails] > 0
    for part in set(one.parts) - {without_emails}:
        assert two.parts[part] == pytest.approx(2 * one.parts[part])


def test_as_the_template() -> None:
    """Memory of functions and the rule for large objects are those of the template."""
    resources = expanded().resources
    names = {"adhoc_send": "AdhocSend", "agent_api": "AgentApi"}
    found = {
        name: resources[f"{names.get(name, name.capitalize())}Function"]["Properties"].get("MemorySize")
        for name in MEMORY
    }
    assert found == MEMORY
    rules = resources["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    by_id = {rule["Id"]: rule for rule in rules if "Id" in rule}
    assert [by_id[move.rule]["Transitions"][0]["TransitionInDays"] for move in MOVES] == [move.days for move in MOVES]
    assert [int(by_id[move.rule]["ObjectSizeGreaterThan"]) for move in MOVES] == [move.above for move in MOVES]
    assert [int(by_id[move.rule].get("ObjectSizeLessThan", 0)) for move in MOVES] == [0, MOVES[0].above + 1]


def test_memory() -> None:
    """docs/performance.md says what the memory of functions means, and which batches their sources make."""
    page = PAGE.read_text("utf-8")
    assert "\n".join(memory.table()) in page
    section = page.partition("## Memory and batches")[2].partition("\n## ")[0]
    template = expanded(EventBusName="events").resources
    assert [name for name in functions() if f"`{name}`" not in section] == []
    sources = {
        name: one["Properties"] for name, one in template.items() if one["Type"] == "AWS::Lambda::EventSourceMapping"
    }
    rows = [line.split(" | ") for line in section.splitlines() if " -> `" in line]
    said = {row[0].partition("-> `")[2].removesuffix("`"): (row[1], row[2]) for row in rows}
    found = {}
    for name, source in sources.items():
        window = source.get("MaximumBatchingWindowInSeconds", 0)
        function = name.partition("Function")[0].lower()
        found[function] = (str(source["BatchSize"]), f"{window} s" if window else "none")
    assert said == found


def test_page(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The first and the last month are on the page, and the share of SES's fees."""
    monkeypatch.setattr("sys.argv", ["cost", "--emails", "1,000,000", "--months", "24"])
    assert main() == 0
    page = capsys.readouterr().out
    assert "1,000,000 emails a month" in page
    assert "month 24" in page
    assert page.splitlines()[-7].startswith("without SES, as a share of SES")
    assert page.splitlines()[-5] == "With TableClass=STANDARD_INFREQUENT_ACCESS from month 7 on."
    assert page.splitlines()[-3] == "With DashboardEnabled=true: 3.90 more."
    assert page.splitlines()[-1].startswith("Each agent whose console is open for 160 hours: ")


def test_consoles() -> None:
    """An open console is billed for what it asks again and again, as often as its modules say."""
    assert in_an_hour("count cases") == 60
    assert in_an_hour("list 50 cases") == pytest.approx(3600 / 7 / 2)
    prices, one = read_prices(), console_of_an_agent()
    assert set(one.units) <= {unit for units in PARTS.values() for unit in units} | set(STORED)
    (without,) = bill(email_of_the_mix(), 1_000, 1, fixed(), prices)
    (with_ten,) = bill(email_of_the_mix(), 1_000, 1, fixed(), prices, one.times(10))
    assert without.parts["API"] == 0
    assert with_ten.parts["API"] == pytest.approx(10 * prices.of("api request", one.units["api request"]))
    assert with_ten.parts["DynamoDB, requests"] > without.parts["DynamoDB, requests"]
    # Polling is most of what people cost: an agent may cost two dollars at most, or the page asks too much.
    assert with_ten.of_others - without.of_others < 20
    assert "10 agents" in bill_page(1_000, 1, agents=10)


def test_open_pages_and_the_limit_of_requests() -> None:
    """docs/operations.md says how many open pages reach the API's limit."""
    (stage,) = [one for one in expanded().resources.values() if one["Type"] == "AWS::ApiGatewayV2::Stage"]
    limit = stage["Properties"]["DefaultRouteSettings"]["ThrottlingRateLimit"]
    text = " ".join((ROOT / "docs" / "operations.md").read_text("utf-8").split())
    asked = {page: in_a_second(page) for page in ("case", "cases")}
    assert f"An open case asks {asked['case']:.2f} times a second, an open list {asked['cases']:.2f} times" in text
    reached = {page: round(limit / often, -1) for page, often in asked.items()}
    assert f"{reached['case']:.0f} open cases, or {reached['cases']:.0f} open lists" in text
    assert f"{limit} requests a second" in text


@pytest.mark.parametrize("wrong", [["--emails", "0"], ["--months", "x"], ["--cases", "2"], ["--agents", "-1"]])
def test_wrong_arguments(wrong: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["cost", *wrong])
    with pytest.raises(SystemExit):
        main()
    assert wrong[0] in capsys.readouterr().err


def test_measured() -> None:
    """The CPU time of each function is known, and costs something."""
    milliseconds = json.loads(CPU.read_text("utf-8"))["milliseconds"]
    assert set(MEMORY) <= set(milliseconds)
    assert all(time > 0 for time in milliseconds.values())
    of_console = json.loads(CPU.read_text("utf-8"))["open console"]
    assert set(of_console) == set(ASKS)
    assert all(time > 0 for time in of_console.values())


def test_quoted() -> None:
    """README and docs/performance.md say what `make cost` prints. `make bench-page` writes it again."""
    assert quoted() in README.read_text("utf-8")
    lines = PAGE.read_text("utf-8").splitlines()
    assert {f"    {line}" for line in bill_page(1_000_000, 24).splitlines() if line} <= set(lines)


def test_without_another_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/performance.md says what two years cost if nobody changes the class of the table."""
    prices, text = read_prices(), " ".join(PAGE.read_text("utf-8").split())
    cheapest = bill(email_of_the_mix(), 1_000_000, 24, fixed(), prices)[-1]
    monkeypatch.setattr("bench.cost.bill._TABLE", {STANDARD: _TABLE[STANDARD]})
    standard = bill(email_of_the_mix(), 1_000_000, 24, fixed(), prices)[-1]
    assert f"changes [the table's class](#the-table-class), it is {standard.share * 100:.0f} % after" in text
    assert f"In month 24 it saves {standard.of_others - cheapest.of_others:.2f}." in text


def test_why_not_less() -> None:
    """docs/performance.md says what the parts of the bill cost that stay."""
    prices, email, million = read_prices(), email_of_the_mix(), 1_000_000

    def months(usage: Usage, prices: Prices = prices) -> tuple[float, float]:
        first, *_, last = bill(usage, million, 24, Usage(), prices)
        return sum(first.parts.values()), sum(last.parts.values())

    text = " ".join(PAGE.read_text("utf-8").split())
    shares = [month.share * 100 for month in bill(email, million, 25, fixed(), prices)]
    with_dashboard = [month.share * 100 for month in bill(email, million, 24, fixed(DashboardEnabled="true"), prices)]
    assert f"it is {shares[0]:.0f} and {shares[23]:.0f} %. With the dashboard" in text
    assert f"it is {with_dashboard[0]:.0f} and {with_dashboard[23]:.0f} %. If nobody" in text
    assert f"it is {shares[1] - shares[0]:.0f} points more," in text
    assert f"each month adds {shares[24] - shares[23]:.1f} points" in text

    attachments = [(received(mail), received(replace(mail, attachments=())), mail.share) for mail in mix()]
    beside = Usage()
    for whole, bare, share in attachments:
        beside = beside.plus(whole.plus(bare.times(-1)).times(share))
    restore = [prices.of("dynamodb restore GB-month", email.items * million * kept / 1e9) for kept in (0.5, 23.5)]
    stack = sum(prices.of(unit, count) for unit, count in fixed().units.items())
    of_moves = {part: usd for part, usd in prices.usd.items() if part in {"s3 transition", "eventbridge event"}}
    moves = months(Usage(moving=email.moving), Prices(prices.as_of, prices.region, {**PRICES.usd, **of_moves}))
    written = prices.of("s3 write", million)
    counts = read_expected()
    of_case, of_reply = (use_case(first_of(counts[name])).times(0.5) for name in (A_LOOK, A_LOOK_AT_A_REPLY))
    second_look = of_case.plus(of_reply).plus(Usage({"eventbridge event": 1}))
    wanted = {
        "alarms, metrics, keys, empty polls of queues": (stack, stack),
        "SES's own write of each original": (written, written),
        "transitions to the colder class": moves,
        "attachments stored beside originals": months(beside),
        "point-in-time recovery of the table": tuple(restore),
        "the second look at each original": months(second_look),
    }
    rows = [line.split(" | ") for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    found = {row[0].removeprefix("| "): row[1:3] for row in rows}
    for part, costs in wanted.items():
        assert [float(text) for text in found[part]] == pytest.approx(costs, abs=0.006), part
