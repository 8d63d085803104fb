"""A study: one YAML file, its trials, and a run that can be stopped and resumed at any moment.

keys, schema, sense   what a study file may say, and what goes together
grid, domains         axes and their labels, evaluation domains
identity              what determines a result
trials, controls      the cells of the grid and what they are compared with
plan                  all of that, before anything is imported
check                 objects built once before training
ledger, tasks         what a run folder holds, and what is still to be done
worker, launch, run   processes, what they are handed, from the YAML to the report
progress              what a person sees meanwhile
"""
