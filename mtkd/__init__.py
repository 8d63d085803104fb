"""Multi-teacher knowledge distillation: what a student learns from several teachers.

Importing this package imports no torch; import the part you need (`mtkd.losses`,
`mtkd.weighting`, `mtkd.metrics`, ...).
"""

__version__ = "0.1.0"
