"""Studies as YAML: loading, merging, and building what a node describes.

OmegaConf and nothing above it. A node with `_target_: dotted.path` is a call; the signature
of what it names is the schema. Configs are code: read one before you run it.
"""

from mtkd.config.errors import ConfigError, nearest
from mtkd.config.loading import find_study, load, search_beside
from mtkd.config.merging import merge, set_path
from mtkd.config.raised import raised, told
from mtkd.config.targets import check, complete, instantiate
from mtkd.config.text import as_yaml

__all__ = [
    "ConfigError",
    "as_yaml",
    "check",
    "complete",
    "find_study",
    "instantiate",
    "load",
    "merge",
    "nearest",
    "raised",
    "search_beside",
    "set_path",
    "told",
]
