"""What weights take in memory, and what a student of that size runs on."""

FP16, INT4 = 16, 4
"""Bits of one weight."""
GB, GIB = 10**9, 2**30
A100_PARAMETERS, CONSUMER_PARAMETERS = 7_000_000_000, 3_000_000_000
EDGE_BYTES = GB


def weight_bytes(parameters: float, bits: int) -> float:
    """parameters * bits / 8, the weights alone: no activations, no cache, no scales.

    Raises:
        ValueError: There is not at least one parameter and one bit.
    """
    if parameters < 1 or bits < 1:
        raise ValueError(f"parameters and bits must be at least 1, got {parameters} and {bits}")
    return parameters * bits / 8


def memory_reduction(before: int = FP16, after: int = INT4) -> float:
    """Share of the memory that fewer bits save: 0.75 from FP16 to INT4."""
    return 1 - after / before


def runs_on(parameters: float) -> str:
    """The smallest kind of device that the INT4 weights of a student are made for."""
    if weight_bytes(parameters, INT4) < EDGE_BYTES:
        return "a phone or an edge device (under 1 GB in INT4)"
    if parameters <= CONSUMER_PARAMETERS:
        return "a consumer GPU or an NPU (1.5 to 3 billion parameters)"
    if parameters <= A100_PARAMETERS:
        return "one A100 (up to 7 billion parameters)"
    return "more than one A100, which is large for a student"
