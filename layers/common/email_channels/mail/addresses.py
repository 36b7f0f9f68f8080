"""Address fields as senders write them -> addresses.

mail-parser reads the well-formed ones (see `parsing`). This is for the rest: names with bare commas or @, addresses
without brackets or domain or with a trailing dot, encoded words that hold whole addresses, unclosed quotes.
The grammar is RFC 5322, section 3.4 and 4.4; internationalised addresses are those of RFC 6532.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from email_channels.mail.headers import decode_words
from email_channels.mail.limits import MAX_ADDRESSES
from email_channels.mail.message import Address

_SPACES: Final = re.compile(r"\s+")
# Whole runs of characters, of which those with an @ are addresses: looking for the @ itself takes the square of a
# long run's length.
_RUN: Final = re.compile(r"[^\s<>()\[\],;:\"]+(?:(?<=@)\[[^\s\[\]<>]{1,100}\])?")
_EMPTIED_BRACKETS: Final = re.compile(r"\[\s{0,5}(?:mailto:)?\s{0,5}\]", re.IGNORECASE)
_INNER_COMMENT: Final = re.compile(r"\([^()]{0,500}\)")
_BETWEEN_ADDRESSES: Final = frozenset(("and", "und", "et", "y", "e", "&", "+", "/"))
_MAILTO: Final = re.compile(r"^(?:mailto|smtp):\s*", re.IGNORECASE)
_WORD_HEAD: Final = re.compile(r"=\?[A-Za-z0-9_.:*-]{0,60}\?[bBqQ]\?")
_LONGEST_WORD: Final = 1_000
_ROUTE: Final = re.compile(r"^@[^:<>]{1,1000}:")
_LONGEST_GROUP_NAME: Final = 500
_MOST_HELD: Final = 6
"""Commas that a name without quotes may hold; more words than that are addresses without domains."""

_PLAUSIBLE: Final = re.compile(r"[^\s@<>()\[\],;:\"]{1,100}@[^\s@<>(),;:\"]{1,255}$")
_INVISIBLE: Final = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_QUOTE_BETWEEN_WORDS: Final = re.compile(r'\?=(?:"\s{1,20}"?|\s{1,20}")=\?')
_WHOLLY_QUOTED: Final = re.compile(r'"[^"<>]{0,500}<[^"<>@]{1,100}@[^"<>@]{1,255}>\s{0,20}"')
_SPELT_OUT: Final = re.compile(r"([\w.+-]{1,64}) at ([\w-]{1,63}(?:\.[\w-]{1,63}){1,10})")
_PLAUSIBLE_LOCAL: Final = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}$")


@dataclass(slots=True)
class _Mailbox:
    """What was found between two separators."""

    words: list[str] = field(default_factory=list)
    angle: str | None = None
    comments: list[str] = field(default_factory=list)
    before_angle: int = 0
    """How many of the words stand before the bracket."""

    @property
    def phrase(self) -> str:
        """The words before the bracket; those behind it only where there are none before."""
        if self.angle is not None and (before := "".join(self.words[: self.before_angle]).strip()):
            return before
        return "".join(self.words).strip()

    @property
    def complete(self) -> bool:
        return self.angle is not None and "@" in self.angle


def parse_addresses(text: str) -> tuple[Address, ...]:
    """Every address of a field's unfolded value, encoded words not yet decoded. Groups are flattened."""
    found: list[Address] = []
    held: list[_Mailbox] = []  # "Doe" of `Doe, John <john@example.com>`, "Miller", "Ann" of `Miller, Ann, M.D. <...>`
    for mailbox in _split(text):
        phrase = mailbox.phrase
        if mailbox.angle is None and phrase and "@" not in phrase and len(held) < _MOST_HELD:
            held.append(mailbox)
            continue
        if mailbox.complete and held and not phrase:  # `Lee, Kim, <kim@example.com>`
            mailbox.words[:0] = [", ".join(before.phrase for before in held)]
        elif mailbox.angle is not None and phrase and "@" not in phrase:
            mailbox.words[:0] = [f"{before.phrase}, " for before in held]
            mailbox.before_angle += len(held) if mailbox.before_angle else 0
        else:
            for before in held:
                _append(found, before)
        held.clear()
        _append(found, mailbox)
        if len(found) >= MAX_ADDRESSES:
            break
    for before in held:
        _append(found, before)
    return tuple(found[:MAX_ADDRESSES])


def _append(found: list[Address], mailbox: _Mailbox) -> None:
    if mailbox.angle is None and len(several := _several(mailbox.phrase)) > 1:
        found.extend(Address("", _spec(one)) for one in several)
    elif mailbox.angle is not None and len(several := _listed(mailbox.angle)) > 1:
        found.extend(Address(_name(mailbox.phrase), _spec(one)) for one in several)
    elif mailbox.angle is None and "=?" in mailbox.phrase and "<" in mailbox.phrase:  # not encoded within the word
        decoded = decode_words(mailbox.phrase)
        found.extend(inner for part in _split(decoded) if (inner := _address(part)) is not None)
    elif mailbox.angle is None and _WHOLLY_QUOTED.fullmatch(mailbox.phrase):
        found.extend(inner for part in _split(mailbox.phrase[1:-1]) if (inner := _address(part)) is not None)
    elif (address := _address(mailbox)) is not None:
        found.append(address)
    elif mailbox.angle is None and "=?" in mailbox.phrase and "@" in (decoded := decode_words(mailbox.phrase)):
        # The whole field is one encoded word, brackets and all: forbidden (RFC 2047, section 5), and common.
        found.extend(inner for part in _split(decoded) if (inner := _address(part)) is not None)


