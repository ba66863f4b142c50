"""Tab completes the names of namespaces."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

from nslab_kernel import load_ipython_extension
from nslab_kernel.linux import namespaces


@pytest.fixture
def complete():
    shell = InteractiveShell()
    load_ipython_extension(shell)
    namespaces.add("test1")
    namespaces.add("other")
    return lambda text: shell.Completer.complete(line_buffer=text, cursor_pos=len(text))[1]


@pytest.mark.parametrize(
    "text", ['link_show(netns="te', "link_show(netns='te", 'netns_del("te', 'ping("::1", netns="te']
)
def test_names_where_a_namespace_is_meant(complete, text):
    """Only the names that begin with the typed letters are offered."""
    assert complete(text) == ["test1"]


def test_no_names_elsewhere(complete):
    """Where no existing namespace is meant, no name is offered."""
    assert "test1" not in complete('netns_add("te')
