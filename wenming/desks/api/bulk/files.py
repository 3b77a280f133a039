"""Reading a file of service requests row by row, whatever it was exported as; never the whole of it at once."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from wenming.refusals import BadInput

Row = dict[str, Any]
ROWS_AT_ONCE = 1000


class UnreadableFile(BadInput):
    code = "import.unreadable"


def rows_of(path: Path) -> Iterator[Row]:
    """The rows of a .parquet, .csv, .json or .jsonl file (the texts also as .gz), with the columns' own names."""
    kind = path.name.removesuffix(".gz").rpartition(".")[2].lower()
    readers = {"parquet": _parquet, "csv": _csv, "json": _json, "jsonl": _json_lines, "ndjson": _json_lines}
    if kind not in readers:
        raise UnreadableFile("只能读 .parquet、.csv、.json、.jsonl（文本可以是 .gz）。请另存为其中一种。")
    if not path.is_file():
        raise UnreadableFile(f"没有找到文件 {path}。请核对路径。")
    try:
        yield from readers[kind](path)
    except (ValueError, csv.Error, EOFError, gzip.BadGzipFile) as error:
        raise UnreadableFile(f"{path.name} 读不出来，它可能不完整，或者不是 UTF-8 编码。（{error}）") from error


def _parquet(path: Path) -> Iterator[Row]:
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise UnreadableFile(
            "读 .parquet 要装 pyarrow：.venv/bin/pip install pyarrow。或者先把文件另存为 .csv 或 .jsonl。"
        ) from error
    with parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(ROWS_AT_ONCE):
            yield from batch.to_pylist()


def _csv(path: Path) -> Iterator[Row]:
    with _text(path) as file:
        yield from csv.DictReader(file)


def _json(path: Path) -> Iterator[Row]:
    with _text(path) as file:
        found = json.load(file)
    if not isinstance(found, list):
        raise UnreadableFile(f"{path.name} 里应当是一个列表。请导出 requests.json 的原样内容。")
    yield from found


def _json_lines(path: Path) -> Iterator[Row]:
    with _text(path) as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


def _text(path: Path) -> IO[str]:
    if path.name.endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")
