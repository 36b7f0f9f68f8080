"""The sentences that the API can say to people, read from the code that says them.

A sentence is a string in the code that begins and ends like one ("The case is full."), or the message about a field,
which goes on after its name ("must be an email address"). What the code puts into it is `{}`.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.paths import ROOT

_PACKAGE = ROOT / "layers/common/email_channels"

_FOLDERS = [
    ROOT / "functions/agent_api",
    *(_PACKAGE / name for name in ("api", "aws/stores", "cases", "intake", "jobs", "outbound")),
]
_FILES = [_PACKAGE / "errors.py", _PACKAGE / "followup/purge.py", _PACKAGE / "address_roles.py"]

INSIDE = {
    "address_roles.py": [
        "notifications come from it (NotificationFromAddress)",
        "agents' emails come from it (AdHocFromAddress)",
        "the ad hoc channel receives at it (AdHocRecipients)",
        "replies to agents' emails go to it (AdHocReplyTo)",
        "emails to it become cases (CaseCreationRecipients)",
        "it is a mailbox (MailboxAddress)",
        "notifications go to it (AdminEmailAddresses)",
        "alerts go to it (DefaultServiceGroupAddress)",
    ],
    "api/address_grammar.py": ["the name must be on one line, without control characters"],
    "cases/channels.py": ["case_creation", "ad_hoc"],
    "cases/delivery_states.py": ["(no address given)"],
    "cases/sending_events.py": [
        "Amazon SES could not build the email: {}",
        "Amazon SES rejected the email: {}",
        "On the suppression list since an earlier complaint",
        "Perhaps: {} by one of {} recipients",
        "Reported as unwanted{}",
    ],
    "functions/agent_api/api_call.py": ["Case creation", "The ad hoc channel"],
    "intake/rules/authentication.py": ["proven", "not proven"],
    "intake/rules/closed_case.py": ["is reopened", "stays closed"],
    "intake/rules/employee.py": ["From address", "line 1", "user mapping"],
    "intake/rules/mail_loop.py": [
        ", as {} does",
        "an acknowledgement",
        "an agent's email",
        "an alert to a service group",
        "a notification to the admins",
        "a sender's copy",
        "a test of a redirect",
    ],
    "intake/trying/diagnosis.py": ["another domain"],
    "jobs/employee_import/row_values.py": ["address {} of email"],
    "outbound/ad_hoc/draft_files.py": ["{}: {}"],
    "outbound/drafts.py": ["text or html must not be empty"],
    "outbound/sending.py": ["Amazon SES refused the email: {}"],
}
"""What looks like no sentence: words that stand in a gap of one, and what is said of a delivery. By file."""

# The page translates these by their code, or the reader of an email gets them, or only a program can cause them: the
# page sends no such request. A page that shows one nevertheless says its kind in German, and the rest in English.
_ELSEWHERE = {
    "cases/reasons.py": "by reason",
    "intake/trying/trials.py": "by outcome",
    "api/problems.py": "by the type of the problem",
    "outbound/notices.py": "emails",
    "outbound/probe_emails.py": "emails",
    "api/access.py": "by the type of the problem",
    "api/idempotency.py": "about headers",
    "api/paging.py": "about cursors",
    "api/preconditions.py": "about headers",
    "api/query_parameters.py": "about queries",
    "api/requests.py": "about encodings",
    "api/sealed_places.py": "about cursors",
    "functions/agent_api/routes.py": "about paths",
    "outbound/case_notices.py": "emails",
    "outbound/unread_mailboxes.py": "patterns",
    "outbound/replaced_texts.py": "logs",
    "intake/batch.py": "logs",
}
_FOR_PROGRAMS = {
    'Upload it (POST /attachments with the purpose "try"), and send {"upload_id": ...} instead.',
    "If-Match is missing. Set it to the ETag of the case that you have read, or to *.",
    "Send the email with the Content-Type message/rfc822, or JSON as application/json.",
    "The body is larger than 4.5 MB. {}",
    "The request body is empty. Send an email as message/rfc822, or JSON that names one.",
    "The request body must be JSON in UTF-8: {}.",
    "The request body must be JSON, but it is empty.",
    "does not fulfil {}: {}",
    "is unknown. Known fields are {}",
    "must match {}",
    "must be {}",  # of another type of JSON
    "must {}",  # whose words are the patterns of the document
    "no reason given",  # in a log
    "no free case id",
}

_SENTENCE = re.compile(r"(?:[A-Z{]|\w+ (?:is|must|begins) )[^\n]*(?:\.|\. \{\})")
_MESSAGE = re.compile(
    r"(?:must|make|is|are|has|have|holds|names|needs|no|nobody|only|does|cannot|was|belongs) [^\n]*"
    r"|(?:to, cc|text and|text,|the file) [^\n]*"
)
_IS_WORDS = re.compile(r"[^\n]*\w \w[^\n]*")


def api_sentences() -> dict[str, str]:
    """Each sentence, and the file that has it."""
    found = {
        sentence: file
        for path in [*_FILES, *(path for folder in _FOLDERS for path in sorted(folder.rglob("*.py")))]
        if (file := _name(path)) not in _ELSEWHERE
        for sentence in _sentences(ast.parse(path.read_text(encoding="utf-8")))
        if sentence not in _FOR_PROGRAMS
    }
    words = {words: file for file, listed in INSIDE.items() for words in listed}
    return found | words | dict.fromkeys(_patterns(), "openapi.json")


def strings(file: str) -> set[str]:
    """All strings of a file that `api_sentences` names."""
    path = next(folder / file for folder in (_PACKAGE, ROOT) if (folder / file).is_file())
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {text for node in nodes if (text := _text(node)) is not None}


def _name(path: Path) -> str:
    return path.relative_to(_PACKAGE if _PACKAGE in path.parents else ROOT).as_posix()


def _sentences(node: ast.AST) -> Iterator[str]:
    text = _text(node)
    if text is not None:
        if _IS_WORDS.fullmatch(text) and (_SENTENCE.fullmatch(text) or _MESSAGE.fullmatch(text)):
            yield text
        return
    for child in ast.iter_child_nodes(node):
        is_docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        if not is_docstring:
            yield from _sentences(child)


def _text(node: ast.AST) -> str | None:
    """The string that an expression gives, if its code shows it."""
    match node:
        case ast.Constant(value=str(text)):
            return re.sub(r"(?<!\{)\{\w+\}(?!\})", "{}", text)  # for str.format
        case ast.JoinedStr(values=values):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in values)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            texts = _text(left), _text(right)
            return None if texts == (None, None) else "".join("{}" if text is None else text for text in texts)
    return None


def _patterns() -> Iterator[str]:
    """What the document says of the patterns of its fields (`api/validation.py`, `_message`)."""

    def look(node: object) -> Iterator[str]:
        if isinstance(node, dict):
            _, _, fits = str(node.get("description", "")).partition("Must ")
            if "pattern" in node and fits:
                yield f"must {fits}"
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        for child in children:
            yield from look(child)

    document = json.loads((ROOT / "openapi.json").read_text(encoding="utf-8"))
    return look({name: row for name, row in document["components"]["schemas"].items() if name not in {"Case", "Me"}})
