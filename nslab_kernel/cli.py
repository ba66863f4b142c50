"""The program `nslab`: doctor, enter."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from nslab_kernel.display.text import doctor_text
from nslab_kernel.language import translate as _
from nslab_kernel.model.results import Doctor
from nslab_kernel.sandbox.doctor import lab_doctor
from nslab_kernel.sandbox.visit import RunningLab, enter, running_labs


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what a command line asks for, and return the exit status."""
    asked = _parser().parse_args(arguments)
    status: int = asked.do(asked)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nslab", description=_("Linux network namespaces, one line a step."))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    doctor = commands.add_parser("doctor", help=_("say what this machine can do for the lab"))
    doctor.add_argument("--json", action="store_true", help=_("the same, for programs"))
    doctor.set_defaults(do=_doctor)
    visit = commands.add_parser("enter", help=_("open a shell inside a running notebook's lab"))
    visit.add_argument("--lab", type=int, metavar="PID", help=_("which lab, where several run"))
    visit.add_argument("command", nargs="*", metavar="COMMAND", help=_("run this instead of a shell"))
    visit.set_defaults(do=_enter)
    return parser


def _doctor(asked: argparse.Namespace) -> int:
    """Exit status: 0 ready, 1 something is missing."""
    found = lab_doctor()
    print(
        json.dumps(asdict(found) | {"ready": found.ready, "limping": found.limping}, ensure_ascii=False)
        if asked.json
        else _page(found)
    )
    return 0 if found.ready else 1


def _page(doctor: Doctor) -> str:
    verdict = _("Ready.") if doctor.ready else _("Not ready: what is missing has to be mended first.")
    if doctor.ready and doctor.limping:
        numbers = ", ".join(map(str, doctor.limping))
        verdict = _("Ready; something is wanting for the lessons {numbers}.").format(numbers=numbers)
    return f"{doctor_text(doctor)}\n\n{verdict}"


def _enter(asked: argparse.Namespace) -> int:
    """Exit status: the shell's own; 2 where it is not clear which lab is meant."""
    labs = running_labs()
    chosen = [lab for lab in labs if asked.lab in (None, lab.pid)]
    if len(chosen) != 1:
        print(_which(labs), file=sys.stderr)
        return 2
    enter(chosen[0], asked.command)
    return 2


def _which(labs: list[RunningLab]) -> str:
    if not labs:
        return _('No lab runs here. Open a notebook with the kernel "NS Lab" and run a cell.')
    lines = [f"    nslab enter --lab {lab.pid}    # {lab.notebook}" for lab in labs]
    return "\n".join([_("Which lab?"), *lines])
