"""Drawing by inversion: every token gets exactly its share of the unit interval."""

import torch

from mtkd.onpolicy.choice import choose, uniforms

LOGITS = torch.tensor([0.5, -1.0, 2.0, -1e4, 1.0])
GRID = (torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000


def shares(**options):
    tokens, drawn = choose(LOGITS.expand(len(GRID), -1), GRID, **options)
    return torch.bincount(tokens, minlength=5) / len(GRID), tokens, drawn


def test_shares_are_the_probabilities():
    for temperature in (0.5, 1.0, 3.0):
        wanted = (LOGITS.double() / temperature).softmax(-1)
        got, tokens, drawn = shares(temperature=temperature)
        torch.testing.assert_close(got.double(), wanted, atol=1e-4, rtol=0)
        torch.testing.assert_close(drawn, wanted.log()[tokens])


def test_top_p_keeps_the_fewest_that_hold_the_mass_and_renormalises():
    p = LOGITS.double().softmax(-1)  # 2: .62, 4: .23, 0: .14
    kept = torch.zeros(5, dtype=torch.float64)
    kept[[2, 4]] = p[[2, 4]] / p[[2, 4]].sum()
    got, tokens, drawn = shares(top_p=0.7)
    torch.testing.assert_close(got.double(), kept, atol=1e-4, rtol=0)
    torch.testing.assert_close(drawn, kept.log()[tokens])


def test_a_tiny_top_p_is_the_likeliest_token():
    tokens, drawn = choose(LOGITS.expand(9, -1), torch.linspace(0, 0.999, 9), top_p=1e-6)
    assert tokens.tolist() == [2] * 9
    torch.testing.assert_close(drawn, torch.zeros(9, dtype=torch.float64))


def test_an_impossible_token_is_never_drawn_whatever_the_number():
    last = torch.tensor([0.0, 0.0, -1e4])
    numbers = torch.tensor([0.0, 0.5, 1 - 2.0**-24], dtype=torch.float64)
    for logits in (last, last.flip(0)):
        tokens, drawn = choose(logits.expand(3, -1), numbers)
        assert int(logits.argmin()) not in tokens.tolist()
        assert drawn.isfinite().all()


def test_a_rows_numbers_depend_on_its_own_draw_only():
    together, alone = uniforms([7, 8, 9], 5), uniforms([8], 5)
    torch.testing.assert_close(together[1], alone[0])
    assert len({tuple(row) for row in together.tolist()}) == 3
    torch.testing.assert_close(uniforms([8], 9)[:, :5], alone)
    assert float(together.min()) >= 0
    assert float(together.max()) < 1
