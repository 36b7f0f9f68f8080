"""The layer's cut of botocore's data (`layers/common/sdk_data.py`) has all that the functions need, unchanged."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore import UNSIGNED, xform_name
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import EndpointVariantError
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.regions import EndpointResolver
from botocore.session import Session
from pynamodb import constants
from sdk_data import OPERATIONS, cut_data

from tests.support.paths import FUNCTIONS, PACKAGE

WHOLE = Path(botocore.__file__).parent / "data"
OF_TABLES = {"CreateTable", "DeleteTable", "DescribeTable", "ListTables", "UpdateTable", "UpdateTimeToLive"}
"""What PynamoDB can do with tables. CloudFormation makes ours."""


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Loader:
    """Loads from the cut data, and from nothing else, as if it lay in botocore's own folder."""
    folder = tmp_path_factory.mktemp("sdk") / "data"
    cut_data(WHOLE, folder)
    loader = Loader(extra_search_paths=[str(folder)], include_default_search_paths=False)
    loader.BUILTIN_DATA_PATH = str(folder)
    return loader


@pytest.fixture(scope="module")
def whole() -> Loader:
    return Loader()


def test_operations_of_the_code(whole: Loader) -> None:
    """The table has the operations that the code calls, and no others."""
    everything = {
        xform_name(name): (service, name)
        for service in sorted(OPERATIONS.keys() - {"dynamodb"})
        for name in whole.load_service_model(service, "service-2")["operations"]
    }
    used = {everything[word] for word in _words() if word in everything}
    table = {(service, name) for service, names in OPERATIONS.items() for name in names if service != "dynamodb"}
    assert used == table - {("s3", "HeadBucket")}

    named = {value for value in vars(constants).values() if isinstance(value, str)}
    of_items = named & set(whole.load_service_model("dynamodb", "service-2")["operations"]) - OF_TABLES
    assert OPERATIONS["dynamodb"] == of_items


def _words() -> Iterator[str]:
    """All attributes and texts in the package's code for AWS and in the functions of the layer."""
    for path in (*(PACKAGE / "aws").rglob("*.py"), *FUNCTIONS.rglob("*.py")):
        if path.parent.name != "setup":
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Attribute):
                    yield node.attr
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value


@pytest.mark.parametrize("service", OPERATIONS)
def test_descriptions(service: str, whole: Loader, cut: Loader) -> None:
    """What stays is unchanged, but for the documentation. The rules for endpoints stay completely."""
    before, after = (loader.load_service_model(service, "service-2") for loader in (whole, cut))
    assert after["operations"].keys() == OPERATIONS[service]
    assert after["metadata"] == before["metadata"]
    for part in ("operations", "shapes"):
        assert after[part] == {name: _undocumented(before[part][name]) for name in after[part]}
    rules = [loader.load_service_model(service, "endpoint-rule-set-1") for loader in (whole, cut)]
    assert rules[1] == _undocumented(rules[0])


def _undocumented(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: "" if key == "documentation" and isinstance(one, str) else _undocumented(one)
            for key, one in value.items()
        }
    return [_undocumented(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("service", OPERATIONS)
def test_requests(service: str, whole: Loader, cut: Loader) -> None:
    """Each operation sends the same request, with the fewest and with all parameters. Its answers are described."""
    before, after = (_client(loader, service) for loader in (whole, cut))
    for name in OPERATIONS[service]:
        model = before.meta.service_model.operation_model(name)
        tokens = dict.fromkeys(model.idempotent_members, "token")  # otherwise each request has a random one
        assert model.input_shape
        for required in (True, False):
            request = _request(after, name, _sample(model.input_shape, required=required) | tokens)
            expected = _request(before, name, _sample(model.input_shape, required=required) | tokens)
            assert request == expected
            assert required is False or isinstance(request, tuple), request
        described = after.meta.service_model.operation_model(name)
        for answer in (described.output_shape, *described.error_shapes):
            assert answer is None or _sample(answer, required=False) is not None


def _client(loader: Loader, service: str) -> BaseClient:
    session = Session()
    session.register_component("data_loader", loader)
    config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
    return session.create_client(service, region_name="eu-west-1", config=config)


class _Sent(Exception):
    """Stands for the answer to a request."""


def _request(client: BaseClient, operation: str, parameters: dict[str, Any]) -> object:
    """What the client would send; the text of its error if it refuses the parameters."""
    sent: list[object] = []

    def stop(request: Any, **_: Any) -> None:
        headers = {name: value for name, value in request.headers.items() if name != "amz-sdk-invocation-id"}
        body = request.body.read() if hasattr(request.body, "read") else request.body
        sent.append((request.method, request.url, headers, body))
        raise _Sent

    client.meta.events.register_first("before-send.*.*", stop, unique_id="stop")
    try:
        getattr(client, xform_name(operation))(**parameters)
    except _Sent:
        return sent[0]
    except Exception as error:  # noqa: BLE001  (the test compares it)
        return repr(error)
    finally:
        client.meta.events.unregister("before-send.*.*", unique_id="stop")
    raise AssertionError("nothing was sent")


def _sample(shape: Shape, *, required: bool, depth: int = 0) -> Any:
    """A value of a shape, with the members that are required, or with all."""
    if isinstance(shape, StructureShape):
        names = shape.required_members if required else shape.members
        deep = depth > 4 and not required
        members = shape.members
        return {} if deep else {name: _sample(members[name], required=required, depth=depth + 1) for name in names}
    if isinstance(shape, ListShape):
        return [_sample(shape.member, required=required, depth=depth + 1)]
    if isinstance(shape, MapShape):
        return {"a": _sample(shape.value, required=required, depth=depth + 1)}
    if shape.type_name == "string":
        return (getattr(shape, "enum", None) or ["some-text"])[0]
    samples = {"blob": b"x", "boolean": True, "timestamp": datetime(2026, 11, 3, tzinfo=UTC)}
    return samples.get(shape.type_name, 1)


def test_endpoints(whole: Loader, cut: Loader) -> None:
    """Every service has the same host in every region, also by FIPS and by IPv6."""
    before, after = (EndpointResolver(loader.load_data("endpoints")) for loader in (whole, cut))
    regions = [
        region
        for partition in before.get_available_partitions()
        for region in (*before.get_available_endpoints("dynamodb", partition), "eu-new-1")
    ]
    assert len(regions) > 40
    for service in OPERATIONS:
        prefix = whole.load_service_model(service, "service-2")["metadata"]["endpointPrefix"]
        for region in regions:
            for fips in (True, False):
                for dual in (True, False):
                    hosts = [_endpoint(resolver, prefix, region, fips, dual) for resolver in (before, after)]
                    assert hosts[0] == hosts[1]
    assert cut.load_data("partitions") == whole.load_data("partitions")


def _endpoint(resolver: EndpointResolver, prefix: str, region: str, fips: bool, dual: bool) -> object:
    """The endpoint, or the error that there is none."""
    try:
        return resolver.construct_endpoint(prefix, region, use_fips_endpoint=fips, use_dualstack_endpoint=dual)
    except EndpointVariantError as error:
        return repr(error)
