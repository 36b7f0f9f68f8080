"""The running system: the stack, the SMTP and HTTP servers in front of it, and the sample data in it."""

import fcntl
import logging
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from local import default_parameters, sample_data
from local.command_line import Options
from local.errors import UserError
from local.http.api_gateway import api_gateway_of
from local.http.local_routes import LocalRoutes
from local.http.recipients import SmtpIngress
from local.http.server import HttpServer, bind
from local.http.token_issuer import ISSUER_PATH, TokenIssuer
from local.smtp.certificates import Certificates
from local.smtp.server import SmtpServer
from local.stack import Stack

TEMPLATE = Path(__file__).resolve().parent.parent / "template.yaml"

SAMPLES_TIMEOUT = 30
"""Seconds to wait until the sample emails have become cases."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SampleReport:
    """The sample emails, and the result of each by its subject. ``trouble`` says why they could not be created."""

    emails: list[sample_data.SampleEmail]
    outcomes: Mapping[str, str]
    trouble: str | None = None


@dataclass(frozen=True)
class System:
    """The addresses of the running system."""

    smtp_port: int
    smtps_port: int
    http_port: int
    aws_endpoint_url: str
    ca_file: Path
    samples: SampleReport
    console: bool = True


@contextmanager
def running(options: Options, template: Path = TEMPLATE) -> Iterator[System]:
    """Runs the whole system for the ``with`` block, which starts when the system is ready.

    Raises UserError for what the user can correct: a port in use, a bad parameter, a broken template.
    """
    with ExitStack() as cleanup:
        home = _claim_data_directory(options.data, cleanup) if options.data else _temporary_directory(cleanup)
        routes = LocalRoutes(TokenIssuer(""))
        http = HttpServer(routes, options.http_port)
        cleanup.callback(http.stop)
        routes.issuer.issuer = http.url + ISSUER_PATH
        # Checked now, so that the error comes before the deployment. SMTP listens later: it needs the bucket.
        for port, option in ((options.smtp_port, "--smtp-port"), (options.smtps_port, "--smtps-port")):
            bind(port, option).close()

        parameters = default_parameters.with_defaults(routes.issuer.issuer, options.parameters)
        stack = Stack(template, parameters, http.url, options.data, strict=options.strict)
        cleanup.callback(stack.stop)
        stack.start()
        certificates = Certificates(home)
        smtp = SmtpServer(
            s3=stack.aws.client("s3"),
            ses=stack.aws.client("ses"),
            region=stack.aws.region,
            certificates=certificates,
            smtp_port=options.smtp_port,
            smtps_port=options.smtps_port,
        )
        smtp.start()
        cleanup.callback(smtp.stop)
        stack.event_sources.wait_for(smtp.idle)
        gateway = api_gateway_of(stack.deployment, stack.workers.invoke)
        cleanup.callback(gateway.close)
        http.gateway = gateway
        cleanup.callback(_refuse_requests, http, routes)
        routes.stack = stack
        ranges = str(stack.deployment.parameters["AllowedIpRanges"])
        routes.ingress = SmtpIngress(smtp.smtp_port, certificates.ca_file, ranges)
        routes.mailboxes = lambda: sample_data.AdminApi(http.port, routes.token("admin", stack)).mailboxes()

        report = SampleReport([], {})
        if options.samples:
            report = _create_samples(stack, routes, http.port, smtp.smtp_port, certificates.ca_file)
        routes.ready = True
        yield System(
            smtp_port=smtp.smtp_port,
            smtps_port=smtp.smtps_port,
            http_port=http.port,
            aws_endpoint_url=stack.aws.endpoint_url,
            ca_file=certificates.ca_file.resolve(),
            samples=report,
            console="console" in stack.deployment.functions,
        )


def _refuse_requests(http: HttpServer, routes: LocalRoutes) -> None:
    """Answers all requests with 503 from now on: the state is about to be saved, and changes would be lost."""
    http.gateway = None
    routes.stack = None
    routes.ready = False


def _create_samples(stack: Stack, routes: LocalRoutes, http_port: int, smtp_port: int, ca_file: Path) -> SampleReport:
    """Creates the missing samples. A failure is reported, not raised: the system is useful without them."""
    parameters = {name: str(value) for name, value in stack.deployment.parameters.items()}
    api = sample_data.AdminApi(http_port, routes.token("admin", stack))
    emails: list[sample_data.SampleEmail] = []
    try:
        emails = sample_data.create_configuration(api, parameters)
        known = sample_data.outcomes(emails, api)
        missing = [email for email in emails if email.subject not in known]
        if missing:
            sample_data.send(missing, smtp_port, ca_file, parameters["AllowedIpRanges"])
            stack.event_sources.settle(SAMPLES_TIMEOUT)
        return SampleReport(emails, sample_data.outcomes(emails, api))
    except sample_data.SamplesFailed as error:
        _log.error("the samples could not be created: %s", error)
        return SampleReport(emails, {}, str(error))


def _claim_data_directory(data: Path, cleanup: ExitStack) -> Path:
    """Creates the state's folder and locks it for this process. Raises UserError if that is not possible."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = cleanup.enter_context((data / ".lock").open("w"))
    except OSError as error:
        raise UserError(f"--data {data}: {error.strerror}") from error
    _lock(lock, data)
    return data


def _lock(file: TextIO, data: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise UserError(f"--data {data}: in use by another local stack") from error


def _temporary_directory(cleanup: ExitStack) -> Path:
    """A temporary folder, removed by ``cleanup``. Signals are blocked until then, so that the folder never stays."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        return Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="email-channels-")))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
