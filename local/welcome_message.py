"""What ``python -m local`` says when it is ready: what runs where, what came of the samples, where to look next."""

from pathlib import Path

from local.system import SampleReport, System


def welcome_message(system: System, data: Path | None) -> str:
    """The text for people, some twenty-five lines; ``data`` is where the state is kept, None if in memory only."""
    url = f"http://127.0.0.1:{system.http_port}"
    state = f"kept in {data}" if data else "in memory, gone at the end (--data DIR keeps it)"
    lines = [
        "",
        "Email Channels is up.",
        "",
        f"  SMTP   127.0.0.1:{system.smtp_port} with STARTTLS, 127.0.0.1:{system.smtps_port} with TLS from the start",
        f"         certificate authority: {system.ca_file}",
        f"  API    {url} (described by {url}/openapi.json)",
        f"  AWS    {system.aws_endpoint_url} (embedded; the names of things: {url}/local/aws)",
        f"  State  {state}",
        "",
    ]
    return "\n".join(lines + _what_came_of(system.samples) + _next_steps(url))


def _what_came_of(samples: SampleReport) -> list[str]:
    if samples.trouble:
        return [f"The sample emails could not be made: {samples.trouble}", ""]
    if not samples.emails:
        return []
    lines = ["Sample emails have come in over SMTP:", ""]
    for email in samples.emails:
        lines += [
            f'  {email.what} "{email.subject}" to {email.mailbox}',
            f"    -> {samples.outcomes.get(email.subject, 'nothing yet; the log above may say why')}",
        ]
    return [*lines, ""]


def _next_steps(url: str) -> list[str]:
    bearer = '-H "Authorization: Bearer $TOKEN"'
    return [
        "Look around, in another terminal:",
        "",
        f'  TOKEN=$(curl -s -d \'{{"user": "admin"}}\' {url}/local/token | cut -d \'"\' -f 4)',
        f"  curl -s {bearer} {url}/cases | python3 -m json.tool --no-ensure-ascii",
        f"  curl -s {bearer} {url}/unprocessed | python3 -m json.tool --no-ensure-ascii",
        f"  curl -s {url}/local/outbox | python3 -m json.tool --no-ensure-ascii",
        "",
        "Ctrl-C ends it.",
        "",
    ]
