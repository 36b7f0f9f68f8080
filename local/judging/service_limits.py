"""Limits of S3, SQS, SES and Secrets Manager that moto does not check. DynamoDB has a module of its own."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from local.judging import dynamodb_limits

LONGEST_OBJECT_KEY = 1024
LARGEST_METADATA = 2048
LARGEST_PUT = 5 * 1024**3
MOST_TAGS = 10
LONGEST_TAG_KEY = 128
LONGEST_TAG_VALUE = 256
MOST_DELETED = 1000
LONGEST_LINK_SECONDS = 7 * 24 * 3600

LARGEST_QUEUE_MESSAGE = 1024 * 1024
"""The limit since August 2025 (256 KB before). It holds for a whole batch, too.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""
MOST_QUEUE_MESSAGES = 10

MOST_RECIPIENTS = 50
LARGEST_EMAIL = 40 * 1024 * 1024
"""Of the message in Base64. https://docs.aws.amazon.com/ses/latest/dg/quotas.html"""
MOST_EMAIL_TAGS = 50
LONGEST_EMAIL_LINE = 998

LARGEST_SECRET = 65_536
LONGEST_SECRET_ID = 2048

_EMAIL_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
_TAG_TEXT = re.compile(r"[\w +\-=.:/@]*")
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
_NO_QUEUE_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

Parameters = Mapping[str, Any]


def violations(service: str, operation: str, parameters: Parameters) -> list[str]:
    """Why AWS would refuse this call, in words. Empty if it is within all limits."""
    if service == "dynamodb":
        return dynamodb_limits.violations(operation, parameters)
    check = _BY_OPERATION.get((service, operation))
    return [] if check is None else list(check(parameters))


# S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html


def _object(parameters: Parameters) -> Iterator[str]:
    yield from _object_key(parameters["Key"])


def _object_key(key: str) -> Iterator[str]:
    length = len(key.encode())
    if not 1 <= length <= LONGEST_OBJECT_KEY:
        yield f"an object's key of {length} bytes: 1 to {LONGEST_OBJECT_KEY} are allowed"


def _put_object(parameters: Parameters) -> Iterator[str]:
    yield from _object(parameters)
    metadata = parameters.get("Metadata", {})
    size = sum(len(name.encode()) + len(value.encode()) for name, value in metadata.items())
    if size > LARGEST_METADATA:
        yield f"an object's metadata of {size} bytes: {LARGEST_METADATA} are the most"
    if not all(name.isascii() and value.isascii() for name, value in metadata.items()):
        yield "an object's metadata that is not ASCII"
    if "ContentType" in parameters and not _is_header(parameters["ContentType"]):
        yield "a content type that cannot stand in a header"
    body = parameters.get("Body", b"")
    if isinstance(body, (str, bytes, bytearray)) and len(body) > LARGEST_PUT:
        yield "an object of more than 5 GB in one request"
    if "Tagging" in parameters:
        yield from _tags(parse_qsl(parameters["Tagging"], keep_blank_values=True))


def _get_object(parameters: Parameters) -> Iterator[str]:
    yield from _object(parameters)
    for name in ("ResponseContentDisposition", "ResponseContentType"):
        if name in parameters and not _is_header(parameters[name]):
            yield f"{name} cannot stand in a header"


def _is_header(value: str) -> bool:
    return value.isascii() and value.isprintable()


def _put_tags(parameters: Parameters) -> Iterator[str]:
    yield from _object(parameters)
    yield from _tags([(tag["Key"], tag["Value"]) for tag in parameters["Tagging"]["TagSet"]])


def _tags(tags: list[tuple[str, str]]) -> Iterator[str]:
    if len(tags) > MOST_TAGS:
        yield f"{len(tags)} tags of an object: {MOST_TAGS} are the most"
    if len({key for key, _ in tags}) != len(tags):
        yield "two tags of an object with the same key"
    for key, value in tags:
        if not 1 <= len(key) <= LONGEST_TAG_KEY or len(value) > LONGEST_TAG_VALUE:
            yield f"a tag of {len(key)} and {len(value)} characters: {LONGEST_TAG_KEY} and {LONGEST_TAG_VALUE} at most"
        if not (_TAG_TEXT.fullmatch(key) and _TAG_TEXT.fullmatch(value)):
            yield f"a tag with characters that S3 does not take: {key}"
        if key.startswith("aws:"):
            yield f"a tag of AWS's own: {key}"


def _delete_objects(parameters: Parameters) -> Iterator[str]:
    objects = parameters["Delete"]["Objects"]
    if not 1 <= len(objects) <= MOST_DELETED:
        yield f"{len(objects)} objects to delete: 1 to {MOST_DELETED} are allowed"
    for item in objects:
        yield from _object_key(item["Key"])


# SQS.


