"""Each rule of a machine that may refuse a lab, and whether it does.

A rule that is in force and lets the lab through is told, and is no fault. See namespaces(7), user_namespaces(7),
capabilities(7), seccomp(2), and AppArmor's own documents.
"""

from collections.abc import Iterator

from nslab_kernel.language import translate as _
from nslab_kernel.model.results import Check
from nslab_kernel.sandbox.refusals import (
    CLONE_SWITCH,
    DOCKER,
    LIMITS,
    UBUNTU_SWITCH,
    is_filtered,
    limit_of,
    profile,
    read,
    status_line,
)

_ALL = (1 << 41) - 1
"""Every capability that Linux 5.9 and later know."""


def check_limits(works: bool, cause: str) -> Iterator[Check]:
    """Look at each rule.

    Args:
        works: Whether a lab was had, in spite of all rules.
        cause: The rule that refused it, as `refusals.cause_of` names it.
    """
    yield from _check_counts()
    yield from _check_switch(CLONE_SWITCH, "0", works, cause)
    yield from _check_switch(UBUNTU_SWITCH, "1", works, cause)
    yield _check_profile(works, cause)
    yield _check_filter(works, cause)
    yield Check(_("capabilities"), "ready", _capabilities())


def _check_counts() -> list[Check]:
    limits = {kind: limit for kind in LIMITS if (limit := limit_of(kind)) is not None}
    if not limits:
        return []
    forbidden = [_forbidden(kind) for kind, limit in limits.items() if limit == 0]
    what = _("at most {count} of each kind").format(count=min(limits.values()))
    return forbidden or [Check(_("namespaces"), "ready", what)]


def _forbidden(kind: str) -> Check:
    name = f"user.max_{kind}_namespaces"
    return Check(
        name, "missing", "0", _("This machine forbids this kind of namespace."), f"sudo sysctl -w {name}=15000"
    )


def _check_switch(name: str, refusing: str, works: bool, cause: str) -> list[Check]:
    value = read("/proc/sys/" + name.replace(".", "/"))
    if not value:
        return []
    if value != refusing or works:
        return [Check(name, "ready", value)]
    why = _("It takes namespaces from ordinary users.")
    return [Check(name, _state(name, cause), value, why, f"sudo sysctl -w {name}={1 - int(refusing)}")]


def _check_profile(works: bool, cause: str) -> Check:
    found = profile()
    if works or not found:
        return Check("AppArmor", "ready", found or _("unconfined"))
    why = _("The profile {profile} may forbid mounts and namespaces.").format(profile=found)
    return Check("AppArmor", _state("AppArmor", cause), found, why, DOCKER)


def _check_filter(works: bool, cause: str) -> Check:
    if works or not is_filtered():
        what = _("a filter that lets the lab through") if is_filtered() else _("no filter")
        return Check("seccomp", "ready", what)
    why = _("A filter of system calls is laid on this process; Docker's own forbids new namespaces.")
    return Check("seccomp", _state("seccomp", cause), _("a filter"), why, DOCKER)


def _state(name: str, cause: str) -> str:
    """Return `missing` for what refused the lab; of another rule it is not known whether it would refuse as well."""
    return "missing" if name == cause else "note"


def _capabilities() -> str:
    held = int(status_line("CapEff") or "0", 16)
    bound = int(status_line("CapBnd") or "0", 16)
    counts = _("{held} held, {bound} to be had").format(held=held.bit_count(), bound=bound.bit_count())
    if status_line("NoNewPrivs") == "1":
        counts += _(", no new ones (no_new_privs)")
    return _("all") if held & _ALL == _ALL else counts
