"""The text that ``python -m local`` prints when it is ready: addresses, results of the samples, next steps."""

from pathlib import Path

from local.system import SampleReport, System


def welcome_message(system: System, data: Path | None) -> str:
    """About twenty-five lines. ``data`` is the folder in which the state is saved, None if it is not saved."""
    url = f"http://127.0.0.1:{system.http_port}"
    state = f"saved in {data} on exit" if data else "in memory only, lost on exit (--data DIR saves it)"
    lines = [
        "",
        "Email Channels is ready.",
        "",
        *([f"  Console  {url}/", "           choose agent or admin to sign in"] if system.console else []),
        f"  SMTP     127.0.0.1:{system.smtp_port} with STARTTLS, 127.0.0.1:{system.smtps_port} with implicit TLS",
        f"           certificate authority: {system.ca_file}",
        f"  API      {url} (described by {url}/openapi.json)",
        f"  AWS      {system.aws_endpoint_url} (embedded; names of its resources: {url}/local/aws)",
        f"  State    {state}",
        "",
    ]
    return "\n".join(lines + _sample_results(system.samples) + _next_steps(url))


def _sample_results(samples: SampleReport) -> list[str]:
    if samples.trouble:
        return [f"The samples could not be created: {samples.trouble}", ""]
    if not samples.emails:
        return []
    lines = ["Sample emails have arrived over SMTP:", ""]
    for email in samples.emails:
        lines += [
            f'  {email.what} "{email.subject}" to {email.mailbox}',
            f"    -> {samples.outcomes.get(email.subject, 'no result yet; the log above may say why')}",
        ]
    return [*lines, ""]


def _next_steps(url: str) -> list[str]:
    bearer = '-H "Authorization: Bearer $TOKEN"'
    return [
        "To look around, run in another terminal:",
        "",
        f'  TOKEN=$(curl -s -d \'{{"user": "admin"}}\' {url}/local/token | cut -d \'"\' -f 4)',
        f"  curl -s {bearer} {url}/cases | python3 -m json.tool --no-ensure-ascii",
        f"  curl -s {bearer} {url}/unprocessed | python3 -m json.tool --no-ensure-ascii",
        f"  curl -s {url}/local/outbox | python3 -m json.tool --no-ensure-ascii",
        "",
        "The functions log here, one line of JSON for each event.",
        "Ctrl-C ends it.",
        "",
    ]
