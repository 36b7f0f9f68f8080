"""Keeps what is in the embedded AWS in a directory, from a clean exit to the next start.

Exported and imported through the services' own interfaces, as moto's memory cannot be written to a file: items of
tables, objects with their metadata and tags, messages in queues, secrets, sent mail. What the template makes is made
anew at each start. A resource is known by its logical id.
"""

import base64
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from local.cloudformation.deployment import DeployedResource, Deployment
from local.embedded_aws import EmbeddedAws
from local.errors import UserError
from local.ses.outbox import Outbox

FORMAT = 1
_BATCH = 25
_KEPT_TYPES = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::SecretsManager::Secret")


def save(directory: Path, deployment: Deployment, aws: EmbeddedAws, outbox: Outbox) -> None:
    """Writes everything to `directory`/state, in the place of what was there. Nothing may be under way."""
    new, current, old = (directory / name for name in ("state.new", "state", "state.old"))
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    _write_lines(new / "outbox.jsonl", iter(outbox.dump()))
    for resource in _kept(deployment):
        place = new / resource.logical_id
        place.mkdir()
        _EXPORTS[resource.type](place, resource, aws)
    (new / "format.json").write_text(json.dumps({"format": FORMAT}))
    # Killed between these, the next start finds the one or the other.
    shutil.rmtree(old, ignore_errors=True)
    if current.exists():
        current.rename(old)
    new.rename(current)
    shutil.rmtree(old, ignore_errors=True)


def load(directory: Path, deployment: Deployment, aws: EmbeddedAws, outbox: Outbox) -> bool:
    """Puts back what `save` wrote; False if there is nothing. To be called before events are carried.

    Raises UserError if the directory holds a state that this program or this template cannot take.
    """
    current, old = directory / "state", directory / "state.old"
    if not current.exists() and old.exists():
        old.rename(current)
    if not current.exists():
        return False
    try:
        known = json.loads((current / "format.json").read_text())["format"] == FORMAT
    except (OSError, ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise UserError(f"--data {directory}: the state there was not written by this version; move it away")
    kept = {resource.logical_id: resource for resource in _kept(deployment)}
    for place in sorted(path for path in current.iterdir() if path.is_dir()):
        if place.name not in kept:
            raise UserError(f"--data {directory}: the state there has {place.name}, which the template has not")
        resource = kept[place.name]
        if resource.type != "AWS::SQS::Queue":
            _IMPORTS[resource.type](place, resource, aws)
    # Last, and from empty queues: putting the objects back has told the queues of them.
    for resource in kept.values():
        if resource.type == "AWS::SQS::Queue":
            _import_messages(current / resource.logical_id, resource, aws)
    for table in deployment.of_type("AWS::DynamoDB::Table"):
        aws.take_stream_records(table.physical_id)
    outbox.load(_read_lines(current / "outbox.jsonl"))
    return True


def _kept(deployment: Deployment) -> list[DeployedResource]:
    return [resource for type_ in _KEPT_TYPES for resource in deployment.of_type(type_)]


def _export_items(place: Path, table: DeployedResource, aws: EmbeddedAws) -> None:
    """Items in DynamoDB's JSON, as it goes over the wire."""
    pages = aws.client("dynamodb").get_paginator("scan").paginate(TableName=table.physical_id)
    _write_lines(place / "items.jsonl", (item for page in pages for item in page["Items"]))


def _import_items(place: Path, table: DeployedResource, aws: EmbeddedAws) -> None:
    dynamodb = aws.client("dynamodb")
    batch: list[dict[str, Any]] = []
    for item in _read_lines(place / "items.jsonl", _from_base64):
        batch.append({"PutRequest": {"Item": item}})
        if len(batch) == _BATCH:
            dynamodb.batch_write_item(RequestItems={table.physical_id: batch})
            batch = []
    if batch:
        dynamodb.batch_write_item(RequestItems={table.physical_id: batch})


def _export_objects(place: Path, bucket: DeployedResource, aws: EmbeddedAws) -> None:
    s3 = aws.client("s3")
    name = bucket.physical_id

    def rows() -> Iterator[dict[str, Any]]:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=name)
        listed = (entry for page in pages for entry in page.get("Contents", []))
        for number, entry in enumerate(listed):
            stored = s3.get_object(Bucket=name, Key=entry["Key"])
            (place / str(number)).write_bytes(stored["Body"].read())
            tags = s3.get_object_tagging(Bucket=name, Key=entry["Key"])["TagSet"]
            headers = ("ContentType", "ContentDisposition", "ContentEncoding", "CacheControl")
            yield {
                "key": entry["Key"],
                "last_modified": entry["LastModified"].isoformat(),
                "metadata": stored["Metadata"],
                "headers": {header: stored[header] for header in headers if stored.get(header)},
                "tags": {tag["Key"]: tag["Value"] for tag in tags},
            }

    _write_lines(place / "objects.jsonl", rows())


