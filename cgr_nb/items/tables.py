"""Rows of a Parquet file, a pandas frame or a Hugging Face dataset, as plain Python values.

Frames and datasets are known by their attributes, so that neither library is needed for the rest.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from cgr_nb.errors import ItemError
from cgr_nb.items.raw import RawRow
from cgr_nb.items.rejection import Reject

__all__ = ["Dataset", "Frame", "dataset_rows", "frame_rows", "parquet_rows"]


@runtime_checkable
class Frame(Protocol):
    """What is used of a pandas frame."""

    columns: Any
    index: Any

    def to_dict(self, orient: Any) -> Any:  # noqa: ANN401  # pandas' own signature
        """Return the rows for orient "records"."""


@runtime_checkable
class Dataset(Protocol):
    """What is used of a `datasets.Dataset`, and what tells a `DatasetDict` from it."""

    column_names: Any

    def __iter__(self) -> Iterator[Any]: ...


def parquet_rows(path: Path) -> Iterator[RawRow]:
    """Give back the rows of a Parquet file.

    Raises:
        ItemError: it is none, or is damaged.
    """
    import pyarrow
    import pyarrow.parquet

    number = 0
    try:
        with pyarrow.parquet.ParquetFile(path) as table:
            for batch in table.iter_batches():
                for fields, problem in _batch_rows(batch):
                    number += 1
                    yield RawRow(f"{path.name} row {number}", fields, problem)
    except (pyarrow.ArrowException, OSError, ValueError, OverflowError) as error:
        raise ItemError(
            "the file is not readable Parquet", where=path.name, got=f"{error} ".splitlines()[0]
        ) from error


def _batch_rows(
    batch: Any,  # noqa: ANN401 - pyarrow has no types
) -> Iterator[tuple[dict[str, object] | None, Reject | None]]:
    try:
        rows = batch.to_pylist()
    except (ValueError, OverflowError):
        rows = None  # one of its cells; which one is seen below
    if rows is not None:
        yield from ((_fields(row), None) for row in rows)
        return
    for place in range(batch.num_rows):
        try:
            yield _fields(batch.slice(place, 1).to_pylist()[0]), None
        except UnicodeDecodeError as error:
            yield None, Reject("bad_encoding", f"a text of the row is not UTF-8: {error.reason}")
        except (ValueError, OverflowError) as error:
            yield None, Reject("unreadable_cell", f"a cell has no value in Python: {error}")


def frame_rows(frame: Frame) -> Iterator[RawRow]:
    """Give back the rows of a pandas frame; missing cells of every kind are None.

    Raises:
        ItemError: two columns have one name.
    """
    columns = [str(column) for column in frame.columns]
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        raise ItemError(f"columns appear twice in the frame: {', '.join(twice)}")
    rows: Iterable[Mapping[Any, Any]] = frame.to_dict("records")
    for index, row in zip(frame.index.tolist(), rows, strict=True):
        yield RawRow(f"frame index {index}", _fields(row))


def dataset_rows(dataset: Dataset) -> Iterator[RawRow]:
    """Give back the rows of a Hugging Face dataset.

    Raises:
        ItemError: it has several splits.
    """
    if isinstance(dataset.column_names, Mapping):
        raise ItemError(
            "the dataset has several splits",
            got=", ".join(map(str, dataset.column_names)),
            fix='name one of them, as in dataset["test"]',
        )
    for index, row in enumerate(dataset):
        yield RawRow(f"dataset index {index}", _fields(row))


def _fields(row: Mapping[Any, Any]) -> dict[str, object]:
    return {str(name): _plain(value) for name, value in row.items()}


def _plain(value: object) -> object:
    """Return arrays as lists, array scalars as Python numbers, and every missing value as None."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return _fields(value)
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    # pandas marks missing values in three ways: NaN, NaT and NA.
    missing = isinstance(value, float) and math.isnan(value)
    if value is None or missing or type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)
