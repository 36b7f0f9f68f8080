"""Reads the addresses of address fields that are not well-formed. mail-parser reads the others (see `parsing`).

Examples: names with bare commas or @, addresses without brackets or domain or with a trailing dot, encoded words that
hold whole addresses, unclosed quotes. The grammar is RFC 5322, sections 3.4 and 4.4, with the internationalised
addresses of RFC 6532.
"""

from __future__ import annotations

import re
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.address_lists import RawMailbox, split_mailboxes
from email_channels.mail.encoded_words import decode_words
from email_channels.mail.limits import MAX_ADDRESSES
from email_channels.mail.message import Address
from email_channels.mail.shown_text import shown_text

_MAX_BARE_NAMES: Final = 6
"""The most words, separated by commas, that count as one name without quotes. More are addresses without domains."""

_SPACES: Final = expression(r"\s+")
# A run of characters without separators. A run with an @ is an address. A pattern that searches for the @ itself would
# take time quadratic in the length of a run.
_RUN: Final = expression(r"[^\s<>()\[\],;:\"]+(?:(?<=@)\[[^\s\[\]<>]{1,100}\])?")
_PLAUSIBLE: Final = expression(r"[^\s@<>()\[\],;:\"]{1,100}@[^\s@<>(),;:\"]{1,255}$")
_PLAUSIBLE_LOCAL_PART: Final = expression(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}$")
_WORDS_BETWEEN_ADDRESSES: Final = frozenset(("and", "und", "et", "y", "e", "&", "+", "/"))
_EMPTIED_BRACKETS: Final = expression(r"\[\s{0,5}(?:mailto:)?\s{0,5}\]", re.IGNORECASE)
_DASH_AT_AN_END: Final = expression(r"^[-–] | [-–]$")
_WHOLLY_QUOTED_MAILBOX: Final = expression(r'"[^"<>]{0,500}<[^"<>@]{1,100}@[^"<>@]{1,255}>\s{0,20}"')
_WHOLLY_QUOTED_ADDRESS: Final = expression(r'"[^\s"@]{1,64}@[^\s"@]{1,255}"')
_QUOTED_LOCAL_PART: Final = expression(r'^"(?:[^"\\]|\\.){0,200}"@\S+')
_SPELT_OUT: Final = expression(r"([\w.+-]{1,64}) at ([\w-]{1,63}(?:\.[\w-]{1,63}){1,10})")
_SPACE_AROUND_DOT_OR_AT: Final = expression(r" ?([@.]) ?")
_COMMENT: Final = expression(r"\([^()]{0,500}\)")
_SCHEME: Final = expression(r"^(?:mailto|smtp):\s*", re.IGNORECASE)
_LINK_BEHIND: Final = expression(r"([^\s<>@]{1,64}@[^\s<>@]{1,255})<(?:mailto:)?\1", re.IGNORECASE)
"""An address, and the link to it that Outlook writes behind: `kim@example.com<mailto:kim@example.com>`."""

_ROUTE: Final = expression(r"^@[^:<>]{1,1000}:")
# Quotes and escapes in a display name.
_QUOTE: Final = expression(r'(?<!\\)"')
_ESCAPE: Final = expression(r"\\(.)")
_QUOTE_BETWEEN_WORDS: Final = expression(r'\?=(?:"\s{1,20}"?|\s{1,20}")=\?')


def parse_addresses(text: str) -> tuple[Address, ...]:
    """All addresses in the unfolded value of a field, whose encoded words are not decoded. Groups are flattened."""
    found: list[Address] = []
    bare_names: list[RawMailbox] = []  # these may be parts of the name of a later mailbox
    for mailbox in split_mailboxes(text):
        if _is_bare_name(mailbox) and len(bare_names) < _MAX_BARE_NAMES:
            bare_names.append(mailbox)
            continue
        if bare_names and not _prepend_names(mailbox, bare_names):
            for name in bare_names:
                found.extend(_addresses_of(name))
        bare_names.clear()
        found.extend(_addresses_of(mailbox))
        if len(found) >= MAX_ADDRESSES:
            break
    for name in bare_names:
        found.extend(_addresses_of(name))
    return tuple(found[:MAX_ADDRESSES])


