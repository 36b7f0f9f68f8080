"""The OpenAPI document as it is served. It is read by itself, because `/openapi.json` needs nothing else."""

from pathlib import Path


def openapi_bytes() -> bytes:
    """The bytes of the document."""
    return Path(__file__).with_name("openapi.json").read_bytes()
