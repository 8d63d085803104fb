"""Run folders made by hand, with the figures that economics reads."""

import json

RULE = {
    "format": "mtkd fallback rule", "version": 1, "study": "s",
    "student": "C1: a (seed 0), trial a-id", "teacher": "big", "classes": 2, "risk": 0.05,
    "confidence": 0.9, "method": "m", "threshold": 0.5, "items": 40, "accepted": 30, "errors": 0,
    "mean_confidence": 0.9, "allowed_disagreement": 0.06, "edges": [0.7], "counts": [20, 20],
}  # fmt: skip
"""A certified fallback: 10 of 40 items are handed over."""


def trial(name, role="cell", state="done", committee=("big",)):
    return {
        "id": f"{name}-id", "name": name, "folder": f"trials/{name}", "role": role,
        "control": None if role == "cell" else "labels_only", "cell": {}, "seed": 0,
        "committee": list(committee), "state": state, "error": None,
    }  # fmt: skip


def write_run(folder, results, trials, shift=True):
    domains = [{"name": "clean", "kind": "clean"}]
    domains += [{"name": "noise@3", "kind": "shift", "shift": "noise", "severity": 3}] * shift
    index = {
        "version": 1, "name": "s", "question": "", "endpoint": "e", "tau": 0.9,
        "domains": domains,
        "teachers": {
            name: {"folder": f"teachers/{name}", "placebo": name == "placebo", "id": name}
            for name in ("big", "small", "placebo")
        },
        "trials": trials, "expectations": [], "formula": {},
    }  # fmt: skip
    (folder / "study.json").write_text(json.dumps(index))
    for name, content in results.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "result.json").write_text(json.dumps(content))
    return folder


def whole_run(folder):
    """Two students of one size, a control, three teachers, and all that a study may leave."""
    results = {
        "trials/a": {"parameters": 1000, "seconds": 36.0},
        "trials/b": {"parameters": 1000, "seconds": 108.0},
        "trials/control": {"parameters": 1000, "seconds": 9999.0},
        "teachers/big": {"parameters": 50_000, "seconds": 5.0},
    }
    trials = [trial("a"), trial("b", committee=("small",)), trial("control", "control")]
    write_run(folder, results, [*trials, trial("late", state="pending")])
    (folder / "results.csv").write_text(
        "trial,model,domain,metric,value,n,convention\n"
        "big,big,clean,accuracy,0.91,100,\n"
        "big,big,noise@3,accuracy,0.99,100,\n"
        "big,big,clean,nll,0.97,100,\n"
        "small,small,clean,accuracy,0.87,100,\n"
        "placebo,placebo,clean,accuracy,0.95,100,\n"
        "a-id,student,clean,accuracy,0.98,100,\n"
    )
    (folder / "fallback.json").write_text(json.dumps(RULE))
    (folder / "latency.json").write_text('{"teacher_p95_ms": 400, "student_p95_ms": 9.5}')
    return folder
