"""What the student writes, against transformers' own generation and against enumeration."""

import pytest
import torch

from mtkd.data.examples import content_ids
from mtkd.functional import cross_entropy, log_probs
from mtkd.language import causal_model, masked_model
from mtkd.onpolicy.batches import as_batch
from mtkd.onpolicy.decoders import CachedDecoder, PlainDecoder, decoder
from mtkd.onpolicy.prompts import gathered, prompts_of_text, read_prompts
from mtkd.onpolicy.writing import writing
from tests.language.families import CAUSAL, GPT2, MASKED, POSITIONS, loud, says
from tests.onpolicy.models import Bigram, prompts, written

ROWS = [[5, 6, 7, 8], [9], [10, 11]]


@pytest.mark.parametrize("family", CAUSAL)
def test_the_likeliest_tokens_are_those_of_generate(family):
    torch.manual_seed(3)
    student, batch = loud(causal_model(CAUSAL[family])), prompts(ROWS)
    _, text = written(student, batch, top_p=1e-6)
    with torch.no_grad():
        expected = student.eval().model.generate(
            input_ids=batch["inputs"],
            attention_mask=batch["attention_mask"],
            max_new_tokens=6,
            min_new_tokens=6,
            do_sample=False,
            eos_token_id=None,
            pad_token_id=0,
        )
    assert text.tokens.tolist() == expected[:, batch["inputs"].shape[1] :].tolist()


@pytest.mark.parametrize("family", ["llama", "gpt2", "gemma2", "bloom"])
def test_numbers_and_tokens_are_those_of_the_training_pass(family):
    torch.manual_seed(3)
    # Gemma 2 is NaN behind padding in float64; that is transformers' own.
    dtype = "float32" if family == "gemma2" else "float64"
    student = loud(causal_model(CAUSAL[family], dtype=dtype))
    asked, text = written(student, prompts(ROWS), temperature=1.4)
    batch = as_batch(asked, text)
    with torch.no_grad():
        log_q = log_probs(student.eval()(batch).dense(), 1.4)
    mask = batch["mask"]
    assert int(mask.sum()) == text.tokens.numel() == 18
    expected = -cross_entropy(log_q, batch["written"])[mask]
    torch.testing.assert_close(
        batch["drawn"][mask].double(), expected.double(), rtol=1e-4, atol=1e-4
    )


def test_with_and_without_memory_the_same_is_written():
    torch.manual_seed(0)
    student = loud(causal_model(CAUSAL["llama"], dtype="float64")).eval()
    asked = read_prompts(prompts(ROWS))
    with torch.no_grad():
        for one, other in zip(
            steps(CachedDecoder(student.model, asked)),
            steps(PlainDecoder(student, asked)),
            strict=True,
        ):
            torch.testing.assert_close(one, other)


RECURRENT = {"vocab_size": 31, "hidden_size": 16, "num_hidden_layers": 3}
STATES = {
    "mamba": {"model_type": "mamba", "state_size": 4, **RECURRENT},
    "recurrent_gemma": {
        "model_type": "recurrent_gemma",
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "intermediate_size": 48,
        "lru_width": 16,
        "attention_window_size": 16,
        **RECURRENT,
    },
}


@pytest.mark.parametrize("family", STATES)
def test_a_model_with_another_kind_of_memory_reads_its_text_again(family):
    """Row by row what the whole text says, and of unequal prompts nothing leaks into another."""
    torch.manual_seed(0)
    student = loud(causal_model(STATES[family]))
    assert isinstance(decoder(student, read_prompts(prompts(ROWS)), 6), PlainDecoder)
    asked, text = written(student, prompts(ROWS))
    batch = as_batch(asked, text)
    with torch.no_grad():
        for row, prompt in enumerate(ROWS):
            whole = torch.tensor([prompt + text.tokens[row].tolist()])
            log_q = log_probs(student.eval()({"inputs": whole}).dense())[0]
            expected = log_q[len(prompt) - 1 : -1].gather(1, text.tokens[row].unsqueeze(1))
            torch.testing.assert_close(text.log_probs[row], expected[:, 0], rtol=1e-4, atol=1e-4)
    assert batch["mask"].sum(dim=1).tolist() == [6, 6, 6]


def test_what_a_model_does_with_its_memory_is_tried_once():
    student, asked = loud(causal_model(CAUSAL["llama"])), read_prompts(prompts(ROWS))
    assert isinstance(decoder(student, asked, 6), CachedDecoder)
    calls = []
    student.model.register_forward_hook(lambda *_: calls.append(1))
    assert isinstance(decoder(student, asked, 6), CachedDecoder)
    assert not calls


def steps(source):
    yield source.start()
    for token in (4, 9, 20):
        yield source.append(torch.tensor([token, token + 1, token + 2]))


def test_prompts_may_be_padded_on_any_side():
    batch = prompts(ROWS)
    right = {**batch, "inputs": torch.tensor([[5, 6, 7, 8], [9, 0, 0, 0], [10, 11, 0, 0]])}
    right["attention_mask"] = torch.tensor([[1, 1, 1, 1], [1, 0, 0, 0], [1, 1, 0, 0]])
    for got in (read_prompts(batch), read_prompts(right)):
        assert got.tokens.tolist() == batch["inputs"].tolist()
        assert got.lengths.tolist() == [4, 1, 2]


def test_a_row_writes_the_same_in_any_company():
    student, batch = Bigram(5), prompts([[1], [2], [1]])
    _, together = written(student, batch, new=20)
    assert together.tokens[0].tolist() != together.tokens[2].tolist()
    for row in range(3):
        alone = {name: values[row : row + 1] for name, values in batch.items()}
        assert written(student, alone, new=20)[1].tokens[0].tolist() == (
            together.tokens[row].tolist()
        )


