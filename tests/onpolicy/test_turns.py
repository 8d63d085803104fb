"""Which prompts come when, and what is counted of them."""

import torch

from mtkd.data import Examples
from mtkd.objective import Objective
from mtkd.onpolicy import Turns
from mtkd.onpolicy.tally import Tally
from tests.onpolicy.test_training import own


def test_prompts_come_in_another_order_than_the_data():
    tokens = torch.arange(40).reshape(20, 2)
    data = Examples(tokens, tokens, 40)
    (asked,) = Turns(own(share=1.0, prompt_tokens=2), data, 20, 3).mixed(iter([{}]))
    (taught,) = data.batches(20, 3, 0)
    assert not asked["inputs"].equal(taught["inputs"])
    assert asked["inputs"].sort(dim=0).values.equal(tokens)


def test_prompts_are_shuffled_anew_when_all_were_asked():
    tokens = torch.arange(40).reshape(20, 2)
    turns = Turns(own(share=1.0, prompt_tokens=2), Examples(tokens, tokens, 40), 20, 3)
    first, second = turns.mixed(iter([{}, {}]))
    assert not first["inputs"].equal(second["inputs"])
    assert second["draw"].tolist() == (first["draw"] + 20).tolist()


def test_only_the_students_own_text_has_a_distance_on_it():
    tally, zero = Tally(), torch.zeros(())
    for soft, own_text in ((5.0, False), (6.0, True)):
        made = Objective(zero, zero, 3, zero, torch.tensor(soft), {})
        tally.learnt(made, own_text)
    assert tally.read() == {"train/on_policy_share": 0.5, "train/on_policy_soft": 2.0}
