"""Lists of an object's versions that look at the objects under the prefix, instead of all objects of the bucket.

For each list, moto copies every version of every object, with its content. A purge makes such a list for each prefix
that it deletes.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any


def install() -> Callable[[], None]:
    """Patches this process's moto. Returns a function that removes the patch.

    It is not thread-safe, like moto itself: serve one request at a time.
    """
    from moto.s3.models import S3Backend

    original = S3Backend.list_object_versions

    def list_quickly(backend: S3Backend, bucket_name: str, **named: Any) -> Any:
        bucket, prefix = backend.get_bucket(bucket_name), named.get("prefix", "")
        found = [(key, versions) for key, versions in bucket.keys.iterlists() if key.startswith(prefix)]
        narrowed = SimpleNamespace(keys=SimpleNamespace(iterlists=lambda: iter(found)))
        backend.get_bucket = lambda *_: narrowed  # type: ignore[method-assign,assignment]  # for this list
        try:
            return original(backend, bucket_name, **named)
        finally:
            del backend.get_bucket

    def undo() -> None:
        S3Backend.list_object_versions = original  # type: ignore[method-assign]  # as it was

    S3Backend.list_object_versions = list_quickly  # type: ignore[method-assign,assignment]  # a plain function
    return undo
