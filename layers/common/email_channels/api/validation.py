"""Checks request bodies against the schemas of the OpenAPI document that the API serves.

The API therefore accepts exactly what the document says. jsonschema is imported on first use, because requests without
a body do not need it.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from email_channels.api.address_grammar import (
    is_address,
    is_address_or_domain,
    read_recipient,
    recipient_name,
    sendable_address,
)
from email_channels.api.document import openapi_bytes
from email_channels.cases.case import MAX_SUBJECT_BYTES
from email_channels.errors import BadRequest, FieldError, Invalid
from email_channels.values import dataclass

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

# More errors would not help the caller, and a hostile body could make the response very large.
MAX_ERRORS = 100
_LONGEST_NAME = 100

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_FORMATS = {
    "email": "must be an email address",
    "address-or-domain": "must be an email address or a domain",
}


def read_json(body: bytes) -> Any:
    """The JSON document in a request body (RFC 8259, UTF-8). Raises BadRequest if it is malformed."""
    if not body.strip():
        raise BadRequest("The request body must be JSON, but it is empty.")
    try:
        document = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse_constant)
        # Half a surrogate pair (`"\ud800"`) is valid JSON, but cannot be stored as text.
        json.dumps(document, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"The request body must be JSON in UTF-8: {_reason(error)}.") from error
    return document


@dataclass(frozen=True, slots=True)
class Body:
    """A request body that is a JSON object: `fields` are the valid fields, with defaults filled in.

    A route also checks what a schema cannot say, such as whether something exists, and adds its errors with `refuse`.
    One response therefore names all errors.
    """

    fields: dict[str, Any]
    errors: dict[str, FieldError]

    def get(self, name: str) -> Any:
        """The value of a field; None if it is missing, null or wrong."""
        return self.fields.get(name)

    def refuse(self, field: str, message: str) -> None:
        """Adds an error for a field, unless it has one already."""
        self.errors.setdefault(field, FieldError(field, message))

    def accepted(self) -> dict[str, Any]:
        """All fields. Raises Invalid, with every error, if there is one."""
        if self.errors:
            raise Invalid(tuple(self.errors[field] for field in sorted(self.errors)[:MAX_ERRORS]))
        return self.fields


def read_body(body: bytes, schema: str) -> Body:
    """A request body, checked against the component `schema` of the OpenAPI document.

    Raises BadRequest if it is not JSON, and Invalid if it is not an object.
    """
    document = without_nulls(read_json(body), schema)
    errors = _errors(document, schema)
    if not isinstance(document, dict):
        raise Invalid(tuple(errors.values()))
    wrong = {field.partition(".")[0] for field in errors}
    properties = openapi()["components"]["schemas"][schema]["properties"]
    fields = {name: copy.deepcopy(row["default"]) for name, row in properties.items() if "default" in row}
    fields |= {name: value for name, value in document.items() if name in properties and name not in wrong}
    return Body(fields, errors)


def without_nulls(document: Any, schema: str) -> Any:
    """The document. If its schema begins with `New`, because it creates something, optional fields that are null are
    left out.

    There, null means that no value is given, and the schema allows it for every optional field. In a change, null is a
    value.
    """
    if not isinstance(document, dict) or not schema.startswith("New"):
        return document
    required = openapi()["components"]["schemas"][schema].get("required", ())
    return {name: value for name, value in document.items() if value is not None or name in required}


def check(document: Any, schema: str) -> None:
    """Raises Invalid, with every wrong field, if the document does not match the component `schema`."""
    Body({}, _errors(document, schema)).accepted()


def _errors(document: Any, schema: str) -> dict[str, FieldError]:
    errors: dict[str, FieldError] = {}
    for error in _validator(schema).iter_errors(document):
        for row in _field_errors(error):
            errors.setdefault(row.field, row)
        # A list with too many items is not checked further.
        if len(errors) >= MAX_ERRORS or error.validator in {"maxItems", "maxProperties"}:
            break
    return errors


@cache
def openapi() -> dict[str, Any]:
    """The OpenAPI document."""
    document: dict[str, Any] = json.loads(openapi_bytes())
    return document


@cache
def _validator(schema: str) -> Validator:
    from jsonschema import Draft202012Validator, FormatChecker  # takes 90 ms, which only requests with a body need
    from jsonschema.validators import extend

    formats = FormatChecker(formats=())
    formats.checks("email")(lambda value: not isinstance(value, str) or is_address(value))
    formats.checks("address-or-domain")(lambda value: not isinstance(value, str) or is_address_or_domain(value))
    formats.checks("case-subject", raises=ValueError)(_check_case_subject)
    formats.checks("recipient", raises=ValueError)(_check_recipient)
    formats.checks("recipient-address", raises=ValueError)(_check_recipient_address)
    extended: type[Validator] = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]  # types-jsonschema has none
    root = {"$ref": f"#/components/schemas/{schema}", "components": openapi()["components"]}
    return extended(root, format_checker=formats)


def _check_case_subject(value: object) -> bool:
    """Raises ValueError for a subject that is too long for the item of a case."""
    if isinstance(value, str) and (size := len(value.encode())) > MAX_SUBJECT_BYTES:
        raise ValueError(f"must have at most {MAX_SUBJECT_BYTES} bytes in UTF-8, but has {size:,}")
    return True


def _check_recipient(value: object) -> bool:
    """Raises ValueError for what is wrong with a recipient; the address of an object is a field of its own."""
    if isinstance(value, str):
        read_recipient(value)
    elif isinstance(value, dict) and isinstance(value.get("name"), str):
        recipient_name(value["name"])
    return True


def _check_recipient_address(value: object) -> bool:
    if isinstance(value, str):
        sendable_address(value)
    return True


def _pattern(_validator: Validator, pattern: str, value: object, _schema: object) -> Iterator[ValidationError]:
    """`pattern` as ECMA-262 defines it: Python's `$` also matches before a line end. All our patterns end with `$`."""
    from jsonschema.exceptions import ValidationError

    if isinstance(value, str) and not re.search(rf"(?:{pattern})\Z", value):
        yield ValidationError("pattern")


