"""The notebook kernel's sockets, in every way by which Jupyter may specify them."""

import json
import os
import socket

import pytest

from nslab_kernel.sandbox.connection import PORTS, connect, read_arguments


@pytest.fixture
def connected():
    """Yield a function that binds the sockets for some arguments; close them at the end."""
    opened = []

    def connected(*arguments):
        opened.append(connect(list(arguments)))
        return opened[-1]

    yield connected
    for connection in opened:
        connection.close()
        connection.remove_file()


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["-f", "/x/k.json"], {"connection_file": "/x/k.json"}),
        (["--f=/k", "--shell=9002", "--hb=1"], {"connection_file": "/k", "shell_port": "9002", "hb_port": "1"}),
        (["--IPKernelApp.iopub_port=5", "--ip=127.0.0.1"], {"iopub_port": "5", "ip": "127.0.0.1"}),
        (['--Session.key=b"a=b"', "--transport='ipc'"], {"key": "a=b", "transport": "ipc"}),
        (["--debug", "-f"], {"connection_file": ""}),
    ],
)  # fmt: skip
def test_every_way_to_name_a_port_is_read(arguments, found):
    """Arguments are read as ipykernel reads them: short, long or quoted; others are ignored."""
    assert read_arguments(arguments) == found


def test_ports_of_the_file_are_taken(connected, tmp_path):
    """The ports in the connection file are bound, and the file is not changed or removed."""
    ports = {name: free_port() for name in PORTS}
    (tmp_path / "k.json").write_text(text := json.dumps({"ip": "127.0.0.1", "transport": "tcp", **ports}))

    connection = connected("-f", str(tmp_path / "k.json"))

    assert set(connection.listeners) == set(ports.values())
    assert connection.arguments == ("-f", str(tmp_path / "k.json"))
    for port in ports.values():
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    connection.remove_file()
    assert (tmp_path / "k.json").read_text() == text


def test_an_argument_beats_the_file(connected, tmp_path):
    """A port on the command line takes precedence over the one in the file."""
    port = free_port()
    (tmp_path / "k.json").write_text(json.dumps({"shell_port": 1}))

    assert port in connected("-f", str(tmp_path / "k.json"), f"--shell={port}").listeners


def test_ports_that_nobody_named_are_chosen_and_written(connected, tmp_path):
    """Without a file free ports are bound, and a new file gets the ports and the key; it is removed with the kernel."""
    connection = connected("--debug", f"--f={tmp_path}/none.json", '--Session.key=b"abc"')

    assert connection.arguments == ("--debug", '--Session.key=b"abc"', "-f", f"{tmp_path}/none.json")
    told = json.loads((tmp_path / "none.json").read_text())
    assert [told[name] for name in PORTS] == list(connection.listeners)
    assert told["key"] == "abc"
    assert (tmp_path / "none.json").stat().st_mode & 0o777 == 0o600
    connection.remove_file()
    assert not (tmp_path / "none.json").exists()


def test_a_kernel_without_a_file_gets_a_name_of_its_own(connected, tmp_path, monkeypatch):
    """The file has the PID of this outer process in its name, because in each sandbox the PIDs start at 1."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))

    assert connected().file == tmp_path / f"kernel-{os.getpid()}.json"


def test_sockets_in_the_file_system(connected, tmp_path):
    """With the transport ipc the sockets are Unix sockets with paths."""
    ports = {name: number for number, name in enumerate(PORTS, 1)}
    (tmp_path / "k.json").write_text(json.dumps({"transport": "ipc", "ip": str(tmp_path / "k"), **ports}))

    assert list(connected("-f", str(tmp_path / "k.json")).listeners) == [1, 2, 3, 4, 5]
    for number in range(1, 6):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(f"{tmp_path}/k-{number}")


def test_a_port_can_be_taken_again_at_once(connected, tmp_path):
    """A port can be bound again immediately, so that a restarted kernel gets its previous ports."""
    first = connect(["-f", str(tmp_path / "k.json")])
    (port, *_) = first.listeners
    client = socket.create_connection(("127.0.0.1", port), timeout=5)
    first.close()
    client.close()

    assert port in connected(f"--shell={port}", "-f", str(tmp_path / "k.json")).listeners


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
