"""Arguments are returned in the form that Linux takes, or refused."""

import pytest

from nslab_kernel.errors import BadValue
from nslab_kernel.linux import argument_checks
from nslab_kernel.linux.sysctls import check_sysctl


@pytest.mark.parametrize("name", ["lo", "veth-test1", "a" * 15, "网口一号", "x;y$z", "1"])
def test_a_good_interface_name_comes_back(name):
    """A name that Linux takes is returned as it is."""
    assert name == argument_checks.check_ifname(name)


@pytest.mark.parametrize(
    "name",
    [
        None,
        5,
        b"lo",
        "",
        ".",
        "..",
        "a/b",
        "a b",
        "a\tb",
        "a\u3000b",
        "a\x00",
        "a\x7f",
        "-x",
        "a:b",
        "veth%d",
        "\ud800",
    ],
)
def test_a_bad_interface_name_is_refused(name):
    """A name that Linux or a command line cannot take is refused, and the error states the rule."""
    with pytest.raises(BadValue) as caught:
        argument_checks.check_ifname(name)

    assert caught.value.why


@pytest.mark.parametrize(
    ("name", "surplus"), [("a" * 16, "1 too many"), ("网口网口网口", "3 too many"), ("a" * 300, "285")]
)
def test_a_name_is_counted_in_bytes(name, surplus):
    """If a name is longer than 15 bytes, the error states the surplus and suggests a name that is short enough."""
    with pytest.raises(BadValue) as caught:
        argument_checks.check_ifname(name)

    assert surplus in caught.value.why
    assert len(eval(caught.value.try_).encode()) <= 15


def test_a_chinese_character_may_hold_a_space():
    """A name with 堠 (E5 A0 A0) is refused, because Linux looks at single bytes and takes A0 for a space."""
    with pytest.raises(BadValue, match="A0"):
        argument_checks.check_ifname("堠")


@pytest.mark.parametrize("name", ["test1", "a" * 255, "路由器", "veth%d"])
def test_a_good_namespace_name_comes_back(name):
    """A name that a file in /run/netns can have is returned as it is."""
    assert name == argument_checks.check_netns_name(name)


@pytest.mark.parametrize("name", [None, True, "", ".", "a/b", "a" * 256, "host", "-n", "a\n"])
def test_a_bad_namespace_name_is_refused(name):
    """A name that Linux or a command line cannot take is refused, and so is `host`, the lab's name for the host."""
    with pytest.raises(BadValue):
        argument_checks.check_netns_name(name)


@pytest.mark.parametrize("name", ["netns:a", "container:a", "netns:", "host", "a/b"])
def test_a_name_for_a_new_namespace_is_none_of_the_labs_ways(name):
    """A name such as `netns:a`, which means the namespace a everywhere, is refused, and another one is suggested."""
    with pytest.raises(BadValue) as caught:
        argument_checks.check_new_netns_name(name)

    assert caught.value.why
    assert caught.value.try_ in ("'a'", "'test1'", "'host1'", "'ab'")


@pytest.mark.parametrize("name", ["netns", "a:b", "container", "netns-a"])
def test_a_name_that_only_looks_so(name):
    """A name that does not start with `netns:` or `container:` is accepted, also if it looks similar."""
    assert name == argument_checks.check_new_netns_name(name)


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("192.168.1.1/24", "192.168.1.1/24"),
        ("192.168.1.1", "192.168.1.1/32"),
        ("FD00:0::1/64", "fd00::1/64"),
        ("fd00::1", "fd00::1/128"),
    ],
)
def test_an_address_is_normalised(given, normal):
    """An address without a prefix length gets /32 or /128, as in iproute2, and IPv6 is written in its short form."""
    assert normal == argument_checks.check_addr(given)


