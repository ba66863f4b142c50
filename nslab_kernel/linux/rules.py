"""Rules: what they may say; ip-rule(8)."""

from nslab_kernel.language import translate as _
from nslab_kernel.linux.argument_checks import (
    bad_value,
    check_dst,
    check_family,
    check_number,
    check_table,
    check_text,
)


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
