"""Cuts the data of botocore to the operations that the functions call. A client then loads in a third of the time.

botocore describes 400 services in JSON. The clients of the layer need six, and few of their operations. What stays is
unchanged, so the clients send the same requests: `tests/unit/test_sdk_data.py` compares them with those of the whole
data, for every operation, and the endpoints for every region.
"""

import gzip
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

OPERATIONS: Final[dict[str, frozenset[str]]] = {
    # All that PynamoDB calls for items.
    "dynamodb": frozenset(
        {
            "BatchGetItem",
            "BatchWriteItem",
            "DeleteItem",
            "GetItem",
            "PutItem",
            "Query",
            "Scan",
            "TransactGetItems",
            "TransactWriteItems",
            "UpdateItem",
        }
    ),
    "events": frozenset({"DescribeEventBus", "PutEvents"}),
    "s3": frozenset(
        {
            "DeleteObjects",
            "GetObject",
            "GetObjectTagging",
            "HeadBucket",  # botocore asks for the region of a bucket after a redirect
            "HeadObject",
            "ListObjectVersions",
            "PutObject",
            "PutObjectTagging",
        }
    ),
    "secretsmanager": frozenset({"GetSecretValue"}),
    "sesv2": frozenset({"SendEmail"}),
    "sqs": frozenset({"GetQueueAttributes", "SendMessage"}),
}
"""By service, in botocore's names. A test compares them with the code."""

_OF_ALL_SERVICES: Final = ("_retry.json", "partitions.json", "sdk-default-configuration.json")
_RULES: Final = "endpoint-rule-set-1"


def cut_data(source: Path, target: Path) -> None:
    """Writes what is needed of botocore's data folder `source` into the new folder `target`."""
    target.mkdir(parents=True)
    prefixes = {_cut_service(source, target, service, operations) for service, operations in OPERATIONS.items()}
    endpoints = _read(source / "endpoints")
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in services if name in prefixes}
    _write(target / "endpoints", endpoints)
    for name in _OF_ALL_SERVICES:
        shutil.copy(source / name, target / name)


def _cut_service(source: Path, target: Path, service: str, operations: frozenset[str]) -> str:
    """Writes the newest description of a service. Returns the prefix of its endpoints."""
    versions = [path for path in (source / service).iterdir() if list(path.glob("service-2.json*"))]
    version = max(versions, key=lambda path: path.name)
    folder = target / service / version.name
    folder.mkdir(parents=True)

    model = _read(version / "service-2")
    model["operations"] = {name: one for name, one in model["operations"].items() if name in operations}
    needed = set(_reachable(model))
    model["shapes"] = {name: shape for name, shape in model["shapes"].items() if name in needed}
    _write(folder / "service-2", model)
    _write(folder / _RULES, _read(version / _RULES))
    paginators = _read(version / "paginators-1")["pagination"]
    kept = {name: one for name, one in paginators.items() if name in operations}
    _write(folder / "paginators-1", {"pagination": kept})
    for extras in version.glob("*.sdk-extras.json"):
        shutil.copy(extras, folder / extras.name)
    return str(model["metadata"]["endpointPrefix"])


def _reachable(model: dict[str, Any]) -> Iterator[str]:
    """The shapes that the operations of a model use, directly or not."""
    waiting = list(_shapes_in(model["operations"]))
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            yield name
            waiting.extend(_shapes_in(model["shapes"][name]))


def _shapes_in(value: Any) -> Iterator[str]:
    """The names of shapes in a value, such as `{"shape": "Key", "location": "uri"}`."""
    if isinstance(value, dict):
        if isinstance(value.get("shape"), str):
            yield value["shape"]
        for one in value.values():
            yield from _shapes_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from _shapes_in(one)


def _read(path: Path) -> Any:
    """The content of a JSON file, without or with compression. `path` has no ending."""
    plain = path.with_name(f"{path.name}.json")
    if plain.exists():
        return json.loads(plain.read_bytes())
    return json.loads(gzip.decompress(path.with_name(f"{path.name}.json.gz").read_bytes()))


def _write(path: Path, content: Any) -> None:
    """Writes JSON without spaces, and without compression, which would cost time at each start."""
    text = json.dumps(_without_documentation(content), ensure_ascii=False, separators=(",", ":"))
    path.with_name(f"{path.name}.json").write_text(text, encoding="utf-8")


def _without_documentation(value: Any) -> Any:
    """The value with empty texts as documentation. botocore reads them, so the keys stay."""
    if isinstance(value, dict):
        return {
            key: "" if key == "documentation" and isinstance(one, str) else _without_documentation(one)
            for key, one in value.items()
        }
    return [_without_documentation(one) for one in value] if isinstance(value, list) else value
