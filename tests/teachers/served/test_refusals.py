"""Each way a server or its settings can be wrong, and the sentence it meets."""

import json
import socket
import threading

import pytest

from mtkd.teachers.served import ServedTeacher, ServerError
from tests.language.families import CLASSES, says
from tests.teachers.served.fake import PRESENT, TOP, Handler
from tests.teachers.served.test_again import one_row


def refuse(fake, status, said, **options):
    """The sentence about a refusal with that body."""
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    fake.first.append((status, {}, body))
    with pytest.raises(ServerError) as caught:
        fake.teacher(**options)(one_row())
    sentence = str(caught.value)
    assert sentence.startswith(f"the server {fake.url} (model big) ")
    assert "\n" not in sentence
    assert PRESENT not in sentence
    return sentence


def test_nobody_is_there(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    with socket.socket() as held:  # bound and not listening: nobody answers, nobody else comes
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}/v1"
        teacher = ServedTeacher(url, "big", CLASSES, top=2, attempts=2, backoff=0)
        with says(
            f"the server {url} (model big) did not answer (attempts: 2; [Errno 111] "
            "Connection refused); start it with `vllm serve big`, correct its url, or raise "
            "timeout (120 s)"
        ):
            teacher(one_row())


def test_a_key_in_words_that_are_no_answer_is_blotted_out(fake, monkeypatch):
    monkeypatch.setattr(Handler, "protocol_version", f"\x1b[31m{PRESENT}")
    with says("BadStatusLine('\\x1b[31m$TEACHER_KEY 200 OK") as caught:
        fake.teacher(key="TEACHER_KEY", attempts=1)(one_row())
    assert PRESENT not in str(caught.value)


def test_it_takes_too_long(fake):
    done = threading.Event()
    fake.before = lambda body: done.wait(30)
    try:
        with says("did not answer (attempts: 1; Read timed out. (read timeout=0.1)); start it"):
            fake.teacher(attempts=1, timeout=0.1)(one_row())
    finally:
        done.set()


@pytest.mark.parametrize("status", [401, 403])
def test_no_access(fake, status):
    fake_message = {"error": {"message": f"Incorrect API key provided: {PRESENT}"}}
    assert refuse(fake, status, fake_message).endswith(
        f"refuses access ({status}); give the name of the environment variable that holds its key "
        "as key"
    )
    assert refuse(fake, status, fake_message, key="TEACHER_KEY").endswith(
        "the environment variable TEACHER_KEY must hold a key that it accepts"
    )


def test_the_key_is_sent_and_told_nowhere(fake):
    teacher = fake.teacher(key="TEACHER_KEY")
    teacher(one_row())
    assert fake.headers[0]["Authorization"] == f"Bearer {PRESENT}"
    assert PRESENT not in repr(teacher) + repr(vars(teacher)) + teacher.identity
    sentence = refuse(fake, 400, {"message": f"what is {PRESENT}?"}, key="TEACHER_KEY")
    assert "what is $TEACHER_KEY?" in sentence
    answer = f"<html>{PRESENT}</html>".encode()
    assert "<html>$TEACHER_KEY</html>" in refuse(fake, 200, answer, key="TEACHER_KEY")


