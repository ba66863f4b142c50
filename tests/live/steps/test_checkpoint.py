"""Named checkpoints, and networks as text."""

import json
import subprocess

import pytest

from nslab_kernel import BadValue, NoSuchThing, build, lab_reset, lab_restore, lab_save, netns_add, snapshot
from nslab_kernel.network.config_equality import comparable
from nslab_kernel.network.portable import from_json, to_json
from tests.networks import bridged, two_namespaces


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Checkpoints are kept beside the notebook: here a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_there_and_back():
    """What was saved comes back, and what came since is gone."""
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
    """Nothing is lost on the way through JSON."""
    assert network == from_json(to_json(network))


def test_odd_names_pass():
    """Bytes that are not UTF-8, control characters: they are names, and stay so."""
    subprocess.run([b"ip", b"link", b"add", b"\xff\xfe", b"type", b"veth", b"peer", b"name", b"x\x07y"], check=True)
    network = snapshot()

    assert network == from_json(to_json(network))


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 61, None, 3])
def test_what_is_no_name_is_told(name):
    """And no file is made."""
    with pytest.raises(BadValue):
        lab_save(name)


def test_a_name_leads_nowhere_else(own_folder):
    """Whatever it looks like, it is a file in the one folder."""
    for name in ("../../x", "/etc/passwd", "..", "."):
        file = lab_save(name)
        assert own_folder / ".nslab" / "networks" == (own_folder / file).resolve().parent
        lab_restore(name)


def test_nothing_of_that_name():
    """What there is stands in the error."""
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
    """Whatever is in the file: an error of ours, and the network stays."""
    file = own_folder / lab_save("x")
    file.write_text(text)
    before = snapshot()
    with pytest.raises(BadValue):
        lab_restore("x")
    assert before == snapshot()
