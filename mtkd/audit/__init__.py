"""Any models, no training: predictions in, the report of a study out.

find_models    from NAME=MODEL to files of predictions, folders of trials, and models to run
read_told      a file of predictions (CSV, Parquet, npz), checked row by row
matched        the files of all models on one domain, brought into one order by id
lay_out        a run folder that `mtkd.report.build`, `mtkd report` and `mtkd fallback` read
"""

from mtkd.audit.layout import Audit, lay_out
from mtkd.audit.matching import matched
from mtkd.audit.sources import Source, find_models
from mtkd.audit.told import Told, read_told

__all__ = ["Audit", "Source", "Told", "find_models", "lay_out", "matched", "read_told"]
