import threading

import numpy as np
import pytest

from mtkd.fallback import Router
from tests.fallback.serving import RULE, serve, stream, student, teacher
from tests.fallback.traffic import rule


def test_counts_are_exact_in_many_threads():
    router = Router(student, teacher, RULE, audit_share=0.3)
    queries = [list(stream(seed, 150)) for seed in range(8)]
    threads = [
        threading.Thread(target=lambda part=part: [router.answer(each) for each in part])
        for part in queries
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    status, monitor = router.status(), router.gate.monitor
    accepted = sum(each["confidence"] >= RULE.threshold for part in queries for each in part)
    assert (status["queries"], status["accepted"]) == (1200, accepted)
    assert status["accepted"] + status["deferred"] == 1200
    assert monitor.audits == status["audited"] == monitor._tests["gap"].steps
    assert sum(monitor._drift.counts) == RULE.items + 1200


def test_a_restored_router_goes_on_to_the_last_random_number(tmp_path):
    queries = list(stream(0, 800, harm=0.3))
    whole, first = serve(queries, labels=True), serve(queries[:500], labels=True)
    first.save(tmp_path / "state.json")
    second = Router(student, teacher, RULE, audit_share=0.2, seed=99)
    second.restore(tmp_path / "state.json")
    for each in queries[500:]:
        if second.answer(each).audited:
            second.label(each["right"])
    np.testing.assert_equal(second.status(), whole.status())
    assert second.alarms == whole.alarms != []


def test_a_fresh_and_an_infeasible_router_can_be_saved(tmp_path):
    for known in (RULE, rule(risk=0.001)):
        router = Router(student, teacher, known)
        router.save(tmp_path / "state.json")
        Router(student, teacher, known).restore(tmp_path / "state.json")


def test_a_refused_state_changes_nothing(tmp_path):
    serve(stream(0, 50)).save(tmp_path / "state.json")
    text = (tmp_path / "state.json").read_text()
    router = serve(stream(1, 60))
    before = router.status()
    edits = {
        '"version": 1': ('"version": 2', "is a mtkd router state of version 2, this mtkd reads"),
        RULE.fingerprint: ("01234", f"field 'rule' is '01234', expected '{RULE.fingerprint}'"),
        '"audits": ': ('"audits": -', "field 'audits' is -.*expected a whole number from 0"),
        '"queries": 50': ('"queries": 50.5', "field 'queries' is 50.5"),
        '"PCG64"': ('"MT19937"', "field 'random' cannot be used"),
        '"wealth": [': ('"wealth": [1.0,', "field 'wealth' has .* numbers"),
        '"drift_counts": [': ('"drift_counts": [1,', "field 'drift_counts' has 21 bins"),
        '"labelled": ': ('"labeled": ', "field 'labeled' is not a field of this version"),
        "{": ("[", "is damaged"),
    }  # fmt: skip
    for old, (new, words) in edits.items():
        (tmp_path / "bad.json").write_text(text.replace(old, new, 1))
        with pytest.raises(ValueError, match=words):
            router.restore(tmp_path / "bad.json")
        np.testing.assert_equal(router.status(), before)
    with pytest.raises(ValueError, match=r"gone.json does not exist; start without"):
        router.restore(tmp_path / "gone.json")
