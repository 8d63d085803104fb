"""What `mtkd inspect` prints, and what it refuses."""

import argparse
import io

import pytest
import torch
import yaml
from rich.console import Console

from mtkd.config import ConfigError, instantiate
from mtkd.functional import log_probs
from mtkd.inspect.entry import add_arguments
from mtkd.inspect.said import Said
from mtkd.inspect.show import show
from mtkd.inspect.tables import item_table, probability, style_of
from mtkd.inspect.visible import Vocabulary, visible
from mtkd.study.plan import make_plan
from tests.inspect.conftest import TEXTS
from tests.text.made import byte_level, lines, sentence_piece, word_piece


def printed(study, *options, width=200):
    """What the command prints on a terminal of `width` columns."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    given = parser.parse_args([str(study), *options, "--runs", str(study.parent / "runs")])
    console = Console(file=io.StringIO(), width=width, highlight=False, markup=False)
    show(given, console)
    return console.file.getvalue()


@pytest.mark.filterwarnings("ignore")
class TestTexts:
    @pytest.mark.parametrize("row", [0, 2])
    def test_tokens_mask_and_labels_stand_side_by_side(self, row, study):
        text = printed(study, "--rows", "1", "--first", str(row), "--teachers", "none")
        data = instantiate(make_plan(study).config["data"])
        words = Vocabulary(data.tokenizer)
        labels = data.train.labels[row].tolist()
        rows = [line.split() for line in text.splitlines() if line.strip()[:1].isdigit()]
        assert len(rows) == int(data.train.extras["attention_mask"][row].sum())
        for number, (shown, token, label) in enumerate(
            zip(rows, data.train.inputs[row].tolist(), labels, strict=False)
        ):
            rest = [] if label < 0 else ["1", words[label]]
            assert shown == [str(number), words[token], *rest]
        assert rows[0][1] == "<s>"
        assert rows[-1] == [str(len(rows) - 1), "</s>"]

    def test_what_cannot_be_seen_is_made_visible(self, study):
        text = printed(study, "--rows", "1", "--teachers", "none")
        for sign in ("↵", "⇥", "\\xf0\\x9f"):
            assert sign in text

    def test_a_teachers_choice_is_that_of_its_logits(self, study, teacher):
        text = printed(study, "--rows", "1", "--first", "1", "--teachers", "here")
        data = instantiate(make_plan(study).config["data"])
        batch = next(data.train.take(torch.tensor([1])).in_order(1))
        with torch.no_grad():
            log_p = log_probs(teacher(batch).dense())[0]
        words = Vocabulary(data.tokenizer)
        rows = [line.split() for line in text.splitlines() if line.strip()[:1].isdigit()]
        for number, row in enumerate(rows):
            best = int(log_p[number].argmax())
            sure = probability(float(log_p[number, best].exp()))
            assert row[-2] == sure
            assert words[best].startswith(row[-1].rstrip("…"))

    def test_a_later_part_of_a_row_is_the_same_part(self, study, teacher):
        whole = printed(study, "--rows", "1", "--teachers", "here").splitlines()
        part = printed(study, "--rows", "1", "--position", "3", "--positions", "2")
        lines = [line.split() for line in part.splitlines() if line.strip()[:1].isdigit()]
        expected = [line.split() for line in whole if line.split()[:1] in (["3"], ["4"])]
        assert [line[: len(full)] for line, full in zip(lines, expected, strict=True)] == expected

    def test_teachers_that_are_not_there_say_so(self, study, teacher):
        text = printed(study, "--rows", "1")
        assert "absent: not trained yet (no " in text
        assert "other (placebo): not trained yet" in text
        assert "here: not" not in text
        assert "ready T=2" in text
        assert "ready T=2: not" not in text

    def test_a_teachers_temperature_softens_what_is_shown(self, study):
        text = printed(study, "--rows", "1", "--teachers", "ready")
        config = make_plan(study).teachers["ready"].config
        torch.manual_seed(config["seed"])
        model = instantiate(config["model"]).eval()
        data = instantiate(make_plan(study).config["data"])
        batch = next(data.train.in_order(1))
        with torch.no_grad():
            best = log_probs(model(batch).dense(), 2.0)[0, 0].exp().max()
        first = next(line for line in text.splitlines() if line.startswith(" 0 "))
        assert f" {probability(float(best))} " in first

    def test_a_teacher_is_silent_on_rows_of_other_routes(self, study):
        kinds = ["p", "q", "q", "p"]
        rows = [{"text": text, "kind": kind} for text, kind in zip(TEXTS, kinds, strict=True)]
        lines(study.parent / "texts.jsonl", rows)
        content = yaml.safe_load(study.read_text())
        content["data"]["route"] = "kind"
        content["teachers"]["ready"]["route"] = ["p"]
        study.write_text(yaml.safe_dump(content))
        text = printed(study, "--rows", "4", "--teachers", "ready")
        for kind, row in zip(kinds, text.split("\nrow ")[1:], strict=True):
            said = [line for line in row.splitlines()[1:] if line.strip()[:1].isdigit()]
            assert {line.split()[-1] == "silent" for line in said} == {kind == "q"}

    @pytest.mark.parametrize(("width", "tables_of_a_row"), [(60, 2), (80, 1), (120, 1)])
    def test_teachers_go_into_as_many_tables_as_the_terminal_needs(
        self, width, tables_of_a_row, study, teacher
    ):
        text = printed(study, width=width)
        tables = [line for line in text.splitlines() if line.strip()[:1].isdigit()]
        assert max(map(len, tables)) <= width
        headings = [line for line in text.splitlines() if line.split()[:2] == ["#", "token"]]
        assert len(headings) == 3 * tables_of_a_row
        assert sum("ready T=2" in line for line in headings) == 3

    def test_a_domain_is_a_split_too(self, study):
        assert "more (texts/more): 4 rows" in printed(study, "--split", "more", "--rows", "1")

    def test_damaged_weights_are_told(self, study, teacher):
        weights = next((study.parent / "runs" / "teachers").glob("here-*")) / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:-10])
        assert "here: " + str(weights) in printed(study, "--rows", "1", width=400)

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            (["--split", "trian"], "unknown domain 'trian'.*Splits: train, validation, test"),
            (["--first", "4"], "--first 4: texts/train has rows 0 to 3"),
            (["--teachers", "her"], "unknown teacher 'her'; did you mean here"),
            (["--position", "500"], r"--position 500: the rows of texts/train have \d+ positions"),
        ],
    )
    def test_what_is_not_there_is_said(self, options, words, study):
        with pytest.raises(ConfigError, match=words):
            printed(study, *options)


def test_items_of_a_classifier_have_a_line_each(tmp_path):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    console = Console(file=io.StringIO(), width=100)
    show(parser.parse_args(["experiments/quickstart", "--runs", str(tmp_path)]), console)
    text = console.file.getvalue()
    data = instantiate(make_plan("experiments/quickstart").config["data"])
    rows = [line.split() for line in text.splitlines() if line.strip()[:1].isdigit()]
    assert rows == [[str(row), str(int(data.train.labels[row]))] for row in range(3)]
    assert "planted: not trained yet" in text


def test_a_teacher_that_is_silent_about_an_item_has_no_choices_there():
    speaks, silent = (
        Said(torch.tensor([[1, 0]]), torch.tensor([[0.75, 0.25]]), torch.tensor([present]))
        for present in (True, False)
    )
    batch = {"labels": torch.tensor([1])}
    table = item_table([7, 8], [batch] * 2, [("a", [speaks, silent])], ["no", "yes"], 0.9)
    assert [cell.plain for cell in table.columns[2].cells] == [".75 yes  .25 no", "silent"]


def test_numbers_are_not_below_their_least():
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_arguments(parser)
    with pytest.raises(argparse.ArgumentError, match="must be a whole number from 1, got '0'"):
        parser.parse_args(["study", "--rows", "0"])


@pytest.mark.parametrize(
    ("make", "text", "seen"),
    [
        (byte_level, " the\n\t😀", "·the↵⇥"),
        (sentence_piece, "the cat", "·the"),
        (word_piece, "the cat", "·the"),
    ],
)
def test_every_kind_of_token_is_spelt_by_what_it_stands_for(make, text, seen):
    words = Vocabulary(make())
    assert "".join(words[index] for index in make().encode(text).ids).find(seen) >= 0
    assert words[9999] == "<9999>"


def test_blanks_and_controls_are_signs():
    assert visible("a b\n\t\r\x00") == "a·b↵⇥␍\\x00"


def test_without_a_tokenizer_ids_are_printed():
    assert Vocabulary(None)[7] == "<7>"


@pytest.mark.parametrize(
    ("best", "sure", "label", "style"),
    [(3, 0.2, 3, "green"), (2, 0.95, 3, "bold red"), (2, 0.9, 3, ""), (2, 0.95, -1, "")],
)
def test_colours_tell_right_from_sure_and_wrong(best, sure, label, style):
    assert style_of(best, sure, label, 0.9) == style


def test_a_probability_has_two_digits():
    assert [probability(value) for value in (0.934, 0.999, 0.0)] == [".93", "1.00", ".00"]
