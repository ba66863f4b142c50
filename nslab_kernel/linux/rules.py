"""Rules: what they may say; ip-rule(8)."""

from nslab_kernel.language import translate as _
from nslab_kernel.linux import argument_checks
from nslab_kernel.linux.argument_checks import bad_value, check_dst, check_text


def check_family(family: object) -> None:
    """Check a family; `None` is IPv4.

    Raises:
        BadValue: It is neither 4 nor 6.
    """
    if family is not None:
        argument_checks.check_family(family)


def check(
    from_: str | None,
    to: str | None,
    iif: str | None,
    oif: str | None,
    table: str | int | None,
    priority: int | None,
    family: int | None,
) -> None:
    """Check what a rule says; interfaces need not be there yet.

    Raises:
        BadValue: A word breaks its rule.
    """
    check_family(family)
    for net in (from_, to):
        if net not in (None, "all") and check_dst(net) and (":" in net) != (family == 6):
            raise bad_value(net, _("A rule for IPv6 needs family=6, and one for IPv4 goes without."), "family=6")
    for ifname in (iif, oif):
        if ifname is not None:
            check_text(ifname)
    if table is not None:
        argument_checks.check_table(table)
    if priority is not None:
        argument_checks.check_number(priority)
