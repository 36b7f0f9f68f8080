"""The files of the console as they are served: packed, compressed, and named after their content.

All assets lie under `/assets/<version>/`, where the version is a hash of the whole folder. So relative imports stay
inside one version, no file has to be rewritten, and browsers may keep each asset for ever.
"""

from __future__ import annotations

import gzip
import hashlib
import html
import json
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from email_channels.expressions import expression
from email_channels.values import dataclass

from functions.console.packs import pack
from functions.console.policies import MAIL_PAGE, MAIL_PAGE_WITH_IMAGES

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
"""Files with other endings are not served: types, manifests."""

INDEX = "index.html"
STYLES = "styles/index.css"

_IMPORTED_STYLE = expression(r'^@import "\./([\w.-]+)";\n', re.MULTILINE)
_COMMENT_OF_STYLES = expression(r"/\*.*?\*/\s*", re.DOTALL)
_CONFIGURATION = '<meta name="console" content="">'
_OWN_FILE = expression(r'\b(href|src)="(?=[\w./-]+")')
_SMALLEST = 500
"""Bytes from which on compressing is worth its header."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to serve. `compressed` is None where gzip saves nothing."""

    content: bytes
    content_type: str
    compressed: bytes | None


@dataclass(frozen=True)
class Release:
    """One version of the console: `assets` by their path below `/assets/<version>/`, and the page itself."""

    version: str
    assets: Mapping[str, File]
    index: str

    @cached_property
    def prefix(self) -> str:
        """Where the assets are."""
        return f"/assets/{self.version}/"

    def page(self, configuration: Mapping[str, object]) -> tuple[File, str]:
        """`index.html` for a deployment, and its ETag."""
        told = html.escape(json.dumps({"version": self.version, **configuration}, sort_keys=True))
        text = _OWN_FILE.sub(rf'\1="{self.prefix}', self.index).replace(
            _CONFIGURATION, f'<meta name="console" content="{told}">'
        )
        return file_of(text.encode(), TYPES[".html"]), f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def file_of(content: bytes, content_type: str) -> File:
    """A file with its compressed form. The same content always gives the same bytes."""
    compressed = gzip.compress(content, 9, mtime=0) if len(content) >= _SMALLEST else content
    return File(content, content_type, compressed if len(compressed) < len(content) else None)


def read_release(folder: Path) -> Release:
    """Reads the console from its folder. Raises PackError if a module breaks the rules for modules."""
    texts = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in TYPES
    }
    scripts = {path: text for path, text in texts.items() if path.endswith(".js")}
    served = {path: text for path, text in texts.items() if not path.endswith((".js", ".css")) and path != INDEX}
    served |= {path: text for path, text in texts.items() if path.endswith(".css") and not path.startswith("styles/")}
    served |= {path: text for path, text in scripts.items() if path.startswith("vendor/")}
    served |= pack(scripts)
    served[STYLES] = _joined_styles(texts)
    served[MAIL_PAGE_WITH_IMAGES] = served[MAIL_PAGE]
    digest = hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()
    assets = {path: file_of(text.encode(), TYPES[Path(path).suffix]) for path, text in served.items()}
    return Release(digest[:16], assets, texts[INDEX])


def newest_change(folder: Path) -> float:
    """When a file in the folder was last changed, as seconds since 1970."""
    return max(path.stat().st_mtime for path in folder.rglob("*"))


def _joined_styles(texts: Mapping[str, str]) -> str:
    """All style sheets as one, in the order of `styles/index.css`."""
    joined = _IMPORTED_STYLE.sub(lambda match: texts[f"styles/{match[1]}"], texts[STYLES])
    return _COMMENT_OF_STYLES.sub("", joined)
