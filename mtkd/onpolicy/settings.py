"""A share of the batches is written by the student itself, and learnt from as such."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from torch import nn

from mtkd.losses import DistillationLoss, ReverseKL
from mtkd.onpolicy.batches import as_batch
from mtkd.onpolicy.checks import check_numbers, check_parts
from mtkd.onpolicy.decoders import stated_ends
from mtkd.onpolicy.policy_gradient import PolicyGradient
from mtkd.onpolicy.progress import Progress
from mtkd.onpolicy.prompts import read_prompts
from mtkd.onpolicy.spelling import spelt, student_reader
from mtkd.onpolicy.tally import Tally
from mtkd.onpolicy.writing import Sampling, write
from mtkd.recipe import Recipe
from mtkd.teachers import Batch, TeacherSource
from mtkd.weighting import TeacherWeighting

if TYPE_CHECKING:
    from mtkd.alignment import ByteReader


class OnPolicy(nn.Module):
    """What the student writes, how much of the training it is, and what it learns from it.

    The student continues a prompt, the teachers are asked about its text, and at each written
    position it is compared with them: GKD (Agarwal et al. 2024,
    https://arxiv.org/abs/2306.13649, where `share` is lambda). There is no truth about this text,
    so labels take no part in it: `hard_share` is 0 there, and nothing is differentiated through
    the writing. Not from GKD: turns are spread evenly instead of drawn, prompts of a turn come
    from their own shuffled order, and any number of teachers is weighed.

    With a `loss` of its own, text of the data and text of the student are learnt by different
    losses: DistiLLM-2 (Ko et al. 2025, https://arxiv.org/abs/2503.07067) takes SkewedForwardKL
    for the first and SkewedReverseKL for the second; its responses of the first kind are written
    by the teacher beforehand, which is the data's business.

    Args:
        share: Part of the batches that the student writes, in (0, 1].
        temperature: Divides the logits that tokens are drawn from, positive. It does not touch
            the loss, unlike a loss's own temperature.
        top_p: Tokens are drawn from the fewest that hold this mass, in (0, 1].
        max_new_tokens: Most tokens written behind a prompt.
        prompt_tokens: Prompts are the first so many tokens of each row of the data; None: the
            data has prompts of its own.
        end_tokens: Tokens after which a text is complete; None: those of the student's config.
        masked_tokens: Tokens whose first occurrence in each text is not learnt from, as in
            arXiv 2603.25562: special tokens on which teacher and student do not agree.
        loss: A loss for the student's own text, or `PolicyGradient`; None: the recipe's loss.
        weighting: A weighting for the student's own text; None: the recipe's.
        reuse: How many turns in a row learn from the same text before it is written anew; DistiLLM
            (https://arxiv.org/abs/2402.03898) does this at random. Above 1 the text is stale.

    Raises:
        ValueError: A number is out of range.
    """

    def __init__(
        self,
        share: float = 0.5,
        *,
        temperature: float = 1.0,
        top_p: float = 1.0,
        max_new_tokens: int = 64,
        prompt_tokens: int | None = None,
        end_tokens: Collection[int] | None = None,
        masked_tokens: Collection[int] = (),
        loss: DistillationLoss | PolicyGradient | None = None,
        weighting: TeacherWeighting | None = None,
        reuse: int = 1,
    ) -> None:
        super().__init__()
        check_numbers(share, temperature, top_p, max_new_tokens, prompt_tokens, reuse)
        self.share, self.temperature, self.top_p = share, temperature, top_p
        self.max_new_tokens, self.prompt_tokens, self.reuse = max_new_tokens, prompt_tokens, reuse
        self.end_tokens, self.masked_tokens = end_tokens, tuple(masked_tokens)
        self.loss, self.weighting = loss, weighting
        self.progress, self.tally = Progress(), Tally()
        self.kept: tuple[list[int], Batch] | None = None
        self.reader: ByteReader | None = None

    def prepare(
        self, recipe: Recipe, teachers: Mapping[str, TeacherSource], width: int | None
    ) -> None:
        """Say, before training, what the data teaches by and who teaches.

        Raises:
            ValueError: Text that a student writes cannot be learnt from like this.
        """
        if self.weighting is not None and teachers:
            self.weighting.prepare(tuple(teachers), width)
        self.reader = student_reader(teachers)
        check_parts(self.recipe(recipe), recipe.hard_share, teachers, self.gradient is None)

    @property
    def gradient(self) -> PolicyGradient | None:
        """The sampled-token form, if that is asked for."""
        return self.loss if isinstance(self.loss, PolicyGradient) else None

    def recipe(self, recipe: Recipe) -> Recipe:
        """What is minimised on the student's own text; of single tokens, what they estimate."""
        loss = self.loss if isinstance(self.loss, DistillationLoss) else recipe.loss
        if self.gradient is not None:
            loss = ReverseKL()
        weighting = self.weighting or recipe.weighting
        return replace(recipe, loss=loss, weighting=weighting, hard_share=0.0, label_smoothing=0.0)

    def formula(self, recipe: Recipe) -> str:
        """One line, printed with the recipe's."""
        own = self.recipe(recipe)
        what = own.formula if self.gradient is None else self.gradient.formula
        if self.gradient is not None:
            what = f"{what}; {own.weighting.formula} ({own.weighting.granularity})"
        drawn = f"T = {self.temperature:g}, top-p {self.top_p:g}, {self.max_new_tokens} tokens"
        return f"on {self.share:.0%} of the batches, written by the student ({drawn}): {what}"

    def written(self, student: nn.Module, batch: Batch) -> Batch:
        """The batch that the student makes of a batch of prompts.

        Args:
            student: It is in eval mode while it writes.
            batch: From `mtkd.onpolicy.Turns`; `draw [row]` decides the random numbers.
        """
        draws = batch["draw"].tolist()
        if self.kept is None or self.kept[0] != draws:
            prompts = read_prompts(batch)
            text = write(student, prompts, draws, self._sampling(student), self.progress)
            made = as_batch(prompts, text, self.masked_tokens)
            extras = {"route": batch["route"]} if "route" in batch else {}
            if self.reader is not None:
                extras |= spelt(made, self.reader)
            self.kept = draws, {**made, **extras}
            self.tally.wrote(text)
        return self.kept[1]

    def _sampling(self, student: nn.Module) -> Sampling:
        ends = self.end_tokens
        if ends is None:
            ends = stated_ends(student)
        return Sampling(self.temperature, self.top_p, self.max_new_tokens, tuple(ends))
