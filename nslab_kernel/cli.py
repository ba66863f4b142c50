"""The program `nslab`: doctor, enter, install, grade."""

import argparse
import io
import json
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from nslab_kernel.display.shown_results import doctor_text
from nslab_kernel.language import translate as _
from nslab_kernel.model.results import Doctor
from nslab_kernel.sandbox import kernelspec
from nslab_kernel.sandbox.doctor import lab_doctor
from nslab_kernel.sandbox.enter import RunningLab, enter, running_labs
from nslab_kernel.sandbox.files import can_be_opened


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the subcommand of a command line, and return the exit status."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # as stderr does: the locale may lack a character
    asked = _parser().parse_args(arguments)
    try:
        status: int = asked.do(asked)
        print(end="", flush=True)  # flush here, where an error is caught, and not when Python exits
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except OSError as error:
        with suppress(OSError):  # otherwise Python writes to stdout again when it exits, and fails again
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):  # the reader, such as `head`, has closed the pipe
            return 128 + signal.SIGPIPE
        print(f"nslab: {error}", file=sys.stderr)
        return 2
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nslab", description=_("Linux network namespaces, one line a step."))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    doctor = commands.add_parser("doctor", help=_("say what this machine can do for the lab"))
    doctor.add_argument("--json", action="store_true", help=_("the same, for programs"))
    doctor.set_defaults(do=_doctor)
    visit = commands.add_parser("enter", help=_("open a shell inside a running notebook's lab"))
    visit.add_argument("--lab", type=int, metavar="NUMBER", help=_("which lab, where several run"))
    visit.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND", help=_("run this instead of a shell"))
    visit.set_defaults(do=_enter)
    install = commands.add_parser(
        "install",
        help=_("write the notebook kernel's spec, with folders where cells may write"),
        description=_("Write the spec of the notebook kernel NS Lab. Without --writable it is as it came."),
    )
    install.add_argument(
        "--writable",
        type=_folder,
        nargs="+",
        action="extend",
        default=[],
        metavar="FOLDER",
        help=_("let cells write there too, besides the notebook's own folder"),
    )
    install.add_argument("--name", default=kernelspec.NAME, help=_("what notebooks call it; nslab, unless you say"))
    place = install.add_mutually_exclusive_group()
    place.add_argument("--sys-prefix", action="store_true", help=_("for whoever uses this Python; this is the default"))
    place.add_argument("--user", action="store_true", help=_("for your own Jupyter alone"))
    install.set_defaults(do=_install)
    grading = commands.add_parser(
        "grade",
        help=_("run notebooks that were handed in, and write a table of the steps that each has reached"),
        description=_("Each notebook runs in a lab of its own. The table and a page for each are in the folder."),
    )
    grading.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK")
    grading.add_argument("--lesson", type=int, metavar="N", help=_("the lesson; unless you say, by the file's name"))
    grading.add_argument(
        "--output", type=Path, default=Path("grades"), metavar="FOLDER", help=_("grades, unless you say")
    )
    grading.add_argument("--seconds", type=_positive, default=600, help=_("how long each may run; 600, unless you say"))
    grading.add_argument(
        "--memory", type=_positive, default=2048, metavar="MIB", help=_("for each process; 2048, unless you say")
    )
    grading.set_defaults(do=_grade)
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(_("{number} is less than 1").format(number=number))
    return number


def _grade(asked: argparse.Namespace) -> int:
    """Grade notebooks; exit status 0: all ran to the end, 1: one did not, 2: unclear which lesson, or cannot write."""
    from nslab_kernel.lessons import catalogue, grade  # imported late: they load nbclient and the learner's functions

    lessons = {lesson.number: lesson for lesson in catalogue.LESSONS}
    todo = []
    for notebook in asked.notebooks:
        lesson = grade.lesson_of(notebook) if asked.lesson is None else lessons.get(asked.lesson)
        if lesson is None:
            numbers = _(", ").join(map(str, lessons))
            told = _("Which lesson is {notebook} for? Say --lesson, one of {numbers}.")
            print(told.format(notebook=notebook, numbers=numbers), file=sys.stderr)
            return 2
        todo.append((notebook, lesson))
    limits, troubled = grade.Limits(asked.seconds, asked.memory), []

    def tell(one: grade.Grade) -> None:
        print("{notebook}: {reached}/{of} {trouble}".format_map(one.row).rstrip(), flush=True)
        troubled.extend([one] if one.trouble else [])

    graded = (grade.grade(notebook, lesson, limits) for notebook, lesson in todo)
    try:
        grade.write(graded, [lesson for _notebook, lesson in todo], asked.output, tell)
    except OSError as error:
        print(_("Not written: {error}").format(error=error), file=sys.stderr)
        return 2
    return 1 if troubled else 0


def _doctor(asked: argparse.Namespace) -> int:
    """Print what this machine can do for the lab; exit status 0: ready, 1: something is missing."""
    found = lab_doctor()
    print(
        json.dumps(
            asdict(found) | {"ready": found.ready, "degraded_lessons": found.degraded_lessons}, ensure_ascii=False
        )
        if asked.json
        else _page(found)
    )
    return 0 if found.ready else 1


def _page(doctor: Doctor) -> str:
    verdict = _("Ready.") if doctor.ready else _("Not ready: what is missing has to be mended first.")
    if doctor.ready and doctor.degraded_lessons:
        numbers = _(", ").join(map(str, doctor.degraded_lessons))
        verdict = _("Ready; something is wanting for the lessons {numbers}.").format(numbers=numbers)
    return f"{doctor_text(doctor)}\n\n{verdict}"


def _enter(asked: argparse.Namespace) -> int:
    """Become a shell in a running lab; exit status: the shell's own, or 2 if it is unclear which lab is meant."""
    labs = running_labs()
    chosen = [lab for lab in labs if asked.lab in (None, lab.pid, lab.netns)]
    if len(chosen) != 1:
        print(_which(labs), file=sys.stderr)
        return 2
    enter(chosen[0], asked.command[1:] if asked.command[:1] == ["--"] else asked.command)
    return 2


def _which(labs: list[RunningLab]) -> str:
    if not labs:
        return _('No lab runs here. Open a notebook with the kernel "NS Lab" and run a cell.')
    lines = [f"    nslab enter --lab {lab.pid}    # {lab.notebook}" for lab in labs]
    return "\n".join([_("Which lab?"), *lines])


def _folder(text: str) -> Path:
    folder = Path(text).resolve()
    if not text or not folder.is_dir():  # Path("") is the current folder, but an unset shell variable does not mean it
        raise argparse.ArgumentTypeError(_("there is no folder {folder}").format(folder=folder if text else "''"))
    if not can_be_opened(folder):
        told = _(
            "{folder} cannot be opened: the home folder, Python's folders, and what the lab has of its own "
            "(/tmp, /run) stay closed. Name another folder"
        )
        raise argparse.ArgumentTypeError(told.format(folder=folder))
    return folder


def _install(asked: argparse.Namespace) -> int:
    """Write a kernel spec; exit status 0: written, 1: written, but Jupyter uses another one first, 2: not written."""
    try:
        folder = kernelspec.install(asked.writable, asked.name, asked.user)
    except (OSError, ValueError, KeyError) as error:
        print(_("Not written: {error}").format(error=error), file=sys.stderr)
        return 2
    print(_("Written: {folder}").format(folder=folder))
    taken = kernelspec.found(asked.name)
    if taken.resolve() == folder.resolve():
        return 0
    told = _("Jupyter takes the one in {folder} first. Say --sys-prefix, or another --name.").format(folder=taken)
    print(told, file=sys.stderr)
    return 1
