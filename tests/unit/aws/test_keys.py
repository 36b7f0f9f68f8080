"""Keys of items are made and read in one module only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from email_channels.aws.rows import index_keys, keys
from email_channels.cases.identity import email_id
from email_channels.times import to_text

from tests.support.paths import FUNCTIONS, PACKAGE, ROOT

AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
KEY_MODULES = {PACKAGE / "aws/rows/keys.py", PACKAGE / "aws/rows/index_keys.py"}


def test_ids_from_keys() -> None:
    """The functions that read ids from keys return what the keys were made of."""
    assert keys.record_id_of(keys.record("7K3F92QDX0")[0]) == "7K3F92QDX0"
    case_key, email_key = keys.entry("7K3F92QDX0", "06H0ABCDE7K3F92QDX0")
    assert (keys.record_id_of(case_key), keys.email_id_of(email_key)) == ("7K3F92QDX0", "06H0ABCDE7K3F92QDX0")
    assert keys.upload_id_of(keys.upload("U1")[0]) == "U1"
    assert keys.purge_id_of(keys.purge(to_text(AT), "P1")[1]) == "P1"


def test_key_of_a_moved_email() -> None:
    """An email that is moved keeps its time and its original in the log of activity, and names the other case."""
    before = index_keys.activity(AT, "7K3F92QDX0", "raw/ad_hoc/1")
    assert index_keys.activity_of_case(before, "0THER") == index_keys.activity(AT, "0THER", "raw/ad_hoc/1")
    assert before.startswith(index_keys.original(AT, "raw/ad_hoc/1"))
    assert not before.startswith(index_keys.original(AT, "raw/ad_hoc/2"))


def test_record_key_without_email_id() -> None:
    """A record has no email id in its sort key."""
    assert keys.email_id_of(keys.record("7K3F92QDX0")[1]) == ""


def test_entry_key_order() -> None:
    """Entries sort within the bounds of their query, after the case."""
    sort_keys = [keys.entry("C", email_id)[1] for email_id in ("0", "06H0", "ZZZZ")]
    assert all(keys.FIRST_ENTRY < sort_key < keys.AFTER_ENTRIES for sort_key in sort_keys)
    assert keys.record("C")[1] < keys.FIRST_ENTRY


def test_time_bound() -> None:
    """The bound of a time sorts after all items of that time."""
    bound = index_keys.until(AT)
    assert index_keys.at_time(to_text(AT), "ZZZZZZZZZZ") < bound
    assert bound < index_keys.at_time(to_text(AT + timedelta(milliseconds=1)), "0000000000")


def test_short_times() -> None:
    """A time in a key is that of an email id, sorts by time, and is read back to the millisecond."""
    times = [AT + timedelta(milliseconds=milliseconds) for milliseconds in (-1, 0, 1, 10**9)]
    short = [keys.short_time(to_text(at)) for at in times]
    assert short == sorted(set(short))
    assert [keys.time_of_short(one) for one in short] == [to_text(at) for at in times]
    assert short == [email_id(at, "") for at in times]
    assert index_keys.time_of(index_keys.at_time(to_text(AT), "7K3F92QDX0")) == to_text(AT)
    newest = [keys.newest_first(to_text(at)) for at in times]
    assert newest == sorted(newest, reverse=True)


def test_times_out_of_reach() -> None:
    """A time that nine characters cannot say is the nearest that they can."""
    assert keys.short_time("1969-12-31T23:59:59.999Z") == "000000000"
    assert keys.short_time("9999-12-31T23:59:59.999Z") == "ZZZZZZZZZ"


def test_word_of_a_case() -> None:
    """The word and the case are read back from the key of the item."""
    _, sk = keys.case_word("zoe@acme.example", keys.newest_first(to_text(AT)), "7K3F92QDX0")
    assert keys.case_word_of(sk) == ("zoe@acme.example", "7K3F92QDX0")


def test_long_names() -> None:
    """Names that are too long for a key are hashed."""
    assert keys.bounded("é" * 450) == "é" * 450
    hashed = keys.bounded("é" * 451)
    assert (hashed[:7], len(hashed)) == ("sha256:", 7 + 64)


def test_keys_are_read_in_one_place() -> None:
    """No other module splits a key."""
    folders = (PACKAGE, FUNCTIONS, ROOT / "tools", ROOT / "tests/support")
    files = {path for folder in folders for path in folder.rglob("*.py")} - KEY_MODULES
    offenders = [str(path) for path in files if 'partition("#")' in path.read_text("utf-8")]
    assert offenders == []
