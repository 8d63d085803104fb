import pytest
import torch
from torch import nn

from mtkd.outputs import ModelOutput, OutputHead
from mtkd.signals import CompleteSignal, top_k
from mtkd.teachers import CachedTeacher, LiveTeacher, Softened, TeacherSource

CLASSES = 3


class Noisy(nn.Module):
    """Two features to three classes, with a dropout that would show in train mode."""

    def __init__(self):
        super().__init__()
        self.layer, self.dropout = nn.Linear(2, CLASSES), nn.Dropout(0.5)

    def forward(self, batch):
        return ModelOutput(logits=self.layer(self.dropout(batch["inputs"])))


def batch(size=4):
    rng = torch.Generator().manual_seed(1)
    return {
        "inputs": torch.randn(size, 2, generator=rng),
        "labels": torch.zeros(size, dtype=torch.int64),
        "mask": torch.ones(size, dtype=torch.bool),
        "example_id": torch.tensor([40, -7, 12, 3, 99][:size]),
    }


@pytest.fixture
def table():
    said = ModelOutput(logits=torch.arange(12.0).reshape(4, CLASSES))
    return CachedTeacher(torch.tensor([3, 12, -7, 40]), said, "abc")


def test_a_live_teacher_stays_in_eval_mode_and_gives_no_gradient():
    teacher = LiveTeacher(Noisy().train(), "id")
    first = teacher(batch())
    teacher.model.train()  # by somebody else who holds it
    second = teacher(batch())
    assert torch.equal(first.output.logits, second.output.logits)
    assert not first.output.logits.requires_grad
    assert not any(p.requires_grad for p in teacher.model.parameters())


def test_an_output_moves_with_its_head():
    head = OutputHead(torch.ones(3, 2), torch.ones(3), scale=2.0)
    moved = ModelOutput(hidden=torch.ones(1, 2), head=head).to(torch.device("meta"))
    places = {t.device.type for t in (moved.hidden, moved.head.weight, moved.head.bias)}
    assert (places, moved.head.scale) == ({"meta"}, 2.0)


def test_a_source_is_not_a_module():
    assert not issubclass(TeacherSource, nn.Module)


def test_cached_rows_are_found_by_content(table):
    signal = table(batch())
    assert signal.output.logits[:, 0].tolist() == [9.0, 6.0, 3.0, 0.0]


def test_a_missing_row_raises_and_says_what_to_do(table):
    with pytest.raises(ValueError, match=r"miss 1 of 5 examples of this batch.*run again"):
        table(batch(5))


def test_what_is_saved_is_what_is_loaded(table, tmp_path):
    table.save(tmp_path / "s.safetensors")
    again = CachedTeacher.load(tmp_path / "s.safetensors", "abc")
    assert torch.equal(again(batch()).output.logits, table(batch()).output.logits)
    assert again.identity == "abc"


def test_recorded_hidden_states_give_the_logits_again(tmp_path):
    head = OutputHead(torch.randn(CLASSES, 2), torch.randn(CLASSES), scale=0.5, softcap=3.0)
    said = ModelOutput(hidden=torch.randn(4, 5, 2).bfloat16(), head=head)
    CachedTeacher(torch.tensor([3, 12, -7, 40]), said, "abc").save(tmp_path / "s.safetensors")
    again = CachedTeacher.load(tmp_path / "s.safetensors", "abc")(
        batch() | {"labels": torch.zeros(4, 5)}
    )
    expected = said.map(lambda rows: rows[[3, 2, 1, 0]].float()).dense()
    assert again.output.hidden.dtype == torch.float32
    assert torch.equal(again.output.dense(), expected)


def test_signals_of_another_teacher_are_refused(table, tmp_path):
    table.save(tmp_path / "s.safetensors")
    with pytest.raises(ValueError, match="expected format 2 of teacher xyz; delete it"):
        CachedTeacher.load(tmp_path / "s.safetensors", "xyz")


def test_a_truncated_file_is_refused(table, tmp_path):
    path = tmp_path / "s.safetensors"
    table.save(path)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ValueError, match=r"cannot be read .* delete it and run the same command"):
        CachedTeacher.load(path, "abc")


def test_only_wanted_examples_are_asked_and_the_others_are_counted(table):
    wanted = torch.tensor([True, False, False, True])
    signal = table(batch(), wanted)
    assert signal.present.tolist() == [True, False, False, True]
    assert signal.output.logits[:, 0].tolist() == [9.0, 0.0, 0.0, 0.0]
    assert (table.asked, table.skipped) == (2, 2)
    assert table(batch()).present is None
    assert (table.asked, table.skipped) == (6, 2)


def test_temperature_divides_the_logits(table):
    soft = Softened(table, 4.0)(batch())
    torch.testing.assert_close(soft.output.logits, table(batch()).output.logits / 4)
    assert Softened(table, 4.0).identity == "abc/temperature=4"
    with pytest.raises(ValueError, match="temperature must be positive, got 0"):
        Softened(table, 0.0)


class Broken(TeacherSource):
    def __init__(self, signal):
        super().__init__("broken")
        self.signal = signal

    def observe(self, batch):
        return self.signal


def test_infinite_logits_are_refused_by_name():
    logits = torch.full((4, CLASSES), float("-inf"))
    with pytest.raises(ValueError, match="Broken gave infinite or NaN values; mark impossible"):
        Broken(CompleteSignal(ModelOutput(logits=logits)))(batch())


def test_a_partial_signal_cannot_be_softened():
    source = Broken(top_k(torch.randn(4, CLASSES), 2))
    with pytest.raises(ValueError, match="a partial signal cannot be softened"):
        Softened(source, 2.0)(batch())


def test_where_a_wanted_example_is_silent_it_stays_silent(table):
    spoken = torch.tensor([True, False, True, True])
    table.signal = table.signal.silenced(spoken[table.example_id.argsort().argsort()])
    whole, wanted = table(batch()).present, torch.tensor([True, True, False, True])
    assert int(whole.sum()) == 3
    assert table(batch(), wanted).present.equal(whole & wanted)


def test_where_no_example_is_wanted_one_is_read_all_the_same():
    read = []

    class Counted(TeacherSource):
        def observe(self, batch):
            read.append(len(batch["labels"]))
            return CompleteSignal(ModelOutput(logits=torch.zeros(read[-1], CLASSES)))

    signal = Counted("id")(batch(), torch.zeros(4, dtype=torch.bool))
    assert (read, signal.present.any().item()) == ([1], False)
