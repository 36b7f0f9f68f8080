"""Keys are taken apart where they are made, and nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from email_channels.aws.rows import index_keys, keys
from email_channels.times import to_text

from tests.support.paths import FUNCTIONS, PACKAGE, ROOT

AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
KEY_MODULES = {PACKAGE / "aws/rows/keys.py", PACKAGE / "aws/rows/index_keys.py"}


def test_ids_are_read_back_from_keys() -> None:
    assert keys.record_id_of(keys.record("7K3F92QDX0")[0]) == "7K3F92QDX0"
    case_key, email_key = keys.entry("7K3F92QDX0", "06H0ABCDE7K3F92QDX0")
    assert (keys.record_id_of(case_key), keys.email_id_of(email_key)) == ("7K3F92QDX0", "06H0ABCDE7K3F92QDX0")
    assert keys.upload_id_of(keys.upload("U1")[0]) == "U1"
    assert keys.purge_id_of(keys.purge(to_text(AT), "P1")[1]) == "P1"
    assert index_keys.thread_key_of(index_keys.thread("abc")) == "abc"


def test_a_record_has_no_email_id_in_its_sort_key() -> None:
    assert keys.email_id_of(keys.record("7K3F92QDX0")[1]) == ""


def test_entries_sort_between_the_bounds_of_a_query_and_the_case_before_them() -> None:
    sort_keys = [keys.entry("C", email_id)[1] for email_id in ("0", "06H0", "ZZZZ")]
    assert all(keys.FIRST_ENTRY < sort_key < keys.AFTER_ENTRIES for sort_key in sort_keys)
    assert keys.record("C")[1] < keys.FIRST_ENTRY


def test_a_time_bound_lies_behind_all_items_of_its_time() -> None:
    bound = index_keys.until(AT)
    assert index_keys.at_time(to_text(AT), "ZZZZZZZZZZ") < bound
    assert bound < index_keys.at_time(to_text(AT + timedelta(milliseconds=1)), "0000000000")


def test_names_that_are_too_long_are_hashed() -> None:
    assert keys.bounded("é" * 450) == "é" * 450
    hashed = keys.bounded("é" * 451)
    assert (hashed[:7], len(hashed)) == ("sha256:", 7 + 64)


def test_nothing_else_takes_a_key_apart() -> None:
    folders = (PACKAGE, FUNCTIONS, ROOT / "tools", ROOT / "tests/support")
    files = {path for folder in folders for path in folder.rglob("*.py")} - KEY_MODULES
    offenders = [str(path) for path in files if 'partition("#")' in path.read_text("utf-8")]
    assert offenders == []
