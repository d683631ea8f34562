"""How figures are drawn to be printed: 200 dpi, one font, colour-blind-safe colours.

Figures are built without pyplot, so nothing global is left behind and no display is needed.
"""

import functools
import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, ParamSpec

from emoticare.errors import MissingExtraError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DPI: Final = 200

# Source: Okabe & Ito (2008), Color Universal Design.
BLUE: Final = "#0072B2"
ORANGE: Final = "#D55E00"
GREY: Final = "#767676"
LIGHT: Final = "#BFD9E8"

_STYLE: Final = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.labelsize": 8.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.4,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "svg.fonttype": "path",
    "svg.hashsalt": "emoticare",
}

# A label is no formula, whatever dollar signs it has.
PLAIN: Final[Mapping[str, Any]] = {"parse_math": False}

_Parameters = ParamSpec("_Parameters")


def check_plots() -> None:
    """Say before a long run that its figures could not be drawn.

    Raises:
        MissingExtraError: If matplotlib is not installed.
    """
    try:
        import matplotlib as mpl  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("Drawing plots", "plots") from error


def styled_figure(draw: "Callable[_Parameters, Figure]") -> "Callable[_Parameters, Figure]":
    """Draw with this module's style, whatever the user's own matplotlib settings are.

    What it returns raises `MissingExtraError` if matplotlib is not installed.
    """

    @functools.wraps(draw)
    def styled(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> "Figure":
        try:
            import matplotlib as mpl
        except ImportError as error:
            raise MissingExtraError("Drawing plots", "plots") from error
        with mpl.rc_context(_STYLE):
            return draw(*args, **kwargs)

    return styled


def new_figure(
    width_in: float,
    height_in: float,
    layout: Literal["constrained", "compressed"] = "constrained",
) -> "Figure":
    """Return an empty figure of that size."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width_in, height_in), layout=layout)


def rendered(figure: "Figure", image_format: str) -> bytes:
    """Return the bytes of a file: "png" or "svg"."""
    import matplotlib as mpl

    buffer = io.BytesIO()
    # No date, so that the same report gives the same bytes.
    metadata = {"Date": None} if image_format == "svg" else None
    with mpl.rc_context(_STYLE):
        figure.savefig(buffer, format=image_format, dpi=_DPI, metadata=metadata)
    return buffer.getvalue()
