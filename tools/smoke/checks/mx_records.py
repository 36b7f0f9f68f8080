"""The receiving domains must lead to SES, in the region of the stack."""

from __future__ import annotations

from collections.abc import Iterator

from tools.smoke.checks.identities import receiving_domains
from tools.smoke.findings import Finding
from tools.smoke.name_servers import DnsFailed
from tools.smoke.run import Run


def look(run: Run) -> Iterator[Finding]:
    host = f"inbound-smtp.{run.stack.region}.amazonaws.com"
    for domain in receiving_domains(run):
        try:
            records = run.resolver.mx(domain)
        except DnsFailed as error:
            yield Finding(f"No name server answered. {error}", "Check the name servers of the domain, and try again.")
            continue
        named = ", ".join(f"{preference} {each}" for preference, each in records) or "none"
        if host not in [each for _, each in records]:
            yield Finding(
                f"The MX records of {domain} do not lead to {host}. They are: {named}.",
                f"Add: {domain} MX 10 {host}. Do not do that for the main domain of the client.",
            )
        elif len(records) > 1:
            yield Finding(
                f"{domain} also has other MX records: {named}. Emails may go there, and do not arrive here.",
                f"Leave only: {domain} MX 10 {host}.",
            )
