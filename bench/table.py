"""Tables for the terminal: columns as wide as their widest cell, numbers to the right."""

from collections.abc import Iterable, Sequence


def lines(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The first column is text, the others are figures."""
    table = [list(heads), *(list(row) for row in rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(heads))]
    shown = [_line(row, widths) for row in table]
    return [shown[0], "  ".join("-" * width for width in widths), *shown[1:]]


def show(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    print(f"\n{title}")
    for line in lines(heads, rows):
        print(f"  {line}")


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
    return "  ".join(cells).rstrip()
