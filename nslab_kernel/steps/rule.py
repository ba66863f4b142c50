"""Rules, which routing table is asked: `ip rule`."""

from nslab_kernel.language import translate as _
from nslab_kernel.linux.argument_checks import bad_value, check_dst, check_family, check_number, check_table, check_text
from nslab_kernel.network.record import runs, shows

_SELECTOR = "[ from {from_}][ to {to}][ iif {iif}][ oif {oif}][ fwmark {fwmark}][ lookup {table}][ priority {priority}]"


@shows("ip[ -{family}] rule")
def rule_show(netns: str | None = None, family: int | None = None) -> None:
    """Show the rules of a namespace: which routing table is asked for which packets, in this order.

    Args:
        netns: Where to look; `None` is the host.
        family: 6 for those of IPv6; `None` is 4, IPv4.

    Raises:
        NoNamespace: There is no such namespace.
        BadValue: There is no such family.

    Example:
        >>> rule_show(netns="test1")

    See ip-rule(8).
    """
    if family is not None:
        check_family(family)


@runs("ip[ -{family}] rule add" + _SELECTOR)
def rule_add(
    from_: str | None = None,
    to: str | None = None,
    iif: str | None = None,
    oif: str | None = None,
    fwmark: str | int | None = None,
    table: str | int | None = None,
    priority: int | None = None,
    netns: str | None = None,
    family: int | None = None,
) -> None:
    """Add a rule: packets that fit all that is given find their way by a routing table.

    Args:
        from_: A net or an address that they come from; with the underscore, because `from` is a word of Python's own.
        to: A net or an address that they go to.
        iif: The interface that they came in by; `"lo"` is what starts here.
        oif: The interface that the sending program is bound to.
        fwmark: The mark that a packet filter put on them, a number or `"1/0xff"`, number and mask.
        table: The routing table that is asked, a number or `"main"`, `"local"`, `"default"`; `None` is `"main"`.
        priority: Smaller numbers come first; `None` is one before those that were there.
        netns: Where to add it; `None` is the host.
        family: 6 for IPv6; `None` is 4, IPv4.

    Raises:
        NoNamespace: There is no such namespace.
        AlreadyExists: There is such a rule with this priority.
        BadValue: A word breaks its rule, or nothing is given.
        RefusedByLinux: Linux said no.

    Example:
        >>> rule_add(from_="192.168.1.0/24", table=100, netns="test1")

    See ip-rule(8).
    """
    _check(from_, to, iif, oif, table, priority, family)


@runs("ip[ -{family}] rule del" + _SELECTOR)
def rule_del(
    from_: str | None = None,
    to: str | None = None,
    iif: str | None = None,
    oif: str | None = None,
    fwmark: str | int | None = None,
    table: str | int | None = None,
    priority: int | None = None,
    netns: str | None = None,
    family: int | None = None,
) -> None:
    """Delete a rule, the first that fits all that is given.

    Args:
        from_: Only one for packets from this net or address.
        to: Only one for packets to this net or address.
        iif: Only one for packets that came in by this interface.
        oif: Only one for programs bound to this interface.
        fwmark: Only one for packets with this mark.
        table: Only one that asks this routing table.
        priority: Only one with this number.
        netns: Where it is; `None` is the host.
        family: 6 for IPv6; `None` is 4, IPv4.

    Raises:
        NoNamespace: There is no such namespace.
        NoSuchThing: There is no such rule.
        BadValue: A word breaks its rule, or nothing is given.

    Example:
        >>> rule_add(from_="192.168.1.0/24", table=100, netns="test1")
        >>> rule_del(from_="192.168.1.0/24", table=100, netns="test1")

    See ip-rule(8).
    """
    _check(from_, to, iif, oif, table, priority, family)


def _check(
    from_: str | None,
    to: str | None,
    iif: str | None,
    oif: str | None,
    table: str | int | None,
    priority: int | None,
    family: int | None,
) -> None:
    """Check what a rule says; interfaces need not be there yet."""
    if family is not None:
        check_family(family)
    for net in (from_, to):
        if net not in (None, "all") and check_dst(net) and (":" in net) != (family == 6):
            raise bad_value(net, _("A rule for IPv6 needs family=6, and one for IPv4 goes without."), "family=6")
    for ifname in (iif, oif):
        if ifname is not None:
            check_text(ifname)
    if table is not None:
        check_table(table)
    if priority is not None:
        check_number(priority)
