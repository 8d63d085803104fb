"""One input at a time, and all at once at random."""

from dataclasses import replace

import numpy as np
import pytest

from mtkd.economics import Case, evaluate, monte_carlo, tornado
from mtkd.economics.sensitivity import SAMPLED

CASE = Case(1_000_000, 0.003, 0.0002, 30_000, hosting=300, fallback_share=0.1)
HALF = dict.fromkeys(SAMPLED, 0.5)


class TestTornado:
    def test_values_by_hand(self):
        swings = {swing.name: swing for swing in tornado(CASE)}
        price = swings["teacher's price"]
        assert (price.low, price.high) == pytest.approx((0.0015, 0.0045))
        assert price.months_low == pytest.approx(30_000 / 850)
        assert price.months_high == pytest.approx(30_000 / 3550)
        fallback = swings["fallback share"]
        assert fallback.months_low == pytest.approx(30_000 / 2350)
        assert fallback.months_high == pytest.approx(30_000 / 2050)

    def test_widest_first_and_never_is_widest(self):
        dear = replace(CASE, hosting=1000, fallback_share=0.5)
        swings = tornado(dear)
        widths = [swing.width for swing in swings]
        assert widths == sorted(widths, reverse=True)
        assert swings[0].months_low is None
        assert widths[0] == np.inf

    def test_leaves_out_what_is_zero_and_ends_shares_at_one(self):
        names = [swing.name for swing in tornado(CASE)]
        assert "monitoring" not in names
        assert "fall of the teacher's price" not in names
        high = tornado(replace(CASE, fallback_share=0.8))
        (share,) = (swing for swing in high if swing.name == "fallback share")
        assert (share.low, share.high, share.months_high) == (pytest.approx(0.6), 1.0, None)
        full = tornado(replace(CASE, fallback_share=1.0))
        assert "fallback share" not in [swing.name for swing in full]

    def test_no_spread_is_the_case_itself(self):
        middle = evaluate(CASE).months
        assert {swing.months_low for swing in tornado(CASE, 0.0)} == {middle}

    def test_counts_falling_prices(self):
        falling = replace(CASE, teacher_price=0.01, price_drop=0.8)
        (training,) = (s for s in tornado(falling) if s.name == "training cost")
        assert training.months_high == evaluate(replace(falling, training_cost=45_000)).months


class TestMonteCarlo:
    def test_the_seed_decides(self):
        first, again = monte_carlo(CASE, HALF, 500, 3), monte_carlo(CASE, HALF, 500, 3)
        other = monte_carlo(CASE, HALF, 500, 4)
        assert first.months.tolist() == again.months.tolist()
        assert first.months.tolist() != other.months.tolist()

    def test_without_spread_every_draw_is_the_case(self):
        sample = monte_carlo(CASE, {}, 10)
        assert sample.months.tolist() == [evaluate(CASE).months] * 10
        assert (sample.within, sample.never) == (0.0, 0.0)

    def test_exactly_12_months_count_as_within(self):
        assert monte_carlo(replace(CASE, fallback_share=0.0), {}, 10).within == 1.0

    def test_one_spread_has_the_share_that_can_be_worked_out(self):
        # Within 12 months if training <= 26,400; uniform on [15,000, 45,000]: 0.38.
        sample = monte_carlo(CASE, {"training_cost": 0.5}, 20_000)
        assert sample.within == pytest.approx(0.38, abs=0.01)
        assert sample.months.min() >= 15_000 / 2200
        assert sample.months.max() <= 45_000 / 2200

    def test_every_input_is_drawn_around_its_value(self):
        # The month whose bounds each input reaches: price 0.0015 to 0.0045 and so on.
        ends = {
            "requests": (30_000 / (1.5 * 2500 - 300), 30_000 / (0.5 * 2500 - 300)),
            "teacher_price": (30_000 / 3550, 30_000 / 850),
            "fallback_share": (30_000 / 2350, 30_000 / 2050),
        }
        for name, (low, high) in ends.items():
            months = monte_carlo(CASE, {name: 0.5}, 2000).months
            assert low <= months.min() <= low * 1.01
            assert high * 0.95 <= months.max() <= high

    def test_inputs_are_drawn_independently(self):
        together = {"requests": 0.5, "training_cost": 0.5}
        sample = monte_carlo(replace(CASE, hosting=0, fallback_share=0), together, 20_000)
        # Ratio of two independent uniforms on [0.5, 1.5], times 30,000 / 2,800.
        assert sample.quantile(0.5) == pytest.approx(30_000 / 2800, rel=0.02)
        assert sample.quantile(0.99) > 30_000 / 2800 * 2

    def test_never_is_counted_and_no_quantile_hides_it(self):
        sample = monte_carlo(replace(CASE, fallback_share=0.9), HALF, 500)
        assert sample.never > 0.5
        assert sample.quantile(0.5) == np.inf
        assert sample.never == np.isinf(sample.months).mean()

    def test_the_horizon_limits_every_draw(self):
        sample = monte_carlo(replace(CASE, horizon=10), HALF, 500)
        assert sample.ahead == 10
        assert sample.months[np.isfinite(sample.months)].max() <= 10

    def test_names_what_it_cannot_draw(self):
        with pytest.raises(ValueError, match="cannot draw hosting; only requests, teacher_price"):
            monte_carlo(CASE, {"hosting": 0.5})

    def test_draws_of_a_share_lie_evenly_around_it(self):
        # Hosting and prices aside, months = 30,000 / (3000 (1 - share)): the share comes back.
        free = replace(CASE, student_price=0.0, hosting=0.0)
        for share, low in ((0.8, 0.6), (0.5, 0.25), (1.0, 1.0)):
            sample = monte_carlo(replace(free, fallback_share=share), {"fallback_share": 0.5}, 4000)
            drawn = 1 - 10 / sample.months
            assert drawn.mean() == pytest.approx(share, abs=0.01)
            assert drawn.min() == pytest.approx(low, abs=0.01)
