"""What is asked again, and how long is waited before."""

import multiprocessing
import pickle
import threading

import pytest
import torch

from tests.language.families import says
from tests.teachers.served.fake import PRESENT
from tests.teachers.served.test_values import full

BUSY = (503, {}, b'{"error": {"message": "warming up"}}')


def one_row():
    return {name: values[:1] for name, values in full().items()}


@pytest.fixture
def waits(monkeypatch):
    """Seconds that were to be waited; nobody waits."""
    waited = []
    monkeypatch.setattr("urllib3.util.retry.time.sleep", waited.append)
    return waited


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_server_that_is_busy_is_asked_again(fake, waits, status):
    fake.first.extend([(status, {}, b"{}")] * 2)
    signal = fake.teacher()(one_row())
    assert signal.present.all()
    assert len(fake.bodies) == 3
    assert fake.bodies[0]["prompt"] == fake.bodies[2]["prompt"]
    assert not waits, "with backoff 0 nobody waits"


def test_waits_grow(fake, waits):
    fake.first.extend([BUSY] * 4)
    fake.teacher(backoff=0.5)(one_row())
    assert waits == [1, 2, 4]


@pytest.mark.parametrize("asked", ["soon", "", "0.5 s"])
def test_a_wait_that_cannot_be_read_is_the_usual_one(fake, waits, asked):
    fake.first.extend([(429, {"Retry-After": asked}, b"{}")] * 3)
    assert fake.teacher(backoff=0.5)(one_row()).present.all()
    assert waits == [1, 2]


@pytest.mark.parametrize(("asked", "waited"), [("7", 7), ("90000", 300), ("0", None)])
def test_waits_as_long_as_the_server_asks_for_within_reason(fake, waits, asked, waited):
    fake.first.append((429, {"Retry-After": asked}, b"{}"))
    fake.teacher(backoff=0.5)(one_row())
    assert waits == ([] if waited is None else [waited])


def test_gives_up_after_its_attempts(fake, waits):
    fake.first.extend([BUSY] * 9)
    with says(f"{fake.url} (model big) answered 503: warming up; see the server's log"):
        fake.teacher(attempts=3)(one_row())
    assert len(fake.bodies) == 3


@pytest.mark.parametrize("status", [400, 401, 404, 422])
def test_a_refusal_is_final(fake, status):
    fake.first.append((status, {}, b"{}"))
    with pytest.raises(ValueError, match=str(status)):
        fake.teacher()(one_row())
    assert len(fake.bodies) == 1


def test_an_answer_that_is_cut_off_is_asked_for_again(fake):
    fake.first.append((200, {"Content-Length": "900"}, b'{"choices": ['))
    assert fake.teacher()(one_row()).present.all()
    assert len(fake.bodies) == 2


def test_an_answer_that_is_always_cut_off(fake):
    fake.first.extend([(200, {"Content-Length": "900"}, b'{"choices": [')] * 9)
    with says("(model big) cut off its answer (attempts: 3; ") as caught:
        fake.teacher(attempts=3)(one_row())
    assert str(caught.value).endswith("; see the server's log, or raise timeout (120 s)")
    assert "\n" not in str(caught.value)
    assert len(fake.bodies) == 3


@pytest.fixture
def stalling(fake):
    """A server that sends the beginning of an answer, and keeps the connection open then."""
    done = threading.Event()
    fake.after = lambda body: done.wait(30) if fake.stalls.pop() else None
    yield fake
    done.set()


@pytest.mark.parametrize("stalls", [1, 3])
def test_an_answer_that_stalls_is_asked_for_again(stalling, stalls):
    stalling.first.extend([(200, {"Content-Length": "900"}, b'{"choices": [')] * stalls)
    stalling.stalls = [False, *[True] * stalls]
    teacher = stalling.teacher(attempts=3, timeout=0.3)
    if stalls < 3:
        assert teacher(one_row()).present.all()
    else:
        with says("(model big) cut off its answer (attempts: 3; Read timed out.); see the serv"):
            teacher(one_row())
    assert len(stalling.bodies) == min(stalls + 1, 3)


def test_an_answer_that_drips_ends(fake):
    def drip(file, body):
        for byte in body:
            file.write(bytes([byte]))
            file.flush()
            threading.Event().wait(0.05)

    fake.write = drip
    fake.first.append((200, {}, b" " * 60))
    with says("(model big) cut off its answer (attempts: 1; it came too slowly); see the server"):
        fake.teacher(attempts=1, timeout=0.3)(one_row())


def test_after_an_error_no_further_prompt_is_sent(fake):
    batch = {name: values.repeat(20, *[1] * (values.dim() - 1)) for name, values in full().items()}
    fake.first.append((400, {}, b"{}"))
    with says("answered 400"):
        fake.teacher(together=1)(batch)
    assert len(fake.bodies) < 5


def test_a_copy_asks_too_and_holds_no_key(fake):
    teacher = fake.teacher(key="TEACHER_KEY")
    teacher(one_row())
    content = pickle.dumps(teacher)
    assert PRESENT.encode() not in content
    assert pickle.loads(content)(one_row()).present.all()


def _other_process(teacher, queue):
    queue.put(teacher(one_row()).log_probs.tolist())


def test_a_fork_has_a_connection_of_its_own(fake):
    teacher = fake.teacher()
    own = teacher(one_row()).log_probs
    session = teacher.server.sessions.here()
    assert teacher.server.sessions.here() is session
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    process = context.Process(target=_other_process, args=(teacher, queue))
    process.start()
    process.join(60)
    assert process.exitcode == 0
    assert torch.equal(torch.tensor(queue.get()), own)
    assert teacher.server.sessions.here() is session
