"""The bar below a cell whose change takes longer than a second."""

from nslab_kernel.jupyter.output import Output, notebook_shell
from nslab_kernel.language import translate as _

_output: Output | None = None


def show_bar(done: int, of: int) -> None:
    """Show how far a change is, in place; take the bar away when all is done. A plain console shows nothing.

    HTML's own `progress` and not ipywidgets' IntProgress: that one tells a screen reader neither its role nor its
    value, and it would need the page to run widgets. It is nothing to be operated, so the keyboard skips it.

    Args:
        done: So many parts are done.
        of: So many there are.
    """
    global _output
    if not notebook_shell():
        return
    if done >= of:
        ended, _output = _output, None
        if ended:
            ended.update({"text/html": "", "text/plain": ""})
    elif _output:
        _output.update(_looks(done, of))
    else:
        _output = Output()
        _output.show(_looks(done, of))


def _looks(done: int, of: int) -> dict[str, str]:
    from nslab_kernel.display.html import progress_page  # what draws comes with the first thing shown

    words, label = _("{done} of {of} changes").format(done=done, of=of), _("The network is being changed")
    return {"text/html": progress_page(done, of, words, label), "text/plain": words}
