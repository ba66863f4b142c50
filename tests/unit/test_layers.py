"""Every import of the package goes down: the contract of ARCHITECTURE.md, held as data."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "nslab_kernel"
MAY_IMPORT = {
    "model": set(),
    "language": set(),
    "spelling": set(),
    "interrupts": set(),
    "errors": {"language", "spelling"},
    "saving": {"errors", "interrupts", "language", "spelling"},
    "linux": {"errors", "interrupts", "language", "spelling", "model"},
    "network": {"errors", "interrupts", "language", "spelling", "model", "linux"},
    "containers": {"errors", "language", "spelling", "model", "linux", "network"},
    "steps": {"errors", "language", "saving", "spelling", "model", "linux", "network", "containers"},
    "probe": {"errors", "language", "spelling", "model", "linux", "network"},
    "lessons": {"errors", "language", "saving", "spelling", "model", "network", "containers", "steps", "probe"},
    "doctor": {"errors", "language", "spelling", "model", "linux", "network", "probe"},
    "faults": {"errors", "interrupts", "language", "spelling", "model", "linux", "network"},
    "scene": {"language", "spelling", "model"},
    "display": {"errors", "language", "saving", "spelling", "model", "scene"},
    "jupyter": {
        "errors",
        "language",
        "spelling",
        "model",
        "linux",
        "network",
        "steps",
        "probe",
        "doctor",
        "lessons",
        "scene",
        "display",
    },
    "sandbox": {"errors", "language", "lessons", "spelling", "model", "linux"},
    "cli": {"errors", "language", "spelling", "model", "sandbox", "lessons", "display"},
    "__main__": {"cli"},
    "front": {
        "errors",
        "model",
        "probe",
        "doctor",
        "faults",
        "steps",
        "lessons",
        "containers",
        "display",
        "sandbox",
        "jupyter",
    },
}
THIRD_PARTY = {
    "network": {"cattrs"},
    "lessons": {"nbclient", "nbconvert", "nbformat"},
    "linux": {"pyroute2"},
    "display": {"markupsafe", "matplotlib"},
    "jupyter": {"IPython", "anywidget", "ipylab", "ipywidgets", "sidecar", "traitlets"},
    "sandbox": {"ipykernel", "zmq", "jupyter_core", "jupyter_client", "jupyter_server"},
}
STANDARD = __import__("sys").stdlib_module_names
FILES = sorted(PACKAGE.rglob("*.py"))


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module


def place(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[0]


@pytest.mark.parametrize(
    "path", [p for p in FILES if p.name != "__init__.py"], ids=lambda p: str(p.relative_to(PACKAGE))
)
def test_imports_go_down(path):
    """A file imports from its own folder and from the floors below, and only the third parties of its place."""
    here = place(path)

    for name in imports(path):
        top, *rest = name.split(".")
        if top == "nslab_kernel":
            assert rest, f"{path} imports the front door"
            assert rest[0] == here or rest[0] in MAY_IMPORT[here], f"{here} imports {name}"
        else:
            assert top in STANDARD or top in THIRD_PARTY.get(here, set()), f"{here} imports {top}"


@pytest.mark.parametrize("path", [p for p in FILES if p.name == "__init__.py" and p.parent != PACKAGE], ids=str)
def test_a_folder_init_is_its_caption(path):
    """A folder's `__init__.py` says in one line what stands there, and nothing else."""
    assert len(path.read_text().splitlines()) == 1


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_file_has_a_caption(path):
    """The first line of a file's docstring fits a drawing: at most 70 characters."""
    caption = ast.get_docstring(ast.parse(path.read_text()))

    assert caption
    assert len(caption.splitlines()[0]) <= 70
