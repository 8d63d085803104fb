"""A study: one YAML file, its trials, and a run that can be stopped and resumed at any moment.

keys, schema, sense   what a study file may say, and what goes together
grid, domains         axes and their labels, evaluation domains
identity              what determines a result
trials, cells         what is trained, and its labels
controls              what the cells of the grid are compared with
plan                  all of that, before anything is imported
check, models         objects built once before training
facts, fitting        whether language models fit the tokens and labels of the data
vocabularies, sequences                 the same: tokenizers, and classifiers of sequences
hearing, readers      whether aligned teachers can read the texts and suit the recipe
telling               errors with their config path
missing               all that a study lacks, in one sentence
standing, unchanged   what data its results stand on, and whether they are still the same
guard                 the same while it runs
ledger, tasks         what a run folder holds, and what is still to be done
lock                  one run at a time in a folder
worker, launch        processes, and what they are handed
claims                which GPUs a worker has for itself
imports               the files that the code of a source consists of
running, run          from the YAML to the report
progress              what a person sees meanwhile
"""