def _send_message(parameters: Parameters) -> Iterator[str]:
    body = parameters["MessageBody"]
    size = _message_size(parameters)
    if not body:
        yield "an empty message to a queue"
    if size > LARGEST_QUEUE_MESSAGE:
        yield f"a message of {size} bytes to a queue: {LARGEST_QUEUE_MESSAGE} are the most"
    if _NO_QUEUE_TEXT.search(body):
        yield "a message to a queue with characters that SQS does not take"
    if len(parameters.get("MessageAttributes", {})) > MOST_QUEUE_MESSAGES:
        yield "a message to a queue with more than 10 attributes"
    if not 0 <= parameters.get("DelaySeconds", 0) <= 900:
        yield "a message to a queue delayed by more than 15 minutes"


def _queue_batch(parameters: Parameters) -> Iterator[str]:
    entries = parameters["Entries"]
    if not 1 <= len(entries) <= MOST_QUEUE_MESSAGES:
        yield f"{len(entries)} entries in a batch for a queue: 1 to {MOST_QUEUE_MESSAGES} are allowed"
    if len({entry["Id"] for entry in entries}) != len(entries):
        yield "two entries of a batch for a queue with the same id"


def _send_messages(parameters: Parameters) -> Iterator[str]:
    yield from _queue_batch(parameters)
    for entry in parameters["Entries"]:
        yield from _send_message(entry)
    size = sum(map(_message_size, parameters["Entries"]))
    if size > LARGEST_QUEUE_MESSAGE:
        yield f"a batch of {size} bytes for a queue: {LARGEST_QUEUE_MESSAGE} are the most"


def _message_size(message: Parameters) -> int:
    attributes = message.get("MessageAttributes", {})
    return len(message["MessageBody"].encode()) + sum(
        len(name) + sum(len(part) for part in attribute.values()) for name, attribute in attributes.items()
    )


def _receive(parameters: Parameters) -> Iterator[str]:
    if not 1 <= parameters.get("MaxNumberOfMessages", 1) <= MOST_QUEUE_MESSAGES:
        yield "more than 10 messages of a queue at once"


# SES: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html


def _send_email(parameters: Parameters) -> Iterator[str]:
    recipients = [address for addresses in parameters.get("Destination", {}).values() for address in addresses]
    if not 1 <= len(recipients) <= MOST_RECIPIENTS:
        yield f"an email to {len(recipients)} recipients: 1 to {MOST_RECIPIENTS} are allowed"
    if not all(address.isascii() for address in [*recipients, parameters.get("FromEmailAddress", "")]):
        yield "an email from or to an address that is not ASCII"
    if "Raw" in parameters["Content"]:
        message = parameters["Content"]["Raw"]["Data"]
        encoded = (len(message) + 2) // 3 * 4
        if encoded > LARGEST_EMAIL:
            yield f"an email of {encoded} bytes in Base64: {LARGEST_EMAIL} are the most"
        if any(len(line) > LONGEST_EMAIL_LINE for line in message.splitlines()):
            yield f"an email with lines of more than {LONGEST_EMAIL_LINE} characters"
    tags = parameters.get("EmailTags", [])
    if len(tags) > MOST_EMAIL_TAGS:
        yield f"{len(tags)} tags of an email: {MOST_EMAIL_TAGS} are the most"
    if len({tag["Name"] for tag in tags}) != len(tags):
        yield "two tags of an email with the same name"
    for tag in tags:
        if not (_EMAIL_TAG.fullmatch(tag["Name"]) and _EMAIL_TAG.fullmatch(tag["Value"])):
            yield f"a tag of an email with characters that SES does not take: {tag['Name']}"


# Secrets Manager: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html


def _secret(parameters: Parameters) -> Iterator[str]:
    if "SecretId" in parameters and not 1 <= len(parameters["SecretId"]) <= LONGEST_SECRET_ID:
        yield f"a secret's id of {len(parameters['SecretId'])} characters"
    value = parameters.get("SecretString", "").encode() or parameters.get("SecretBinary", b"")
    if len(value) > LARGEST_SECRET:
        yield f"a secret of {len(value)} bytes: {LARGEST_SECRET} are the most"


_BY_OPERATION: Mapping[tuple[str, str], Callable[[Parameters], Iterator[str]]] = {
    ("s3", "GetObject"): _get_object,
    ("s3", "HeadObject"): _object,
    ("s3", "PutObject"): _put_object,
    ("s3", "DeleteObject"): _object,
    ("s3", "DeleteObjects"): _delete_objects,
    ("s3", "PutObjectTagging"): _put_tags,
    ("sqs", "SendMessage"): _send_message,
    ("sqs", "SendMessageBatch"): _send_messages,
    ("sqs", "DeleteMessageBatch"): _queue_batch,
    ("sqs", "ReceiveMessage"): _receive,
    ("email", "SendEmail"): _send_email,
    ("secretsmanager", "GetSecretValue"): _secret,
    ("secretsmanager", "CreateSecret"): _secret,
    ("secretsmanager", "PutSecretValue"): _secret,
}
