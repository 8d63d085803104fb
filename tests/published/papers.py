"""What each paper minimises, written down from the paper, in NumPy and without mtkd.

Every function takes student logits `[n, classes]`, teacher logits `[teacher, n, classes]`, labels
`[n]` and the text each position belongs to `[n]`, and returns the mean over positions in the
paper's own scale: shares there need not sum to 1. Where a paper's code holds the student fixed in
a part of the formula, that part reads `fixed`, student logits of its own with the same values: the
derivative by `s` alone is then the gradient that the code follows.
"""

import numpy as np
from scipy.optimize import minimize


def softmax(logits, temperature=1.0):
    powers = np.exp((logits - logits.max(-1, keepdims=True)) / temperature)
    return powers / powers.sum(-1, keepdims=True)


def kl(p, q):
    return (p * np.log(p / q)).sum(-1)


def cross_entropy(logits, labels):
    picked = np.take_along_axis(softmax(logits), np.asarray(labels)[..., None], -1)
    return -np.log(picked)[..., 0]


def teachers_ce(t, y):
    return np.stack([cross_entropy(one, y) for one in t])


def entropy(p):
    return -(p * np.log(p)).sum(-1)


def weighed(w, s, t, temperature=1.0):
    distances = [kl(softmax(one, temperature), softmax(s, temperature)) for one in t]
    return temperature**2 * (w * np.stack(distances)).sum(0)


def hinton(s, t, y, text):
    return (0.1 * cross_entropy(s, y) + 0.9 * weighed(1.0, s, t[:1], 4.0)).mean()


def ca_mkd(s, t, y, text):
    powers = np.exp(teachers_ce(t, y))
    w = (1 - powers / powers.sum(0)) / (len(t) - 1)
    return (cross_entropy(s, y) + weighed(w, s, t, 4.0)).mean()


def ebkd(s, t, y, text):
    h = entropy(softmax(t))
    return (cross_entropy(s, y) + weighed(1 - h / h.sum(0), s, t, 4.0) / len(t)).mean()


def ae_kd(s, t, y, text, fixed):
    g = 4 * (softmax(fixed, 4.0) - softmax(t, 4.0)).mean(1)
    found = minimize(
        lambda w: 1e3 * ((w @ g) ** 2).sum(),
        np.full(len(t), 1 / len(t)),
        bounds=[(0, 0.6)] * len(t),
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        tol=1e-14,
    )
    return (cross_entropy(s, y) + 0.9 * weighed(found.x[:, None], s, t, 4.0)).mean()


def minillm(s, t, y, text):
    return kl(softmax(s), softmax(t[0])).mean()


def gkd(s, t, y, text):
    p, q = softmax(t[0]), softmax(s)
    return (0.5 * kl(p, (p + q) / 2) + 0.5 * kl(q, (p + q) / 2)).mean()


def skl(s, t, y, text):
    p, q = softmax(t[0]), softmax(s)
    return kl(p, 0.1 * p + 0.9 * q).mean()


def srkl(s, t, y, text):
    return srkl_2(s, t, y, text, s)


def srkl_2(s, t, y, text, fixed):
    """DistiLLM-2: one line of its code detaches the student in the mixture."""
    return kl(softmax(s), 0.9 * softmax(t[0]) + 0.1 * softmax(fixed)).mean()


def akl(s, t, y, text, fixed):
    p, q = softmax(t[0]), softmax(s)
    order = np.argsort(-p, -1)
    head = np.cumsum(np.take_along_axis(p, order, -1), -1) <= 0.5
    head[..., 0] = True
    gap = np.abs(np.take_along_axis(p - softmax(fixed), order, -1))
    inside, outside = (gap * head).sum(-1), (gap * ~head).sum(-1)
    mixed = (inside * kl(p, q) + outside * kl(q, p)) / (inside + outside)
    return (0.5 * cross_entropy(s, y) + 0.5 * mixed).mean()


def todi(s, t, y, text, fixed):
    p, q = softmax(t[0], 2.0), softmax(s, 2.0)
    w = p / (p + softmax(fixed, 2.0))
    mixed = (w * p * np.log(p / q) + (1 - w) * q * np.log(q / p)).sum(-1)
    return (0.5 * cross_entropy(s, y) + 0.5 * mixed).mean()


def abkd(s, t, y, text, a=0.2, b=0.7):
    p, q = softmax(t[0]), softmax(s)
    terms = p**a * q**b - a / (a + b) * p ** (a + b) - b / (a + b) * q ** (a + b)
    return (-terms.sum(-1) / (a * b)).mean()


def amid(s, t, y, text):
    p, q = softmax(t[0]), softmax(s)
    r = (0.5 * p**0.25 + 0.5 * q**0.25) ** 4
    return kl(p, r / r.sum(-1, keepdims=True)).mean()


def dynamic_kd(s, t, y, text, fixed, whole_batch=False):
    """Its code lets u move too; the config's head says that mtkd does not."""
    u = entropy(softmax(fixed)) / np.log(s.shape[-1])
    u = u.mean() if whole_batch else u
    centred = [z - z.mean(-1, keepdims=True) for z in (s, *t)]
    small, large = (((centred[0] - z) ** 2).mean(-1) for z in centred[1:])
    return (cross_entropy(s, y) + u * small + (1 - u) * large).mean()


def of_each_text(values, text):
    return np.stack([values[:, text == one].mean(1) for one in np.unique(text)], 1)


def min_ce(s, t, y, text):
    best = of_each_text(teachers_ce(t, y), text).argmin(0)[text]
    p, q = softmax(t)[best, np.arange(len(y))], softmax(s)
    return (0.9 * cross_entropy(s, y) + 0.1 * kl(p, q)).mean()


def avg_ce(s, t, y, text):
    powers = np.exp(np.exp(-of_each_text(teachers_ce(t, y), text)))[:, text]
    p = ((powers / powers.sum(0))[..., None] * softmax(t)).sum(0)
    return (0.9 * cross_entropy(s, y) + 0.1 * kl(p, softmax(s))).mean()


def nemo_sum(score):
    def total(s, t, y, text):
        powers = np.exp([score(one, y).mean() for one in t])
        w = (powers / powers.sum())[:, None]
        return (0.1 * cross_entropy(s, y) + weighed(w, s, t)).mean()

    return total


def nemo_select(s, t, y, text):
    best = teachers_ce(t, y).mean(1).argmin()
    return (0.1 * cross_entropy(s, y) + kl(softmax(t[best]), softmax(s))).mean()


def nemo_logits(s, t, y, text):
    return (0.1 * cross_entropy(s, y) + kl(softmax(t.mean(0)), softmax(s))).mean()