def test_texts_have_the_students_probabilities():
    """All texts of two tokens behind one prompt, counted over many draws."""
    student, draws = Bigram(3), 4000
    batch = {"inputs": torch.full((draws, 1), 2), "draw": torch.arange(draws)}
    _, text = written(student, batch, new=2)
    counts = torch.zeros(3, 3)
    for first, second in text.tokens.tolist():
        counts[first, second] += 1
    p = student.table.detach().softmax(-1)
    expected = p[2].unsqueeze(1) * p
    assert (counts / draws - expected).abs().max() < 4 * (0.25 / draws) ** 0.5


def test_a_text_ends_with_its_end_token_and_nothing_behind_it_counts():
    asked, text = written(Bigram(4, spread=0.5), prompts([[1], [2], [3, 1]]), ends=[0], new=12)
    lengths = text.present.sum(dim=1).tolist()
    assert len(set(lengths)) > 1, "choose other seeds: all texts are equally long"
    for row, length in enumerate(lengths):
        tokens, beyond = text.tokens[row, :length].tolist(), text.tokens[row, length:]
        assert 0 not in tokens[:-1]
        assert text.ended[row] == (tokens[-1] == 0)
        assert length == 12 or text.ended[row]
        assert beyond.eq(0).all()
        assert text.log_probs[row, length:].eq(0).all()
    assert as_batch(asked, text)["mask"].sum(dim=1).tolist() == lengths


def test_a_batch_by_hand():
    asked, text = written(Bigram(4), prompts([[1, 2], [3]]), new=2)
    (a, b), (c, d) = text.tokens.tolist()
    batch = as_batch(asked, text)
    assert batch["inputs"].tolist() == [[1, 2, a], [3, c, d]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [1, 1, 1]]
    assert batch["mask"].tolist() == [[False, True, True], [True, True, False]]
    assert batch["written"].tolist() == [[0, a, b], [c, d, 0]]
    assert batch["labels"].eq(-1).all()
    assert batch["example_id"].tolist() == content_ids(batch["inputs"]).tolist()
    assert batch["drawn"][1, 1].item() == pytest.approx(text.log_probs[1, 1].item())


def test_only_the_first_of_a_special_token_is_left_out():
    asked, text = written(Bigram(2), prompts([[1], [0]]), new=8)
    whole, batch = as_batch(asked, text), as_batch(asked, text, special=[1])
    for row in range(2):
        first = text.tokens[row].tolist().index(1)
        lost = whole["mask"][row] & ~batch["mask"][row]
        assert whole["written"][row][lost].tolist() == [1]
        assert lost.nonzero().flatten().tolist() == [asked.lengths[row] - 1 + first]


def test_every_layer_gets_its_mode_back_and_dropout_is_off():
    student = causal_model({**GPT2, "resid_pdrop": 0.5}).train()
    student.model.transformer.h[0].eval()
    modes = [layer.training for layer in student.modules()]
    first, second = written(student, prompts(ROWS))[1], written(student, prompts(ROWS))[1]
    assert torch.equal(first.tokens, second.tokens)
    assert [layer.training for layer in student.modules()] == modes
    with pytest.raises(RuntimeError, match="oops"), writing(student):
        raise RuntimeError("oops")
    assert [layer.training for layer in student.modules()] == modes


def test_writing_leaves_the_gradients_of_an_autocast_step():
    student = causal_model(GPT2)
    with torch.autocast("cpu", torch.bfloat16):
        asked, text = written(student, prompts(ROWS))
        student(as_batch(asked, text)).dense().float().sum().backward()
    assert all(weight.grad is not None for weight in student.parameters())


def test_refusals():
    student, long = causal_model(GPT2), prompts([[5] * 30])
    with says(f"prompts of 30 tokens and 6 new ones are 36 tokens, more than the {POSITIONS}"):
        written(student, long)
    with says("BertForMaskedLM is not causal, so it cannot write text"):
        decoder(masked_model(MASKED["bert"]), read_prompts(long), 1)
    empty = prompts(ROWS)
    empty["attention_mask"][1] = 0
    with says("prompt 1 of the batch is empty"):
        read_prompts(empty)
    with says("a prompt is token ids [row, length], got torch.float32 of shape [2, 3]"):
        read_prompts({"inputs": torch.zeros(2, 3)})


def test_a_text_may_be_as_long_as_the_positions():
    student, asked = causal_model(GPT2), read_prompts(prompts([[5] * 30]))
    assert isinstance(decoder(student, asked, POSITIONS - 30), CachedDecoder)
    with says(f"are {POSITIONS + 1} tokens, more than the {POSITIONS} positions"):
        decoder(student, asked, POSITIONS - 29)


def test_the_prompts_of_a_text_are_what_was_continued():
    asked, text = written(Bigram(12), prompts(ROWS))
    back = prompts_of_text(as_batch(asked, text))
    assert back.tokens.equal(asked.tokens)
    assert back.present.equal(asked.present)


def test_padding_is_moved_to_one_side_and_set_to_0():
    present = torch.tensor([[1, 0, 1], [0, 1, 1]]).bool()
    tokens = torch.tensor([[4, 7, 5], [8, 6, 9]])
    for left, expected in ((True, [[0, 4, 5], [0, 6, 9]]), (False, [[4, 5, 0], [6, 9, 0]])):
        assert gathered(present, tokens, left=left)[0].tolist() == expected
