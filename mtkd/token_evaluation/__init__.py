"""A language model on the scored positions of a domain: what it said, and how risky that is.

Against a teacher p a student q has two risks (Wen et al. 2023, f-distill,
https://aclanthology.org/2023.acl-long.605, there estimated on samples, here exact per position):
    coverage risk    -sum_y p(y) log q(y)   large where the student misses what the teacher says
    likelihood risk  -sum_y q(y) log p(y)   large where the student says what the teacher would not
"""

from mtkd.token_evaluation.predicting import likely, predict_tokens
from mtkd.token_evaluation.states import ROWS, compact, joined, position_ids, record_states

__all__ = ["ROWS", "compact", "joined", "likely", "position_ids", "predict_tokens", "record_states"]
