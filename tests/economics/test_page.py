"""The page and its plots: whole, escaped, in the colours of the reader, the same every time."""

from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from mtkd.economics.page import page
from mtkd.economics.plots import svgs
from tests.economics.cases import analysis

FREE = ("training.labour", "training.filtering", "training.evaluation", "training.teacher_requests")


@pytest.fixture(scope="module")
def found():
    return analysis({"operation.fallback_share": 0.1, "question": "Is <this> worth & it?"})


@pytest.fixture(scope="module")
def drawn(found):
    return svgs(found)


@pytest.fixture(scope="module")
def written(found):
    return page(found)


class Page(HTMLParser):
    """Open tags that wait for their end, and the text seen."""

    def __init__(self, text):
        super().__init__()
        self.open, self.seen, self.addresses = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.addresses += [v for k, v in attributes if k in ("href", "src") and v[0] != "#"]
        if tag not in ("meta", "path", "use", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in ("path", "use"):
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.seen.append(data)


class TestPage:
    def test_is_well_formed_escaped_and_asks_for_nothing(self, written):
        parsed = Page(written)
        assert parsed.open == []
        assert parsed.addresses == []
        assert "Is <this> worth & it?" in parsed.seen
        assert "<this>" not in written
        assert "<script" not in written

    def test_holds_the_fragment_one_section_with_both_plots(self, written):
        section = written[written.index("<section") : written.index("</section>")]
        assert section.startswith('<section class="economics" id="economics">')
        assert written.count("<svg") == section.count("<svg") == 2
        assert "<style" not in section
        assert "Keep calling the API." in section


class TestPlots:
    @pytest.mark.parametrize(
        "changes",
        [
            {"teacher.price_per_request": 0.0},
            dict.fromkeys(FREE, 0) | {"training.gpus": 0},
            {"training.labour": 9e7, "operation.horizon_months": 5},
        ],
    )
    def test_are_drawn_whatever_the_case(self, changes):
        for name, plot in svgs(analysis(changes)).items():
            ElementTree.fromstring(plot)
            assert f'id="economics-{name}' in plot

    def test_take_the_colour_of_the_page(self, drawn):
        for plot in drawn.values():
            assert "currentColor" in plot
            assert "#ffffff" not in plot
            assert "<text" in plot

    def test_tornado_names_its_inputs_and_the_draws_their_number(self, drawn, found):
        for name in ("teacher's price", "training cost", "fallback share"):
            assert name in drawn["tornado"]
        assert "n = 200 draws" in drawn["monte_carlo"]
        assert f"= {found.sample.within:.2f}" in drawn["monte_carlo"]

    def test_say_never_where_a_bar_has_no_end(self, drawn):
        assert "never" not in drawn["tornado"]
        assert "never" in svgs(analysis({"teacher.price_per_request": 0.0008}))["tornado"]

    def test_are_the_same_every_time(self, drawn, written):
        assert all(plot in written for plot in drawn.values())
