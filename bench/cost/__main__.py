"""Prints what AWS bills for each month: `make cost ARGS="--emails 1000000 --months 24"`."""

from __future__ import annotations

import argparse
import sys

from bench.cost.bill import INFREQUENT, Month, bill
from bench.cost.consoles import HOURS, console_of_an_agent
from bench.cost.drivers import email_of_the_mix
from bench.cost.prices import Prices, read_prices
from bench.cost.stack import fixed, of_a_dashboard


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="make cost",
        description="The bill of AWS by part and month, at list prices, for the standard mix of emails.",
    )
    parser.add_argument("--emails", type=_positive, default=1_000_000, help="emails received in a month")
    parser.add_argument("--months", type=_positive, default=24, help="how many months; all emails are kept")
    parser.add_argument(
        "--cases", type=float, default=0.5, help="the share of emails that make a case; others are replies"
    )
    parser.add_argument(
        "--agents", type=_number, default=0, help=f"agents whose console is open for {HOURS} hours a month"
    )
    options = parser.parse_args()
    if not 0 <= options.cases <= 1:
        parser.error("--cases must be between 0 and 1.")
    print(page(options.emails, options.months, options.cases, options.agents))
    return 0


def page(emails: int, months: int, case_share: float = 0.5, agents: int = 0) -> str:
    """The bills of so many months, with so many emails in each, for people."""
    prices = read_prices()
    consoles = console_of_an_agent().times(agents)
    bills = bill(email_of_the_mix(case_share), emails, months, fixed(), prices, consoles)
    about = f"{emails:,} emails a month" + (f", {agents:,} agents" if agents else "")
    lines = [
        f"US dollars a month, list prices of {prices.region} on {prices.as_of}, {about}",
        "",
        table(_chosen(bills)),
    ]
    moved = next((month.number for month in bills if month.table_class == INFREQUENT), None)
    if moved is not None:
        lines += ["", f"With TableClass={INFREQUENT} from month {moved} on."]
    lines += ["", f"With DashboardEnabled=true: {of_a_dashboard(prices):.2f} more."]
    if not agents:
        lines += ["", f"Each agent whose console is open for {HOURS} hours: {of_a_console(prices):.2f} more."]
    return "\n".join(lines)


def of_a_console(prices: Prices) -> float:
    """What the open console of one agent costs in a month."""
    return sum(prices.of(unit, count) for unit, count in console_of_an_agent().units.items())


def table(months: list[Month]) -> str:
    """The bills side by side."""
    parts = list(months[0].parts)
    rows = [("", *(f"month {month.number}" for month in months))]
    rows += [(part, *(f"{month.parts[part]:,.2f}" for month in months)) for part in parts]
    rows.append(("all", *(f"{month.of_ses + month.of_others:,.2f}" for month in months)))
    rows.append(("without SES, as a share of SES", *(f"{month.share:.0%}" for month in months)))
    wide = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join([row[0].ljust(wide[0]), *(cell.rjust(width) for cell, width in zip(row[1:], wide[1:], strict=True))])
        for row in rows
    )


def _chosen(months: list[Month]) -> list[Month]:
    """The first two months, the last one, and some between, as many as a page has room for. In the second month, the
    objects of the first move to the cold class."""
    most = 6
    if len(months) <= most:
        return months
    step = (len(months) - 2) / (most - 2)
    return [months[0], *(months[1 + round(place * step)] for place in range(most - 1))]


def _number(text: str, least: int = 0) -> int:
    try:
        number = int(text.replace(",", ""))
    except ValueError:
        number = least - 1
    if number < least:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least {least}")
    return number


def _positive(text: str) -> int:
    return _number(text, 1)


if __name__ == "__main__":
    sys.exit(main())
