"""Rules, which choose a routing table for each packet: `ip rule`."""

from nslab_kernel.language import translate as _
from nslab_kernel.linux.argument_checks import bad_value, check_dst, check_family, check_number, check_table, check_text
from nslab_kernel.network.record import runs, shows

_SELECTOR = "[ from {from_}][ to {to}][ iif {iif}][ oif {oif}][ fwmark {fwmark}][ lookup {table}][ priority {priority}]"


@shows("ip[ -{family}] rule")
def rule_show(netns: str | None = None, family: int | None = None) -> None:
    """Show the rules of a namespace in their order: which routing table is used for which packets.

    Args:
        netns: Where to look; `None` is the host.
        family: 6 for IPv6; `None` is 4, IPv4.

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
    """Add a rule: packets that match all given arguments are routed by a routing table.

    Args:
        from_: The source network or address; with an underscore, because `from` is a keyword of Python.
        to: The destination network or address.
        iif: The interface through which packets came in; `"lo"` is for packets that start in this namespace.
        oif: The interface that the sending program is bound to.
        fwmark: The mark that a packet filter put on packets, a number or `"1/0xff"`, number and mask.
        table: The routing table that is used, a number or `"main"`, `"local"`, `"default"`; `None` is `"main"`.
        priority: Smaller numbers come first; `None` is one less than the second rule's, the first being `local`.
        netns: Where to add it; `None` is the host.
        family: 6 for IPv6; `None` is 4, IPv4.

    Raises:
        NoNamespace: There is no such namespace.
        AlreadyExists: There is such a rule with this priority already.
        BadValue: A value is not allowed, or no argument is given.
        RefusedByLinux: Linux refuses the rule.

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
    """Delete the first rule that matches all given arguments.

    Args:
        from_: Only a rule for packets from this network or address.
        to: Only a rule for packets to this network or address.
        iif: Only a rule for packets that came in through this interface.
        oif: Only a rule for programs bound to this interface.
        fwmark: Only a rule for packets with this mark.
        table: Only a rule that uses this routing table.
        priority: Only a rule with this priority.
        netns: The rule's namespace; `None` is the host.
        family: 6 for IPv6; `None` is 4, IPv4.

    Raises:
        NoNamespace: There is no such namespace.
        NoSuchThing: There is no such rule.
        BadValue: A value is not allowed, or no argument is given.

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
    """Check the arguments of a rule; its interfaces need not exist yet."""
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
