"""A book as one Weights & Biases run: its table, and the latest version as the summary."""

from mtkd.scorecard.book import Book
from mtkd.scorecard.rows import Row, rows


def publish(book: Book, mode: str, project: str = "mtkd") -> None:
    """Log every figure of every version as one table, flat, the way `scorecard.csv` has them.

    Args:
        book: With at least one version; offline files go into its folder.
        mode: `offline` or `online`.
        project: Name of the W&B project.
    """
    import wandb

    from mtkd.tracking import start

    latest = book.versions[-1]
    about = {"version": latest.name, "student": latest.student, **latest.hashes}
    settings = {"mode": mode, "project": project}
    run = start(settings, "scorecard", latest.name, book.folder, about)
    for name, figure in latest.by_name.items():
        if figure.known:
            run.summary[f"{figure.kind.layer}/{name}"] = figure.value
    columns: list[str | int] = list(Row._fields)
    data = [list(row) for row in rows(book.versions)]
    run.log({"scorecard": wandb.Table(columns=columns, data=data)})
    run.finish()
