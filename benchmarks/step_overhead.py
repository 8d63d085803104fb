"""What the framework adds to a training step of a small student, over a plain PyTorch loop.

Both loops do the same arithmetic: a student of one hidden layer of 24, two recorded teachers,
forward KL at temperature 2, uniform weights, a tenth from labels, Adam. The framework's loop
runs under Lightning and records loss, shares, weights, distances, agreement, entropy and coverage
of each teacher. Run: `python benchmarks/step_overhead.py`.
"""

import functools
import statistics
import tempfile
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from mtkd.data import Digits
from mtkd.distiller import Distiller
from mtkd.losses import ForwardKL
from mtkd.recipe import Recipe
from mtkd.students import MLP
from mtkd.teachers import CachedTeacher
from mtkd.training import fit
from mtkd.weighting import Uniform

EPOCHS, ROUNDS = 60, 5


def plain(data, teachers):
    """The same steps without the framework."""
    student = MLP()
    optimizer = torch.optim.Adam(student.parameters(), lr=3e-3)
    ids = {int(key): row for row, key in enumerate(data.train.ids)}
    for epoch in range(EPOCHS):
        for batch in data.train.batches(64, 0, epoch):
            rows = torch.tensor([ids[int(key)] for key in batch["example_id"]])
            logits = student(batch).dense()
            log_q = (logits / 2).log_softmax(-1)
            soft = logits.new_zeros(())
            for table in teachers:
                log_p = (table[rows] / 2).log_softmax(-1)
                soft = soft + 4 * (log_p.exp() * (log_p - log_q)).sum(-1).mean() / len(teachers)
            loss = 0.1 * F.cross_entropy(logits, batch["labels"]) + 0.9 * soft
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def framework(data, teachers):
    """The same steps through the distiller, with everything recorded."""
    sources = {f"t{k}": CachedTeacher(data.train.ids, t, str(k)) for k, t in enumerate(teachers)}
    recipe = Recipe(ForwardKL(2.0), Uniform(), hard_share=0.1)
    adam = functools.partial(torch.optim.Adam, lr=3e-3)
    distiller = Distiller(MLP(), sources, recipe, adam, width=24)
    options = {"max_epochs": EPOCHS, "batch_size": 64}
    with tempfile.TemporaryDirectory() as folder:
        fit(distiller, data.train, options, 0, Path(folder))


def main():
    torch.set_num_threads(1)
    data = Digits()
    teachers = [torch.randn(len(data.train), 10) for _ in range(2)]
    steps = EPOCHS * -(-len(data.train) // 64)
    seconds = {plain: [], framework: []}
    for _ in range(ROUNDS + 1):
        for loop in seconds:
            start = time.process_time()
            loop(data, teachers)
            seconds[loop].append((time.process_time() - start) / steps)
    pairs = list(zip(seconds[plain][1:], seconds[framework][1:], strict=True))
    print(f"plain loop      {1e3 * statistics.median(p for p, _ in pairs):6.2f} ms a step (CPU)")
    print(f"mtkd            {1e3 * statistics.median(f for _, f in pairs):6.2f} ms a step (CPU)")
    added = [f - p for p, f in pairs]
    print(
        f"added           {1e3 * statistics.median(added):6.2f} ms a step "
        f"[{1e3 * min(added):.2f} to {1e3 * max(added):.2f}], {ROUNDS} paired rounds"
    )


if __name__ == "__main__":
    main()
