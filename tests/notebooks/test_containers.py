"""The lessons on namespaces and containers, with a real engine: the cells show what the prose says."""

import os
import re
import shutil
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.notebooks.executed import NOTEBOOKS, Executed, execute
from tests.notebooks.test_lessons import BY_DOCKER

LANGUAGES = ("en", "zh")
LOOP = '/bin/sh -c "while true;do sleep 3600;done"'
LSNS = 'netns_exec(None, "lsns -t net -o NS,PID,NETNSID,COMMAND")'
ENGINES = ("docker", "dockerd", "podman")
BOTH = 'container_run("busybox_1")\ncontainer_run("busybox_2")\n'
PAIRS = BOTH + 'compare(("busybox_1", "busybox_2"), ("test1", "test2"))'
JOIN = """link_del("x", netns="blue")
link_set_netns("y", "blue", netns="red")
addr_add("10.9.9.2/24", dev="y", netns="blue")
link_up("y", netns="blue")
ping("10.9.9.2", netns="red")"""
ANSWERED, SILENT = "3 packets transmitted, 3 received", "3 packets transmitted, 0 received"


@pytest.fixture(scope="module", params=LANGUAGES)
def namespaces(request) -> Executed:
    return execute(NOTEBOOKS / request.param / "1-namespaces.ipynb")


@pytest.fixture(scope="module", params=LANGUAGES)
def containers(request) -> Executed:
    return execute(NOTEBOOKS / request.param / "2-containers.ipynb")


@pytest.fixture(scope="module", params=LANGUAGES)
def by_hand(request) -> Executed:
    return execute(NOTEBOOKS / request.param / "3-by-hand.ipynb")


@pytest.fixture(scope="module")
def without_engine(tmp_path_factory) -> Executed:
    """Return lesson 3, executed where no program of a container engine is in the PATH."""
    return execute_without(ENGINES, "3-by-hand", tmp_path_factory)


@pytest.fixture(scope="module")
def by_podman(tmp_path_factory) -> Executed:
    """Return lesson 2, executed where only Podman is in the PATH."""
    for _ in range(4):
        lesson = execute_without(("docker", "dockerd"), "2-containers", tmp_path_factory)
        # Podman's client sometimes loses the output of a short program: podman#25855.
        told = [lesson.value(cell)["text/plain"] for cell in lesson.cells if "container_exec(" in cell.source]
        if not any("It wrote nothing" in text for text in told):
            break
    return lesson


def execute_without(hidden, lesson, tmp_path_factory) -> Executed:
    """Run a lesson without some programs; links to the others are beside it, as a lab sees no other folder of /tmp."""
    folder = tmp_path_factory.mktemp("without") / "en"
    programs = folder / "programs"
    programs.mkdir(parents=True)
    for place in os.environ["PATH"].split(":"):
        for program in Path(place).glob("*"):
            if program.name not in hidden and not (programs / program.name).is_symlink():
                (programs / program.name).symlink_to(program)
    assert shutil.which("ip", path=str(programs))
    return execute(Path(shutil.copy(NOTEBOOKS / "en" / f"{lesson}.ipynb", folder)), str(programs))


def kinds(text):
    """Return the kinds and numbers of namespaces from the output of `readlink /proc/self/ns/...`."""
    return dict(re.findall(r"(?:^|> )(\w+):\[(\d+)\]", text, re.M))


