"""Small teachers for the tests of alignment."""

import torch

from mtkd.alignment import ByteReader
from mtkd.outputs import ModelOutput, OutputHead
from mtkd.signals import CompleteSignal
from mtkd.teachers import TeacherSource


class Bigrams(TeacherSource):
    """Logits that depend on the last token and on the place; through a head if told."""

    def __init__(self, classes, head=False, softcap=None, width=5):
        super().__init__("bigrams")
        random = torch.Generator().manual_seed(classes)
        self.hidden = torch.randn(classes, width, generator=random)
        self.head = OutputHead(
            torch.randn(classes, width, generator=random),
            torch.randn(classes, generator=random),
            softcap=softcap,
        )
        self.as_head, self.seen = head, None

    def observe(self, batch):
        self.seen = batch
        place = torch.arange(batch["inputs"].shape[1]).unsqueeze(-1)
        hidden = self.hidden[batch["inputs"]] + 0.1 * place
        whole = ModelOutput(hidden=hidden, head=self.head)
        return CompleteSignal(whole if self.as_head else ModelOutput(logits=whole.dense()))


class Silent(TeacherSource):
    """Another source that says nothing at every second position."""

    def __init__(self, source):
        super().__init__("silent")
        self.source = source

    def observe(self, batch):
        even = torch.arange(batch["inputs"].shape[1]) % 2 == 0
        return self.source.observe(batch).silenced(even.expand(batch["inputs"].shape))


class Fixed(TeacherSource):
    """One given signal, whatever is asked."""

    def __init__(self, signal):
        super().__init__("fixed")
        self.signal = signal

    def observe(self, batch):
        return self.signal


def batch_of(tokenizer, texts):
    """A batch as a data module makes it."""
    return {**ByteReader(tokenizer).batch(texts), "example_id": torch.arange(len(texts))}
