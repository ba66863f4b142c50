"""All the learner's names: what `from nslab_kernel import *` gives."""

from nslab_kernel.containers.calls import (
    container_exec,
    container_inspect,
    container_list,
    container_logs,
    container_rm,
    container_run,
    container_shell,
    container_start,
    container_stop,
)
from nslab_kernel.containers.compare import compare
from nslab_kernel.display.figure import figure
from nslab_kernel.display.pcap import pcap_save
from nslab_kernel.display.printed import let_values_print
from nslab_kernel.doctor.why import why
from nslab_kernel.errors import (
    AlreadyExists,
    AmbiguousName,
    BadValue,
    EngineTrouble,
    LabError,
    MissingProgram,
    NoContainer,
    NoImage,
    NoLab,
    NoLink,
    NoNamespace,
    NoSuchThing,
    NotOurs,
    NotPermitted,
    RefusedByEngine,
    RefusedByLinux,
)
from nslab_kernel.faults.break_it import break_it, check_fix, fault_hint
from nslab_kernel.jupyter.lesson_panel import lesson, lesson_report, predict
from nslab_kernel.jupyter.live import ping_live, ping_matrix, topology_live
from nslab_kernel.lessons.check import check, goto, hint, solve
from nslab_kernel.model.comparison import Comparison, Half, Trait
from nslab_kernel.model.diagnosis import Diagnosis, Finding
from nslab_kernel.model.entry import Entry
from nslab_kernel.model.faults import BrokenLab, FaultHint, FixCheck
from nslab_kernel.model.guidance import FactCheck, Helped, Hint, LessonCheck, LessonReport, Prediction, StepCheck
from nslab_kernel.model.journey_result import Journey
from nslab_kernel.model.matrix_result import MatrixResult
from nslab_kernel.model.network import AddressDetails, Container, End, Link, Namespace, Neighbour, Network, Route
from nslab_kernel.model.results import Change, Check, Doctor, Holder, Listing, PingResult, Topology
from nslab_kernel.probe.journey import journey
from nslab_kernel.probe.ping import ping
from nslab_kernel.sandbox.doctor import lab_doctor
from nslab_kernel.steps.addr import addr_add, addr_del, addr_flush, addr_show
from nslab_kernel.steps.bridge import bridge_add, bridge_fdb_append, bridge_fdb_del, bridge_fdb_show, bridge_link_show
from nslab_kernel.steps.checkpoint import lab_restore, lab_save
from nslab_kernel.steps.link import (
    link_add,
    link_del,
    link_down,
    link_rename,
    link_set_mac,
    link_set_master,
    link_set_mtu,
    link_set_netns,
    link_set_nomaster,
    link_show,
    link_up,
    veth_add,
)
from nslab_kernel.steps.neigh import neigh_del, neigh_flush, neigh_replace, neigh_show
from nslab_kernel.steps.netns import netns_add, netns_attach, netns_del, netns_exec, netns_list
from nslab_kernel.steps.route import route_add, route_del, route_get, route_show
from nslab_kernel.steps.rule import rule_add, rule_del, rule_show
from nslab_kernel.steps.sysctl import sysctl_set, sysctl_show
from nslab_kernel.steps.whole_lab import build, lab_reset, lab_script, snapshot, topology, undo

__all__ = [
    "AddressDetails",
    "AlreadyExists",
    "AmbiguousName",
    "BadValue",
    "BrokenLab",
    "Change",
    "Check",
    "Comparison",
    "Container",
    "Diagnosis",
    "Doctor",
    "End",
    "EngineTrouble",
    "Entry",
    "FactCheck",
    "FaultHint",
    "Finding",
    "FixCheck",
    "Half",
    "Helped",
    "Hint",
    "Holder",
    "Journey",
    "LabError",
    "LessonCheck",
    "LessonReport",
    "Link",
    "Listing",
    "MatrixResult",
    "MissingProgram",
    "Namespace",
    "Neighbour",
    "Network",
    "NoContainer",
    "NoImage",
    "NoLab",
    "NoLink",
    "NoNamespace",
    "NoSuchThing",
    "NotOurs",
    "NotPermitted",
    "PingResult",
    "Prediction",
    "RefusedByEngine",
    "RefusedByLinux",
    "Route",
    "StepCheck",
    "Topology",
    "Trait",
    "addr_add",
    "addr_del",
    "addr_flush",
    "addr_show",
    "break_it",
    "bridge_add",
    "bridge_fdb_append",
    "bridge_fdb_del",
    "bridge_fdb_show",
    "bridge_link_show",
    "build",
    "check",
    "check_fix",
    "compare",
    "container_exec",
    "container_inspect",
    "container_list",
    "container_logs",
    "container_rm",
    "container_run",
    "container_shell",
    "container_start",
    "container_stop",
    "fault_hint",
    "figure",
    "goto",
    "hint",
    "journey",
    "lab_doctor",
    "lab_reset",
    "lab_restore",
    "lab_save",
    "lab_script",
    "lesson",
    "lesson_report",
    "link_add",
    "link_del",
    "link_down",
    "link_rename",
    "link_set_mac",
    "link_set_master",
    "link_set_mtu",
    "link_set_netns",
    "link_set_nomaster",
    "link_show",
    "link_up",
    "neigh_del",
    "neigh_flush",
    "neigh_replace",
    "neigh_show",
    "netns_add",
    "netns_attach",
    "netns_del",
    "netns_exec",
    "netns_list",
    "pcap_save",
    "ping",
    "ping_live",
    "ping_matrix",
    "predict",
    "route_add",
    "route_del",
    "route_get",
    "route_show",
    "rule_add",
    "rule_del",
    "rule_show",
    "snapshot",
    "solve",
    "sysctl_set",
    "sysctl_show",
    "topology",
    "topology_live",
    "undo",
    "veth_add",
    "why",
]

let_values_print()
