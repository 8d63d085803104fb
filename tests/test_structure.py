"""Who may import whom, read from the syntax trees, and what an import costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mtkd

PACKAGE = Path(mtkd.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))

# A package of mtkd, and the packages of mtkd it may never import.
FORBIDDEN = {
    "functional": {"*"},
    "losses": {"*", "-functional", "-untouched"},
    "weighting": {"*", "-functional", "-untouched"},
    "outputs": {"*"},
    "signals": {"*", "-functional", "-outputs"},
    "metrics": {"*"},
    "language": {"*", "-outputs", "-memory", "-elsewhere"},
    "alignment": {"losses", "weighting", "data", "objective", "distiller", "trial", "config"},
    "data": {"losses", "weighting", "teachers", "objective", "distiller", "trial", "config"},
    "teachers": {"losses", "weighting", "data", "objective", "distiller", "trial", "config"},
    "recipe": {"teachers", "data", "distiller", "trial", "config"},
    "objective": {"teachers", "data", "distiller", "trial", "config"},
    "distiller": {"data", "trial", "study", "config", "report", "tracking"},
    "results": {"distiller", "trial", "teachers", "losses", "weighting"},
    "slices": {"distiller", "trial", "teachers", "losses", "weighting", "study"},
    "text": {"losses", "weighting", "teachers", "objective", "distiller", "trial", "config"},
    "inspect": {"distiller", "training", "report"},
    "onpolicy": {"distiller", "training", "trial", "study", "config", "report"},
    "audit": {"distiller", "trial", "teachers", "losses", "weighting", "study"},
    "report": {"distiller", "trial", "teachers", "losses", "weighting"},
    "export": {"distiller", "trial", "losses", "weighting", "report"},
    "scorecard": {"distiller", "trial", "losses", "weighting", "study"},
    "config": {"losses", "weighting", "distiller", "trial", "study", "report"},
}
# A library, and the only packages of mtkd that may import it.
ONLY = {
    "pytorch_lightning": {"distiller", "lean", "training", "tracking", "trial"},
    "omegaconf": {"config"},
    "wandb": {"tracking", "trial", "report", "scorecard"},
    "requests": {"teachers"},
    "torchvision": set(),
    "pickle": set(),
}
NO_TORCH = {
    "slices",
    "economics",
    "fallback",
    "metrics",
    "results",
    "report",
    "predictions",
    "files",
    "config",
    "cli",
}


def imports(path):
    """Dotted names that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def part(path):
    """The file's place below `mtkd`: `losses`, `objective`, …"""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_file_imports_what_is_above_it(path):
    here, rules = part(path), FORBIDDEN.get(part(path), set())
    allowed = {rule[1:] for rule in rules if rule.startswith("-")} | {here}
    for name in imports(path):
        root, _, rest = name.partition(".")
        if root == "mtkd" and rest:
            other = rest.split(".")[0]
            assert other not in rules, f"{here} imports {name}"
            assert "*" not in rules or other in allowed, f"{here} imports {name}"
        assert here in ONLY.get(root, {here}), f"{here} imports {name}"
        assert not (root == "torch" and here in NO_TORCH), f"{here} imports torch"


@pytest.mark.parametrize(
    "command", ["import mtkd", "import mtkd.cli", "import mtkd.metrics", "import mtkd.report"]
)
def test_what_needs_no_torch_does_not_pay_for_it(command):
    loaded = f"{command}; import sys; print('torch' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True)
    assert answer.stdout == "False\n", answer.stderr
