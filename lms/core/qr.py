"""Drawing of QR codes as SVG, black on white with a quiet zone, so that they scan in dark mode too."""

import qrcode
from qrcode.constants import ERROR_CORRECT_L, ERROR_CORRECT_M

QUIET_ZONE = 4


def draw_qr(text: str, *, robust: bool = False, label: str = "") -> str:
    """An `<svg>` of `text` without width or height: CSS sizes it. `robust` = 15 % error correction, else 7 %."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M if robust else ERROR_CORRECT_L, border=QUIET_ZONE)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    size = len(matrix)
    runs = "".join(_row_path(row, y) for y, row in enumerate(matrix))
    name = f'role="img" aria-label="{_escape(label)}"' if label else 'aria-hidden="true"'
    return (
        f'<svg class="qr" {name} viewBox="0 0 {size} {size}" shape-rendering="crispEdges" '
        f'xmlns="http://www.w3.org/2000/svg"><path fill="#fff" d="M0 0h{size}v{size}H0z"/>'
        f'<path fill="#000" d="{runs}"/></svg>'
    )


def _row_path(row: list[bool], y: int) -> str:
    """Horizontal runs of dark modules: far fewer path commands than one square each."""
    path, x = "", 0
    while x < len(row):
        start = x
        while x < len(row) and row[x]:
            x += 1
        if x > start:
            path += f"M{start} {y}h{x - start}v1h-{x - start}z"
        x += 1
    return path


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
