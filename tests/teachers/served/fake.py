"""A small server that answers as vLLM does, from a model in the same process."""

import json
import threading
from collections import deque
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import torch

from mtkd.functional import log_probs
from mtkd.language import causal_model
from mtkd.teachers.served import ServedTeacher
from tests.language.families import CAUSAL, CLASSES, LLAMA

TOP = 4
PRESENT = "the-secret-key-of-the-tests"
READING = threading.Lock()
"""A network of transformers reads one prompt at a time."""


def network(family="llama"):
    """A random language model whose next token is neither certain nor a coin toss."""
    torch.manual_seed(0)
    model = causal_model(LLAMA if family == "llama" else CAUSAL[family])
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn(weight.shape) / 4)
    return model.eval()


def completion(model, body, spelling):
    """vLLM's answer to a completions request, with the prompt's log-probabilities."""
    prompt, top = body["prompt"], body["prompt_logprobs"]
    inputs = torch.tensor([prompt])
    with READING, torch.no_grad():
        said = log_probs(model({"inputs": inputs}).dense())[0]
    entries = [None]
    for own, row in zip(prompt[1:], said[:-1], strict=True):
        named = [own, *row.topk(top).indices.tolist()]
        ranks = row.argsort(descending=True).argsort() + 1
        entries.append(
            {
                str(token): {
                    "logprob": row[token].item(),
                    "rank": ranks[token].item(),
                    "decoded_token": spelling(token),
                }
                for token in named
            }
        )
    choice = {"index": 0, "text": "x", "finish_reason": "length", "prompt_logprobs": entries}
    return {"object": "text_completion", "choices": [choice | {"prompt_token_ids": prompt}]}


class Fake:
    """What the server was asked, and what it is to say instead of an answer.

    Attributes:
        bodies: Requests for completions, in the order they came.
        headers: Of these requests.
        first: `(status, headers, body)` to be said before anything else, one for each request.
        edit: Changes an answer before it is sent.
        before: Called with a request before it is answered.
        after: Called with a request after it was answered.
        models: What `GET /models` gives.
        spelling: Text of a token.
        write: Sends a body.
    """

    def __init__(self, family="llama"):
        self.network = network(family)
        self.bodies, self.headers, self.first = [], [], deque()
        self.edit = lambda answer: answer
        self.before = self.after = lambda body: None
        self.models = {"data": [{"id": "big"}, {"id": "small"}]}
        self.spelling, self.url = "<{}>".format, None
        self.write = lambda file, body: file.write(body)

    @property
    def prompts(self):
        return sorted(body["prompt"] for body in self.bodies)

    def teacher(self, **options):
        given = {"top": TOP, "backoff": 0.0, **options}
        return ServedTeacher(self.url, "big", CLASSES, **given)

    def answer(self, body, headers):
        self.bodies.append(body)
        self.headers.append(headers)
        if self.first:
            return self.first.popleft()
        said = self.edit(completion(self.network, body, self.spelling))
        return 200, {}, said if isinstance(said, bytes) else json.dumps(said).encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        fake = self.server.fake
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        fake.before(body)
        if self.path != "/v1/completions":
            self.say(404, {}, b'{"detail": "Not Found"}')
        else:
            self.say(*fake.answer(body, dict(self.headers)))
        fake.after(body)

    def do_GET(self):
        self.say(200, {}, json.dumps(self.server.fake.models).encode())

    def say(self, status, headers, body):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.server.fake.write(self.wfile, body)
        self.close_connection = "Content-Length" in headers  # it lied about the length

    def log_message(self, *arguments):
        """Quiet."""


@contextmanager
def serving(fake):
    """`fake` on a port of this machine, for as long as the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.fake, fake.url = fake, f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
