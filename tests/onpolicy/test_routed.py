"""Teachers that speak about their own kind of prompt."""

import pytest
import torch

import mtkd.teachers.base
from mtkd.onpolicy import Routed, check_routes
from mtkd.teachers import LiveTeacher
from tests.onpolicy.models import Bigram


def batch(route):
    size = len(route)
    return {
        "inputs": torch.randint(3, (size, 4), generator=torch.Generator().manual_seed(0)),
        "labels": torch.zeros(size, 4, dtype=torch.int64),
        "mask": torch.ones(size, 4, dtype=torch.bool),
        "example_id": torch.arange(size),
        "route": torch.tensor(route),
    }


def routed(*routes):
    return Routed(LiveTeacher(Bigram(), "table"), routes)


def test_it_speaks_on_its_routes_only():
    source, asked = routed(1, 4), batch([1, 0, 4, 0])
    signal, whole = source(asked), LiveTeacher(Bigram(), "table")(asked)
    spoken = torch.tensor([True, False, True, False])
    assert signal.present.tolist() == [[on] * 4 for on in spoken.tolist()]
    torch.testing.assert_close(signal.output.dense()[spoken], whole.output.dense()[spoken])
    assert (source.asked, source.skipped) == (2, 2)
    assert source.source.model.modes == [False]
    assert source.source.asked == 2


def test_alone_on_its_route_it_needs_no_presence():
    assert routed(1)(batch([1, 1])).present is None


def test_where_nobody_is_on_its_route_it_is_silent():
    source = routed(2)
    signal = source(batch([0, 1]))
    assert not signal.present.any()
    assert signal.shape == (2, 4)
    assert signal.finite()
    assert (source.asked, source.skipped) == (0, 2)


def test_a_gate_may_want_even_less():
    source = routed(1)
    signal = source(batch([1, 1, 0]), wanted=torch.tensor([True, False, True]))
    assert signal.present[:, 0].tolist() == [True, False, False]
    assert (source.asked, source.skipped) == (1, 2)


@pytest.mark.parametrize("route", [[1, 1], [1, 0], [0, 0]])
def test_its_values_are_checked_once(route, monkeypatch):
    checked = []
    monkeypatch.setattr(mtkd.teachers.base, "check_values", lambda *given: checked.append(given))
    routed(1)(batch(route))
    assert len(checked) == 1


def test_its_identity_names_its_routes():
    assert routed(4, 1, 4).identity == "table/routes=1,4"


def test_refusals():
    with pytest.raises(ValueError, match="teacher table has no routes"):
        routed()
    asked = batch([0])
    del asked["route"]
    with pytest.raises(ValueError, match="speaks by route, but the batch has none"):
        routed(0)(asked)
    with pytest.raises(ValueError, match="no teacher has route 2, 7 of the data, only 0, 1"):
        check_routes([routed(0), routed(1)], torch.tensor([0, 7, 2, 1]))


def test_a_teacher_without_routes_covers_all():
    check_routes([routed(0), LiveTeacher(Bigram(), "all")], torch.tensor([0, 7]))
    check_routes([routed(0)], None)
    check_routes([], torch.tensor([3]))
