"""Explains some of Python's own errors as the lab explains its own.

These are wrong arguments, an unknown name, a read-only file, and lines that are not Python. Only the display
differs: a TypeError is still raised as a TypeError.
"""

import ast
import builtins
import difflib
import errno
import inspect
import keyword
import re
import shutil
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from types import FunctionType, ModuleType, TracebackType

from nslab_kernel.errors import LabError
from nslab_kernel.language import translate as _
from nslab_kernel.linux.lab import SANDBOX, lab

_WRONG_CALL = re.compile(r"(\w+)\(\) (.*)")
_QUOTED = re.compile(r"'(\w+)'")
_ADDRESS = re.compile(r"(?<![\w.:])(?:\d+(?:\.\d+){3}|[\da-fA-F]*:[\da-fA-F:]*:[\da-fA-F]*)(?:/\d+)?")
_IN_QUOTES = re.compile(r"""("[^"]*"|'[^']*')""")
_PUNCTUATION = str.maketrans("“”‘’。、", "\"\"''.,")
"""Chinese punctuation that Unicode normalisation (NFKC) does not turn into Python's."""


def explain(
    error: BaseException, trace: TracebackType, names: Mapping[str, object], front: ModuleType
) -> LabError | None:
    """Return an explanation of one of Python's errors; `None` where Python's own message is better.

    An unknown name is explained only in the cell itself, not in a function that the learner wrote.

    Args:
        error: What Python raised.
        trace: Its traceback.
        names: The variables of the notebook.
        front: The module with all public names.
    """
    if isinstance(error, TypeError) and (found := _WRONG_CALL.match(str(error))) and found[1] in front.__all__:
        return _wrong_call(found[1], inspect.signature(getattr(front, found[1])), found[2])
    if isinstance(error, OSError) and error.errno == errno.EROFS and lab().kind == SANDBOX:
        return _read_only(str(error.filename))
    if isinstance(error, NameError) and error.name and _in_a_cell(trace):
        return _unknown_name(error.name, names, front.__all__)
    if type(error) is SyntaxError and error.text:
        return _no_python(error.text.strip(), error.msg)
    return None


def _wrong_call(name: str, signature: inspect.Signature, said: str) -> LabError:
    named, suggestion = _QUOTED.findall(said), ""
    if "missing" in said:
        what = _("{name} was called without {arguments}.").format(name=name, arguments=_(", ").join(named))
    elif "unexpected keyword" in said:
        what = _("{name} takes no argument {argument}.").format(name=name, argument=named[0])
        suggestion = _suggestion(named[0], signature.parameters)
    elif "multiple values" in said:
        what = _("{name} was given {argument} twice.").format(name=name, argument=named[0])
    else:
        what = _("{name} was called with too many arguments.").format(name=name)
    return LabError(what, _("It is called as {call}.").format(call=_call(name, signature)), suggestion, f"help({name})")


def not_called(function: FunctionType) -> str:
    """Return what is shown where a cell only names one of the lab's functions."""
    name = function.__name__
    words = _("{name} is a function, and did not run: it is called as {call}.")
    return words.format(name=name, call=_call(name, inspect.signature(function)))


def _read_only(path: str) -> LabError:
    what = _("In the lab {path} is read-only.").format(path=path)
    why = _("A lab sees the machine's files and changes none, so that nothing you try here harms the machine.")
    places = _(", ").join([*lab().writable, "/tmp"])
    return LabError(what, why, _("Files may be written in {places}.").format(places=places))


def _call(name: str, signature: inspect.Signature) -> str:
    """Return a function's name and signature, without the types."""
    bare = [each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()]
    return f"{name}{inspect.Signature(bare)}"


def _unknown_name(name: str, names: Mapping[str, object], public: Iterable[str]) -> LabError:
    what = _("Python does not know the name {name}.").format(name=name)
    if name in public:
        why = _("The first cell imports it. Run that cell again after each start of the notebook kernel.")
        return LabError(what, why, try_="from nslab_kernel import *")
    if suggestion := _suggestion(name, [known for known in {*names, *dir(builtins)} if not known.startswith("_")]):
        return LabError(what, there_is=suggestion)
    why = _('Names in the network need quotation marks, as in netns_add("test1").')
    return LabError(what, why, _("Python's own names come from a cell that has run."))


def _no_python(line: str, said: str) -> LabError | None:
    """Explain a line that is a shell command, has an address without quotation marks, or Chinese punctuation."""
    what = _("Python cannot read this line: {line}").format(line=line)
    program, _space, rest = line.partition(" ")
    if rest and not keyword.iskeyword(program) and shutil.which(program):
        return LabError(what, _("A shell's command needs a ! before it."), try_=f"!{line}")
    meant = unicodedata.normalize("NFKC", line.translate(_PUNCTUATION))
    if said.startswith("invalid character") or (said.startswith("unterminated string") and _is_python(meant)):
        why = _("Brackets, commas and quotation marks are typed with the English keyboard.")
        return LabError(what, why, try_=meant) if meant != line else None
    quoted = "".join(
        part if _IN_QUOTES.fullmatch(part) else _ADDRESS.sub(r'"\g<0>"', part) for part in _IN_QUOTES.split(line)
    )
    return LabError(what, _("An address needs quotation marks."), try_=quoted) if quoted != line else None


def _is_python(line: str) -> bool:
    try:
        ast.parse(line)
    except SyntaxError:
        return False
    return True


def _suggestion(name: str, names: Iterable[str]) -> str:
    found = difflib.get_close_matches(name, sorted(names), 1, 0.75)
    return _("Did you mean {near}?").format(near=found[0]) if found else ""


def raised_in_lab(trace: TracebackType) -> bool:
    """Return whether one of the lab's own functions was running."""
    return any(module.startswith("nslab_kernel.") for module, _function in _frames(trace))


def _in_a_cell(trace: TracebackType) -> bool:
    *_above, (_module, function) = _frames(trace)
    return function == "<module>"


def _frames(trace: TracebackType | None) -> Iterator[tuple[str, str]]:
    """Yield the module and the function of each frame, the innermost last."""
    while trace:
        yield trace.tb_frame.f_globals.get("__name__", ""), trace.tb_frame.f_code.co_name
        trace = trace.tb_next
