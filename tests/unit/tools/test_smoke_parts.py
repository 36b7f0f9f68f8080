"""Parts of `make smoke` that the local stack cannot try: real DNS, regions, aliases; and the original that it makes."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any, cast

import boto3
import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import httpx
import pytest
from email_channels.mail.ses_headers import Verdict, read_ses_headers

from tools.smoke.api import Api, ApiFailed
from tools.smoke.checks import links
from tools.smoke.clients import Clients
from tools.smoke.command import main
from tools.smoke.name_servers import DnsFailed, SystemResolver
from tools.smoke.originals import new_name, original
from tools.smoke.run import Run
from tools.smoke.stack import DeployedStack, Resource
from tools.smoke.waiting import Waiting

ZONE = {
    ("in.acme.example.", "MX"): ["20 Backup.acme.example.", "10 INBOUND-smtp.eu-west-1.amazonaws.com."],
    ("six.example.", "AAAA"): ["2001:db8::1"],
}


@contextmanager
def name_server(zone: Mapping[tuple[str, str], list[str]], *, silent: bool = False) -> Iterator[str]:
    """The address of a name server with these records."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            wire, client = server.recvfrom(4096)
            if wire == b"end":
                return
            if silent:
                continue
            question = dns.message.from_wire(wire)
            response = dns.message.make_response(question)
            name, kind = str(question.question[0].name), question.question[0].rdtype.name
            if (name, kind) in zone:
                response.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *zone[name, kind]))
            elif name not in {each for each, _ in zone}:
                response.set_rcode(dns.rcode.NXDOMAIN)
            server.sendto(response.to_wire(), client)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.getsockname()[1]}"
    finally:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"end", server.getsockname())
        thread.join()
        server.close()


def test_records() -> None:
    """MX records come in order, in lower case; a name without records has none."""
    with name_server(ZONE) as address:
        resolver = SystemResolver(address)
        assert resolver.mx("in.acme.example") == [
            (10, "inbound-smtp.eu-west-1.amazonaws.com"),
            (20, "backup.acme.example"),
        ]
        assert resolver.mx("six.example") == resolver.mx("nowhere.example") == []
        assert resolver.ipv6_addresses("six.example") == ["2001:db8::1"]
        assert resolver.ipv6_addresses("in.acme.example") == []


def test_silent_name_server() -> None:
    """No answer is not the same as no record."""
    with name_server(ZONE, silent=True) as address, pytest.raises(DnsFailed, match=r"MX of in\.acme\.example"):
        SystemResolver(address, seconds=0.2).mx("in.acme.example")


def test_wrong_name_server(capsys: pytest.CaptureFixture[str]) -> None:
    """A name server is given by its address."""
    assert main(["email-channels", "--name-server", "not an address"]) == 2
    assert "is not the address of a name server" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("allowed", "client"),
    [
        (["192.0.2.0/24", "198.51.100.7"], "192.0.2.1"),
        (["198.51.100.7"], "198.51.100.7"),
        (["2001:db8::/32"], "2001:db8::1"),
    ],
)
def test_original(allowed: list[str], client: str) -> None:
    """The original is read as one that SES received from an allowed server, with the best verdicts."""
    name, sender = new_name(), "success+smoke-1@simulator.amazonses.com"
    content = original(
        name=name,
        region="eu-west-1",
        sender=sender,
        recipient="smoke-1@smoke-test.invalid",
        to="smoke-1@smoke-test.invalid",
        subject="Smoke test",
        text="Hello",
        allowed=allowed,
    )
    headers, offset = read_ses_headers(content)
    assert content[offset:].startswith(f"From: {sender}\r\n".encode())
    assert (headers.client_ip, headers.envelope_sender) == (client, sender)
    assert headers.recipient == "smoke-1@smoke-test.invalid"
    verdicts = [headers.spam, headers.virus, headers.spf, headers.dkim, headers.dmarc]
    assert verdicts == [Verdict.PASS] * 5
    assert headers.aligned(sender)
    assert len(name) == 40


def deployed(region: str = "eu-west-1", **resources: str) -> DeployedStack:
    kinds = {name: "AWS::Lambda::Alias" if "Alias" in name else "AWS::Lambda::Function" for name in resources}
    return DeployedStack(
        name="email-channels",
        region=region,
        account="123456789012",
        caller="arn",
        status="CREATE_COMPLETE",
        parameters={},
        outputs={"BucketName": "mail"},
        resources={name: Resource(kinds[name], physical_id) for name, physical_id in resources.items()},
    )


class Functions:
    """Stands for Lambda: notes which function is invoked, and answers the same each time."""

    def __init__(self, answer: Any, error: str | None = None) -> None:
        self.invoked: list[str] = []
        self._answer = answer
        self._error = error

    def invoke(self, **call: Any) -> Any:
        self.invoked.append(call["FunctionName"])
        failed = {"FunctionError": self._error} if self._error else {}
        return {"Payload": BytesIO(json.dumps(self._answer).encode()), **failed}


class OneClient:
    """Stands for the clients, of which a test needs one."""

    def __init__(self, **clients: Any) -> None:
        self.__dict__.update(clients)


def api(functions: Functions, stack: DeployedStack) -> Api:
    return Api(cast("Clients", OneClient(functions=functions)), stack, "smoke-1")


def test_alias() -> None:
    """The alias of a function is invoked if it has one: this is what API Gateway invokes."""
    functions = Functions({"statusCode": 200, "body": "{}"})
    stack = deployed(
        AgentApiFunction="api",
        AgentApiFunctionAliaslive="arn:aws:lambda:r:a:function:api:live",
        AdhocSendFunction="send",
    )
    api(functions, stack).get("/cases")
    api(functions, stack).request("POST", "/cases/1/emails", {})
    assert functions.invoked == ["arn:aws:lambda:r:a:function:api:live", "send"]


def test_function_error() -> None:
    """A function that fails is named."""
    functions = Functions({"errorType": "Sandbox.Timedout"}, "Unhandled")
    with pytest.raises(ApiFailed, match=r"the function AgentApiFunction failed: Sandbox\.Timedout"):
        api(functions, deployed(AgentApiFunction="api")).get("/cases")


@pytest.mark.parametrize(
    ("region", "host", "wrong"),
    [
        ("eu-west-1", "mail.s3.eu-west-1.amazonaws.com", False),
        ("eu-west-1", "mail.s3.amazonaws.com", True),
        ("eu-west-1", "mail.s3.us-east-1.amazonaws.com", True),
        ("us-east-1", "mail.s3.amazonaws.com", False),
        ("cn-north-1", "mail.s3.cn-north-1.amazonaws.com.cn", False),
    ],
)
def test_host_of_links(monkeypatch: pytest.MonkeyPatch, region: str, host: str, wrong: bool) -> None:
    """Links must lead to the host of the region."""
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(links, "fetch", lambda *_: httpx.Response(200))
    session = boto3.Session("id", "key", region_name=region)
    run = Run(deployed(region), Clients(session), cast("Any", None), cast("Any", None), Waiting(0))
    found = [finding.what for finding in links.use(run, "PUT", f"https://{host}/key?signature", b"")]
    assert found == ([f"The link for PUT leads to {host}, not to mail.s3.{region}.amazonaws.com."] if wrong else [])


def test_waiting() -> None:
    """It looks until there is something, in growing steps, and not longer than asked for."""
    slept: list[float] = []
    answers = iter([None, None, "found"])
    assert Waiting(60, slept.append).until(lambda: next(answers)) == "found"
    assert slept == [0.25, 0.375]
    assert Waiting(0, slept.append).until(lambda: None) is None
