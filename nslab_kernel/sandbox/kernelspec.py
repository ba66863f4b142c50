"""The kernel spec of NS Lab, with more folders where cells may write.

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
    """Write a kernel spec where Jupyter looks for it, in the place of one with the same name.

    Args:
        writable: Folders where its labs may write, besides the notebook's.
        name: What notebooks call it.
        user: Whether it is for this user's Jupyter; else for whoever uses this Python.

    Returns:
        The folder that was written.

    Raises:
        OSError: This user may not write there.
        ValueError: It is no name for a kernel spec, or another kernel's.
        KeyError: NS Lab is not installed for this Python.
    """
    from jupyter_client.kernelspec import KernelSpecManager  # late: heavy

    specs = KernelSpecManager()
    _require_ours(name, specs.find_kernel_specs().get(name.lower()))
    with tempfile.TemporaryDirectory() as made:
        shutil.copytree(specs.get_kernel_spec(NAME).resource_dir, made, dirs_exist_ok=True)
        file = Path(made, "kernel.json")
        spec = json.loads(file.read_text())
        options = [f"--writable={folder}" for folder in writable]
        # This very Python: a user's kernel specs are seen by other Jupyters too.
        launcher = [sys.executable, "-P", "-m", _LAUNCHER]
        spec["argv"] = [*launcher, *options, "-f", "{connection_file}"]
        spec["display_name"] = "NS Lab" if name == NAME else f"NS Lab ({name})"
        file.write_text(json.dumps(spec, indent=2))
        return Path(specs.install_kernel_spec(made, name, user=user, prefix=None if user else sys.prefix))


def _require_ours(name: str, there: str | None) -> None:
    """Refuse a name whose folder holds more than a kernel spec, such as `..`, and one that another kernel has."""
    if not name[:1].isalnum():
        raise ValueError(_("a kernel's name begins with a letter or a digit, {name} does not").format(name=repr(name)))
    if there and _LAUNCHER not in Path(there, "kernel.json").read_text():
        raise ValueError(_("{name} is another kernel, in {folder}; say another --name").format(name=name, folder=there))


def found(name: str) -> Path:
    """Return the folder of the kernel spec that Jupyter takes for a name."""
    from jupyter_client.kernelspec import KernelSpecManager

    return Path(KernelSpecManager().get_kernel_spec(name.lower()).resource_dir)
