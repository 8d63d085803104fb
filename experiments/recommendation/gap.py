"""Gap recovered by every student of a run: (student - labels only) / (teacher - labels only).

python experiments/recommendation/gap.py runs/recommendation [teacher]
"""

import sys

from mtkd.metrics import t_interval
from mtkd.results import score_study

results = score_study(sys.argv[1])
named = sys.argv[2] if len(sys.argv) > 2 else "large"
teacher = results.teachers()[named]
control = results.control("labels_only")
assert control is not None, "the run has no control labels_only"
base = {trial.seed: trial.id for trial in control.trials}
for domain in ("clean", "rare"):
    goal = results.value(teacher.id, named, domain, "nll")
    print(f"{domain}: NLL of {named} {goal:.4f}, of labels only "
          f"{results.mean(control, 'student', domain, 'nll'):.4f}")  # fmt: skip
    for group in results.groups:
        shares = []
        for trial in group.trials:
            start = results.value(base[trial.seed], "student", domain, "nll")
            found = results.value(trial.id, "student", domain, "nll")
            shares.append((found - start) / (goal - start))
        gap = t_interval(shares)
        ends = f"[{gap.low:.2f}, {gap.high:.2f}]"
        print(f"  {group.label:32} {gap.metric.value:5.2f} {ends} over {gap.metric.n} seeds")
