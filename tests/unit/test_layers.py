"""Every import of the package goes down, as the table in ARCHITECTURE.md says."""

import ast
import sys
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
    "packets": {"errors", "model", "linux", "network"},
    "doctor": {"errors", "language", "spelling", "model", "linux", "network", "packets"},
    "probe": {"errors", "language", "spelling", "model", "linux", "network", "packets", "doctor"},
    "lessons": {"errors", "language", "saving", "spelling", "model", "network", "containers", "steps", "probe"},
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
        "faults",
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
    "containers": {"platformdirs"},
    "display": {"markupsafe", "matplotlib"},
    "jupyter": {"IPython", "anywidget", "ipylab", "ipywidgets", "sidecar", "traitlets"},
    "sandbox": {"ipykernel", "zmq", "jupyter_core", "jupyter_client", "jupyter_server"},
}
STANDARD = sys.stdlib_module_names


@pytest.fixture(scope="module")
def trees():
    """Return the syntax tree of every file of the package."""
    return {path: ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py"))}


def imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module if node.level == 0 else "." * node.level


def may_import(here, name):
    """Return whether a file of a place may import a module of this place, a lower one, or an allowed third party."""
    top, *rest = name.split(".")
    if top == "nslab_kernel":  # nobody may import the package itself
        return bool(rest) and (rest[0] == here or rest[0] in MAY_IMPORT[here])
    return top in STANDARD or top in THIRD_PARTY.get(here, set())


def place(path):
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def test_imports_go_down(trees):
    """Each file imports only from its own folder, from lower ones, and from the third parties of its place."""
    found = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path, tree in trees.items()
        if path.name != "__init__.py"
        for name in imports(tree)
        if not may_import(place(path), name)
    ]

    assert found == []


def test_a_folder_init_is_its_caption(trees):
    """The `__init__.py` of a folder has one line, which says what the folder contains."""
    folders = [path for path in trees if path.name == "__init__.py" and path.parent != PACKAGE]

    assert folders
    assert [path for path in folders if len(path.read_text().splitlines()) != 1] == []


def test_a_file_has_a_caption(trees):
    """The first line of a file's docstring has at most 70 characters, to be usable as a caption."""
    captions = {path: (ast.get_docstring(tree) or "").partition("\n")[0] for path, tree in trees.items()}

    assert {str(path): caption for path, caption in captions.items() if not 0 < len(caption) <= 70} == {}


@pytest.mark.parametrize(
    "line",
    [
        "import matplotlib",
        "from nslab_kernel import Network",
        "import nslab_kernel",
        "from nslab_kernel.jupyter import formatters",
        "from ..model import network",
        "def f():\n    import zmq",
    ],
)
def test_an_import_that_goes_up_is_found(line):
    """`may_import` rejects imports that a file of steps/ must not have."""
    assert not all(may_import("steps", name) for name in imports(ast.parse(line)))
