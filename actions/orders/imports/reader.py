"""A CSV file as rows with line numbers, whatever spreadsheet wrote it. Reads as it goes; never holds the file."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path

from actions.orders.imports.record import Problem, Row
from common.errors import RefusedError

_BLOCK = 1 << 20
_LONGEST_CELL = 1 << 20


def encoding_of(path: Path) -> str:
    """UTF-8 with or without its mark, UTF-16 with one, else Windows-1252, which reads anything."""
    with path.open("rb") as file:
        start = file.read(2)
        if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8-sig")()
        try:
            while block := file.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def read(path: Path) -> tuple[list[str], Iterator[Row | Problem]]:
    """The column names in small letters, and the rows. A row with too many or too few cells is a Problem.

    Raises RefusedError `import.file` when the file cannot be read or is empty.
    """
    try:
        encoding = encoding_of(path)
        with path.open(encoding=encoding, errors="replace", newline="") as file:
            first = file.readline(_LONGEST_CELL)
    except OSError as error:
        raise RefusedError("import.file", f"{path} cannot be read: {error.strerror}.") from error
    delimiter = max(",;\t", key=first.count)
    header = next(csv.reader([first], delimiter=delimiter), [])
    names = [name.strip().casefold() for name in header]
    if not any(names):
        raise RefusedError("import.file", f"{path} is empty; export the orders again.")
    return names, _rows(path, encoding, delimiter, names)


def _rows(path: Path, encoding: str, delimiter: str, names: list[str]) -> Iterator[Row | Problem]:
    csv.field_size_limit(_LONGEST_CELL)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        next(reader)
        while True:
            # A quoted cell may hold line breaks: the row begins one line after the last one ended.
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Problem(line, f"this is not CSV: {error}")
                return
            if not any(cells):
                continue
            if len(cells) != len(names):
                partly = Row(line, dict(zip(names, cells, strict=False)))
                yield Problem(line, f"the row has {len(cells)} cells, the header {len(names)}", partly)
                continue
            yield Row(line, dict(zip(names, cells, strict=True)))
