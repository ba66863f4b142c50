"""Named checkpoints of the network, and networks as JSON text."""

import json
import subprocess

import pytest

from nslab_kernel import BadValue, NoSuchThing, build, lab_reset, lab_restore, lab_save, netns_add, snapshot
from nslab_kernel.network.config_equality import comparable
from nslab_kernel.network.portable import from_json, to_json
from tests.networks import bridged, two_namespaces


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Keep checkpoints, which lie beside the notebook, in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_there_and_back():
    """lab_restore() brings back what was saved, and removes what came later."""
    build(two_namespaces())
    for line in ("tc qdisc add dev veth-test1 root tbf rate 1mbit burst 10k latency 10ms", "nft add table inet lab"):
        subprocess.run(["ip", "netns", "exec", "test1", *line.split()], check=True)
    before = snapshot()
    lab_save("before nat")
    lab_reset()
    netns_add("other")
    lab_restore("before nat")

    assert comparable(before) == comparable(snapshot())


@pytest.mark.parametrize("network", [two_namespaces(), bridged()])
def test_text_holds_all(network):
    """A network is the same after a round trip through JSON."""
    assert network == from_json(to_json(network))


def test_odd_names_pass():
    """Names with bytes that are not UTF-8, or with control characters, survive the round trip."""
    subprocess.run([b"ip", b"link", b"add", b"\xff\xfe", b"type", b"veth", b"peer", b"name", b"x\x07y"], check=True)
    network = snapshot()

    assert network == from_json(to_json(network))


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 61, None, 3])
def test_what_is_no_name_is_told(name):
    """A wrong name raises an error, and no file is written."""
    with pytest.raises(BadValue):
        lab_save(name)


def test_a_name_leads_nowhere_else(own_folder):
    """Any name, even one like a path, becomes a file in the folder of checkpoints."""
    for name in ("../../x", "/etc/passwd", "..", "."):
        file = lab_save(name)
        assert own_folder / ".nslab" / "networks" == (own_folder / file).resolve().parent
        lab_restore(name)


def test_nothing_of_that_name():
    """The error for a missing checkpoint suggests a similar one."""
    lab_save("before nat")
    with pytest.raises(NoSuchThing, match="Did you mean before nat"):
        lab_restore("befor nat")


def altered(**fields):
    return json.dumps({**json.loads(to_json(two_namespaces())), **fields})


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", "[" * 100_000, "nan", altered(version=2), altered(version="1" * 5000), altered(network=None),
        altered(network={"namespaces": {}}), altered(network={"namespaces": {"host": 3}}), altered(format="other"),
        to_json(two_namespaces()).replace('"ifindex": 1', '"ifindex": "x"'),
        to_json(two_namespaces()).replace('"name": "test1"', '"name": "a/b"'),
    ],
)  # fmt: skip
def test_other_text_is_told(own_folder, text):
    """Any other text in the file raises an error of ours, and the network stays as it is."""
    file = own_folder / lab_save("x")
    file.write_text(text)
    before = snapshot()
    with pytest.raises(BadValue):
        lab_restore("x")
    assert before == snapshot()
