"""A local stack of a small template with functions of its own, which lie beside it; and an SMTP server."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.smtp.certificates import Certificates
from local.stack import Stack
from tests.support.in_process.smtp_ingress import Ingress

SMALL = Path(__file__).parent / "small" / "template.yaml"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """One stack for all tests of a module; each test uses its own names."""
    stack = Stack(SMALL, {"Days": "7"}, "http://127.0.0.1:8080")
    stack.start()
    try:
        yield stack
    finally:
        stack.stop()


@pytest.fixture
def put(stack: Stack) -> Callable[[str], None]:
    """Puts an object of this name into the bucket."""
    bucket = stack.deployment.resources["Bucket"].physical_id
    return lambda key: stack.aws.client("s3").put_object(Bucket=bucket, Key=key, Body=b"mail")


@pytest.fixture
def items(stack: Stack) -> Callable[[str], list[dict[str, Any]]]:
    """The items whose key contains a text, by key."""

    def read(part: str) -> list[dict[str, Any]]:
        table = stack.deployment.resources["Table"].physical_id
        found = stack.aws.client("dynamodb").scan(TableName=table)["Items"]
        return sorted((item for item in found if part in item["pk"]["S"]), key=lambda item: item["pk"]["S"])

    return read


@pytest.fixture
def messages(stack: Stack) -> Callable[[str], list[str]]:
    """The bodies of all messages in a queue, by its logical id."""
    return lambda logical_id: stack.aws.queue_bodies(stack.deployment.resources[logical_id].attributes["QueueName"])


@pytest.fixture(scope="module")
def shared_ingress(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingress]:
    ingress = Ingress(Certificates(tmp_path_factory.mktemp("ca")))
    yield ingress
    ingress.stop()


@pytest.fixture
def ingress(shared_ingress: Ingress) -> Iterator[Ingress]:
    """The SMTP server of a module, which has stored nothing yet."""
    yield shared_ingress
    shared_ingress.forget_objects()
