"""A value as a matplotlib figure: for papers and slides.

matplotlib is imported with the first figure, so that `from nslab_kernel import *` stays quick.
"""

from typing import TYPE_CHECKING

from nslab_kernel.errors import BadValue
from nslab_kernel.language import speaking
from nslab_kernel.language import translate as _
from nslab_kernel.model.comparison import Comparison
from nslab_kernel.model.diagnosis import Diagnosis
from nslab_kernel.model.journey_result import Journey
from nslab_kernel.model.matrix_result import MatrixResult
from nslab_kernel.model.network import Network
from nslab_kernel.model.results import Change, PingResult, Topology
from nslab_kernel.spelling import as_python

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nslab_kernel.scene.scene import Scene


def figure(
    value: Topology | Network | Change | PingResult | MatrixResult | Journey | Diagnosis | Comparison,
) -> "Figure":
    """Return the picture of a value as a matplotlib figure, to be changed or saved: `.savefig("lab.pdf")`.

    `savefig` replaces an existing file of another kind only with `overwrite=True`. Where this machine has no font with
    Chinese characters, the words in the picture are English.

    Args:
        value: The value that `topology()`, `snapshot()`, a changing function, `ping()`, `ping_matrix()`, `journey()`,
            `why()` or `compare()` returned.

    Raises:
        BadValue: The value has no picture.

    Example:
        >>> figure(topology()).savefig("lab.pdf")
    """
    from nslab_kernel.display import matplotlib_renderer

    scene = _scene(value)
    if scene.lang == "zh" and not matplotlib_renderer.chinese_font():
        with speaking("en"):
            scene = _scene(value)
    return matplotlib_renderer.figure(scene)


def _scene(value: object) -> "Scene":
    from nslab_kernel.display.shown_probes import journey_picture
    from nslab_kernel.scene.comparison_scene import both_scene
    from nslab_kernel.scene.matrix_scene import matrix_scene
    from nslab_kernel.scene.ping_scene import ping_scene
    from nslab_kernel.scene.topology_scene import topology_scene

    match value:
        case PingResult():
            return ping_scene(value)
        case MatrixResult():
            return matrix_scene(value)
        case Journey():
            return journey_picture(value)
        case Diagnosis(network=Network() as network):
            return topology_scene(network, broken=value.place)
        case Comparison():
            return both_scene(value)
        case Topology():
            return topology_scene(value.network)
        case Network():
            return topology_scene(value)
        case Change():
            return topology_scene(value.after, value.before)
    raise BadValue(_("{value} has no picture.").format(value=as_python(value)), try_="figure(topology())")