@pytest.mark.parametrize(
    "addr",
    [None, 1, "", "192.168.1.256/24", "192.168.1/24", "192.168.1.1/33", "10.0.0.1/255.0.0.0", "fe80::1%eth0", "x"],
)
def test_a_bad_address_is_refused(addr):
    """A value that is not an address with or without a prefix length is refused."""
    with pytest.raises(BadValue):
        argument_checks.check_addr(addr)


@pytest.mark.parametrize(
    ("given", "normal"),
    [("default", "default"), ("0.0.0.0/0", "default"), ("10.0.0.0/8", "10.0.0.0/8"), ("10.0.0.5/32", "10.0.0.5")],
)
def test_a_destination_is_normalised(given, normal):
    """A destination is returned as `ip route` shows it."""
    assert normal == argument_checks.check_dst(given)


def test_a_destination_with_bits_behind_the_mask_is_refused():
    """The error suggests the prefix without these bits."""
    with pytest.raises(BadValue) as caught:
        argument_checks.check_dst("10.1.2.3/8")

    assert "'10.0.0.0/8'" == caught.value.try_


@pytest.mark.parametrize("mac", ["02:00:00:00:00:01", "AA:bb:00:00:00:01"])
def test_a_mac_address_comes_back_small(mac):
    """A MAC address is returned in lower case, as the kernel shows it."""
    assert mac.lower() == argument_checks.check_mac(mac)


@pytest.mark.parametrize("mac", [None, "", "02:00:00:00:00", "01:00:00:00:00:01", "00:00:00:00:00:00", "02-0-0-0-0-1"])
def test_a_bad_mac_address_is_refused(mac):
    """A group address and all zeros are refused as an interface's address, as is any value that is no MAC address."""
    with pytest.raises(BadValue):
        argument_checks.check_mac(mac)


@pytest.mark.parametrize("mac", ["00:00:00:00:00:00", "01:00:5E:00:00:01", "02:00:00:00:00:01"])
def test_any_mac_address(mac):
    """A forwarding database entry may have a group address, or at a tunnel all zeros."""
    assert mac.lower() == argument_checks.check_any_mac(mac)


@pytest.mark.parametrize("mac", [None, 5, "", "02:00:00:00:00", "x"])
def test_what_is_no_mac_address_at_all(mac):
    with pytest.raises(BadValue):
        argument_checks.check_any_mac(mac)


@pytest.mark.parametrize("addr", [None, 7, "", "10.0.0.1/32", "10.0.0", "all", "fe80::1%eth0"])
def test_one_address_has_no_length(addr):
    """For a neighbour or a source, only one address is accepted, without a prefix length."""
    with pytest.raises(BadValue):
        argument_checks.check_one_addr(addr)


@pytest.mark.parametrize("word", [None, 5, "", "-x"])
def test_a_word_of_a_command(word):
    """A word must be non-empty text that does not start with -, as an option does."""
    with pytest.raises(BadValue):
        argument_checks.check_word(word, "dummy")


@pytest.mark.parametrize("mtu", [None, True, 1500.0, "1500", 67, 65537, -1])
def test_a_bad_mtu_is_refused(mtu):
    """Only a whole number from 68 to 65536 is accepted; the error suggests 1500."""
    with pytest.raises(BadValue) as raised:
        argument_checks.check_mtu(mtu)

    assert "1500" == raised.value.try_


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("net.ipv4.ip_forward", "net.ipv4.ip_forward"),
        ("net/ipv4/conf/eth0.5/forwarding", "net.ipv4.conf.eth0/5.forwarding"),
    ],
)
def test_a_switch_is_told_with_dots(given, normal):
    """A sysctl's name is returned as sysctl(8) shows it: with dots, and a slash for a dot in an interface's name."""
    assert normal == check_sysctl(given)


@pytest.mark.parametrize(
    "key", [None, "", "kernel.hostname", "net", "net.", "net...x", "net/../kernel/x", "net.ipv4.x y"]
)
def test_a_switch_of_the_machine_is_refused(key):
    """A name that is not that of a network namespace's sysctl is refused."""
    with pytest.raises(BadValue):
        check_sysctl(key)
