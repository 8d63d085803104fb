"""A pretended device: tensors that say they are elsewhere, with their numbers on the CPU.

A machine without a GPU cannot notice that a tensor was made on the wrong device. Here it can:
operations that mix devices raise, as on a GPU, all others are computed on the CPU, so values and
gradients can be compared with the CPU's own. Waits for the device and copies to it are counted.

torch knows one such backend in a process, it cannot be taken back, and autograd counts devices
at its first backward pass: `start` belongs into a process of its own, before anything else.
"""

from collections import Counter

import torch
from torch.utils import backend_registration
from torch.utils._python_dispatch import TorchDispatchMode

NAME = "pretended"

aten = torch.ops.aten
INDEXING = (aten.index, aten.index_put, aten.index_put_, aten._index_put_impl_)
"""A CPU's indices may choose from a tensor elsewhere, not the other way round."""
EXACT = (aten.cat, aten.stack, aten.gather, aten.index_select, aten.scatter, aten.searchsorted)
"""Operations that do not take a CPU's scalar either; all others do."""
WAITING = (aten._local_scalar_dense, aten.nonzero, aten.masked_select, aten.equal)
"""Operations whose result the CPU has to know, so it waits for the device."""

waits: Counter[str] = Counter()
"""How often the CPU waited, by operation."""
arrivals: Counter[torch.dtype] = Counter()
"""How many numbers were copied to the device, by type."""


class Pretended(torch.Tensor):
    """A tensor on the pretended device; `inner` lies on the CPU and has its numbers."""

    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, inner):
        made = torch.Tensor._make_wrapper_subclass(
            cls,
            inner.size(),
            strides=inner.stride(),
            storage_offset=inner.storage_offset(),
            dtype=inner.dtype,
            device=torch.device(NAME, 0),
        )
        made.inner = inner.detach()
        return made

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        return run(func, args, kwargs or {})

    def tolist(self):
        return self.cpu().tolist()

    def untyped_storage(self):
        return self.inner.untyped_storage()


class Backend(backend_registration._DummyBackendModule):
    """What torch asks the module of a backend."""

    def get_amp_supported_dtype(self):
        return [torch.bfloat16]

    def get_rng_state(self, device):
        return torch.get_rng_state()

    def set_rng_state(self, state, device):
        pass


class Pretending(TorchDispatchMode):
    """Within it tensors can be made on the device, and sent there."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return run(func, args, kwargs or {})


def start() -> None:
    """Register the device; once, in a process of its own."""
    backend_registration._setup_privateuseone_for_python_backend(NAME, Backend())
    # `torch.tensor(..., device=)` makes it on the CPU and sends it, where a mode can see it.
    torch._C._set_only_lift_cpu_tensors(True)


def run(func, args, kwargs):
    """One operation: refused if it mixes devices, else computed on the CPU."""
    tensors = []
    each(tensors.append, (args, list(kwargs.values())))
    kind = func.overloadpacket
    here = any(isinstance(tensor, Pretended) for tensor in tensors)
    place = kwargs.get("device")
    goes = here if place is None else torch.device(place).type == NAME
    if kind in (aten._to_copy, aten.copy_):
        count_copy(tensors[-1], goes if len(tensors) == 1 else isinstance(args[0], Pretended))
    elif here:
        check_devices(func, args, tensors)
        waits[str(kind)] += kind in WAITING
    if "device" in kwargs:
        kwargs = kwargs | {"device": "cpu" if goes else place, "pin_memory": None}
    options = {name: each(inner, value) for name, value in kwargs.items()}
    made = func(*each(inner, args), **options)
    if func._schema.is_mutable:
        return written(func, args, kwargs)
    return each(Pretended, made) if goes else made


def each(change, values):
    """`change` of every tensor in an operation's arguments or results; all else as it is."""
    if isinstance(values, torch.Tensor):
        return change(values)
    if isinstance(values, list | tuple):
        return type(values)(each(change, value) for value in values)
    return values


def inner(tensor):
    """Where its numbers are."""
    return tensor.inner if isinstance(tensor, Pretended) else tensor


def written(func, args, kwargs):
    """What was written to is given back as the object that it was."""
    schema = func._schema
    given = dict(zip([a.name for a in schema.arguments], args, strict=False)) | kwargs
    changed = [a.name for a in schema.arguments if a.alias_info and a.alias_info.is_write]
    found = [given[name] for name in changed[: len(schema.returns)]]
    return found[0] if len(found) == 1 else tuple(found) or None


def count_copy(source, goes):
    """Note that `source` is copied to the device, if it `goes` there, or away from it."""
    there = isinstance(source, Pretended)
    if goes and not there:
        arrivals[source.dtype] += source.numel()
    waits["copy"] += there and not goes


def check_devices(func, args, tensors):
    """Refuse what a GPU would refuse."""
    kind = func.overloadpacket
    wrong = [t for t in tensors if not isinstance(t, Pretended) and (t.dim() or kind in EXACT)]
    if kind in INDEXING and isinstance(args[0], Pretended):
        wrong = []
    if wrong:
        places = ", ".join(f"{tensor.device} {list(tensor.shape)}" for tensor in tensors)
        raise RuntimeError(f"{func} mixes devices: {places}")
