"""A transformers student that writes, learns, and gets nearer to its teachers on its own text."""

import functools
import logging
import sys
import warnings

import pytest
import torch

from mtkd.config import instantiate
from mtkd.data import Examples
from mtkd.distiller import Distiller
from mtkd.language import causal_model
from mtkd.losses import ForwardKL, ReverseKL
from mtkd.onpolicy import OnPolicy, PolicyGradient
from mtkd.onpolicy import progress as showing
from mtkd.onpolicy.progress import Progress
from mtkd.recipe import Recipe
from mtkd.teachers import LiveTeacher
from mtkd.training import fit
from mtkd.weighting import LearnedGate, Uniform
from tests.language.families import CLASSES, GPT2, LLAMA, loud, tokens
from tests.onpolicy.models import Bigram

warnings.filterwarnings("ignore", module="pytorch_lightning")
CONFIG = {
    "_target_": "mtkd.onpolicy.OnPolicy",
    "share": 0.5,
    "temperature": 0.9,
    "top_p": 0.95,
    "max_new_tokens": 6,
    "prompt_tokens": 3,
    "masked_tokens": [2],
    "loss": {"_target_": "mtkd.onpolicy.TeacherTopK", "k": 8},
}


def data(count=16, length=8):
    rows = tokens(count, length + 1)
    mask = torch.ones(count, length, dtype=torch.int64)
    return Examples(rows[:, :-1], rows[:, 1:], CLASSES, extras={"attention_mask": mask})


def distiller(on_policy, weighting=None, **options):
    torch.manual_seed(0)
    student = causal_model(GPT2)
    teachers = options.pop("teachers", None) or {
        name: LiveTeacher(loud(causal_model(LLAMA)), name) for name in ("one", "two")
    }
    recipe = Recipe(ForwardKL(), weighting or Uniform(), hard_share=0.1, chunk=16)
    adam = functools.partial(torch.optim.Adam, lr=options.pop("lr", 3e-3))
    return Distiller(
        student, teachers, recipe, adam, width=student.width, log_every=1, on_policy=on_policy
    )


@pytest.mark.parametrize(
    ("loss", "options"),
    [
        (ReverseKL(), {}),
        (ReverseKL(), {"precision": "bf16-mixed", "gradient_clip_val": 1.0}),
        (PolicyGradient(), {}),
    ],
    ids=["full", "bf16", "sampled"],
)
def test_the_students_text_gets_likelier_to_its_teachers(tmp_path, loss, options):
    on_policy = OnPolicy(1.0, prompt_tokens=3, max_new_tokens=5, loss=loss)
    teacher = Bigram(CLASSES)
    teacher.table.data[:] = teacher.table.data[:1]  # says the same everywhere: soon learnt
    teachers = {"teacher": LiveTeacher(teacher.float(), "teacher")}
    module = distiller(on_policy, teachers=teachers, lr=0.03)
    fit(module, data(), {"max_epochs": 12, "batch_size": 16, **options}, 1, tmp_path)
    soft = module.history.series["train/on_policy_soft"]
    assert sum(soft[-3:]) < 0.7 * sum(soft[:3])


def test_a_config_node_is_all_it_takes(tmp_path):
    on_policy = instantiate(CONFIG, "on_policy")
    module = distiller(on_policy)
    fit(module, data(), {"max_epochs": 1, "batch_size": 4}, 1, tmp_path)
    series = module.history.series
    assert series["train/on_policy_share"] == [0.0, 1.0, 0.0, 1.0]
    assert on_policy.loss.k == 8
    assert max(length for length in series["train/on_policy_length"] if length) <= 6


def test_a_gate_learns_from_the_data_beside_another_rule_for_own_text(tmp_path):
    on_policy = OnPolicy(prompt_tokens=3, max_new_tokens=4, weighting=Uniform())
    module = distiller(on_policy, LearnedGate())
    before = module.weighting.query.detach().clone()
    fit(module, data(), {"max_epochs": 1, "batch_size": 4}, 1, tmp_path)
    assert not torch.equal(module.weighting.query, before)
    own = module.history.series["train/own"]
    assert own[0] > 0
    assert own[1] == 0


def test_writing_is_seen_on_a_terminal_and_heard_in_a_log(monkeypatch, caplog, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with Progress().writing(4, 3):
        pass
    assert "student writes 4 texts" in capsys.readouterr().err
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    progress = Progress()
    with caplog.at_level(logging.INFO, "mtkd.onpolicy"):
        for rows in (4, 2):
            with progress.writing(rows, 3):
                progress.step()
        assert caplog.text == ""
        monkeypatch.setattr(showing, "SECONDS", 0.0)
        with progress.writing(3, 3):
            progress.step()
    assert "the student has written 9 texts; the last 3 took 0.0 s for up to 1 tokens each" in (
        caplog.text
    )


def test_a_diverged_student_is_told_so(tmp_path):
    module = distiller(OnPolicy(1.0, prompt_tokens=3, max_new_tokens=4))
    with torch.no_grad():
        module.student.model.transformer.wte.weight.fill_(float("nan"))
    with pytest.raises(ValueError, match="the student's logits are NaN behind 0 written tokens"):
        fit(module, data(), {"max_epochs": 1, "batch_size": 4}, 1, tmp_path)
