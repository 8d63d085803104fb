import math

import pytest
import torch

from mtkd.functional import IMPOSSIBLE, kl_divergence, log_probs
from mtkd.outputs import ModelOutput, OutputHead
from mtkd.signals import CompleteSignal, coarse_grain, per_teacher, stacked_views, top_k
from mtkd.signals.stacked import stack

# Five classes, from the project's table of reference values (float64).
TEACHER = torch.tensor([2.0, 1.6, 1.0, -1.0, -3.0], dtype=torch.float64)
STUDENT = torch.tensor([1.0, 1.8, 0.2, -0.5, 0.0], dtype=torch.float64)
TAIL_BUCKET = {
    (2, "forward"): 0.14556183476980672,
    (2, "reverse"): 0.13348385077304745,
    (3, "forward"): 0.22876069999464266,
    (3, "reverse"): 0.2610708234863688,
}


@pytest.mark.parametrize(("k", "direction"), TAIL_BUCKET)
def test_divergence_on_the_kept_classes_and_the_tail_has_its_reference_value(k, direction):
    signal = top_k(TEACHER, k)
    view = signal.view(STUDENT, torch.tensor(0), 1.0)
    p, q = log_probs(view.teacher), log_probs(view.student)
    found = kl_divergence(p, q) if direction == "forward" else kl_divergence(q, p)
    assert found.item() == pytest.approx(TAIL_BUCKET[k, direction], abs=1e-12)


def test_outcomes_are_a_distribution_and_the_head_is_not_renormalised():
    signal = top_k(TEACHER, 2)
    assert signal.outcomes().exp().sum().item() == pytest.approx(1)
    torch.testing.assert_close(signal.log_probs, log_probs(TEACHER)[:2])


def test_the_tail_keeps_its_precision_where_the_head_holds_nearly_everything():
    logits = torch.tensor([60.0, 0.0, 0.0], dtype=torch.float32)
    tail = coarse_grain(logits, torch.tensor([0]))[-1]
    assert tail.item() == pytest.approx(math.log(2) - 60, rel=1e-6)


def test_a_tail_label_gets_an_equal_part_of_the_tail():
    signal = top_k(TEACHER, 2)
    kept = signal.label_log_probs(torch.tensor(0))
    assert kept.item() == pytest.approx(log_probs(TEACHER)[0].item())
    tail = signal.label_log_probs(torch.tensor(4))
    rest = log_probs(TEACHER)[2:].exp().sum()
    assert tail.exp().item() == pytest.approx((rest / 3).item())
    assert signal.coarse_labels(torch.tensor(4)).item() == 2


def test_a_partial_signal_is_read_at_its_own_temperature_only():
    signal = top_k(TEACHER, 2, temperature=2.0)
    view = signal.view(STUDENT, torch.tensor(0), 2.0)
    torch.testing.assert_close(
        log_probs(view.student, 2.0), coarse_grain(STUDENT, signal.kept, 2.0)
    )
    torch.testing.assert_close(log_probs(view.teacher, 2.0)[:2], log_probs(TEACHER, 2.0)[:2])
    with pytest.raises(ValueError, match="recorded at temperature 2 cannot be read at temperature"):
        signal.view(STUDENT, torch.tensor(0), 1.0)


@pytest.mark.parametrize("k", [0, 5, 6])
def test_top_k_names_its_range(k):
    with pytest.raises(ValueError, match=r"k must be within 1 and 4 .* got"):
        top_k(TEACHER, k)


def test_stacked_views_keep_the_teachers_order():
    other = STUDENT.flip(0)
    signals = [
        top_k(TEACHER[None], 2),
        CompleteSignal(ModelOutput(logits=STUDENT[None])),
        CompleteSignal(ModelOutput(logits=other[None])),
    ]
    views = stacked_views(signals, STUDENT[None], torch.tensor([0]), 1.0)
    first = per_teacher(views, lambda view: view.teacher[..., 0])
    expected = torch.stack([log_probs(TEACHER)[:1], STUDENT[:1], other[:1]])
    torch.testing.assert_close(first, expected)


def test_a_head_with_scale_and_softcap_is_respected():
    hidden, weight = torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 1.0], [0.0, -4.0]])
    head = OutputHead(weight, bias=torch.tensor([1.0, 0.0]), scale=0.5, softcap=2.0)
    found = ModelOutput(hidden=hidden, head=head).dense()
    expected = [2 * math.tanh(0.5 * 6 / 2), 2 * math.tanh(0.5 * -8 / 2)]
    assert found.tolist() == [pytest.approx(expected)]


def test_a_model_output_is_logits_or_a_head():
    with pytest.raises(ValueError, match="got neither"):
        ModelOutput(hidden=torch.zeros(1, 2))
    with pytest.raises(ValueError, match="logits or a head, not both"):
        ModelOutput(logits=torch.zeros(1, 2), head=OutputHead(torch.zeros(2, 2)))


def test_impossible_is_finite_and_never_chosen():
    log_p = log_probs(torch.tensor([0.0, IMPOSSIBLE]))
    assert log_p.isfinite().all()
    assert log_p[1].exp().item() == 0


TABLE = torch.arange(60.0).reshape(5, 4, 3)
APART = {
    "uneven distances": [TABLE[0], TABLE[1], TABLE[3]],
    "backwards": [TABLE[2], TABLE[1], TABLE[0]],
    "other strides": [TABLE[0, :3], TABLE[1, :3].t()],
    "other memory": [TABLE[0], TABLE.clone()[1]],
    "the second elsewhere": [TABLE[0], TABLE.clone()[1], TABLE[2]],
    "other numbers": [TABLE[0], TABLE.view(torch.int32)[1]],
}
TOGETHER = {
    "one": [TABLE[3]],
    "neighbours": [TABLE[1], TABLE[2], TABLE[3]],
    "every second one": [TABLE[0], TABLE[2], TABLE[4]],
    "some rows of each": [TABLE[1, 1:3], TABLE[2, 1:3]],
    "the same twice": [TABLE[2], TABLE[2]],
}


@pytest.mark.parametrize("tensors", [*APART.values(), *TOGETHER.values()], ids=[*APART, *TOGETHER])
def test_stacking_gives_what_torch_gives(tensors):
    assert torch.equal(stack(tensors), torch.stack(tensors))


def test_what_lies_side_by_side_is_stacked_without_a_copy():
    shared = TABLE.untyped_storage().data_ptr()
    for tensors in TOGETHER.values():
        assert stack(tensors).untyped_storage().data_ptr() == shared
    for tensors in APART.values():
        assert stack(tensors).untyped_storage().data_ptr() != shared


def test_a_softened_teacher_is_silent_where_it_was():
    present = torch.tensor([True, False])
    signal = CompleteSignal(ModelOutput(logits=torch.randn(2, 3)), present)
    assert signal.scaled(2.0).present is present
