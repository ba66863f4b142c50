"""Installs NS Lab's kernel spec, with more folders that cells may write.

See jupyter_client's documentation, "Making kernels for Jupyter", on kernel specs.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from nslab_kernel.language import translate as _

NAME = "nslab"
_LAUNCHER = "nslab_kernel.sandbox.launcher"


def install(writable: Sequence[Path] = (), name: str = NAME, user: bool = False) -> Path:
    """Write a kernel spec where Jupyter looks for it; it replaces one with the same name.

    Args:
        writable: Folders where its labs may write, besides the notebook's.
        name: The name by which notebooks refer to it.
        user: Whether it is for this user's Jupyter; else for whoever uses this Python.

    Returns:
        The folder that was written.

    Raises:
        OSError: This user may not write there.
        ValueError: The name is not valid for a kernel spec, or it belongs to another kernel.
        KeyError: NS Lab is not installed for this Python.
    """
    from jupyter_client.kernelspec import KernelSpecManager  # imported late: slow to import

    specs = KernelSpecManager()
    _require_ours(name, specs.find_kernel_specs().get(name.lower()))
    with tempfile.TemporaryDirectory() as made:
        shutil.copytree(specs.get_kernel_spec(NAME).resource_dir, made, dirs_exist_ok=True)
        file = Path(made, "kernel.json")
        spec = json.loads(file.read_text())
        options = [f"--writable={folder}" for folder in writable]
        # The full path of this Python, because Jupyters of other Pythons see a user's kernel specs too.
        launcher = [sys.executable, "-P", "-m", _LAUNCHER]
        spec["argv"] = [*launcher, *options, "-f", "{connection_file}"]
        spec["display_name"] = "NS Lab" if name == NAME else f"NS Lab ({name})"
        file.write_text(json.dumps(spec, indent=2))
        return Path(specs.install_kernel_spec(made, name, user=user, prefix=None if user else sys.prefix))


def _require_ours(name: str, there: str | None) -> None:
    """Raise ValueError for a name without a letter or digit at its start, such as `..`, or of another kernel."""
    if not name[:1].isalnum():
        raise ValueError(_("a kernel's name begins with a letter or a digit, {name} does not").format(name=repr(name)))
    if there and _LAUNCHER not in Path(there, "kernel.json").read_text():
        raise ValueError(_("{name} is another kernel, in {folder}; say another --name").format(name=name, folder=there))


def found(name: str) -> Path:
    """Return the folder of the kernel spec that Jupyter finds under a name."""
    from jupyter_client.kernelspec import KernelSpecManager

    return Path(KernelSpecManager().get_kernel_spec(name.lower()).resource_dir)
