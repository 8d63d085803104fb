"""Where student, signals, weights, loss, labels and mask meet: the walk over positions in chunks.

whole        the one call, and what it returns
walk         chunk by chunk
block        logits of a chunk, of the student and of each teacher, in reused buffers
criterion    labels' part, distances and mixtures of a tile, with their slopes
weighing     weights of the teachers, from evidence
mixing       one teacher made of all
judging      a tile's values and gradient, compiled if asked
slopes       gradients of the logits in closed form, or by autograd
products     the matrix products, half precision included
gradients    what is gathered for body, head, loss and weighting
attach       handing it to autograd once
description  what is recorded of a step
"""

from mtkd.objective.whole import Objective, distillation_objective

__all__ = ["Objective", "distillation_objective"]
