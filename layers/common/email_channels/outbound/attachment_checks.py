"""Checks whether the uploads that an agent's email names can be sent with it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from email_channels.errors import FieldError
from email_channels.outbound.mime_parts import encoded_size
from email_channels.values import dataclass

MAX_SENT_BYTES = 40_000_000
"""The largest message that SES sends: 40 MB after encoding.

The documentation of SES does not say whether MB means 10^6 or 2^20 bytes. This is the smaller value.
"""

NO_UPLOAD = "is not an upload that exists; uploads are kept for one day"

# Boundaries and part headers of the largest message, with room to spare.
_STRUCTURE_BYTES = 100_000
_PART_HEADER_BYTES = 1_000

# https://docs.aws.amazon.com/ses/latest/dg/mime-types.html
_REFUSED_TYPES = frozenset(
    """ade adp app asp bas bat cer chm cmd com cpl crt csh der exe fxp gadget hlp hta inf ins isp its js jse ksh lib
    lnk mad maf mag mam maq mar mas mat mau mav maw mda mdb mde mdt mdw mdz msc msh msh1 msh2 mshxml msh1xml msh2xml
    msi msp mst ops pcd pif plg prf prg reg scf scr sct shb shs sys ps1 ps1xml ps2 ps2xml psc1 psc2 tmp url vb vbe vbs
    vps vsmacros vss vst vsw vxd ws wsc wsf wsh xnk""".split()  # noqa: SIM905 - ninety literals would hide the words
)


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file that was announced with `size` bytes; `stored_size` is its size in the bucket, None if it is not there."""

    filename: str
    size: int
    stored_size: int | None


def attachment_errors(
    attachments: Mapping[str, str],
    uploads: Mapping[str, UploadedFile],
    text: str,
    html: str | None,
    images: Iterable[int] = (),
) -> tuple[FieldError, ...]:
    """Errors for attachments that were not uploaded as announced, that SES refuses, or that are too large together.

    `attachments` maps upload ids to the field that names each. `text`, `html` and `images`, the sizes of images that
    the HTML holds itself, count towards the size.
    """
    errors = [
        FieldError(field, message)
        for upload_id, field in attachments.items()
        if (message := _upload_error(uploads.get(upload_id)))
    ]
    # Quoted-printable may need three bytes for each byte of a text.
    total = _STRUCTURE_BYTES + 3 * (len(text.encode()) + len((html or "").encode()))
    sizes = (*(upload.size for upload in uploads.values()), *images)
    total += sum(encoded_size(size) + _PART_HEADER_BYTES for size in sizes)
    if not errors and total > MAX_SENT_BYTES:
        errors.append(too_large())
    return tuple(errors)


def refused_type(filename: str) -> str | None:
    """What is wrong with the type of a file, which its name says; None if SES sends such files."""
    extension = filename.rstrip(". ").rpartition(".")[2].lower() if "." in filename else ""
    return f"has a type that Amazon SES does not send: .{extension}" if extension in _REFUSED_TYPES else None


def too_large() -> FieldError:
    """The error for an email that is larger than SES accepts."""
    return FieldError(
        "attachments", f"make the email larger than {MAX_SENT_BYTES // 1_000_000} MB, the most that Amazon SES sends"
    )


def _upload_error(upload: UploadedFile | None) -> str | None:
    if upload is None:
        return NO_UPLOAD
    if (refused := refused_type(upload.filename)) is not None:
        return refused
    if upload.stored_size is None:
        return "was announced but not uploaded, or its upload has expired"
    if upload.stored_size != upload.size:
        return f"has {upload.stored_size} bytes, but {upload.size} bytes were announced"
    return None
