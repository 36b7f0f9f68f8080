"""`POST /employees/imports`: a CSV file of employees becomes the directory, in steps that may be repeated."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import boto3
import pytest
from email_channels.aws.mail_bucket import upload_key
from email_channels.aws.stores.audit.audit_store import AuditStore
from email_channels.aws.stores.directory_store import DirectoryStore
from email_channels.bootstrap.jobs import NEEDED_MILLISECONDS
from email_channels.cases.directory import Employee
from email_channels.cases.jobs.job import Job, JobKind, JobState
from email_channels.errors import Conflict
from email_channels.jobs.employee_import import file_reading, importing
from email_channels.jobs.employee_import.file_reading import SAME_ADDRESS
from email_channels.jobs.employee_import.importing import EmployeeImport, ImportRequest

from tests.support.acts import an_act
from tests.support.in_process.api_client import Answer, Api
from tests.support.in_process.aws_calls import Killed, watch
from tests.support.in_process.jobs import take_messages, work, work_all

HEADER = "user_id,name,email,population,blocked\n"
TWO = HEADER + "1,Zoë Hartmann,zoe@acme.example;zoe@home.example,Germany,no\n2,Marcus Webb,marcus@acme.example,UK,no\n"


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "CHUNK", 5)


def start(api: Api, content: str, options: str = "", status: int = 202) -> Answer:
    answer = api("admin", "POST", f"/employees/imports{options}", raw=content)
    assert answer.status == status, answer.text
    return answer


def job(api: Api, answer: Answer) -> Any:
    found = api("admin", "GET", f"/jobs/{answer.json['job_id']}").json
    assert sum(found["outcomes"].values()) == found["done"]
    return found


def imported(api: Api, content: str, options: str = "") -> Any:
    """The job of an import, after it has ended."""
    answer = start(api, content, options)
    work_all()
    found = job(api, answer)
    assert found["finished_at"]
    assert uploads(api) == []
    return found


def uploads(api: Api) -> list[str]:
    listed = boto3.client("s3").list_objects_v2(Bucket=api.settings.bucket_name, Prefix="uploads/")
    return [one["Key"] for one in listed.get("Contents", ())]


def directory(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = {}
    cursor = ""
    while True:
        page = api("admin", "GET", f"/employees?limit=200{cursor}")
        found |= {one["user_id"]: {name: one[name] for name in one if name != "user_id"} for one in page.items}
        if page.json["next_cursor"] is None:
            return found
        cursor = f"&cursor={page.json['next_cursor']}"


def results(found: Any) -> tuple[str, dict[str, int], list[tuple[int, str]]]:
    return found["state"], found["outcomes"], [(row["line"], row["message"]) for row in found["rejected"]]


def test_import(api: Api) -> None:
    """New employees are created, changed ones changed, and a repeat changes nothing."""
    answer = start(api, TWO)
    assert answer.json["kind"] == "import"
    assert answer.headers["location"] == f"/jobs/{answer.json['job_id']}"
    work_all()
    found = job(api, answer)
    assert (results(found), found["total"], found["done"]) == (("done", {"created": 2}, []), 2, 2)
    assert directory(api) == {
        "1": {
            "name": "Zoë Hartmann",
            "emails": ["zoe@acme.example", "zoe@home.example"],
            "population": "Germany",
            "blocked": False,
        },
        "2": {"name": "Marcus Webb", "emails": ["marcus@acme.example"], "population": "UK", "blocked": False},
    }
    assert [one["user_id"] for one in api("agent", "GET", "/employees?q=zo%20hart").items] == ["1"]
    (record,) = api("admin", "GET", "/audit?action=employee.import").items
    assert (record["actor"], record["target"]) == ("id-of-admin", found["job_id"])
    assert results(imported(api, TWO)) == ("done", {"unchanged": 2}, [])
    changed = TWO.replace("Hartmann", "Webb").replace("zoe@home.example", "z@home.example")
    assert results(imported(api, changed)) == ("done", {"changed": 1, "unchanged": 1}, [])
    assert [one["user_id"] for one in api("agent", "GET", "/employees?q=zoe%40home.example").items] == []
    assert [one["user_id"] for one in api("agent", "GET", "/employees?q=hart").items] == []


def test_unchanged_rows_cost_no_write(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    imported(api, TWO)
    calls = watch(monkeypatch)
    imported(api, TWO)
    # The audit record.
    assert calls.names.count("PutItem") == 1
    # One creates the job with its lock, one ends it.
    assert calls.names.count("TransactWriteItems") == 2


def test_missing_columns(api: Api) -> None:
    """What the file has no column for stays as it is."""
    imported(api, HEADER + "1,Zoë,zoe@acme.example,Germany,yes\n")
    assert results(imported(api, "name;user_id\nZoe Webb;1\nNora;2\n")) == ("done", {"changed": 1, "created": 1}, [])
    assert directory(api) == {
        "1": {"name": "Zoe Webb", "emails": ["zoe@acme.example"], "population": "Germany", "blocked": True},
        "2": {"name": "Nora", "emails": [], "population": None, "blocked": False},
    }


def test_bad_rows(api: Api) -> None:
    """Good rows are taken; each bad one is named by its line, and never repeated."""
    rows = [
        "1,Zoë,zoe@acme.example,Germany,no",
        ",Secret Name,a@acme.example,,",
        "2,Nora,secret name,,",
        "1,Secret Name,b@acme.example,,",
        "",
        "3,Secret,Name,c@acme.example,UK,no",
        "4,Jo,d@acme.example,,secret",
        "5,Ada,e@acme.example,,1",
    ]
    found = imported(api, HEADER + "\n".join(rows))
    assert results(found) == (
        "done",
        {"created": 2, "rejected": 5},
        [
            (3, "user_id is empty."),
            (4, "email must be an email address. Several addresses are separated by semicolons."),
            (5, "The user_id is that of line 2, which was taken."),
            (7, "The row has more cells than the header. A cell that holds the separator must be in quotes."),
            (8, "blocked must be true, false, yes, no, 1, 0 or empty."),
        ],
    )
    assert "ecret" not in json.dumps(found)
    assert [*directory(api)] == ["1", "5"]
    assert (found["total"], found["done"]) == (7, 7)


def test_many_bad_rows(api: Api) -> None:
    """The first 1,000 are named; all are counted."""
    found = imported(api, HEADER + ",Zoë,,,\n" * 1003)
    assert (found["outcomes"], len(found["rejected"])) == ({"rejected": 1003}, 1000)


def test_dry_run(api: Api) -> None:
    """A dry run counts the same, changes nothing, and leaves no audit record."""
    imported(api, TWO)
    before = directory(api)
    content = HEADER + "1,Zoe,,,\n3,Nora,,,\n3,Nora,,,\n4,,,,\n" + "".join(f"9{n},Jo,,,\n" for n in range(10))
    options = "absent=block&max_absent=1"
    dry = imported(api, content, f"?dry_run=true&{options}")
    assert directory(api) == before
    assert len(api("admin", "GET", "/audit?action=employee.import").items) == 1
    wet = imported(api, content, f"?{options}")
    assert results(dry) == results(wet)
    assert wet["outcomes"] == {"changed": 1, "created": 11, "rejected": 2, "blocked": 1}
    assert directory(api)["2"] == before["2"] | {"blocked": True}


def many(count: int, start_at: int = 0) -> str:
    rows = (f"{n:03},Jo {n},jo{n}@acme.example,UK,no\n" for n in range(start_at, count))
    return HEADER + "".join(rows)


def test_absent(api: Api) -> None:
    """Employees that the file does not name are blocked, unless they are too many."""
    imported(api, many(100) + "blocked,Ada,,,yes\n")
    refused = imported(api, many(100, 6), "?absent=block")
    assert (refused["state"], refused["outcomes"], refused["total"]) == ("failed", {}, 94)
    assert refused["message"] == (
        "The import would block 6 of 100 employees, because the file does not name them. That is more than 5 %. "
        "If it is right, set max_absent=6. Nothing was changed."
    )
    assert imported(api, many(100, 6), "?absent=block&max_absent=5")["state"] == "failed"
    allowed = imported(api, many(100, 5) + "new,Eve,,,\n", "?absent=block")
    assert results(allowed) == ("done", {"created": 1, "unchanged": 95, "blocked": 5}, [])
    assert allowed["total"] == allowed["done"] == 101
    by_hand = imported(api, many(100, 60), "?absent=block&max_absent=60")
    assert by_hand["outcomes"] == {"unchanged": 40, "blocked": 56}
    assert {user_id for user_id, one in directory(api).items() if one["blocked"]} == {
        "blocked",
        "new",
        *(f"{n:03}" for n in range(60)),
    }
    assert results(imported(api, many(100, 60) + "001,Jo,,,\n", "?absent=block"))[1]["changed"] == 1
    assert imported(api, HEADER, "?absent=block")["state"] == "failed"
    assert imported(api, HEADER)["state"] == "done"


def test_named_in_a_bad_row(api: Api) -> None:
    """An employee in a row that is not taken is not absent. A row that may hide others blocks nobody."""
    imported(api, many(20))
    found = imported(api, many(20).replace("jo3@acme.example", "jo3"), "?absent=block")
    assert found["outcomes"] == {"unchanged": 19, "rejected": 1}
    hidden = many(20).replace("003,Jo 3", '003,"Jo 3').replace("005,Jo 5", '005,Jo 5"')
    found = imported(api, hidden, "?absent=block")
    assert (found["state"], "a quote is missing" in found["message"]) == ("failed", True)
    assert len(found["message"]) <= 300
    assert imported(api, hidden)["outcomes"]["rejected"] == 1


def test_shared_addresses(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Employees may share an address; too many are refused, also in a dry run."""
    monkeypatch.setattr("email_channels.aws.stores.directory_store.MAX_EMPLOYEES_AT_ADDRESS", 4)
    monkeypatch.setattr(importing, "MAX_EMPLOYEES_AT_ADDRESS", 4)
    monkeypatch.setattr(file_reading, "MAX_ROWS_WITH_ADDRESS", 4)
    content = HEADER + "".join(f"{n},Jo,Family@home.example,,\n" for n in range(7))
    for options in ("?dry_run=true", ""):
        found = imported(api, content, options)
        assert found["outcomes"] == {"created": 4, "rejected": 3}
        assert {row["message"] for row in found["rejected"]} == {SAME_ADDRESS}
    full = imported(api, HEADER + "x,Jo,FAMILY@home.example,,\n0,Joe,family@home.example,,\n")
    assert full["outcomes"] == {"changed": 1, "rejected": 1}
    assert full["rejected"][0]["line"] == 2


