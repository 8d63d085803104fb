"""Which of two distributions is ahead at each rank, found without sorting all of them."""

import numpy as np
import torch
from torch import Tensor

from mtkd.losses.ranks import plain, ranked, sorted_log_probs
from mtkd.losses.softened import Softened

BINS = 12288
"""Steps of log-probability in which classes are counted; their counts fit in a cache."""

FLOOR = -104.0
"""Log-probabilities below have the probability 0 in float32."""


def signed_gap(student: Softened, teacher: Softened) -> tuple[Tensor, Tensor]:
    """sum |sorted p - sorted q| `[...]`, and for each class the sign of q - p at its rank in q."""
    sides = (student.log_probs, teacher.log_probs)
    numbers = all(plain(side) and side.dtype == torch.float32 for side in sides)
    if numbers and sides[0].shape[-1] >= BINS:
        return _counted(student, teacher)
    theirs = sorted_log_probs(teacher.log_probs).exp_()
    ours, classes = ranked(student.log_probs)
    gap = ours.exp_().sub_(theirs)
    # Small numbers: to put float32 in their places takes twice as long.
    sign = gap.sign().to(torch.int8)
    sign = torch.empty_like(sign).scatter_(-1, classes.expand_as(sign), sign)
    return gap.abs_().sum(dim=-1), sign


def _counted(student: Softened, teacher: Softened) -> tuple[Tensor, Tensor]:
    """The same for many classes, of which few are sorted.

    They are counted in steps of log-probability. Where one side has so many more above a step
    that the other cannot catch up within it, all classes of the step have the same sign; those
    of the other steps are sorted. Signs are as above but where the probability is 0.
    """
    log_q, log_p, p = torch.broadcast_tensors(student.log_probs, teacher.log_probs, teacher.probs)
    sign = torch.empty(log_q.shape)
    tables = [side.reshape(-1, side.shape[-1]).numpy() for side in (log_q, log_p, p, sign)]
    rows = zip(*tables, strict=True)
    behind = torch.tensor([_row(*row) for row in rows], dtype=torch.float32)
    value = (student.probs * sign).sum(dim=-1) - behind.view(sign.shape[:-1])
    return value.clamp_(min=0), sign


def _row(log_q: np.ndarray, log_p: np.ndarray, p: np.ndarray, sign: np.ndarray) -> float:
    """Fill in the signs of q; the sum of those of p times p."""
    top = np.maximum(log_q.max(), log_p.max())
    floor = max(min(log_q.min(), log_p.min()), np.float32(FLOOR))
    if not top > floor:  # one value everywhere, or not numbers
        sign[:] = 0
        return 0 * p.sum()
    steps = BINS / (top - floor)
    bin_q, bin_p = (((top - np.fmax(s, floor)) * steps).astype(np.intp) for s in (log_q, log_p))
    n_q, n_p = (np.bincount(bins, minlength=BINS + 2) for bins in (bin_q, bin_p))
    lead = (n_q - n_p).cumsum() - n_q + n_p  # of q above each step, in classes
    ahead, behind = lead >= n_p, lead <= -n_q
    of_bin = ahead.astype(np.float32) - behind
    of_bin.take(bin_q, out=sign, mode="clip")
    of_p = of_bin.take(bin_p)
    found = (of_p * p).sum()
    crossed = np.flatnonzero(~(ahead | behind))
    if len(crossed):
        at_q, at_p = np.flatnonzero(sign == 0), np.flatnonzero(of_p == 0)
        counts = (n_q[crossed], n_p[crossed], lead[crossed])
        values, order = (x.numpy() for x in ranked(torch.from_numpy(log_q[at_q])))
        others = sorted_log_probs(torch.from_numpy(log_p[at_p])).numpy()
        sign[at_q[order]], signs_p = _paired(values, others, *counts)
        found += (signs_p * np.exp(others)).sum()
    return found


def _paired(
    q: np.ndarray, p: np.ndarray, n_q: np.ndarray, n_p: np.ndarray, lead: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Signs at the ranks of falling values; the steps hold n of each side, q leads before."""
    bin_q, place = _places(n_q)
    place += lead[bin_q]  # of the class of p at the same rank, counted from its step's first
    signs_q = np.where(place < 0, -1, 1).astype(q.dtype)
    met = (place >= 0) & (place < n_p[bin_q])
    partner = ((n_p.cumsum() - n_p)[bin_q] + place)[met]
    signs_q[met] = np.sign(q[met] - p[partner])
    bin_p, place = _places(n_p)
    signs_p = np.where(place < lead[bin_p], 1, -1).astype(q.dtype)
    signs_p[partner] = signs_q[met]
    return signs_q, signs_p


def _places(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The step of each of its classes, and the place in the step."""
    steps = np.repeat(np.arange(len(counts)), counts)
    return steps, np.arange(len(steps)) - (counts.cumsum() - counts)[steps]
