"""Saves the state of the embedded AWS in a folder on a clean exit, and loads it at the next start (`--data DIR`).

The state is: items of tables, all versions of objects with their metadata and tags, messages in queues, secrets, sent
emails. It is read and written through the services' own APIs, as moto's memory cannot be written to a file. The
resources themselves are created anew at each start, and are found by their logical ids.
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
_SAVED_TYPES = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::SecretsManager::Secret")


def save(directory: Path, deployment: Deployment, aws: EmbeddedAws, outbox: Outbox) -> None:
    """Writes everything to `directory`/state and replaces what was there. No event may be under way."""
    new, current, old = (directory / name for name in ("state.new", "state", "state.old"))
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    _write_lines(new / "outbox.jsonl", iter(outbox.dump()))
    for resource in _saved(deployment):
        place = new / resource.logical_id
        place.mkdir()
        _EXPORTS[resource.type](place, resource, aws)
    (new / "format.json").write_text(json.dumps({"format": FORMAT}))
    # If the process is killed between these steps, the next start finds the new or the old state.
    shutil.rmtree(old, ignore_errors=True)
    if current.exists():
        current.rename(old)
    new.rename(current)
    shutil.rmtree(old, ignore_errors=True)


def load(directory: Path, deployment: Deployment, aws: EmbeddedAws, outbox: Outbox) -> bool:
    """Restores what `save` wrote. Returns False if there is nothing. Call it before the event sources start.

    Raises UserError if the folder holds a state that does not fit this version or this template.
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
        raise UserError(
            f"--data {directory}: this state was saved by another version. Choose another folder, or move it away"
        )
    kept = {resource.logical_id: resource for resource in _saved(deployment)}
    for place in sorted(path for path in current.iterdir() if path.is_dir()):
        if place.name not in kept:
            if _is_empty_queue(place):
                continue  # a parameter that makes a queue may be off now
            raise UserError(f"--data {directory}: this state holds {place.name}, which the template does not have")
        resource = kept[place.name]
        if resource.type != "AWS::SQS::Queue":
            _IMPORTS[resource.type](place, resource, aws)
    # Messages come last. Restoring the objects has put notifications into the queues, which are emptied first.
    for resource in kept.values():
        if resource.type == "AWS::SQS::Queue":
            _import_messages(current / resource.logical_id, resource, aws)
    for table in deployment.of_type("AWS::DynamoDB::Table"):
        aws.take_stream_records(table.physical_id)
    outbox.load(_read_lines(current / "outbox.jsonl"))
    return True


def _saved(deployment: Deployment) -> list[DeployedResource]:
    return [resource for type_ in _SAVED_TYPES for resource in deployment.of_type(type_)]


def _export_items(place: Path, table: DeployedResource, aws: EmbeddedAws) -> None:
    """Items in DynamoDB's JSON, as in its API."""
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
        """All versions, the oldest of each object first."""
        pages = list(s3.get_paginator("list_object_versions").paginate(Bucket=name))
        listed = [entry for page in pages for kind in ("Versions", "DeleteMarkers") for entry in page.get(kind, [])]
        listed.sort(key=lambda entry: (entry["Key"], entry["LastModified"]))
        for number, entry in enumerate(listed):
            if "ETag" not in entry:
                yield {
                    "key": entry["Key"],
                    "last_modified": entry["LastModified"].isoformat(),
                    "deleted": True,
                }
                continue
            version = {"VersionId": entry["VersionId"]} if entry["VersionId"] != "null" else {}
            stored = s3.get_object(Bucket=name, Key=entry["Key"], **version)
            (place / str(number)).write_bytes(stored["Body"].read())
            tags = s3.get_object_tagging(Bucket=name, Key=entry["Key"], **version)["TagSet"]
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
        if row.get("deleted"):
            s3.delete_object(Bucket=bucket.physical_id, Key=row["key"])
        else:
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
    """The bodies of all messages, in flight or not. Their receive counts are lost, so they get all attempts again."""
    _write_lines(place / "messages.jsonl", iter(aws.queue_bodies(queue.attributes["QueueName"])))


def _import_messages(place: Path, queue: DeployedResource, aws: EmbeddedAws) -> None:
    sqs = aws.client("sqs")
    sqs.purge_queue(QueueUrl=queue.physical_id)
    for body in _read_lines(place / "messages.jsonl"):
        sqs.send_message(QueueUrl=queue.physical_id, MessageBody=body)


def _is_empty_queue(place: Path) -> bool:
    return [path.stat().st_size for path in place.iterdir()] == [0] and (place / "messages.jsonl").exists()


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
    """The rows of the file. No rows if it does not exist: the resource may be new in the template."""
    if path.exists():
        with path.open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line, object_hook=object_hook)


def _as_base64(value: bytes) -> dict[str, str]:
    """JSON for a binary attribute, which boto3 returns as bytes.

    No other object in an item has this form: the values of attributes are objects themselves.
    """
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
