import math

import pytest

from mtkd.fallback import Monitor, Router
from mtkd.fallback.evidence import mean_bets, rate_bets
from tests.fallback.serving import RULE, query, serve, stream, student, teacher


def test_no_alarm_while_all_is_as_at_calibration():
    alarms = [serve(stream(seed, 1000), labels=True).alarms for seed in range(100, 116)]
    assert sum(map(bool, alarms)) <= 1


def test_confident_wrongness_alarms_though_the_traffic_looks_the_same():
    router = serve(stream(0, 4000, harm=0.3))
    rang = {alarm.test for alarm in router.alarms}
    assert rang == {"disagreement", "gap"}
    assert router.status()["gap"] > 0.2
    assert all(alarm.at < 800 and alarm.sentence for alarm in router.alarms)


def test_it_alarms_when_things_go_wrong_late():
    router = serve([*stream(0, 4000), *stream(1, 3000, harm=0.4)])
    first = min(alarm.at for alarm in router.alarms)
    assert "disagreement" in {alarm.test for alarm in router.alarms}
    assert 250 < first < 600  # of audits: about 330 before the change


@pytest.mark.parametrize("shape", [(3.0, 1.2), (9.0, 1.2), (2.0, 0.5)])
def test_other_confidences_alarm_without_labels(shape):
    router = serve(stream(0, 1500, shape=shape), audit_share=0)
    assert [alarm.test for alarm in router.alarms] == ["confidence"]


def test_inherited_mistakes_are_seen_by_labels_only():
    """The teacher agrees with every wrong answer, so no audit contradicts."""
    router = serve(stream(0, 4000, harm=0.3, inherited=True), labels=True)
    assert [alarm.test for alarm in router.alarms] == ["labels"]
    assert 0.2 < router.status()["labelled_risk"] < 0.5


def test_after_an_alarm_everything_can_go_to_the_teacher():
    router = serve(stream(0, 3000, harm=0.5), defer_when_alarmed=True)
    assert router.alarms
    assert router.answer(query(0.999)).source == "teacher"
    careless = serve(stream(0, 3000, harm=0.5))
    assert careless.answer(query(0.999)).source == "student"


def test_the_tests_share_the_level():
    evidence = serve(stream(0, 10), level=0.08).gate.monitor
    assert {test.level for test in evidence._tests.values()} == {0.02}


def test_audits_test_the_allowed_disagreement_and_labels_the_promised_risk():
    monitor = Monitor(RULE)
    monitor.audit(0.95, agrees=False)
    monitor.label(right=False)
    found = {name: math.exp(each) for name, each in monitor.log_evidence.items()}
    bets = {"disagreement": rate_bets(RULE.allowed_disagreement), "labels": rate_bets(RULE.risk)}
    for name, (_, wrong) in bets.items():
        assert found[name] == pytest.approx(wrong.mean() / 2 + 1 / 2)
    surplus = 0.95 - (RULE.mean_confidence - 1 + RULE.allowed_disagreement)
    least = RULE.threshold - RULE.mean_confidence - RULE.allowed_disagreement
    assert found["gap"] == pytest.approx((1 + (mean_bets(least) * surplus).mean()) / 2 + 1 / 2)
    assert found["confidence"] == 1


def test_the_running_gap_is_confidence_minus_agreement():
    router = Router(student, teacher, RULE, audit_share=1)
    for each in (query(0.95, 0, 0), query(0.93, 0, 1), query(0.94, 1, 1)):
        router.answer(each)
    assert router.status()["gap"] == pytest.approx((0.95 + 0.93 + 0.94 - 2) / 3)
    assert router.status()["disagreement"] == pytest.approx(1 / 3)
