"""Explains why a live picture no longer follows the network."""

import resource
from errno import EMFILE

from nslab_kernel.errors import LabError, errno_text
from nslab_kernel.language import translate as _

_AGAIN = "topology_live()"


def watch_error(error: Exception) -> LabError:
    """Return an error of a live picture with what to try.

    Args:
        error: Raised in a background thread, so that no cell shows it.
    """
    what = _("This picture no longer follows the network.")
    if getattr(error, "errno", None) == EMFILE:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        why = _(
            "The notebook kernel may have {count} files open at a time, and has none left to follow the network with."
        ).format(count=soft)
        more = f"import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, ({hard}, {hard}))\n{_AGAIN}"
        # Where the user may not raise the limit, a picture that needs few files.
        return LabError(what, why, try_="topology()" if soft == hard else more, said=errno_text(EMFILE))
    why = str(error) if isinstance(error, LabError) else f"{type(error).__name__}: {error}"
    return LabError(what, why, try_=_AGAIN)