class TestNamespaces:
    def test_1_1_one_of_each_kind(self, namespaces):
        """A process has the six kinds of namespaces of Linux 3.8, and the two newer ones."""
        found = kinds(namespaces.text('netns_exec(None, "ls -l /proc/self/ns")'))

        assert {"ipc", "mnt", "net", "pid", "user", "uts"} | {"cgroup", "time"} == set(found)

    def test_1_2_the_lab_has_six_of_its_own(self, namespaces):
        """The lab has six own namespaces and shares two with the machine; each shows fewer than six processes."""
        found = kinds(namespaces.text('netns_exec(None, "ls -l /proc/self/ns")'))
        outside = {kind: str(Path(f"/proc/self/ns/{kind}").stat().st_ino) for kind in found}
        rows = re.findall(r"^ *(\d+) (\w+) +(\d+)", namespaces.text('netns_exec(None, "lsns -o NS,TYPE,NPROCS")'), re.M)

        assert {"cgroup", "time"} == {kind for kind, number in found.items() if number == outside[kind]}
        assert found == {kind: number for number, kind, _count in rows}
        assert all(0 < int(count) < 6 for _number, _kind, count in rows)

    def test_1_3_one_kind_is_another_and_the_name_is_a_file(self, namespaces):
        """In red only the `net` namespace differs, and the file in /run/netns has its inode number."""
        read = "readlink /proc/self/ns/net /proc/self/ns/pid /proc/self/ns/user"
        host = kinds(namespaces.text(f'netns_exec(None, "{read}")'))
        red = kinds(namespaces.text(f'netns_exec("red", "{read}")'))

        assert ["net"] == [kind for kind in ("net", "pid", "user") if host[kind] != red[kind]]
        assert f"{red['net']} red" in namespaces.text('netns_exec(None, "ls -i /run/netns")')

    def test_1_4_interfaces_are_its_own(self, namespaces):
        """Interfaces made in red are not in blue, where the same names and ifindexes are free."""
        pairs = [
            re.findall(r"\+ .*(\d: [xy])@", namespaces.text(f'veth_add("x", "y", netns="{n}")'))
            for n in ("red", "blue")
        ]

        assert ["lo"] == re.findall(r"^\d+: ([^:@]+)", namespaces.text('link_show(netns="blue")'), re.M)
        assert ["2: y", "3: x"] == pairs[0] == pairs[1]

    def test_1_5_routes_are_its_own(self, namespaces):
        """The kernel adds a route in red; blue has none, so a ping there is refused at once."""
        assert "10.9.9.0/24 dev x proto kernel" in namespaces.text('link_up("x", netns="red")')
        assert "10.9.9.0/24 dev x proto kernel" in namespaces.text('route_show(netns="red")')
        assert "10.9.9" not in namespaces.text('route_show(netns="blue")')
        assert "Network is unreachable" in namespaces.text('ping("10.9.9.7", netns="blue")')

    def test_1_6_firewall_rules_are_its_own(self, namespaces):
        """Red's rules drop even its packets to itself until the table is deleted; blue has no rules."""
        assert "policy drop" in namespaces.text('netns_exec("red", "nft list ruleset")')
        assert "table" not in namespaces.text('netns_exec("blue", "nft list ruleset")')
        assert SILENT in namespaces.text('ping("127.0.0.1", netns="red")')
        assert ANSWERED in namespaces.text('ping("127.0.0.1", netns="blue")')
        assert ANSWERED in namespaces.text('ping("127.0.0.1", netns="red")', 2)

    def test_1_8_nobody_reaches_anybody(self, namespaces):
        """Red and blue both have a route, so both send, but neither gets a reply."""
        text = namespaces.text("ping_matrix()")
        silent = {"en": "no reply", "zh": "没有回应"}[namespaces.language]

        assert 2 == len(
            re.findall(rf"(?:red|blue) 10\.9\.9\.\d -> (?:red|blue) 10\.9\.9\.\d +{silent}( |$)", text, re.M)
        )

    def test_with_one_cable_between_them_they_do(self, namespaces):
        """The cable that joins red and blue for the end of the lesson works before break_it()."""
        assert ANSWERED in namespaces.text(JOIN)

    def test_1_7_files_and_control_groups_are_not(self, namespaces):
        """From inside red the notebook's folder is visible, and the control group is the host's."""
        inside, outside = (
            namespaces.text(f'netns_exec({n}, "cat /proc/self/cgroup")').splitlines()[1:] for n in ('"red"', None)
        )

        assert "1-namespaces.ipynb" in namespaces.text('netns_exec("red", "ls")')
        assert inside == outside != []

    def test_1_7_a_mount_is_seen_inside_its_namespace_alone(self, namespaces):
        """A file on a new mount exists inside the mount namespace, and not outside."""
        inside = (
            "netns_exec(None, 'unshare --mount sh -c \"mount -t tmpfs none /srv; echo hello > /srv/note; ls /srv\"')"
        )

        assert ["note"] == namespaces.text(inside).splitlines()[1:]
        assert "note" not in namespaces.text('netns_exec(None, "ls /srv")')


