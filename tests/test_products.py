"""The matrix products of an output head by themselves."""

import pytest
import torch

from mtkd.objective.products import PIECE, WIDENED, add_outer, multiply_back, multiply_head


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_what_was_in_the_result_before_is_written_over_or_added_to(dtype):
    rng = torch.Generator().manual_seed(0)
    hidden, weight = (torch.randn(n, 3, generator=rng).to(dtype) for n in (4, 5))
    pull = torch.randn(4, 5, generator=rng).to(dtype).float()
    made, back, outer = torch.ones(4, 5), torch.ones(4, 3), torch.ones(5, 3)
    multiply_head(made, hidden, weight, None)
    multiply_back(back, pull, weight)
    add_outer(outer, pull, hidden)
    torch.testing.assert_close(made, hidden.float() @ weight.float().T)
    torch.testing.assert_close(back, pull @ weight.float())
    torch.testing.assert_close(outer, 1 + pull.T @ hidden.float())


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("classes", [PIECE, PIECE + 1, WIDENED + PIECE + 1])
def test_every_class_is_made_once_whatever_the_pieces(dtype, classes):
    rng = torch.Generator().manual_seed(0)
    hidden, weight = (torch.randn(n, 3, generator=rng).to(dtype) for n in (4, classes))
    bias = torch.randn(classes, generator=rng)
    wide = torch.promote_types(dtype, torch.float32)
    made = torch.full((4, classes), torch.nan, dtype=wide)
    multiply_head(made, hidden, weight, bias.to(wide))
    torch.testing.assert_close(made, (hidden.double() @ weight.double().T + bias).to(wide))
