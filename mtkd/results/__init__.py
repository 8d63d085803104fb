"""From stored predictions to results: tidy rows, intervals over seeds, known answers.

`score_study(folder)` reads a run folder and measures everything a report shows; `write_tables`
writes it as CSV. No torch: a study can be scored again anywhere, without training.
"""

from mtkd.results.csv_files import write_tables
from mtkd.results.groups import Group, axes_of
from mtkd.results.index import Domain, Study, Teacher, Trial, read_study
from mtkd.results.leave_one_out import removal_of, removals
from mtkd.results.plain import answers_alone, plain_metrics
from mtkd.results.results import Results
from mtkd.results.study import score_study
from mtkd.results.values import SCALED, STUDENT, Estimate, Key, Problem, Row, Verdict

__all__ = [
    "SCALED",
    "STUDENT",
    "Domain",
    "Estimate",
    "Group",
    "Key",
    "Problem",
    "Results",
    "Row",
    "Study",
    "Teacher",
    "Trial",
    "Verdict",
    "answers_alone",
    "axes_of",
    "plain_metrics",
    "read_study",
    "removal_of",
    "removals",
    "score_study",
    "write_tables",
]
