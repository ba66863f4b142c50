"""A notebook with live widgets, run without a browser, stores their final state as pictures with text alternatives."""

import nbclient
import nbformat
import pytest

from tests.notebooks.executed import require_sandbox

CELLS = [
    "from nslab_kernel import *\ntopology_live()",
    'netns_add("test1"); netns_add("test2"); veth_add("veth-test1", "veth-test2")',
    'link_set_netns("veth-test1", "test1"); link_set_netns("veth-test2", "test2")',
    'for n in (1, 2): addr_add(f"192.168.1.{n}/24", dev=f"veth-test{n}", netns=f"test{n}")',
    'for n in (1, 2): link_up(f"veth-test{n}", netns=f"test{n}")',
    'pinging = ping_live("192.168.1.2", netns="test1", count=3, interval_s=0.1)\npinging',
    "await pinging",
    "ping_matrix()",
    'journey("192.168.1.2", netns="test1")',
]


@pytest.fixture(scope="module")
def executed():
    require_sandbox()
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in CELLS])
    nbclient.NotebookClient(notebook, kernel_name="nslab", timeout=300).execute()
    return notebook


def html(cell):
    return "".join(output.get("data", {}).get("text/html", "") for output in cell.outputs)


def test_the_network_is_stored_as_it_was_in_the_end(executed):
    """The live picture is stored as it was after the last cell, with its text alternative."""
    assert "veth-test2, 192.168.1.2/24, UP" in html(executed.cells[0])
    assert "data:image/svg+xml" in html(executed.cells[0])


def test_the_ping_is_stored_as_it_ended(executed):
    """The stored picture of the ping has all replies, and awaiting the ping returns the result."""
    assert "3 sent, 3 came back." in html(executed.cells[5])
    assert "3 of 3 came back" in executed.cells[6].outputs[0]["data"]["text/plain"]


def test_matrix_and_journey_are_pictures_anyway(executed):
    """Matrix and journey are stored as pictures without a widget."""
    assert "data:image/svg+xml" in html(executed.cells[7])
    assert "pcap" in html(executed.cells[8])