class TestContainers:
    def test_2_1_two_containers_come(self, containers):
        """Docker prints an id of 64 digits; the first container adds docker0, and each container adds a port to it."""
        texts = [containers.text(f"container_run(\"busybox_{n}\", command='{LOOP}')") for n in (1, 2)]
        came = [re.findall(r"\+ \d+: (docker0|veth)\S*: <", text) for text in texts]

        assert all(re.search(r"^[0-9a-f]{64}$", text, re.M) for text in texts)
        assert [["docker0", "veth"], ["veth"]] == came

    def test_2_1_the_picture_says_what_they_are(self, containers):
        """The picture's text alternative names the containers and their image."""
        (words,) = containers.alternatives(f"container_run(\"busybox_2\", command='{LOOP}')")

        assert "busybox_1" in words
        assert 2 == len(re.findall(r"image busybox;|镜像是 busybox；", words))

    def test_2_2_both_are_up(self, containers):
        """Both containers are listed as up, without published ports."""
        text = containers.text("container_list()")

        assert 2 == text.count(" Up ")
        assert "->" not in text

    def test_2_3_their_addresses(self, containers):
        """The addresses follow each other; lo is up; busybox's ip prints M-DOWN where the host's ip does not."""
        for number in (1, 2):
            text = containers.text(f'container_exec("busybox_{number}", "ip a")')
            assert f"inet 172.17.0.{number + 1}/16" in text
            assert "lo: <LOOPBACK,UP,LOWER_UP>" in text
            assert re.search(r"eth0@if\d+: <.*LOWER_UP,M-DOWN>", text)
        assert "M-DOWN" not in containers.text('link_show(netns="busybox_1")')

    def test_2_4_they_talk(self, containers):
        """The containers ping each other, from a shell and by exec; ttl=64 shows that nothing routes the packets."""
        shell = containers.text('container_shell("busybox_1", lines=["ping -c 3 172.17.0.3"])')
        other = containers.text('container_exec("busybox_2", "ping -c 3 172.17.0.2")')

        assert "/ # ping -c 3 172.17.0.3" in shell
        for text in (shell, other):
            assert "3 packets transmitted, 3 packets received" in text
            assert 3 == text.count("ttl=64")

    def test_2_5_namespaces_without_names(self, containers):
        """lsns lists three network namespaces, `ip netns` names none; the host's ids for the other two are 0 and 1."""
        numbers = re.findall(r"^ *\d{10} +(\d+) +(\w+) ", containers.text(LSNS), re.M)

        assert ("1", "unassigned") in numbers
        assert ["0", "1", "unassigned"] == sorted(number for _pid, number in numbers)
        assert 3 == len(re.findall(r"^ *\d{10} ", containers.text(LSNS), re.M))
        assert 2 == len(containers.text("netns_list()").splitlines())

    def test_2_6_the_other_end_is_found_by_numbers(self, containers):
        """The host's port has the ifindex after @if, and points back; lsns shows whom its link-netnsid means."""
        inside = r"(\d+): eth0@if(\d+): "
        own, far = re.search(inside, containers.text('link_show(netns="busybox_1")')).groups()
        line = rf"^{far}: veth\w+@if{own}: .* master docker0 .*\n.*link-netnsid (\d+)"
        number = re.search(line, containers.text("link_show()"), re.M)[1]
        pid = re.search(r"attach web (\d+)", containers.text('netns_attach("web", "busybox_1")'))[1]

        assert re.search(rf"^ *\d+ +{pid} +{number} .*sleep 3600", containers.text(LSNS), re.M)

    def test_2_6_a_packet_crosses_the_bridge_twice(self, containers):
        """Request and reply cross docker0; while docker0 is down, no packet leaves it."""
        code = 'journey("172.17.0.2", netns="busybox_2")'
        crossed = re.findall(r"/(\w+) → .*/(\w+): echo (\w+)", containers.text(code))
        ends = re.findall(r"/(\w+) → .*/(\w+): (?:who-has|echo)", containers.text(code, 2))

        assert [
            ("eth0", "docker0", "request"),
            ("docker0", "eth0", "request"),
            ("eth0", "docker0", "reply"),
            ("docker0", "eth0", "reply"),
        ] == crossed
        assert {("eth0", "docker0")} == set(ends)

    def test_2_6_the_bridge_carries_the_words(self, containers):
        """While docker0 is down a ping gets no reply; after it is up again, pings are answered."""
        silent = containers.text('ping("172.17.0.2", netns="busybox_2", count=1, timeout_s=4)')

        assert "1 packets transmitted, 0 received" in silent
        assert ANSWERED in containers.text('ping("172.17.0.2", netns="busybox_2")')

    def test_2_7_a_name_is_given(self, containers):
        """The list and the host's link show the name, and the host's programs run inside the namespace."""
        assert "web (id: 0)" in containers.text("netns_list()", 2)
        assert re.search(r"veth\w+@if\d+: .*\n.*link-netns web", containers.text("link_show()", 2))
        assert "+ /run/netns/web" in picture_of(containers, 'netns_attach("web", "busybox_1")')
        assert re.search(r"eth0@if\d+ +UP +172\.17\.0\.2/16", containers.text('netns_exec("web", "ip -br addr")'))

    def test_2_8_addresses_go_to_who_comes_first(self, containers):
        """A stopped container's named namespace stays; its address goes to the container that starts next."""
        (words,) = containers.alternatives('container_stop("busybox_1")')

        assert "Exited (137)" in containers.text("container_list()", 2)
        assert re.search(r"web[:：] ?lo UP", words)
        assert "$ docker stop -t 1 busybox_1" in containers.text('container_stop("busybox_1")')
        assert {"en": "busybox_1 has stopped.", "zh": "容器 busybox_1 停了。"}[containers.language] in words
        assert "172.17.0.2/16" in containers.text('container_exec("busybox_2", "ip a")', 2)
        assert "172.17.0.3/16" in containers.text('container_start("busybox_1")')
        assert ANSWERED in containers.text('ping("172.17.0.3", netns="busybox_2")')

    def test_2_8_three_addresses_all_reach_each_other(self, containers):
        """The addresses of both containers and of the bridge all reach each other."""
        text = containers.text("ping_matrix()")

        assert 6 == len(re.findall(r"^\S+ 172\.17\.0\.[123] -> \S+ 172\.17\.0\.[123] +[\d.]+ ms$", text, re.M))

    def test_the_lab_is_empty_at_the_end(self, containers):
        """After lab_reset() only the host's lo is left; the engine's bridge is gone too."""
        (words,) = containers.alternatives("lab_reset()")

        assert re.search(r"(host: |宿主机：)lo UP[.。]$", words)