def _is_bare_name(mailbox: RawMailbox) -> bool:
    """Whether the mailbox is only words: "Doe" in `Doe, John <john@example.com>`, or a local part without a domain."""
    return mailbox.angle is None and bool(phrase := mailbox.phrase) and "@" not in phrase


def _prepend_names(mailbox: RawMailbox, bare_names: list[RawMailbox]) -> bool:
    """Put together a name that contains commas: `Doe, John <...>`, `Miller, Ann, M.D. <...>`.

    Returns false if the names before the mailbox are not part of its name.
    """
    phrase = mailbox.phrase
    if mailbox.has_address_in_angle and not phrase:  # `Lee, Kim, <kim@example.com>`
        mailbox.words[:0] = [", ".join(name.phrase for name in bare_names)]
        return True
    if mailbox.angle is not None and phrase and "@" not in phrase:
        mailbox.words[:0] = [f"{name.phrase}, " for name in bare_names]
        mailbox.words_before_angle += len(bare_names) if mailbox.words_before_angle else 0
        return True
    return False


def _addresses_of(mailbox: RawMailbox) -> list[Address]:
    """The addresses in the text between two separators: usually one, sometimes several or none."""
    if mailbox.angle is not None:
        if len(several := _addresses_in_one_bracket(mailbox.angle)) > 1:
            return [Address(_display_name(mailbox.phrase), _addr_spec(one)) for one in several]
        return _as_list(_address_with_bracket(mailbox))
    phrase = mailbox.phrase
    if len(several := _addresses_without_commas(phrase)) > 1:
        return [Address("", _addr_spec(one)) for one in several]
    if "=?" in phrase and "<" in phrase:  # only the name is encoded, and the bracket is inside its quotes
        return _split_again(decode_words(phrase))
    if _WHOLLY_QUOTED_MAILBOX.fullmatch(phrase):
        return _split_again(phrase[1:-1])
    if (address := _address_without_bracket(mailbox)) is not None:
        return [address]
    if "=?" in phrase and "@" in (decoded := decode_words(phrase)):
        # The whole field is one encoded word, including the brackets. RFC 2047, section 5, forbids it; it is common.
        return _split_again(decoded)
    return []


def _split_again(text: str) -> list[Address]:
    """The addresses of a text that was hidden in quotes or in an encoded word."""
    found: list[Address] = []
    for mailbox in split_mailboxes(text):
        read = _address_without_bracket if mailbox.angle is None else _address_with_bracket
        found += _as_list(read(mailbox))
    return found


def _as_list(address: Address | None) -> list[Address]:
    return [address] if address is not None else []


def _address_with_bracket(mailbox: RawMailbox) -> Address | None:
    phrase = mailbox.phrase
    bare = _bare_addresses(phrase)
    address = _addr_spec(mailbox.angle or "")
    if not address and bare:  # `someone@example.com <>`
        return Address(_display_name(phrase.replace(bare[0], " ")) or _name_in_comments(mailbox), _addr_spec(bare[0]))
    if "@" not in address and bare == [phrase]:  # `kim@example.com <Kim Lee>`
        return Address(_display_name(address), _addr_spec(phrase))
    if not address.strip("@"):
        return None
    if "@" not in address and (" " in address or ":;" in address):  # `<Undisclosed-Recipient:;>`
        return None
    return Address(_display_name(phrase) or _name_in_comments(mailbox), address)


def _address_without_bracket(mailbox: RawMailbox) -> Address | None:
    phrase = mailbox.phrase
    name = _name_in_comments(mailbox)
    if phrase.startswith('"') and (quoted := _QUOTED_LOCAL_PART.search(phrase)) is not None:
        return Address(name, _addr_spec(quoted[0]))
    if "@" in phrase:
        return _address_among_words(phrase, name)
    if not phrase or "=?" in phrase:
        return None
    if name and (spelt := _SPELT_OUT.fullmatch(phrase)) is not None:  # Mailman's archives: `kim at example.com (Kim)`
        return Address(name, f"{spelt[1]}@{spelt[2]}")
    # `MAILER-DAEMON`, `root`: bounces and cron write a local part alone.
    local_part = _unquote(phrase)
    if _PLAUSIBLE_LOCAL_PART.match(local_part) and local_part.strip("._-*"):
        return Address(name, local_part)
    return None


