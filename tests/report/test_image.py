"""Reliability diagrams as images."""

import io

import numpy as np
from PIL import Image

from mtkd.predictions import Predictions
from mtkd.report import reliability_png


def predictions(labels):
    random = np.random.default_rng(0)
    logits = random.normal(size=(len(labels), 5)) * 3
    log_probs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return Predictions(np.arange(len(labels)), labels, log_probs.astype(np.float32))


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def test_it_is_a_png_of_the_said_size():
    png = reliability_png(predictions(np.arange(200) % 5), "clean")
    assert pixels(png).shape == (390, 360, 3)


def test_a_figure_used_again_shows_nothing_of_the_one_before():
    first = reliability_png(predictions(np.arange(200) % 5), "clean")
    reliability_png(predictions(np.zeros(200, dtype=int)), "something else entirely")
    np.testing.assert_array_equal(
        pixels(first), pixels(reliability_png(predictions(np.arange(200) % 5), "clean"))
    )


def test_items_without_a_label_are_left_out():
    labels = np.arange(200) % 5
    half = predictions(labels)
    known = Predictions(half.ids[:100], labels[:100], half.log_probs[:100])
    unknown = Predictions(half.ids, np.where(np.arange(200) < 100, labels, -1), half.log_probs)
    np.testing.assert_array_equal(
        pixels(reliability_png(known, "n")), pixels(reliability_png(unknown, "n"))
    )


def test_without_any_label_there_is_an_empty_diagram():
    png = reliability_png(predictions(np.full(50, -1)), "inverted")
    assert pixels(png).shape == (390, 360, 3)
