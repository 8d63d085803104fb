"""One split in a few lines."""

from __future__ import annotations

from mtkd.data import Examples


def summary(study: str, split: str, examples: Examples) -> str:
    """How many rows and positions there are, and how many of them are read and predicted."""
    rows, labels = len(examples), examples.labels
    found = [f"{study}, {split} ({examples.name}): {rows:,} rows, {examples.classes:,} classes"]
    known = int((labels >= 0).sum())
    found.append(
        f"{known:,} of {labels.numel():,} positions have a label ({_share(known, labels.numel())})"
    )
    mask = examples.extras.get("attention_mask")
    if mask is not None:
        share = _share(int((mask == 0).sum()), mask.numel())
        found.append(f"{share} of the positions are padding")
    copies = rows - len(examples.ids.unique())
    if copies:
        found.append(f"{copies:,} rows repeat another one of this split")
    others = [name for name in examples.extras if name != "attention_mask"]
    if others:
        found.append(f"batches also carry {', '.join(others)}")
    return "; ".join(found)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %"
