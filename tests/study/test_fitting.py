"""Models that do not fit their data are told before training; those that do pass."""

import json
import shutil
from functools import partial

import pytest
import torch

from mtkd.config import instantiate
from mtkd.data import Examples
from mtkd.study.facts import Facts
from tests.study.fitted import (
    BERT,
    CAUSAL,
    CLASSIFIER,
    GPT2,
    LLAMA,
    MASKED,
    PADDED,
    SIZE,
    class_study,
    passing,
    refusal,
    stored,
    text_study,
)


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("MTKD_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def refused(tmp_path):
    return partial(refusal, tmp_path / "study")


@pytest.fixture
def passes(tmp_path):
    return partial(passing, tmp_path / "study")


class TestTokens:
    def test_a_teacher_of_the_same_size_and_another_tokenizer_is_refused(self, place, refused):
        said = refused(text_study(place), teachers__a__model=stored(place / "other"))
        assert said.startswith(
            f"config.teachers.a.model: LlamaForCausalLM from {place / 'other'} has another "
            f"tokenizer than config.data ({place / 'tokens_own'}): "
        )
        assert f"of {SIZE} tokens have the same number among its {SIZE}; " in said
        assert said.endswith(
            f"add align: {{teacher_tokenizer: {place / 'other'}}}, live: true and data.bytes: true"
        )

    def test_bytes_are_asked_for_only_where_they_are_missing(self, place, refused):
        said = refused(text_study(place, bytes=True), teachers__a__model=stored(place / "other"))
        assert said.endswith("live: true")

    def test_a_teacher_that_is_trained_cannot_be_aligned_as_well(self, place, refused):
        training = {"trainer": {"max_epochs": 1, "batch_size": 4}, "seed": 1}
        training["optimizer"] = {"_target_": "torch.optim.Adam", "_partial_": True}
        teacher = training | {"model": stored(place / "other")}
        said = refused(text_study(place), teachers__a=teacher)
        assert "; leave out its trainer and optimizer, and add align: " in said

    def test_a_student_of_another_tokenizer_is_refused(self, place, refused):
        said = refused(text_study(place), student=stored(place / "other"))
        assert said.startswith("config.student: LlamaForCausalLM from ")
        assert said.endswith(f"set data.tokenizer: {place / 'other'}")

    def test_the_student_that_the_data_belong_to_passes(self, place, passes):
        passes(text_study(place), student=stored(place / "own"))

    def test_a_token_that_was_added_and_is_not_in_the_data_is_no_difference(self, place, passes):
        passes(text_study(place), teachers__a__model=stored(place / "roles"))

    def test_a_token_that_was_added_and_is_in_the_data_is_one(self, place, refused):
        # The data end texts with a token that only their own tokenizer has.
        tokens = {"_target_": "mtkd.text.Tokens", "source": str(place / "roles"), "end": "<role>"}
        study = text_study(place, tokenizer=tokens)
        said = refused(study, student__model__vocab_size=SIZE + 1)
        assert f"the data use token {SIZE} as '<role>', which it is not there; add align" in said

    def test_padding_is_no_token_that_the_data_hold(self, place):
        node = text_study(place)["data"]
        facts = Facts(instantiate(node))
        assert (facts.data.train.inputs == facts.data.tokens.padding).any()
        assert facts.data.tokens.padding not in facts.used
        assert facts.data.tokens.end in facts.used

    def test_a_token_that_only_transformers_adds_is_there_too(self, place, tmp_path, passes):
        # Hub folders give some tokens in tokenizer_config.json and not in tokenizer.json.
        folder = tmp_path / "split"
        shutil.copytree(place / "roles_wide", folder)
        shutil.copy(place / "own" / "tokenizer.json", folder)
        tokens = {"_target_": "mtkd.text.Tokens", "source": str(place / "roles"), "end": "<role>"}
        study = text_study(place, tokenizer=tokens)
        teacher = {"teachers__a__model": stored(folder)}
        passes(study, student__model__vocab_size=SIZE + 1, **teacher)

    def test_a_longer_vocabulary_of_the_same_words_is_another_one(self, place, refused):
        study = text_study(place, classes=300)
        changes = {"student__model__vocab_size": 300}
        said = refused(study, teachers__a__model=stored(place / "larger"), **changes)
        assert f"{SIZE} of {SIZE} tokens have the same number among its 300" in said

    def test_a_model_without_a_tokenizer_is_judged_by_its_size(self, place, passes, refused):
        study = text_study(place, classes=PADDED)
        wide = {"student__model__vocab_size": PADDED}
        passes(study, teachers__a__model=stored(place / "bare"), **wide)
        said = refused(text_study(place), teachers__a__model=stored(place / "bare"))
        assert f"speaks about {PADDED} classes, config.data has {SIZE}, all of them in use" in said

    def test_too_few_embeddings_are_told_before_they_are_looked_up(self, place, refused):
        said = refused(text_study(place), student__model__vocab_size=200)
        assert said == (
            f"config.student: LlamaForCausalLM knows 200 tokens, the tokens of config.data "
            f"({place / 'tokens_own'}) are numbered up to {SIZE - 1}; set "
            f"student.model.vocab_size: {SIZE}"
        )

    def test_too_few_embeddings_of_a_classifier(self, place, refused):
        said = refused(class_study(place), student__model__vocab_size=200)
        assert "config.student: BertForSequenceClassification knows 200 tokens" in said

    def test_a_longer_test_split_is_told_too(self, place, refused):
        texts = {"train": "train", "validation": "train", "test": "test"}
        files = {split: str(place / f"long_{name}.jsonl") for split, name in texts.items()}
        for name, words in {"train": "a", "test": "a house " * 20}.items():
            rows = [f'{{"text": "{words}", "label": "{label}"}}\n' for label in ("neg", "pos")]
            (place / f"long_{name}.jsonl").write_text("".join(rows))
        study = class_study(place, splits=files)
        said = refused(study, student__model=BERT | {"max_position_embeddings": 8})
        assert "BertForSequenceClassification does not take the data (test): a sequence of" in said


class TestPadding:
    def test_a_padded_teacher_is_told_to_align(self, place, refused):
        said = refused(text_study(place), teachers__a__model=stored(place / "padded"))
        assert said == (
            f"config.teachers.a.model: LlamaForCausalLM speaks about {PADDED} classes, config.data "
            f"has {SIZE}, all of them in use; set data.classes: {PADDED} if the others are padding "
            f"of one tokenizer, or add align: {{teacher_tokenizer: {place / 'padded'}}}, "
            "live: true and data.bytes: true"
        )

    def test_a_padded_student_is_told_to_widen_the_data(self, place, refused, passes):
        said = refused(text_study(place), student=stored(place / "padded"))
        assert said.endswith(f"has {SIZE}, all of them in use; set data.classes: {PADDED}")
        said = refused(text_study(place, classes=PADDED + 8), student=stored(place / "padded"))
        assert f"has {PADDED + 8}, {SIZE} of them in use (the others are padding); " in said
        padded = stored(place / "padded")
        study = text_study(place, classes=PADDED)
        passes(study, student=padded, teachers__a__model=padded)

    def test_a_student_from_a_config_has_the_choice(self, place, refused):
        said = refused(text_study(place), student__model__vocab_size=PADDED)
        assert said.endswith(f"set student.model.vocab_size: {SIZE}, or data.classes: {PADDED}")


class TestSides:
    def test_a_model_that_would_read_its_labels_is_refused(self, place, refused):
        said = refused(text_study(place), student={"_target_": MASKED, "model": BERT})
        assert said == (
            "config.student: BertForMaskedLM reads its text from both sides, but the labels of "
            "config.data are the tokens that come next, so it would read them; set data.hidden: "
            "0.15, or use mtkd.language.causal_model"
        )

    def test_so_is_a_teacher(self, place, refused):
        said = refused(text_study(place), teachers__a__model=stored(place / "masked", MASKED))
        assert "config.teachers.a.model: BertForMaskedLM reads its text from both sides" in said

    def test_a_model_that_sees_too_little_is_refused(self, place, refused):
        said = refused(text_study(place, hidden=0.2))
        assert said.startswith("config.teachers.a.model: LlamaForCausalLM sees no later token")
        assert "(hidden: 0.2); set data.hidden: null, or use mtkd.language.masked_model" in said

    def test_masked_models_on_hidden_tokens_pass(self, place, passes):
        masked = stored(place / "masked", MASKED)
        student = {"_target_": MASKED, "model": BERT}
        passes(text_study(place, hidden=0.2), student=student, teachers__a__model=masked)

    def test_data_of_ones_own_are_judged_by_their_labels(self, tmp_path, refused, passes):
        study = {"base": ["configs/base.yaml"], "endpoint": "nll"}
        masked = {"_target_": MASKED, "model": BERT}
        study |= {"data": {"_target_": f"{__name__}.Numbers"}, "student": masked, "teachers": {}}
        said = refused(study)
        assert said.endswith("so it would read them; use mtkd.language.causal_model")
        passes(study, data__shifted=False)


class Numbers:
    """Tokens of nobody's tokenizer, each told from the one before, or hidden and to be told."""

    classes = SIZE

    def __init__(self, shifted: bool = True) -> None:
        rows = torch.arange(60).reshape(6, 10)
        hidden = torch.arange(10) % 3 == 1
        inputs, labels = rows.masked_fill(hidden, 99), rows.masked_fill(~hidden, -1)
        if shifted:
            inputs, labels = rows[:, :-1], rows[:, 1:]
        self.train = self.validation = Examples(inputs.contiguous(), labels.contiguous(), SIZE)
        self.splits = {"train": self.train, "validation": self.train, "test": self.train}

    def domain(self, name, severity=None):
        return self.train


def stored_named(place):
    return stored(place / "named", CLASSIFIER)


class TestClassifiers:
    def test_classes_in_another_order_are_refused(self, place, refused, passes):
        teacher = {"a": {"model": stored_named(place), "seed": 1}}
        said = refused(class_study(place), teachers=teacher)
        assert said == (
            "config.teachers.a.model: the classes of BertForSequenceClassification are [Pos, Neg], "
            "those of config.data [neg, pos], so a class would be taken for another; set "
            "data.names: [pos, neg]"
        )
        passes(class_study(place, names=["pos", "neg"]), teachers=teacher)

    def test_names_of_which_one_is_known_are_enough(self, place, refused):
        names = {"id2label": {0: "bad", 1: "neg"}, "label2id": {"bad": 0, "neg": 1}}
        said = refused(class_study(place), student__model=BERT | names)
        assert said.endswith("set data.names: in its order")

    def test_names_that_the_data_do_not_have_say_nothing(self, place, passes):
        names = {"id2label": {0: "bad", 1: "good"}, "label2id": {"bad": 0, "good": 1}}
        passes(class_study(place), student__model=BERT | names)

    def test_classes_that_are_plain_numbers_have_no_order_to_compare(self, place, tmp_path, passes):
        rows = [f'{{"text": "house {n}", "label": {n % 2}}}\n' for n in range(4)]
        (tmp_path / "numbers.jsonl").write_text("".join(rows))
        files = dict.fromkeys(("train", "validation", "test"), str(tmp_path / "numbers.jsonl"))
        stars = {"id2label": {0: "1", 1: "2"}, "label2id": {"1": 0, "2": 1}}
        passes(class_study(place, splits=files), student__model=BERT | stars)

    def test_data_with_a_shift_have_the_names_of_the_data_below(self, place, refused):
        study = class_study(place)
        held = {"strange": {"_target_": "mtkd.data.HeldOutClasses", "classes": [1]}}
        study["data"] = {"_target_": "mtkd.data.Shifted", "of": study["data"], "shifts": held}
        assert "are [Pos, Neg], those of" in refused(study, student=stored_named(place))

    def test_an_answer_that_depends_on_the_padding_is_refused(self, place, refused, passes):
        student = {"_target_": CLASSIFIER, "model": GPT2, "classes": 2, "padding": 5}
        said = refused(class_study(place), student=student)
        assert said == (
            "config.student: GPT2ForSequenceClassification reads its answer at the last token that "
            "is not 5, its padding token, but config.data pads with 1, so an answer would depend "
            "on the other texts of a batch; set student.padding: 1"
        )
        passes(class_study(place), student=student | {"padding": 1})

    def test_a_model_that_does_not_care_for_the_padding_token_passes(self, place, passes):
        passes(class_study(place), student__model=BERT | {"pad_token_id": 7})


def test_a_model_that_memory_is_too_small_for_is_told(place, refused):
    for key, at in (("student", "student"), ("teachers__a__model", "teachers.a.model")):
        said = refused(text_study(place), **{key: {"_target_": f"{__name__}.huge"}})
        assert said.startswith(f"config.{at}: out of memory in making this model or asking it")
        assert "which asked for 7.28e+03 GiB at once; make it smaller or set dtype" in said


def test_memory_that_runs_out_while_it_answers_is_told_too(place, refused):
    said = refused(text_study(place), student={"_target_": f"{__name__}.Thirsty"})
    assert said.startswith("config.student: out of memory in making this model or asking it")


def huge():
    raise RuntimeError(
        "DefaultCPUAllocator: can't allocate memory: you tried to allocate 7812500000000 bytes."
    )


class Thirsty(torch.nn.Linear):
    """Makes, and cannot be asked."""

    def __init__(self) -> None:
        super().__init__(2, 2)

    def forward(self, batch):
        huge()


def test_the_command_line_ends_with_status_2(place, tmp_path, capsys):
    from mtkd.cli import main

    study = text_study(place)
    study["student"] = {"_target_": CAUSAL, "model": LLAMA | {"vocab_size": 200}}
    (tmp_path / "study.yaml").write_text(json.dumps(study))
    assert main(["show", str(tmp_path)]) == 2
    assert "mtkd: config.student: LlamaForCausalLM knows 200 tokens" in capsys.readouterr().err
