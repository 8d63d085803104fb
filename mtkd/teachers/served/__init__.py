"""A teacher behind a server: a batch becomes prompts, answers become a partial signal.

source     the teacher source
prompts    documents of a batch, and the request for one of them
scores     an answer, checked and read
named      what is said at one token of a prompt
server     a question and its answer over HTTP
spelling   whether a server's tokens are the student's
session    connections, retries and the key
refusals   what a server says instead of an answer, in one sentence
"""

from mtkd.teachers.served.refusals import ServerError
from mtkd.teachers.served.source import ServedTeacher
from mtkd.teachers.served.spelling import check_spelling

__all__ = ["ServedTeacher", "ServerError", "check_spelling"]
