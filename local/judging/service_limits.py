"""Limits of S3, SQS, SES, EventBridge and Secrets Manager that moto does not check. DynamoDB has its own module."""

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

LARGEST_QUEUE_MESSAGE = 1024 * 1024
"""The limit since August 2025 (256 KB before). It is also the limit for a batch.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""
MOST_QUEUE_MESSAGES = 10

MOST_RECIPIENTS = 50
LARGEST_EMAIL = 40 * 1024 * 1024
"""The size of the message in Base64. https://docs.aws.amazon.com/ses/latest/dg/quotas.html"""
MOST_EMAIL_TAGS = 50
LONGEST_EMAIL_LINE = 998

MOST_EVENTS = 10
LARGEST_EVENTS = 256 * 1024
"""Of all entries of a call together. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html"""

LARGEST_SECRET = 65_536
LONGEST_SECRET_ID = 2048

_EMAIL_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
_TAG_TEXT = re.compile(r"[\w +\-=.:/@]*")
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
_NO_QUEUE_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

Parameters = Mapping[str, Any]


def violations(service: str, operation: str, parameters: Parameters) -> list[str]:
    """The reasons why AWS would refuse this call. Empty if it is within all limits."""
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
        yield f"the object's key has {length} bytes, 1 to {LONGEST_OBJECT_KEY} are allowed"


def _put_object(parameters: Parameters) -> Iterator[str]:
    yield from _object(parameters)
    metadata = parameters.get("Metadata", {})
    size = sum(len(name.encode()) + len(value.encode()) for name, value in metadata.items())
    if size > LARGEST_METADATA:
        yield f"the object's metadata has {size} bytes, the limit is {LARGEST_METADATA}"
    if not all(name.isascii() and value.isascii() for name, value in metadata.items()):
        yield "the object's metadata is not ASCII"
    if "ContentType" in parameters and not _is_header(parameters["ContentType"]):
        yield "the content type is not a valid header value"
    body = parameters.get("Body", b"")
    if isinstance(body, (str, bytes, bytearray)) and len(body) > LARGEST_PUT:
        yield "the object has more than 5 GB, the limit for one request"
    if "Tagging" in parameters:
        yield from _tags(parse_qsl(parameters["Tagging"], keep_blank_values=True))


def _get_object(parameters: Parameters) -> Iterator[str]:
    yield from _object(parameters)
    for name in ("ResponseContentDisposition", "ResponseContentType"):
        if name in parameters and not _is_header(parameters[name]):
            yield f"{name} is not a valid header value"


def _is_header(value: str) -> bool:
    return value.isascii() and value.isprintable()


def _put_tags(parameters: Parameters) -> Iterator[str]:
    yield from _object(parameters)
    yield from _tags([(tag["Key"], tag["Value"]) for tag in parameters["Tagging"]["TagSet"]])


def _tags(tags: list[tuple[str, str]]) -> Iterator[str]:
    if len(tags) > MOST_TAGS:
        yield f"the object has {len(tags)} tags, the limit is {MOST_TAGS}"
    if len({key for key, _ in tags}) != len(tags):
        yield "two tags of the object have the same key"
    for key, value in tags:
        if not 1 <= len(key) <= LONGEST_TAG_KEY or len(value) > LONGEST_TAG_VALUE:
            limits = f"the limits are {LONGEST_TAG_KEY} and {LONGEST_TAG_VALUE}"
            yield f"a tag's key and value have {len(key)} and {len(value)} characters, {limits}"
        if not (_TAG_TEXT.fullmatch(key) and _TAG_TEXT.fullmatch(value)):
            yield f"the tag {key} has characters that S3 does not accept"
        if key.startswith("aws:"):
            yield f"the tag {key} has the prefix aws:, which is reserved for AWS"


def _delete_objects(parameters: Parameters) -> Iterator[str]:
    objects = parameters["Delete"]["Objects"]
    if not 1 <= len(objects) <= MOST_DELETED:
        yield f"{len(objects)} objects to delete, 1 to {MOST_DELETED} are allowed"
    for item in objects:
        yield from _object_key(item["Key"])


# SQS.


def _send_message(parameters: Parameters) -> Iterator[str]:
    body = parameters["MessageBody"]
    size = _message_size(parameters)
    if not body:
        yield "the queue message is empty"
    if size > LARGEST_QUEUE_MESSAGE:
        yield f"the queue message has {size} bytes, the limit is {LARGEST_QUEUE_MESSAGE}"
    if _NO_QUEUE_TEXT.search(body):
        yield "the queue message has characters that SQS does not accept"
    if len(parameters.get("MessageAttributes", {})) > MOST_QUEUE_MESSAGES:
        yield "the queue message has more than 10 attributes"
    if not 0 <= parameters.get("DelaySeconds", 0) <= 900:
        yield "the queue message is delayed by more than 15 minutes"