def test_no_password_of_the_users_goes_to_the_server(fake, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password mine\n")
    monkeypatch.setenv("NETRC", str(netrc))
    fake.teacher()(one_row())
    fake.teacher(key="TEACHER_KEY")(one_row())
    assert [sent.get("Authorization") for sent in fake.headers] == [None, f"Bearer {PRESENT}"]


def test_a_key_that_is_not_there(fake, monkeypatch):
    teacher = fake.teacher(key="NO_SUCH_KEY")  # whose answers may be recorded already
    with says(
        "the environment variable NO_SUCH_KEY is to hold a server's key and is empty or not set; "
        "set it, or leave out key if the server wants none"
    ):
        teacher(one_row())
    assert not fake.bodies
    monkeypatch.setenv("TEACHER_KEY", "two words\nand a line")
    with pytest.raises(ValueError, match="TEACHER_KEY holds spaces") as caught:
        fake.teacher(key="TEACHER_KEY")(one_row())
    assert "two" not in str(caught.value)


@pytest.mark.parametrize("key", [f"sk-{PRESENT}", "two words", "", "1a"])
def test_a_key_in_place_of_its_name_is_not_repeated(key):
    with says("key must be the name of the environment variable that holds the server's") as caught:
        ServedTeacher("http://a/v1", "big", CLASSES, key=key)
    assert PRESENT not in str(caught.value)


def test_a_model_that_is_not_served(fake):
    said = {"error": {"message": "The model `big` does not exist."}}
    assert refuse(fake, 404, said).endswith(
        "answered 404; it serves big, small; give one of these as model"
    )
    for models in ({"data": []}, {"data": 3}, {"data": ["x"]}, [], {"data": [{}]}):
        fake.models = models
        assert refuse(fake, 404, said).endswith(
            "answered 404; its url must lead to its completions endpoint: that of vLLM ends in /v1"
        )


def test_a_url_without_its_last_part(fake):
    teacher = ServedTeacher(fake.url.removesuffix("/v1"), "big", CLASSES, top=2)
    with says("answered 404; it serves big, small; give one of these as model"):
        teacher(one_row())


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        (
            "Requested prompt logprobs of 64, which is greater than max allowed: 20",
            "start it with a higher --max-logprobs, or lower top",
        ),
        (
            "This model's maximum context length is 8 tokens.\nHowever, you requested 9 tokens",
            "cut or pack the text to fewer tokens, or start it with a larger --max-model-len",
        ),
        (
            "Token id 50000 is out of vocabulary",
            "serve a teacher whose tokenizer is the student's",
        ),
        ("No", "see the server's log"),
    ],
)
def test_a_request_it_does_not_take(fake, said, advice):
    for body in ({"error": {"message": said}}, {"message": said}, {"detail": said}, said.encode()):
        sentence = refuse(fake, 400, body)
        assert sentence.endswith(f"answered 400: {' '.join(said.split())}; {advice}")


def test_what_it_says_is_cut(fake):
    sentence = refuse(fake, 400, {"message": "\x1b[31m" + "long " * 999})
    assert len(sentence) < 400
    assert "\x1b" not in sentence


def test_too_many_requests(fake):
    fake.first.extend([(429, {}, b"")] * 2)
    assert refuse(fake, 429, b"", attempts=3).endswith(
        "answered 429: without a reason; lower together, or raise attempts"
    )


def test_it_sends_us_elsewhere(fake):
    fake.first.append((307, {"Location": "http://127.0.0.1:1/", "Content-Length": "0"}, b""))
    with says("answered 307: without a reason; give the url that it redirects to"):
        fake.teacher()(one_row())


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("localhost:8000/v1", "must be like http://localhost:8000/v1, got 'localhost:8000/v1'"),
        ("http:///v1", "must be like http://localhost:8000/v1, got 'http:///v1'"),
        ("http://a:port/v1", "must be like http://localhost:8000/v1, got 'http://a:port/v1'"),
        ("http://me:secret@a/v1", "may hold no user, password or query; give the name of the env"),
        ("http://a/v1?key=secret", "may hold no user, password or query; give the name of the env"),
    ],
)
def test_a_url_that_is_none(url, words):
    with says(words) as caught:
        ServedTeacher(url, "big", CLASSES)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        # The label takes the last place, and the likeliest token must stay.
        ({"top": 1}, "top must be within 2 and 30 (classes - 1), got 1"),
        ({"top": CLASSES}, "top must be within 2 and 30 (classes - 1), got 31"),
        ({"together": 0}, "together and attempts must be at least 1, timeout positive and backoff"),
        ({"attempts": 0}, "not negative, got 8, 0, 120 and 0.5"),
        ({"timeout": 0.0}, "not negative, got 8, 5, 0 and 0.5"),
        ({"backoff": -1.0}, "not negative, got 8, 5, 120 and -1"),
    ],
)
def test_a_number_outside_its_range(options, words):
    with says(words):
        ServedTeacher("http://a/v1", "big", CLASSES, **{"top": TOP, **options})