def _field_errors(error: ValidationError) -> Iterator[FieldError]:
    """An error of jsonschema in words for people. An error about several names becomes one for each name."""
    path = [str(part) for part in error.absolute_path]
    rule = str(error.validator)
    wanted: Any = error.validator_value
    value: Any = error.instance
    schema: Any = error.schema
    if rule == "required":
        for name in wanted:
            if name not in value:
                yield FieldError(field_name([*path, name]), "is missing")
        return
    if rule == "additionalProperties" and wanted is False:
        known = schema.get("properties", {})
        for name in value:
            if name not in known:
                yield FieldError(field_name([*path, name]), "is unknown. Known fields are " + ", ".join(known))
        return
    if rule in {"anyOf", "oneOf"} and error.context:
        # Such a field may be null, too. The first kind of value is the one that counts.
        yield from _field_errors(error.context[0])
        return
    # The error that a format's own check raised says more than the name of the format.
    message = str(error.cause) if error.cause is not None else _message(rule, wanted, schema)
    yield FieldError(field_name(path), message)


def _message(rule: str, wanted: Any, schema: Mapping[str, Any]) -> str:
    match rule:
        case "type":
            kinds = [wanted] if isinstance(wanted, str) else wanted
            return "must be " + " or ".join(_TYPES[kind] for kind in kinds)
        case "enum":
            return "must be one of " + ", ".join(str(value) for value in wanted if value is not None)
        case "format":
            return _FORMATS[wanted]
        case "pattern":
            # The description says what fits, from "Must" on. What precedes it says what the field is.
            _, _, fits = schema.get("description", "").partition("Must ")
            return f"must {fits}" if fits else f"must match {wanted}"
        case "minLength":
            return "must not be empty" if wanted == 1 else f"must have at least {wanted} characters"
        case "maxLength":
            return f"must have at most {wanted} characters"
        case "maxItems" | "maxProperties":
            return f"must have at most {wanted} items"
        case "minItems":
            return "must not be empty" if wanted == 1 else f"must have at least {wanted} items"
        case "minimum":
            return f"must be at least {wanted}"
        case "maximum":
            return f"must be at most {wanted}"
    return f"does not fulfil {rule}: {wanted}"


def field_name(path: list[str]) -> str:
    """The dotted path of a field; `body` for the document itself. Long names are cut: the caller chooses them."""
    return ".".join(part if len(part) <= _LONGEST_NAME else part[:_LONGEST_NAME] + "…" for part in path) or "body"


def _refuse_constant(name: str) -> object:
    """Refuses NaN and the infinities, which Python's JSON parser accepts."""
    raise ValueError(f"{name} is not allowed in JSON")


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    if isinstance(error, UnicodeError):
        return "its bytes are not text in UTF-8"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