class TestByPodman:
    def test_every_cell_runs(self, by_podman):
        """What the prose says about Docker holds for Podman too, with podman's commands."""
        assert "$ podman ps -a\n" in by_podman.text("container_list()")
        assert 2 == by_podman.text("container_list()").count(" Up ")
        for number in (1, 2):
            assert f"inet 172.17.0.{number + 1}/16" in by_podman.text(f'container_exec("busybox_{number}", "ip a")')
        assert "3 packets received" in by_podman.text('container_exec("busybox_2", "ping -c 3 172.17.0.2")')
        assert 3 == len(re.findall(r"^ *\d{10} ", by_podman.text(LSNS), re.M))
        assert 2 == len(by_podman.text("netns_list()").splitlines())
        assert 2 == len(re.findall(r"veth\w+@if\d+: .* master docker0", by_podman.text("link_show()")))
        assert "1 packets transmitted, 0 received" in by_podman.text(
            'ping("172.17.0.2", netns="busybox_2", count=1, timeout_s=4)'
        )
        assert by_podman.alternatives("lab_reset()")[0].endswith("host: lo UP.")

    def test_2_8_each_address_has_its_turn(self, by_podman):
        """Podman gives each container the next address, as the note in 2.8 says."""
        assert "172.17.0.4/16" in by_podman.text('container_exec("busybox_2", "ip a")', 2)
        assert "172.17.0.5/16" in by_podman.text('container_start("busybox_1")')


def picture_of(lesson, code):
    """Return all text of a cell's picture."""
    (data,) = re.findall(r'src="data:image/svg\+xml,([^"]*)"', lesson.data(code)["text/html"])
    return " ".join(re.findall(r">([^<>]+)</text>", unquote(data)))


class TestBesideDocker:
    def test_the_same_parts(self, by_hand):
        """Namespace, interface and state are alike; the bridge and the host differ: by hand, the host has only lo.

        The namespaces' `lo` differs too: by hand nobody set it up.
        """
        data = by_hand.data(PAIRS)
        alike, differs, you = {
            "en": ("Network namespace, Interface, State", "Bridge:", "You did: "),
            "zh": ("网络命名空间、接口、状态", "网桥：", "你做的："),
        }[by_hand.language]
        *_, last = data["text/plain"].splitlines()
        docker, hand = by_hand.alternatives(PAIRS)

        assert alike in last
        assert differs in data["text/plain"]
        assert f"  {you}DOWN" in re.split("lo[:：]", data["text/plain"])[1]
        assert "docker0" in docker
        assert re.search(r"(host: |宿主机：)lo UP", hand)
        assert "image/png" not in data

    def test_without_an_engine_the_lesson_goes_on(self, without_engine):
        """Without an engine two cells raise MissingProgram; all other cells run and show what the prose says."""
        failed = {c.source: o.ename for c in without_engine.cells for o in c.outputs if o.output_type == "error"}

        assert {
            BY_DOCKER: "MissingProgram",
            PAIRS: "MissingProgram",
        } == failed
        assert ["lo"] == re.findall(r"^\d+: ([^:@]+)", without_engine.text("link_show()"), re.M)
        assert ANSWERED in without_engine.text('ping("192.168.1.2", netns="test1")', 2)
        assert without_engine.alternatives("lab_reset()")[0].endswith("host: lo UP.")
