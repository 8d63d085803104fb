"""The standard library with a declared route for each text: its domain. For `mopd.yaml`."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from mtkd.text import StandardLibrary


class RoutedLibrary(StandardLibrary):
    """`StandardLibrary` whose training rows carry `route [n]`, a number in `routes`.

    Args:
        vocabulary, length, trained, scored, seed: See `StandardLibrary`.
    """

    def __init__(
        self,
        vocabulary: int = 512,
        length: int = 64,
        trained: Sequence[str] = ("prose", "net", "asyncio"),
        scored: int = 2048,
        seed: int = 0,
    ) -> None:
        super().__init__(vocabulary, length, trained, scored, seed)
        member = np.stack([self.train.metadata[name] for name in self.trained])
        route = torch.from_numpy(member.argmax(axis=0))
        self.train = replace(self.train, extras={"route": route})

    @property
    def routes(self) -> list[str]:
        """The domains, in the order of their numbers."""
        return list(self.trained)