def _address(mailbox: _Mailbox) -> Address | None:
    phrase = mailbox.phrase
    comment = " ".join(filter(None, (_name(comment) for comment in mailbox.comments)))
    if mailbox.angle is not None:
        address = _spec(mailbox.angle)
        if not address and (bare := _bare(phrase)):
            # `someone@example.com <>`
            return Address(_name(phrase.replace(bare[0], " ")) or comment, _spec(bare[0]))
        if "@" not in address and (bare := _bare(phrase)) == [phrase]:  # `kim@example.com <Kim Lee>`
            return Address(_name(address), _spec(phrase))
        if not address.strip("@"):
            return None
        if "@" not in address and (" " in address or ":;" in address):  # `<Undisclosed-Recipient:;>`
            return None
        return Address(_name(phrase) or comment, address)
    if not phrase:
        return None
    if phrase.startswith('"') and (match := re.search(r'^"(?:[^"\\]|\\.){0,200}"@\S+', phrase)) is not None:
        return Address(comment, _spec(match[0]))
    if "@" in phrase:
        collapsed = re.sub(r" ?([@.]) ?", r"\1", _SPACES.sub(" ", phrase))
        if _bare(collapsed) == [collapsed]:
            return Address(comment, _spec(collapsed))
        if candidates := _bare(phrase):
            name = _name(_EMPTIED_BRACKETS.sub(" ", phrase.replace(candidates[-1], " ")).strip("<>| "))
            name = re.sub(r"^[-–] | [-–]$", "", name)
            return Address(name or comment, _spec(candidates[-1]))
        return None
    if "=?" in phrase:
        return None
    if (
        comment and (spelt := _SPELT_OUT.fullmatch(phrase)) is not None
    ):  # Mailman's archives: `kim at example.com (Kim)`
        return Address(comment, f"{spelt[1]}@{spelt[2]}")
    # `MAILER-DAEMON`, `root`: a local part alone, as bounces and cron write it.
    unquoted = _unquote(phrase)
    if _PLAUSIBLE_LOCAL.match(unquoted) and unquoted.strip("._-*"):
        return Address(comment, unquoted)
    return None


def _several(phrase: str) -> list[str]:
    """Addresses with nothing but white space, bars or slashes between them; else nothing."""
    if phrase.count("@") < 2 or '"' in phrase:
        return []
    words = [word for word in re.split(r"[\s|]+", phrase.strip(" |/")) if word.lower() not in _BETWEEN_ADDRESSES]
    return words if all(_PLAUSIBLE.match(word) for word in words) else []


def _listed(angle: str) -> list[str]:
    """The addresses of a list that somebody put into one pair of brackets; else nothing."""
    if angle.count("@") < 2 or '"' in angle or angle.startswith("@"):
        return []
    words = [word for word in re.split(r"[\s,;]+", angle) if word]
    return words if all(_PLAUSIBLE.match(word) for word in words) else []


def _bare(text: str) -> list[str]:
    """The addresses that stand in `text` without brackets."""
    return [run for run in _RUN.findall(text) if 0 < run.find("@") < len(run) - 1] if "@" in text else []


def _spec(text: str) -> str:
    """An addr-spec without white space, route, trailing dot or the brackets that some programs double."""
    text = (text if text.isascii() else _INVISIBLE.sub("", text)).strip().strip("<>").strip()
    if "=?" in text:
        text = decode_words(text).strip().strip("<>").strip()
    if "(" in text and '"' not in text:
        text = _INNER_COMMENT.sub("", text)
    text = _MAILTO.sub("", text)
    text = _ROUTE.sub("", text)
    if re.fullmatch(r'"[^\s"@]{1,64}@[^\s"@]{1,255}"', text):
        text = text[1:-1]
    if not text.startswith('"'):
        if text.count("@") and (text[:1] == "'" and text[-1:] == "'"):
            text = text[1:-1]
        text = _SPACES.sub("", text) if "@" in text else _SPACES.sub(" ", text)
    elif "@" in text:
        local, _, domain = text.rpartition("@")
        text = f"{local.strip()}@{_SPACES.sub('', domain)}"
    return text.rstrip(".,;") if "@" in text else text


def _unquote(text: str) -> str:
    if '"' not in text and "\\" not in text:
        return text
    return re.sub(r"\\(.)", r"\1", re.sub(r'(?<!\\)"', "", text))


