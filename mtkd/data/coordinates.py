"""One number for each item, to order a set by: a principal component, or a declared property."""

import numpy as np
from numpy.typing import NDArray

from mtkd.data.examples import Examples
from mtkd.data.names import unknown

Floats = NDArray[np.float64]


def coordinate(examples: Examples, along: str | None = None) -> Floats:
    """`[n]`, mean 0, standard deviation 1: the first principal component, or a column.

    Args:
        examples: Items.
        along: A column of numbers in the metadata; None: the principal component.

    Raises:
        ValueError: No such column, one of text, tokens without a column, or all items alike.
    """
    if along is None:
        return principal_coordinate(examples)
    if along not in examples.metadata:
        raise unknown(f"column of {examples.name}", along, examples.metadata)
    column = examples.metadata[along]
    if column.dtype.kind not in "biuf":
        raise ValueError(f"{along} of {examples.name} holds text, expected a column of numbers")
    return _standard(column.astype(np.float64), f"one value of {along}", examples.name)


def principal_coordinate(examples: Examples) -> Floats:
    """`[n]` coordinates on the first principal component, mean 0, standard deviation 1.

    The component points where its largest entry is positive.
    """
    if not examples.inputs.is_floating_point():
        raise ValueError(
            f"{examples.name} holds tokens, which have no principal component; name a column of "
            f"numbers in along, of {', '.join(examples.metadata) or 'which there are none'}"
        )
    flat = examples.inputs.reshape(len(examples), -1).double().numpy()
    centred = flat - flat.mean(axis=0)
    if not centred.any():
        raise ValueError(f"{examples.name} holds one input only, it has no principal component")
    component = np.linalg.svd(centred, full_matrices=False)[2][0]
    component = component * np.sign(component[np.abs(component).argmax()])
    return _standard(centred @ component, "one input", examples.name)


def _standard(values: Floats, alike: str, name: str) -> Floats:
    spread = values.std()
    if not spread:
        raise ValueError(f"{name} holds {alike} only, it cannot be tilted")
    return (values - values.mean()) / spread
