"""Copying and pickling errors."""

import copy
import inspect
import pickle

import pytest

from nslab_kernel import errors

KINDS = [kind for _name, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.LabError)]
GIVEN = {"errno": 17, "extack": "no", "name": "test1", "netns": "test1", "choices": ("netns:b1", "container:b1")}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("again", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_an_error_can_be_copied(kind, again):
    """Every error can be copied and pickled, for instance to leave a sandbox, with its command and its text."""
    taken = inspect.signature(kind).parameters.values()
    error = kind(**{one.name: GIVEN.get(one.name, "x") for one in taken if one.default is one.empty})
    error.command = "ip link"

    other = again(error)

    assert type(other) is kind
    assert str(other) == str(error)
    assert vars(other) == vars(error)