def _queue_batch(parameters: Parameters) -> Iterator[str]:
    entries = parameters["Entries"]
    if not 1 <= len(entries) <= MOST_QUEUE_MESSAGES:
        yield f"the batch has {len(entries)} entries, 1 to {MOST_QUEUE_MESSAGES} are allowed"
    if len({entry["Id"] for entry in entries}) != len(entries):
        yield "two entries of the batch have the same id"


def _send_messages(parameters: Parameters) -> Iterator[str]:
    yield from _queue_batch(parameters)
    for entry in parameters["Entries"]:
        yield from _send_message(entry)
    size = sum(map(_message_size, parameters["Entries"]))
    if size > LARGEST_QUEUE_MESSAGE:
        yield f"the batch has {size} bytes, the limit is {LARGEST_QUEUE_MESSAGE}"


def _message_size(message: Parameters) -> int:
    attributes = message.get("MessageAttributes", {})
    return len(message["MessageBody"].encode()) + sum(
        len(name) + sum(len(part) for part in attribute.values()) for name, attribute in attributes.items()
    )


def _receive(parameters: Parameters) -> Iterator[str]:
    if not 1 <= parameters.get("MaxNumberOfMessages", 1) <= MOST_QUEUE_MESSAGES:
        yield "the call receives more than 10 messages"


# SES: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html


def _send_email(parameters: Parameters) -> Iterator[str]:
    recipients = [address for addresses in parameters.get("Destination", {}).values() for address in addresses]
    if not 1 <= len(recipients) <= MOST_RECIPIENTS:
        yield f"the email has {len(recipients)} recipients, 1 to {MOST_RECIPIENTS} are allowed"
    if not all(address.isascii() for address in [*recipients, parameters.get("FromEmailAddress", "")]):
        yield "an address of the email is not ASCII"
    if "Raw" in parameters["Content"]:
        message = parameters["Content"]["Raw"]["Data"]
        encoded = (len(message) + 2) // 3 * 4
        if encoded > LARGEST_EMAIL:
            yield f"the email has {encoded} bytes in Base64, the limit is {LARGEST_EMAIL}"
        if any(len(line) > LONGEST_EMAIL_LINE for line in message.splitlines()):
            yield f"the email has a line of more than {LONGEST_EMAIL_LINE} characters"
    tags = parameters.get("EmailTags", [])
    if len(tags) > MOST_EMAIL_TAGS:
        yield f"the email has {len(tags)} tags, the limit is {MOST_EMAIL_TAGS}"
    if len({tag["Name"] for tag in tags}) != len(tags):
        yield "two tags of the email have the same name"
    for tag in tags:
        if not (_EMAIL_TAG.fullmatch(tag["Name"]) and _EMAIL_TAG.fullmatch(tag["Value"])):
            yield f"the tag {tag['Name']} of the email has characters that SES does not accept"


# EventBridge. An entry with a time has 14 bytes more.


def _put_events(parameters: Parameters) -> Iterator[str]:
    entries = parameters["Entries"]
    if not 1 <= len(entries) <= MOST_EVENTS:
        yield f"the call puts {len(entries)} events, 1 to {MOST_EVENTS} are allowed"
    size = sum(
        (14 if "Time" in entry else 0)
        + sum(len(entry.get(name, "").encode()) for name in ("Source", "DetailType", "Detail"))
        + sum(len(name.encode()) for name in entry.get("Resources", ()))
        for entry in entries
    )
    if size > LARGEST_EVENTS:
        yield f"the events of the call have {size} bytes, the limit is {LARGEST_EVENTS}"


# Secrets Manager: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html


def _secret(parameters: Parameters) -> Iterator[str]:
    if "SecretId" in parameters and not 1 <= len(parameters["SecretId"]) <= LONGEST_SECRET_ID:
        yield f"the secret's id has {len(parameters['SecretId'])} characters, 1 to {LONGEST_SECRET_ID} are allowed"
    value = parameters.get("SecretString", "").encode() or parameters.get("SecretBinary", b"")
    if len(value) > LARGEST_SECRET:
        yield f"the secret has {len(value)} bytes, the limit is {LARGEST_SECRET}"


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
    ("events", "PutEvents"): _put_events,
    ("secretsmanager", "GetSecretValue"): _secret,
    ("secretsmanager", "CreateSecret"): _secret,
    ("secretsmanager", "PutSecretValue"): _secret,
}
