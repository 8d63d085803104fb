"""A trained gate over the teachers, scored on labels and on nothing else."""

import math

import torch
from torch import Tensor, nn

from mtkd.weighting.base import TeacherWeighting
from mtkd.weighting.checks import REMEDY, check_labels, check_share
from mtkd.weighting.gate import chosen_by, label_score, missing_entropy, student_state
from mtkd.weighting.pooling import group_of_each, mean_over_groups

FLOOR_PRICE = 4.0
"""Nats of loss for each nat of missing entropy: with 4 a floor up to .97 holds even for two
teachers of whom one is always right; with 1 only floors up to .76 would."""


class LearnedGate(TeacherWeighting):
    """Trained teacher embeddings, matched with the student's state: w = softmax(E f(state)).

    The state is described in `student_state`: hidden state, entropy, largest probability, margin.
    A linear layer makes it a query; a teacher's score is its scaled dot product with that.

    From DiverseDistill (Liu et al. 2024, https://arxiv.org/abs/2402.14035): one trainable
    embedding per teacher, dotted with the student's state; importance per example; asking only
    the important teachers. Not from it: there embedding and state make a *question* that each
    teacher answers from its inner layers, and answers are distilled as representations. Here
    logits are weighed; the uncertainty features, the loss below and the exploration are ours
    (its importance formula could not be checked). So: in its style, not the method.

    `own_loss` is the proper score -log sum_k w_k p_k(label), plus a price for entropy below the
    floor. It is never the distillation loss: trained on sum_k w_k D_k a gate just finds the
    teacher nearest to the student, right or wrong.

    Args:
        embedding_width: Length of a query and of a teacher's embedding.
        entropy_floor: In [0, 1): the weights' entropy, over ln(teachers present), below which
            they are charged for; keeps every teacher heard, so that the gate can change its mind.
        top: Ask only this many teachers for each example; None: all. At least 2, for a lone
            teacher's weight is always 1 and teaches the gate nothing.
        exploration: In [0, 1], used with `top` while training: how often the least of an example's
            chosen teachers gives way to one drawn evenly from those not chosen, so that nobody
            is written off unheard. Draws depend on `seed` and on how often it selected before.
        seed: For the first parameters and for exploration; the global generator is not touched.
        granularity: See `TeacherWeighting`; states are averaged. Selection is always by example.

    Raises:
        ValueError: An argument is out of range; at `prepare`, `top` exceeds the teachers or the
            width of the student's hidden state is not given.
    """

    needs_labels = True
    needs_hidden = True
    needs_names = True
    needs_teachers = False
    learns = True
    query: nn.Parameter
    bias: nn.Parameter
    embeddings: nn.Parameter
    selections: Tensor

    def __init__(
        self,
        embedding_width: int = 16,
        entropy_floor: float = 0.2,
        top: int | None = None,
        exploration: float = 0.1,
        seed: int = 0,
        granularity: str = "example",
    ) -> None:
        super().__init__(granularity)
        if embedding_width < 1:
            raise ValueError(f"embedding_width must be at least 1, got {embedding_width}")
        if top is not None and top < 2:
            raise ValueError(
                f"top must be at least 2, got {top}: with one teacher asked its weight is always "
                "1 and the gate learns nothing; use None to ask all"
            )
        if not 0 <= entropy_floor < 1:
            raise ValueError(f"entropy_floor must lie in [0, 1), got {entropy_floor}")
        self.embedding_width = embedding_width
        self.entropy_floor = entropy_floor
        self.top = top
        self.exploration = check_share("exploration", exploration)
        self.seed = seed
        self.register_buffer("selections", torch.zeros((), dtype=torch.int64))

    def resolve(self, teachers: tuple[str, ...], width: int | None) -> None:
        if width is None:
            raise ValueError(f"LearnedGate needs the student's hidden width, got None; {REMEDY}")
        if self.top is not None and self.top > len(teachers):
            raise ValueError(f"top is {self.top}, but there are {len(teachers)} teachers")
        generator = torch.Generator().manual_seed(self.seed)
        size = (width + 3, self.embedding_width)
        self.query = nn.Parameter(torch.randn(size, generator=generator) / math.sqrt(size[0]))
        self.bias = nn.Parameter(torch.zeros(self.embedding_width))
        small = 0.1 * torch.randn(len(teachers), self.embedding_width, generator=generator)
        self.embeddings = nn.Parameter(small)

    def evidence(
        self, student_logits: Tensor, teacher_logits: Tensor, labels: Tensor, hidden: Tensor | None
    ) -> Tensor:
        check_labels(type(self).__name__, labels)
        return student_state(student_logits, hidden).unsqueeze(0)

    def scores(self, pooled: Tensor, present: Tensor) -> Tensor:
        query = pooled[0] @ self.query.to(pooled.dtype) + self.bias.to(pooled.dtype)
        return self.embeddings.to(pooled.dtype) @ query.T / math.sqrt(self.embedding_width)

    def own_loss(
        self,
        weights: Tensor,
        label_log_probs: Tensor,
        distances: Tensor | None = None,
        present: Tensor | None = None,
    ) -> Tensor:
        """-log sum_k w_k p_k(label) and the price of missing entropy, `[position]` in nats."""
        price = FLOOR_PRICE * missing_entropy(weights, self.entropy_floor, present)
        return label_score(weights, label_log_probs) + price

    @torch.no_grad()
    def select(
        self,
        student_logits: Tensor,
        hidden: Tensor | None = None,
        examples: Tensor | None = None,
    ) -> Tensor | None:
        """The `top` teachers of each example, exploring in training mode only."""
        self.check_prepared()
        if self.top in (None, len(self.teachers)):
            return None
        state = student_state(student_logits, hidden).flatten(0, -2).unsqueeze(0)
        everybody = state.new_ones(len(self.teachers), state.shape[1], dtype=torch.bool)
        ids = None if examples is None else examples.flatten()
        with torch.autocast(state.device.type, enabled=False):
            groups = group_of_each("example", ids, state)
            scores = self.scores(*mean_over_groups(state, everybody, *groups))
        # A counter in the state dict instead of a running generator: resuming draws the same.
        draw = self.seed * 1_000_003 + int(self.selections)
        generator = torch.Generator().manual_seed(draw % 2**63)
        self.selections += self.training
        exploration = self.exploration if self.training else 0.0
        return chosen_by(scores, self.top, exploration, generator)

    @property
    def formula(self) -> str:
        asked = "" if self.top is None else f" over the {self.top} best"
        return f"w = softmax(E f(hidden, u(q)) / sqrt({self.embedding_width})){asked}"
