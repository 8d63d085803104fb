"""Running out of memory is told in one sentence, whichever allocator ran out."""

import pytest
import torch

from mtkd.memory import TEACHER_ADVICE, OutOfMemory, ran_out, told_memory

CUDA = "CUDA out of memory. Tried to allocate 19.53 GiB. GPU 0 has a total capacity of 15.77 GiB"


def told(error, who="the student"):
    """The sentence that `error` becomes."""
    with pytest.raises(OutOfMemory) as caught, told_memory(who, "lower the size"):
        raise error
    assert caught.value.__cause__ is error, "the log loses where it happened"
    return str(caught.value)


def test_memory_the_machine_does_not_have():
    with (
        pytest.raises(OutOfMemory, match=r"^out of memory in the teacher one, which asked for "),
        told_memory("the teacher one", TEACHER_ADVICE),
    ):
        torch.empty(2**50)


@pytest.mark.parametrize(
    ("error", "asked"),
    [
        (torch.OutOfMemoryError(CUDA), ", which asked for 19.53 GiB at once"),
        (
            RuntimeError(
                "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate "
                "memory: you tried to allocate 3221225472 bytes. Error code 12 (Cannot allocate)"
            ),
            ", which asked for 3 GiB at once",
        ),
        (MemoryError(), ""),
        (MemoryError("Unable to allocate 7.45 GiB for an array"), ", which asked for 7.45 GiB at"),
        (torch.AcceleratorError("CUDA error: out of memory", 2), ""),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate`"), ""),
    ],
)
def test_every_allocator_is_understood(error, asked):
    sentence = told(error)
    assert sentence.startswith(f"out of memory in the student{asked}")
    assert sentence.endswith("; lower the size")
    assert "\n" not in sentence


def test_another_error_passes_as_it_is():
    error = RuntimeError("The size of tensor a (3) must match the size of tensor b (4)")
    with pytest.raises(RuntimeError) as caught, told_memory("the student", "lower the size"):
        raise error
    assert caught.value is error


def test_what_was_told_inside_is_not_told_again():
    inner = OutOfMemory("out of memory in the teacher one; lower the size")
    with pytest.raises(OutOfMemory) as caught, told_memory("the objective", "lower the chunk"):
        raise inner
    assert caught.value is inner


def test_a_full_disk_is_not_a_full_memory():
    assert not ran_out(OSError(28, "No space left on device"))
