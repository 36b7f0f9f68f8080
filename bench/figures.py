"""One figure of the bench, beside its target and the floor of the same run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` was measured, in `unit`. `wanted` is the most that it may be; None: it only informs. `floor` is what the
    least that any program must do took in the same run, in `floor_unit`, where there is such a floor. `why` says in one
    sentence why a target is missed, for figures that are known to miss it."""

    part: str
    name: str
    value: float
    unit: str
    wanted: float | None = None
    floor: float | None = None
    floor_unit: str = ""
    why: str = ""

    @property
    def met(self) -> bool:
        return self.wanted is None or self.value <= self.wanted

    def to_json(self) -> dict[str, Any]:
        """The figure for programs."""
        return {**asdict(self), "met": self.met}


def table(figures: Sequence[Figure]) -> str:
    """The figures for people, and why some miss their target."""
    rows = [("part", "figure", "measured", "wanted", "floor", "")]
    for figure in figures:
        measured = f"{figure.value:,.4g} {figure.unit}".rstrip()
        wanted = "" if figure.wanted is None else f"{figure.wanted:g}"
        floor = "" if figure.floor is None else f"{figure.floor:,.4g} {figure.floor_unit}".rstrip()
        rows.append((figure.part, figure.name, measured, wanted, floor, "" if figure.met else "missed"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    missed = [f"{one.name}: {one.why or 'nobody knows why yet'}" for one in figures if not one.met]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:], *(["", "Missed:", *missed] if missed else [])])
