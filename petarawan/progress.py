"""Progress of long work: one line per step on a terminal, with the time it took; silent lines in a log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from core.words import say


@contextmanager
def steps(console: Console, lang: str) -> Iterator[Callable[[str], None]]:
    """A function that takes the key of the step that begins (words `step.<key>`)."""
    columns = (SpinnerColumn(finished_text="✓"), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        running: list[TaskID] = []

        def tell(step: str) -> None:
            if running:
                progress.update(running.pop(), completed=1)
            running.append(progress.add_task(say(f"step.{step}", lang), total=1))

        yield tell
        if running:
            progress.update(running.pop(), completed=1)
