"""A progress bar below a cell whose change takes longer than a second."""

from IPython.display import DisplayHandle

from nslab_kernel.jupyter.cell_output import notebook_shell
from nslab_kernel.language import translate as _

_output: DisplayHandle | None = None


def show_progress(done: int, of: int) -> None:
    """Show the progress of a change in one place, and remove the bar at the end; a plain console shows nothing.

    It is HTML's `progress`, because ipywidgets' IntProgress tells a screen reader neither role nor value and needs a
    page that runs widgets.
    """
    global _output
    if not notebook_shell():
        return
    if done >= of:
        ended, _output = _output, None
        if ended:
            ended.update({"text/html": "", "text/plain": ""}, raw=True)
    elif _output:
        _output.update(_rendered(done, of), raw=True)
    else:
        _output = DisplayHandle()
        _output.display(_rendered(done, of), raw=True)


def _rendered(done: int, of: int) -> dict[str, str]:
    from nslab_kernel.display.html import progress_page  # imported late, so that the notebook kernel starts sooner

    words, label = _("{done} of {of} changes").format(done=done, of=of), _("The network is being changed")
    return {"text/html": progress_page(done, of, words, label), "text/plain": words}
