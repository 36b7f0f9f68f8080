"""Case numbers, case references and plus addresses: written, found, and verified."""

from __future__ import annotations

import pytest
from email_channels.cases.references import (
    ALPHABET,
    BareReference,
    SignedReference,
    SigningKeys,
    bare_references,
    case_number,
    case_reference,
    encode,
    plus_address,
    plus_address_reference,
    random_id,
    read_case_id,
    signature,
    subject_references,
    verify,
    with_case_reference,
)

KEYS = SigningKeys("key of today", ("key of yesterday",))


def test_case_number() -> None:
    """A case number is the case id in groups."""
    assert case_number("7K3F92QDX0") == "7K3F-92QD-X0"


def test_random_ids() -> None:
    ids = {random_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(read_case_id(case_id) == case_id for case_id in ids)


def test_encoding() -> None:
    """The encoding takes the first bits."""
    assert encode(b"\xff" * 7) == "ZZZZZZZZZZ"
    assert encode(b"\x00" * 7) == "0000000000"
    assert encode(bytes([0b00001_000, 0b10_00011_0, 0b0100_0010, 0b1_0011000, 0, 0, 0]), 4) == "1234"
    with pytest.raises(ValueError, match="50 bits"):
        encode(b"short")


@pytest.mark.parametrize("typed", ["7K3F92QDX0", "7k3f-92qd-x0", "#7K3F-92QD-X0", "[#7k3f92qdxo]", " 7K3F 92QD XO "])
def test_case_id(typed: str) -> None:
    """A case id is read in every form that people type."""
    assert read_case_id(typed) == "7K3F92QDX0"


@pytest.mark.parametrize("typed", ["", "7K3F", "7K3F92QDXU", "7K3F92QDX00", "äöüäöüäöüä", "7K3F92QDX\0"])
def test_not_a_case_id(typed: str) -> None:
    assert read_case_id(typed) is None


def test_find_and_verify() -> None:
    """A case reference is found and verified, whatever surrounds it."""
    text = case_reference("7K3F92QDX0", KEYS)
    assert text.startswith("[#7K3F92QDX0-")
    for subject in (f"AW: Re: Leave {text}", text.lower(), f"{text} {text}"):
        (reference,) = subject_references(subject)
        assert reference.case_id == "7K3F92QDX0"
        assert verify(reference, KEYS)


def test_key_rotation() -> None:
    """References of the previous key verify; those of an unknown key do not."""
    (old,) = subject_references(case_reference("7K3F92QDX0", SigningKeys("key of yesterday")))
    (foreign,) = subject_references(case_reference("7K3F92QDX0", SigningKeys("somebody's guess")))
    assert verify(old, KEYS)
    assert not verify(foreign, KEYS)


def test_altered_signature() -> None:
    """No altered signature verifies."""
    (reference,) = subject_references(case_reference("7K3F92QDX0", KEYS))
    right = reference.signature.lower()
    for place in range(len(right)):
        for char in ALPHABET.lower():
            altered = right[:place] + char + right[place + 1 :]
            assert verify(SignedReference("7K3F92QDX0", altered), KEYS) == (altered == right)
    assert not verify(SignedReference("7K3F92QDX1", right), KEYS)


def test_subject_reference() -> None:
    """A subject has at most one case reference."""
    once = with_case_reference("Re: Leave", "7K3F92QDX0", KEYS)
    assert once == f"Re: Leave {case_reference('7K3F92QDX0', KEYS)}"
    assert with_case_reference(once, "7K3F92QDX0", KEYS) == once
    other = with_case_reference(once, "0000000000", KEYS)
    assert [reference.case_id for reference in subject_references(other)] == ["0000000000"]
    assert with_case_reference("", "7K3F92QDX0", KEYS) == case_reference("7K3F92QDX0", KEYS)


def test_plus_address() -> None:
    """Only our own form of a plus address is read."""
    tagged = plus_address("answers@acme.example", "7K3F92QDX0", KEYS)
    assert tagged.startswith("answers+7k3f92qdx0-")
    reference = plus_address_reference(tagged)
    assert reference is not None
    assert reference.case_id == "7K3F92QDX0"
    assert verify(reference, KEYS)
    assert plus_address_reference("answers@acme.example") is None
    assert plus_address_reference("answers+newsletter@acme.example") is None
    assert plus_address_reference("no address") is None


def test_bare_numbers() -> None:
    """A bare number is found in every form; a word is not an explicit one."""
    subject = "Re: department about 7k3f92qdx0, #7K3F-92QD-X1 [7K3F92QDX2] and [#7K3F92QDX3-h4q]"
    assert bare_references(subject) == (
        BareReference("DEPARTMENT", explicit=False),
        BareReference("7K3F92QDX0", explicit=True),
        BareReference("7K3F92QDX1", explicit=True),
        BareReference("7K3F92QDX2", explicit=True),
        BareReference("7K3F92QDX3", explicit=True),
    )


def test_telephone_number() -> None:
    """A telephone number is not an explicit case number."""
    assert bare_references("Call 0151234567") == (BareReference("0151234567", explicit=False),)
    assert bare_references("Order 015123456789, id 7K3F92QDX0A, x7K3F92QDX0") == ()


@pytest.mark.parametrize(
    "changed",
    [
        "Re: Leave [#{}-{}]",
        "Re: Leave (#{} - {})",
        "Re: Leave #{}-{}",
        "Leave {}\u2013{}",
        "Leave {} \u2011 {}",
        "{}-{}",
        "<#{}-{}>: Leave",
    ],
)
def test_changed_references(changed: str) -> None:
    """Whatever happens to brackets and hyphens on the way, the reference is found."""
    signed = signature("7K3F92QDX0", "key")
    for text in (changed.format("7K3F92QDX0", signed), changed.format("7k3f92qdxo", signed.upper())):
        (found,) = subject_references(text)
        assert found.case_id == "7K3F92QDX0"
        assert verify(found, SigningKeys("key"))


def test_two_words() -> None:
    """Two ordinary words are no explicit reference, and longer ones none at all."""
    assert [one.explicit for one in subject_references("The department-salary question")] == [False]
    assert subject_references("The departments-salary and department-salaries") == ()


@pytest.mark.parametrize("letter", "\u0130\u0131\u017f\u212a")
def test_letters_that_look_ascii(letter: str) -> None:
    """For Python, these four characters are ASCII letters if the case is ignored. Here they are not."""
    case_id = f"7{letter}3F92QDX0"
    assert plus_address_reference(f"answers+{case_id}-h4q9w2@acme.example") is None
    assert plus_address_reference(f"answers+7K3F92QDX0-h4q9w{letter}@acme.example") is None
    assert subject_references(f"[#{case_id}-h4q9w2] [#7K3F92QDX0-h4q9w{letter}]") == ()
    assert bare_references(f"#{case_id}") == ()
