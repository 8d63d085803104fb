"""Finds exported metrics by the names of their parameters, so that laws need no lists."""

import inspect

import numpy as np
import pytest

import mtkd.metrics as m

CALLABLES = {name: getattr(m, name) for name in m.__all__ if inspect.isfunction(getattr(m, name))}


def taking(*parameters):
    """Exported functions whose first parameters are these, and that return one Metric."""
    found = []
    for name, function in CALLABLES.items():
        signature = inspect.signature(function)
        if tuple(signature.parameters)[: len(parameters)] == parameters:
            required = [p for p in signature.parameters.values() if p.default is p.empty]
            if signature.return_annotation is m.Metric and len(required) == len(parameters):
                found.append(pytest.param(function, id=name))
    return found


def same(first, second):
    assert first.n == second.n
    np.testing.assert_allclose(first.value, second.value, atol=1e-12)