def test_address_taken_meanwhile(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else fills an address between plan and write: the others are written."""
    put_all, put = DirectoryStore.put_all, DirectoryStore.put
    full: set[str] = set()

    def put_all_or_fail(self: DirectoryStore, employees: Any) -> None:
        if any(one.user_id == "2" for one in employees):
            raise Conflict("too many")
        put_all(self, employees)

    def put_or_fail(self: DirectoryStore, employee: Employee, act: None) -> bool:
        if employee.user_id in full:
            raise Conflict("too many")
        return put(self, employee, act)

    monkeypatch.setattr(DirectoryStore, "put_all", put_all_or_fail)
    monkeypatch.setattr(DirectoryStore, "put", put_or_fail)
    full.add("2")
    assert imported(api, TWO)["state"] == "done"
    assert [*directory(api)] == ["1"]
    full.clear()
    assert imported(api, TWO)["state"] == "done"
    assert [*directory(api)] == ["1", "2"]


def test_uploaded_file(api: Api) -> None:
    """The file may be uploaded before. It is deleted when the job ends."""
    upload = {"filename": "all.csv", "content_type": "text/csv", "size": 7, "purpose": "import"}
    announced = api("admin", "POST", "/attachments", upload).json["upload_id"]
    assert start(api, json.dumps({"upload_id": announced}), status=422).wrong_fields == ["upload_id"]
    api.stores.mail.write(upload_key(announced), TWO.encode())
    assert api("only-admin", "POST", "/employees/imports", {"upload_id": announced}).wrong_fields == ["upload_id"]
    assert results(imported(api, json.dumps({"upload_id": announced}))) == ("done", {"created": 2}, [])
    assert start(api, json.dumps({"upload_id": announced}), status=422).wrong_fields == ["upload_id"]
    other = api("admin", "POST", "/attachments", upload | {"purpose": "email"}).json["upload_id"]
    api.stores.mail.write(upload_key(other), TWO.encode())
    assert start(api, json.dumps({"upload_id": other}), status=422).wrong_fields == ["upload_id"]


def test_one_at_a_time(api: Api) -> None:
    """A second import is refused until the first one has ended; its file does not stay."""
    start(api, TWO)
    assert start(api, TWO, status=409).problem == "conflict"
    assert start(api, TWO, "?dry_run=true", status=409).problem == "conflict"
    assert len(uploads(api)) == 1
    work_all()
    assert uploads(api) == []
    start(api, TWO)


@pytest.mark.parametrize(
    ("options", "body", "field"),
    [
        ("?dry_run=perhaps", TWO, "dry_run"),
        ("?absent=delete", TWO, "absent"),
        ("?absent=block&max_absent=-1", TWO, "max_absent"),
        ("?absent=block&max_absent=99999999", TWO, "max_absent"),
        ("?max_absent=3", TWO, "max_absent"),
        ("?dryrun=true", TWO, "dryrun"),
        ("", "name,email\nZoë,zoe@acme.example\n", "body"),
        ("", "x" * 4_500_001, "body"),
        ("", '"user_id"', "body"),
        ("", "null", "body"),
        ("", "[]", "body"),
        ("", "{}", "upload_id"),
        ("", '{"upload_id": "unknown"}', "upload_id"),
        ("", '{"upload_id": 1}', "upload_id"),
    ],
)
def test_refused(api: Api, options: str, body: str, field: str) -> None:
    assert start(api, body, options, 422).wrong_fields == [field]
    assert (uploads(api), api("admin", "GET", "/jobs").items) == ([], [])


def test_empty(api: Api) -> None:
    assert start(api, "", status=400).problem == "bad_request"
    assert start(api, " \n", status=400).problem == "bad_request"
    assert start(api, '{"upload_id": ', status=400).problem == "bad_request"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (TWO.encode("utf-32"), "The file is UTF-32. Save it as CSV UTF-8. Nothing was changed."),
        (b"PK\x03\x04 a workbook", "The file is a workbook of a spreadsheet program."),
        ((HEADER + '1,"' + "x\n" * 60_000).encode(), "Line 2 has more than 100000 characters."),
        (b"", "The file is empty."),
    ],
)
def test_unreadable_file(api: Api, content: bytes, message: str) -> None:
    """A file that cannot be read ends the job, and changes nothing."""
    found = imported_file(api, content)
    assert (found["state"], found["outcomes"], directory(api)) == ("failed", {}, {})
    assert found["message"].startswith(message)


def imported_file(api: Api, content: bytes, before_work: Callable[[str], object] = lambda _: None) -> Any:
    """The job of a file that was uploaded."""
    upload = {"filename": "all.csv", "content_type": "text/csv", "size": 7, "purpose": "import"}
    announced = api("admin", "POST", "/attachments", upload).json["upload_id"]
    api.stores.mail.write(upload_key(announced), content)
    answer = start(api, json.dumps({"upload_id": announced}))
    before_work(upload_key(announced))
    work_all()
    return job(api, answer)


def test_file_that_is_gone(api: Api) -> None:
    found = imported_file(api, TWO.encode(), lambda key: api.stores.mail.delete([key]))
    assert (found["state"], found["message"].startswith("The file is not there")) == ("failed", True)


def test_too_many_rows(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "MAX_ROWS", 10)
    assert imported(api, many(10))["state"] == "done"
    assert imported(api, many(11))["message"].startswith("The file has more than 10 rows.")


def test_too_many_addresses(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rows can hold millions of addresses. They must not fill the memory of the function."""
    monkeypatch.setattr(file_reading, "MAX_ADDRESSES_IN_FILE", 10)
    rows = [f"{n},N,{';'.join(f'{n}-{i}@acme.example' for i in range(5))},,\n" for n in range(3)]
    assert imported(api, HEADER + "".join(rows[:2]))["outcomes"] == {"created": 2}
    found = imported(api, HEADER + "".join(rows))
    assert (found["state"], len(directory(api))) == ("failed", 2)
    assert found["message"] == "The file has more than 10 addresses. Divide it. Nothing was changed."


def test_parts(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is read in parts. If it is replaced meanwhile, the job ends."""
    monkeypatch.setattr("email_channels.aws.mail_bucket.PART_BYTES", 100)
    assert imported_file(api, many(50).encode())["outcomes"] == {"created": 50}
    answer = start(api, many(50))
    (body,) = take_messages()
    work(body, milliseconds=NEEDED_MILLISECONDS)  # one step
    (key,) = uploads(api)
    api.stores.mail.write(key, many(60).encode())
    work_all()
    found = job(api, answer)
    assert (found["state"], found["message"].startswith("The file is not there")) == ("failed", True)


def job_of(file: str, **place: Any) -> Job:
    """A job of an import, as its worker reads it."""
    act = an_act()
    request = ImportRequest(file, act, block_absent=True, max_absent=100).to_json()
    return Job("1", JobKind.IMPORT, JobState.RUNNING, "kim", "kim", act.at, request=request, place=place)


def step_of(api: Api, job: Job) -> Mapping[str, Any]:
    """The place after a step of another worker."""
    step = EmployeeImport(DirectoryStore(), api.stores.mail, AuditStore()).step(job, lambda: True)
    assert step.place is not None
    return step.place


@pytest.mark.parametrize(
    "place",
    [
        {"phase": "count", "rows": 2, "active": 0, "absent": 0},
        {"phase": "rows", "done": 0, "planned": 0},
        {"phase": "block", "last": False, "ids": []},
    ],
    ids=lambda place: place["phase"],
)
def test_another_file(api: Api, place: dict[str, Any]) -> None:
    """A worker that goes on after another one reads the file that the first step has read, or none."""
    mail = api.stores.mail
    mail.write(upload_key("all"), TWO.encode())
    job = job_of("all", after=None, etag=mail.etag(upload_key("all")), **place)
    mail.write(upload_key("all"), many(30).encode())
    assert step_of(api, job)["phase"] == "failed"


def test_audit_record(api: Api) -> None:
    """It is there before anything changes, and once, however often the first step is repeated."""
    api.stores.mail.write(upload_key("all"), TWO.encode())
    job = job_of("all")
    places = [step_of(api, job) for _ in range(2)]
    assert [place["phase"] for place in places] == ["count", "count"]
    assert len(api("admin", "GET", "/audit?action=employee.import").items) == 1
    assert directory(api) == {}


def _tries(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Any]]:
    """The job and the directory after an import that is killed once, at some calls in turn; at last at none."""
    content = many(6, 2) + "001,Jo,,,\nbad,,,,\n"
    for place in range(1, 400, 4):
        for user_id in directory(api):
            DirectoryStore().delete(user_id, None)
        DirectoryStore().put_all([Employee(f"{n:03}", f"Jo {n}", ()) for n in range(4)])
        answer = start(api, content, "?absent=block&max_absent=1")
        (body,) = take_messages()
        with monkeypatch.context() as patched:
            calls = watch(patched)
            calls.begin((place, "after" if place % 8 == 1 else "before"))
            try:
                work(body)
            except Killed:
                killed = True
            else:
                killed = False
        work(body)
        work_all()
        yield job(api, answer), directory(api)
        if not killed:
            return


def test_killed(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed at any call, the job has the same end as without."""
    ends = list(_tries(api, monkeypatch))
    last, employees = ends[-1]
    assert last["outcomes"] == {"created": 2, "changed": 3, "rejected": 1, "blocked": 1}
    assert len(ends) > 5
    for found, others in ends:
        assert (results(found), found["total"], others) == (results(last), last["total"], employees)
    assert uploads(api) == []
