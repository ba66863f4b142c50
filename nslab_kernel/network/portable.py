"""Converts a Network to JSON and back, to store or send it."""

import json
from functools import cache
from typing import Any

from nslab_kernel.errors import BadValue
from nslab_kernel.language import translate as _
from nslab_kernel.model.network import Network
from nslab_kernel.network import validate_network
from nslab_kernel.spelling import as_python

FORMAT, VERSION = "nslab network", 1
"""Both are in the JSON text; a change of format that an older reader would misread needs a higher version."""


def to_json(network: Network) -> str:
    """Return a Network as JSON: its fields by name, bytes such as netlink attributes in base85 (RFC 1924)."""
    fields = _converter().unstructure(network, unstructure_as=Network)
    return json.dumps({"format": FORMAT, "version": VERSION, "network": fields}, indent=1)


def from_json(text: str) -> Network:
    """Return the Network in a text that `to_json` wrote.

    Raises:
        BadValue: The text is not from `to_json`, is of another version, or has a Network that cannot be built.
    """
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _no_network(str(error)) from None
    if not isinstance(read, dict) or read.get("format") != FORMAT:
        raise _no_network(_("It does not say that it is one."))
    if read.get("version") != VERSION:
        raise BadValue(
            _("This network was saved by another version of nslab."),
            _("Its format has the number {found}, this one reads {version}.").format(
                found=as_python(read.get("version")), version=VERSION
            ),
        )
    network = _structured(read.get("network"))
    validate_network.check_network(network)
    return network


def _structured(fields: object) -> Network:
    from cattrs import BaseValidationError, transform_error

    try:
        network: Network = _converter().structure(fields, Network)
    except BaseValidationError as error:
        raise _no_network("; ".join(transform_error(error)[:3])) from None
    except (TypeError, ValueError, AttributeError) as error:
        raise _no_network(str(error)) from None
    return network


def _no_network(why: str) -> BadValue:
    return BadValue(_("This is no network that was saved."), why)


@cache
def _converter() -> Any:
    from cattrs.preconf.json import make_converter  # here, because most sessions do not need it

    return make_converter(forbid_extra_keys=True)
