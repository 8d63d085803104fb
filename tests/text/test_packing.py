"""Documents to rows, by hand: cut, packed, scored."""

import numpy as np
import pytest
import torch

from mtkd.text.documents import Document, shifted
from mtkd.text.packing import as_rows, best_fit
from mtkd.text.pieces import Counts, pieces
from mtkd.text.scored import keep_some


def document(size):
    ids = np.arange(1, size + 1)
    return Document(ids, shifted(ids, np.ones(size, bool)), None, "", 0)


@pytest.mark.parametrize(("sizes", "padded"), [((4, 4), 0), ((4, 3), 1), ((2, 4), 2)])
def test_a_stream_pads_what_its_last_row_lacks_and_no_more(sizes, padded):
    rows = as_rows([document(size) for size in sizes], 4, "stream", 9)
    assert rows["attention_mask"].flatten().tolist() == [1] * (8 - padded) + [0] * padded


def test_of_equally_long_documents_the_earlier_one_comes_first():
    assert best_fit([2, 3, 2, 3], 5) == [[1, 0], [3, 2]]
    assert best_fit([4, 4], 5) == [[0], [1]]


@pytest.mark.parametrize(
    ("size", "long", "counted"), [(4, "refuse", (0, 0)), (9, "split", (1, 0)), (9, "cut", (1, 5))]
)
def test_a_document_is_long_above_the_length_and_loses_what_is_cut_off(size, long, counted):
    counts = Counts()
    sizes = [len(piece.ids) for piece in pieces([document(size)], [], 4, long, counts)]
    assert sizes == ([4, 4] if long == "split" else [4])
    assert (counts.long, counts.lost) == counted


@pytest.mark.parametrize("seed", range(30))
def test_as_many_labels_are_scored_as_were_asked_for(seed):
    labels = torch.tensor([[3, -1, 2, 5], [1, 1, -1, 4], [-1, 0, 2, 6]])
    kept = keep_some(labels, 4, seed)
    chosen = kept >= 0
    assert int(chosen.sum()) == 4
    assert kept[chosen].equal(labels[chosen])
