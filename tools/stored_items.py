"""Writes down what the code stores, for the release that is about to be made.

    python -m tools.stored_items [--replace] [--values]

Runs representative use cases in an embedded AWS, and writes the items to `tests/stored_items/<version>`, with what they
mean and with a model of the code. `<version>` is the version in `pyproject.toml`. A release that is written down stays
as it is, because its items are in tables. `--replace` writes it again, before it is released. `--values` only writes
again what the kept items of all releases mean, after a field of a value has got another name: read the difference.
"""

from __future__ import annotations

import argparse
import sys

from tests.support.stored_items.releases import FOLDER, fresh_items, releases, version, write_release, write_values


def main() -> int:
    """Writes the files. Returns the exit status: 2 if the release is written down already."""
    parser = argparse.ArgumentParser(
        prog="make stored-items", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--replace", action="store_true", help="write a release that is not released yet again")
    parser.add_argument("--values", action="store_true", help="only write again what the kept items mean")
    options = parser.parse_args()
    if options.values:
        for folder in releases():
            write_values(folder)
        return 0
    folder = FOLDER / version()
    if folder.exists() and not options.replace:
        print(f"{folder} exists. Set the new version in pyproject.toml, or use --replace.", file=sys.stderr)
        return 2
    write_release(folder, fresh_items())
    print(f"written: {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
