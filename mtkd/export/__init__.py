"""A trained student as a folder that transformers, vLLM and other servers load.

entry       the command
finished    which trial is meant, and that it is done
student     the model of transformers in it
tokenizer   the tokenizer of its data
ends        the tokens of that tokenizer that begin and end a text
classes     what the classes of a classifier are called
making      all of them together, and what is said
"""
