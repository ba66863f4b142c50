"""What a learner is told when a live picture fails."""

import resource
from errno import EMFILE

from nslab_kernel.errors import LabError, errno_text
from nslab_kernel.language import translate as _

_AGAIN = "topology_live()"


def trouble(error: Exception) -> LabError:
    """Return an error of a live picture as a learner can act on it.

    Args:
        error: What was raised in a thread of ours, where no cell shows it.
    """
    what = _("This picture no longer follows the network.")
    if getattr(error, "errno", None) == EMFILE:
        return LabError(what, _no_more_files(), try_=_more_files(), said=errno_text(EMFILE))
    why = str(error) if isinstance(error, LabError) else f"{type(error).__name__}: {error}"
    return LabError(what, why, try_=_AGAIN)


def _no_more_files() -> str:
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    words = _(
        "The notebook kernel may have {count} files open at a time, and has none left to follow the network with."
    )
    return words.format(count=soft)


def _more_files() -> str:
    """Return what raises the limit where Linux lets a user do so, else what does with few files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == hard:
        return "topology()"
    return f"import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, ({hard}, {hard}))\n{_AGAIN}"
