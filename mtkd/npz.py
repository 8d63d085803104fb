"""npz files of plain arrays, read from bytes that may be anything."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def read_npz(content: bytes) -> dict[str, NDArray]:
    """The arrays by name.

    Raises:
        ValueError: One line that says why it is no such file.
    """
    try:
        stored = np.load(io.BytesIO(content), allow_pickle=False)
        if isinstance(stored, Mapping):
            return {name: stored[name] for name in stored}
        raise ValueError("it holds one array without a name")
    except Exception as error:  # zipfile, NumPy and the tokenizer of its headers raise anything
        said = str(error).strip().split("\n")[0].rstrip(".")
        raise ValueError(said or type(error).__name__) from None


def odd_type(
    arrays: Mapping[str, Any], integers: Sequence[str] = (), floats: Sequence[str] = ()
) -> str:
    """Which array holds something else than it should, or nothing."""
    for name in (*integers, *floats):
        dtype = np.asarray(arrays[name]).dtype
        kind, what = (np.integer, "integers") if name in integers else (np.floating, "floats")
        if not np.issubdtype(dtype, kind):
            return f"{name} must be {what}, got {dtype}"
    return ""
