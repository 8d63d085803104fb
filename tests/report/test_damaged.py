"""What a report cannot read is said on the terminal, a line for each trial."""

import json
import re

from mtkd.cli import main
from tests.report.synthetic import Synthetic

CELL = "forward_kl-uniform-planted"


def test_damaged_files_of_a_trial_are_a_line_each_and_the_page_is_written(tmp_path, capsys):
    folder = Synthetic(tmp_path / "run").write()
    study = json.loads((folder / "study.json").read_text())
    waiting = next(one for one in study["trials"] if one["name"].startswith("labels_only"))
    waiting |= {"state": "pending"}
    (folder / "study.json").write_text(json.dumps(study))
    capsys.readouterr()
    assert main(["report", str(folder)]) == 0
    assert capsys.readouterr().err == ""  # a trial that did not run is no damage

    cut = folder / f"trials/{CELL}-0/predictions/clean.npz"
    cut.write_bytes(cut.read_bytes()[:300])
    history = folder / f"trials/{CELL}-1/history.json"
    history.write_text('{"step": [1, ')
    assert main(["report", str(folder)]) == 0
    said = capsys.readouterr()
    first, second = said.err.splitlines()
    assert first.startswith(f"mtkd: warning: trial {CELL}-0 is left out: prediction file {cut} ")
    assert re.match(
        f"mtkd: warning: trial {CELL}-1 is left out of the curves over training: {history} is "
        r"damaged \(.*\); delete it",
        second,
    )
    assert said.out == f"{folder}/report.html\n"
    assert f"trial {CELL}-0" in (folder / "report.html").read_text()
