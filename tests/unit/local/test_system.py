"""What happens if the system is ended while it starts."""

import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

import pytest

from local import system


def interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@pytest.fixture
def signals_interrupt() -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, interrupt)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("signals_interrupt")
def test_signal_during_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal during the start leaves no temporary directory."""
    make = tempfile.mkdtemp

    def make_and_be_ended(suffix: str | None, prefix: str | None, folder: str | None) -> str:
        path = make(suffix, prefix, folder)
        signal.raise_signal(signal.SIGTERM)
        return path

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(tempfile, "mkdtemp", make_and_be_ended)

    with pytest.raises(KeyboardInterrupt), ExitStack() as cleanup:
        system._temporary_directory(cleanup)

    assert list(tmp_path.iterdir()) == []
