"""The notebook kernel's sockets, however Jupyter names them."""

import json
import os
import socket

import pytest
from nslab_kernel.sandbox.listeners import PORTS, listen, read_arguments


@pytest.fixture
def listening():
    """Listen, and close at the end."""
    opened = []

    def listening(*arguments):
        opened.append(listen(list(arguments)))
        return opened[-1]

    yield listening
    for listeners in opened:
        listeners.close()


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["-f", "/x/k.json"], {"connection_file": "/x/k.json"}),
        (["--f=/k", "--shell=9002", "--hb=1"], {"connection_file": "/k", "shell_port": "9002", "hb_port": "1"}),
        (["--IPKernelApp.iopub_port=5", "--ip=127.0.0.1"], {"iopub_port": "5", "ip": "127.0.0.1"}),
        (['--Session.key=b"a=b"', "--transport='ipc'"], {"transport": "ipc"}),
        (["--debug", "-f"], {"connection_file": ""}),
    ],
)  # fmt: skip
def test_every_way_to_name_a_port_is_read(arguments, found):
    """Arguments are read as ipykernel reads them: short, long, quoted; others are left alone."""
    assert read_arguments(arguments) == found


def test_ports_of_the_file_are_taken(listening, tmp_path):
    """The ports that the connection file names are bound, and nothing is added to the command line."""
    ports = {name: free_port() for name in PORTS}
    (tmp_path / "k.json").write_text(json.dumps({"ip": "127.0.0.1", "transport": "tcp", **ports}))

    listeners = listening("-f", str(tmp_path / "k.json"))

    assert set(listeners.descriptors) == set(ports.values())
    assert listeners.arguments == []
    for port in ports.values():
        socket.create_connection(("127.0.0.1", port), timeout=5).close()


def test_an_argument_beats_the_file(listening, tmp_path):
    """A port that is named on the command line is bound, whatever the file says."""
    port = free_port()
    (tmp_path / "k.json").write_text(json.dumps({"shell_port": 1}))

    assert port in listening("-f", str(tmp_path / "k.json"), f"--shell={port}").descriptors


def test_ports_that_nobody_named_are_chosen_and_told(listening, tmp_path):
    """With no file, or ports 0, any ports are bound, and ipykernel is told which."""
    listeners = listening("-f", str(tmp_path / "none.json"))

    assert len(listeners.descriptors) == 5
    told = dict(argument.removeprefix("--IPKernelApp.").split("=") for argument in listeners.arguments)
    assert {name: int(port) for name, port in told.items()} == dict(zip(PORTS, listeners.descriptors, strict=True))


def test_a_kernel_without_a_file_gets_a_name_of_its_own(listening):
    """The file is named after this process, since every sandbox counts its own from 1."""
    assert f"--IPKernelApp.connection_file=kernel-{os.getpid()}.json" in listening().arguments


def test_other_transports_are_left_to_ipykernel(listening, tmp_path):
    """Sockets in the file system need no listener from outside."""
    (tmp_path / "k.json").write_text(json.dumps({"transport": "ipc", "ip": str(tmp_path / "k"), "shell_port": 1}))

    assert listening("-f", str(tmp_path / "k.json")).descriptors == {}


def test_a_port_can_be_taken_again_at_once(listening):
    """A restarted kernel gets the ports of the one before."""
    first = listen([])
    (port, *_) = first.descriptors
    client = socket.create_connection(("127.0.0.1", port), timeout=5)
    first.close()
    client.close()

    assert port in listening(f"--shell={port}").descriptors


def test_a_file_that_the_sandbox_hides_is_written_again(listening, tmp_path):
    """Its text comes back, for its owner alone."""
    file = tmp_path / "runtime" / "k.json"
    file.parent.mkdir()
    file.write_text('{"key": "secret"}')
    listeners = listening("-f", str(file))
    file.unlink()
    file.parent.rmdir()

    listeners.restore_file()

    assert file.read_text() == '{"key": "secret"}'
    assert file.stat().st_mode & 0o777 == 0o600


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