def _name(text: str) -> str:
    """A display name: quotes taken off, encoded words decoded, white space collapsed.

    White space between encoded words is none of the name, but between a quoted string and what follows it is.
    """
    if '"' in text and "=?" in text:
        text = _QUOTE_BETWEEN_WORDS.sub("?=\x00 =?", text)  # a control, which no decoded word keeps
    return _SPACES.sub(" ", decode_words(_unquote(text))).strip()


def _split(text: str) -> list[_Mailbox]:
    """The mailboxes of a list, split at commas and semicolons that stand outside quotes, comments and brackets."""
    mailboxes: list[_Mailbox] = []
    current = _Mailbox()
    position = start = 0
    length = len(text)
    closing = -1  # where the next "?=" is: looked for once, however many words begin and do not end

    def flush(end: int) -> None:
        if end > start:
            current.words.append(text[start:end])

    while position < length and len(mailboxes) <= MAX_ADDRESSES:
        char = text[position]
        if char == "\\":
            position += 2
            continue
        if char == "=" and (head := _WORD_HEAD.match(text, position)) is not None:
            if closing < head.end():
                closing = text.find("?=", head.end())
                closing = length + _LONGEST_WORD if closing < 0 else closing
            if closing - head.end() <= _LONGEST_WORD and "=?" not in text[head.end() : closing]:
                position = closing + 2  # with whatever commas and brackets somebody left in it
                continue
        if char == '"':
            close = _closing_quote(text, position)
            position = close + 1 if close > 0 else position + 1
            continue
        if char == "(":
            flush(position)
            current.words.append(" ")
            close, comment = _comment(text, position)
            current.comments.append(comment)
            position = start = close + 1
            continue
        if char == "<":
            if _is_no_bracket(text, position):
                position += 1
                continue
            close, following_position = _closing_angle(text, position)
            inner = text[position + 1 : close]
            flush(position)
            if current.complete and "@" in inner:
                # No comma between two: what stands between them is the second's name.
                following = _Mailbox(current.words[current.before_angle :], inner)
                current.words = current.words[: current.before_angle]
                following.before_angle = len(following.words)
                mailboxes.append(current)
                current = following
            elif current.angle and "@" in inner and "@" not in current.angle:  # `<Kim Lee> <kim@example.com>`
                current.words.insert(current.before_angle, current.angle)
                current.angle, current.before_angle = inner, len(current.words)
            elif current.angle is None or not current.angle.strip("<> "):
                current.angle, current.before_angle = inner, len(current.words)
            position = start = following_position
            continue
        if char in ",;":
            flush(position)
            mailboxes.append(current)
            current = _Mailbox()
            start = position + 1
        elif char == ":" and current.angle is None and _begins_group(text, start, position):
            current = _Mailbox()
            start = position + 1
        position += 1
    flush(length)
    mailboxes.append(current)
    return [mailbox for mailbox in mailboxes if mailbox.angle is not None or mailbox.phrase or mailbox.comments]


def _begins_group(text: str, start: int, position: int) -> bool:
    """Whether the colon at `position` ends a group's name, and is not part of a time, a URL or an IPv6 literal."""
    if position - start > _LONGEST_GROUP_NAME or text.startswith("//", position + 1):
        return False
    if text[position - 1 : position].isdecimal() and text[position + 1 : position + 2].isdecimal():
        return False
    before = text[start:position].strip()
    if "@" in before or before.lower().endswith("mailto") or before.count("[") > before.count("]"):
        return False
    return bool(before)


def _closing_quote(text: str, opening: int) -> int:
    """Where the quote that opens at `opening` closes; -1 where it does not within reason."""
    position = opening + 1
    reach = min(len(text), opening + 2000)
    while position < reach:
        if text[position] == "\\":
            position += 2
        elif text[position] == '"':
            return position
        else:
            position += 1
    return -1


def _comment(text: str, opening: int) -> tuple[int, str]:
    """End and content of the comment that opens at `opening` (they nest); unclosed ones end with the text."""
    depth = 0
    position = opening
    reach = min(len(text), opening + 2000)
    while position < reach:
        char = text[position]
        if char == "\\":
            position += 1
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return position, text[opening + 1 : position]
        position += 1
    return reach, text[opening + 1 : reach]


def _is_no_bracket(text: str, opening: int) -> bool:
    """Whether the sign at `opening` belongs to a name: another follows, and between them no address."""
    again = text.find("<", opening + 1, opening + 200)
    between = text[opening + 1 : again] if again > 0 else ""
    return bool(between.strip()) and not any(char in between for char in '@>,;"')


def _closing_angle(text: str, opening: int) -> tuple[int, int]:
    """Where the address in the bracket ends, and where what follows begins.

    Brackets that somebody doubled are skipped, a missing one is put before the comma.
    """
    close = text.find(">", opening, opening + 2000)
    again = text.find("<", opening + 1, max(opening, close))
    if again > opening + 1 and text[opening + 1 : again].strip("< ") and "," in text[opening:again]:
        close = -1  # `Kim <kim@example.com, Lee <lee@example.com>`
    if close < 0:
        comma = text.find(",", opening)
        end = len(text) if comma < 0 else comma
        return end, end
    while close + 1 < len(text) and text[close + 1] == ">":
        close += 1
    return close, close + 1