def _address_among_words(phrase: str, name_in_comments: str) -> Address | None:
    """The address in a phrase without brackets; the words around it are its name."""
    collapsed = _SPACE_AROUND_DOT_OR_AT.sub(r"\1", _SPACES.sub(" ", phrase))
    if _bare_addresses(collapsed) == [collapsed]:
        return Address(name_in_comments, _addr_spec(collapsed))
    if not (candidates := _bare_addresses(phrase)):
        return None
    address = candidates[-1]
    name = _display_name(_EMPTIED_BRACKETS.sub(" ", phrase.replace(address, " ")).strip("<>| "))
    return Address(_DASH_AT_AN_END.sub("", name) or name_in_comments, _addr_spec(address))


def _name_in_comments(mailbox: RawMailbox) -> str:
    """The name in comments, where old programs put it: `kim@example.com (Kim Lee)`."""
    return " ".join(filter(None, map(_display_name, mailbox.comments)))


def _addresses_without_commas(phrase: str) -> list[str]:
    """Addresses with nothing but white space, bars, slashes or "and" between them; empty if anything else is there."""
    if phrase.count("@") < 2 or '"' in phrase:
        return []
    words = re.split(r"[\s|]+", phrase.strip(" |/"))
    words = [word for word in words if word.lower() not in _WORDS_BETWEEN_ADDRESSES]
    return words if all(map(_PLAUSIBLE.match, words)) else []


def _addresses_in_one_bracket(angle: str) -> list[str]:
    """The addresses of a list within one pair of brackets; empty if anything else is there."""
    if angle.count("@") < 2 or '"' in angle or angle.startswith("@"):
        return []
    words = [word for word in re.split(r"[\s,;]+", angle) if word]
    return words if all(map(_PLAUSIBLE.match, words)) else []


def _bare_addresses(text: str) -> list[str]:
    """The addresses in `text` that have no brackets."""
    return [run for run in _RUN.findall(text) if 0 < run.find("@") < len(run) - 1] if "@" in text else []


def _addr_spec(text: str) -> str:
    """An addr-spec without white space, route, trailing dot or doubled brackets."""
    text = _strip_brackets(text if text.isascii() else shown_text(text))
    if "=?" in text:
        text = _strip_brackets(decode_words(text))
    if "(" in text and '"' not in text:
        text = _COMMENT.sub("", text)
    if (linked := _LINK_BEHIND.fullmatch(text)) is not None:
        text = linked[1]
    text = _ROUTE.sub("", _SCHEME.sub("", text))
    if _WHOLLY_QUOTED_ADDRESS.fullmatch(text):
        text = text[1:-1]
    text = _without_spaces(text)
    return text.rstrip(".,;") if "@" in text else text


def _strip_brackets(text: str) -> str:
    return text.strip().strip("<>").strip()


def _without_spaces(address: str) -> str:
    """An address without the white space that folding left in it. A quoted local part keeps its white space."""
    if address.startswith('"'):
        local_part, at, domain = address.rpartition("@")
        return f"{local_part.strip()}@{_SPACES.sub('', domain)}" if at else address
    if "@" not in address:
        return _SPACES.sub(" ", address)
    if address.startswith("'") and address.endswith("'"):
        address = address[1:-1]
    return _SPACES.sub("", address)


def _display_name(text: str) -> str:
    """A display name as people are shown it: without quotes, decoded, with white space collapsed.

    White space between two encoded words is not part of the name. White space after a quoted string is part of it.
    """
    if '"' in text and "=?" in text:
        text = _QUOTE_BETWEEN_WORDS.sub("?=\x00 =?", text)  # decode_words removes the control character again
    return _SPACES.sub(" ", shown_text(decode_words(_unquote(text))))


def _unquote(text: str) -> str:
    if '"' not in text and "\\" not in text:
        return text
    return _ESCAPE.sub(r"\1", _QUOTE.sub("", text))
