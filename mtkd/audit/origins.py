"""Which files an audit read, by content, for the provenance of its page."""

from collections.abc import Iterable, Mapping
from hashlib import sha256

from mtkd.audit.sources import Source

Digests = Mapping[str, Mapping[str, str]]
"""By domain: `path` and `sha256` of the file."""


def digests(source: Source, domains: Iterable[str]) -> Digests:
    """What was read of one model."""
    return {
        domain: {
            "path": str(source.files[domain]),
            "sha256": sha256(source.files[domain].read_bytes()).hexdigest(),
        }
        for domain in domains
    }


def listing(files: Mapping[str, Digests]) -> str:
    """What was read of every model, as YAML."""
    lines = ["files:"]
    for name, domains in files.items():
        lines.append(f"  {name}:")
        lines += [f"    {d}: {one['path']}  # sha256 {one['sha256']}" for d, one in domains.items()]
    return "\n".join(lines) + "\n"