def _import_objects(place: Path, bucket: DeployedResource, aws: EmbeddedAws) -> None:
    s3 = aws.client("s3")
    for number, row in enumerate(_read_lines(place / "objects.jsonl")):
        tagging = {"Tagging": urlencode(row["tags"])} if row["tags"] else {}
        s3.put_object(
            Bucket=bucket.physical_id,
            Key=row["key"],
            Body=(place / str(number)).read_bytes(),
            Metadata=row["metadata"],
            **row["headers"],
            **tagging,
        )
        modified = datetime.fromisoformat(row["last_modified"]).astimezone(UTC)
        aws.set_last_modified(bucket.physical_id, row["key"], modified)


def _export_messages(place: Path, queue: DeployedResource, aws: EmbeddedAws) -> None:
    """Bodies of all messages, in flight or not. How often they were received is forgotten: they get all tries again."""
    _write_lines(place / "messages.jsonl", iter(aws.queue_bodies(queue.attributes["QueueName"])))


def _import_messages(place: Path, queue: DeployedResource, aws: EmbeddedAws) -> None:
    sqs = aws.client("sqs")
    sqs.purge_queue(QueueUrl=queue.physical_id)
    for body in _read_lines(place / "messages.jsonl"):
        sqs.send_message(QueueUrl=queue.physical_id, MessageBody=body)


def _export_secret(place: Path, secret: DeployedResource, aws: EmbeddedAws) -> None:
    value = aws.client("secretsmanager").get_secret_value(SecretId=secret.physical_id)["SecretString"]
    path = place / "value"
    path.touch(mode=0o600)
    path.write_text(value)


def _import_secret(place: Path, secret: DeployedResource, aws: EmbeddedAws) -> None:
    value = (place / "value").read_text()
    aws.client("secretsmanager").put_secret_value(SecretId=secret.physical_id, SecretString=value)


def _write_lines(path: Path, rows: Iterator[Any]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, default=_as_base64) + "\n")


def _read_lines(path: Path, object_hook: Callable[[dict[str, Any]], Any] | None = None) -> Iterator[Any]:
    """Nothing for a file that is not there: the template has grown since."""
    if path.exists():
        with path.open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line, object_hook=object_hook)


def _as_base64(value: bytes) -> dict[str, str]:
    """For binary attributes, which boto3 gives as bytes. In an item, no other object has this form: values of
    attributes are objects themselves."""
    return {"base64": base64.b64encode(value).decode()}


def _from_base64(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["base64"]) if isinstance(value.get("base64"), str) else value


_EXPORTS: Mapping[str, Any] = {
    "AWS::DynamoDB::Table": _export_items,
    "AWS::S3::Bucket": _export_objects,
    "AWS::SQS::Queue": _export_messages,
    "AWS::SecretsManager::Secret": _export_secret,
}
_IMPORTS: Mapping[str, Any] = {
    "AWS::DynamoDB::Table": _import_items,
    "AWS::S3::Bucket": _import_objects,
    "AWS::SecretsManager::Secret": _import_secret,
}
