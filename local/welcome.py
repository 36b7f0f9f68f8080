"""What ``python -m local`` says when it is ready: what runs where, what came of the samples, where to look next."""

from dataclasses import dataclass
from pathlib import Path

from local.samples import Sample


@dataclass(frozen=True)
class Ready:
    """Where everything is. ``data`` is None where the state lives in memory only."""

    smtp_port: int
    smtps_port: int
    http_port: int
    aws_endpoint_url: str
    ca_file: Path
    data: Path | None


def welcome(ready: Ready, samples: list[Sample], outcomes: dict[str, str], trouble: str | None) -> str:
    """The text for people, some twenty-five lines; ``trouble`` is why samples are missing, if they are."""
    url = f"http://127.0.0.1:{ready.http_port}"
    state = f"kept in {ready.data}" if ready.data else "in memory, gone at the end (--data DIR keeps it)"
    lines = [
        "",
        "Email Channels is up.",
        "",
        f"  SMTP   127.0.0.1:{ready.smtp_port} with STARTTLS, 127.0.0.1:{ready.smtps_port} with TLS from the start",
        f"         certificate authority: {ready.ca_file}",
        f"  API    {url} (described by {url}/openapi.json)",
        f"  AWS    {ready.aws_endpoint_url} (embedded; the names of things: {url}/local/aws)",
        f"  State  {state}",
        "",
    ]
    if trouble:
        lines += [f"The sample emails could not be made: {trouble}", ""]
    elif samples:
        lines += ["Sample emails have come in over SMTP:", ""]
        for sample in samples:
            lines += [
                f'  {sample.what} "{sample.subject}" to {sample.mailbox}',
                f"    -> {outcomes.get(sample.subject, 'nothing yet; the log above may say why')}",
            ]
        lines.append("")
    return "\n".join(lines + _next_steps(url))


def _next_steps(url: str) -> list[str]:
    bearer = '-H "Authorization: Bearer $TOKEN"'
    return [
        "Look around, in another terminal:",
        "",
        f"  TOKEN=$(curl -s -d '{{\"user\": \"admin\"}}' {url}/local/token | cut -d '\"' -f 4)",
        f"  curl -s {bearer} {url}/cases | python3 -m json.tool",
        f"  curl -s {bearer} {url}/unprocessed | python3 -m json.tool",
        f"  curl -s {url}/local/outbox | python3 -m json.tool",
        "",
        "Ctrl-C ends it.",
        "",
    ]
