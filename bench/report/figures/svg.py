"""Figures as bytes: reproducible files, and a form that lives inside the page."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bench.report.style import INK, PAPER

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def svg_bytes(figure: Figure, name: str) -> bytes:
    """The figure as SVG, the same bytes for the same figure.  `name` salts its ids."""
    import matplotlib as mpl

    buffer = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    # The id of an image is a hash of its pixels, so that two alike would share it; nothing refers to it.
    text = re.sub(r'(<image\b[^>]*?)\s+id="[^"]*"', r"\1", buffer.getvalue().decode())
    lines = text.splitlines()
    return ("\n".join(line.rstrip() for line in lines) + "\n").encode()


def png_bytes(figure: Figure) -> bytes:
    """The figure as PNG, 200 dots an inch, the same bytes for the same figure."""
    buffer = io.BytesIO()
    # Packed quickly: a tenth larger, in two thirds of the time, which is most of what a report takes.
    figure.savefig(buffer, format="png", dpi=200, metadata={"Software": None}, pil_kwargs={"compress_level": 1})
    return buffer.getvalue()


def inline(svg: bytes, name: str, title: str, description: str, networks: Mapping[str, str]) -> str:
    """The SVG as an element of an HTML page.

    Its ink becomes the text's colour and its paper the page's, so that it follows light and dark.  Its
    ids get `name` before them, since two figures of one page must not share any.  Artists that belong to one
    network, which have ids as "net:vgg16:3", get its name as ``data-network``, which the page's filter goes by, and its
    title out of `networks`, which a browser shows where the pointer rests.
    """

    def of_network(found: re.Match[str]) -> str:
        told = html.escape(networks.get(html.unescape(found[1]), ""))
        return f'<g data-network="{found[1]}">' + f"<title>{told}</title>" * bool(told)

    text = svg.decode()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    # Its one rule is in the page's own sheet; here it would reach the whole page.
    text = re.sub(r"<style type=\"text/css\">.*?</style>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"<defs>\s*</defs>\s*", "", text)
    text = re.sub(r'<g id="net:([^"]+):\d+">', of_network, text)
    text = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', text)
    text = re.sub(r'(?:xlink:)?href="#([^"]+)"', rf'href="#{name}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", text)
    text = text.replace(INK, "currentColor").replace(PAPER, "var(--paper)")
    box = re.search(r'viewBox="([^"]+)"', text)
    if box is None:
        raise ValueError("an SVG without a view box cannot be scaled")
    # Whatever the file says about itself (namespaces, size, version) is the page's to decide.
    body = text[text.index(">") + 1 :]
    head = (
        f'<svg viewBox="{box[1]}" role="img" aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{html.escape(title)}</title>'
        f'<desc id="{name}-desc">{html.escape(description)}</desc>'
    )
    return head + body.strip()
