"""Pieces of a page that opens offline: one style, one script, figures and tables to read.

Every figure stands between a heading and the same figures in words, for readers without eyes or
JavaScript; every table scrolls in its own box, so that the page itself never does.
"""

import re
from collections.abc import Mapping, Sequence
from html import escape

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs
from sdmetrics.reports.utils import PlotConfig

from sdv_fair4free._version import __version__

# Headings of more columns stand upright on a phone, so that all columns are in sight.
_MANY_COLUMNS = 5
_PARTS_OF_NAMES = re.compile(r'(?<=[a-z])(?=[A-Z])|(?<=[_-])')

STYLE = f"""
:root {{ color: {PlotConfig.DATACEBO_DARK}; background: {PlotConfig.BACKGROUND_COLOR};
  font: 1.0625rem/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; }}
* {{ box-sizing: border-box; }}
body {{ margin: 0; overflow-wrap: break-word; }}
header {{ background: {PlotConfig.DATACEBO_DARK}; color: #fff; padding: 2.5rem 0; }}
header > div, main, footer {{ max-width: 60rem; margin: 0 auto; padding: 0 1.25rem; }}
h1 {{ font-size: clamp(1.6rem, 5vw, 2.4rem); line-height: 1.15; margin: 0 0 .75rem; }}
h2 {{ font-size: 1.5rem; line-height: 1.25; margin: 3rem 0 .5rem; }}
h3 {{ font-size: 1.25rem; margin: 2rem 0 .25rem; }}
h4, figure h3 {{ font-size: 1.125rem; margin: 0 0 .25rem; }}
td small {{ white-space: nowrap; }}
p {{ max-width: 44rem; margin: .5rem 0; }}
figure, .table, .note {{ background: #fff; border-radius: .5rem; padding: 1.25rem;
  margin: 1.25rem 0; border: 1px solid #dcdce6; }}
figcaption {{ max-width: 44rem; }}
.table {{ overflow-x: auto; }}
table {{ border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }}
caption {{ text-align: left; font-weight: 600; padding-bottom: .5rem; }}
caption span {{ position: sticky; left: 0; display: inline-block; max-width: 70vw; }}
.legend {{ display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; margin: .5rem 0 0;
  list-style: none; font-size: .9rem; }}
.legend li {{ margin: 0; }}
main {{ padding-top: 1.5rem; }}
figure > div {{ overflow: hidden; }}
th, td {{ padding: .4rem .75rem; text-align: right; border-top: 1px solid #dcdce6; }}
th:first-child {{ text-align: left; white-space: nowrap; }}
.wrap th:first-child {{ white-space: normal; }}
thead th {{ border-top: 0; vertical-align: bottom; font-size: .9rem; }}
.key {{ display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .5em;
  border: 1px solid {PlotConfig.DATACEBO_DARK}; }}
.note {{ border-left: 6px solid {PlotConfig.ORANGE}; }}
.note h2 {{ margin-top: 0; }}
.tiles {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(12.5rem, 1fr)); gap: 1rem;
  margin: 1.25rem 0; padding: 0; list-style: none; }}
.tiles li {{ background: #fff; border: 1px solid #dcdce6; border-radius: .5rem; margin: 0;
  padding: 1rem 1.25rem; border-top: 6px solid {PlotConfig.DATACEBO_GREEN}; }}
.tiles b {{ display: block; font-size: 2rem; line-height: 1.2; }}
dt {{ font-weight: 600; margin-top: .75rem; }}
dd {{ margin: 0; max-width: 44rem; }}
figure .table {{ border: 0; padding: .5rem 0; margin: 0; }}
figure .strips {{ display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .25rem .75rem;
  align-items: center; margin: .75rem 0 0; overflow-wrap: anywhere; }}
.strips b {{ max-width: 8rem; font-size: .9rem; }}
.strips img {{ height: auto; max-width: 100%; image-rendering: pixelated; }}
.strips .columns {{ display: flex; max-width: 100%; font-size: .9rem; }}
.columns span {{ flex: 1 1 0; min-width: 0; text-align: center; }}
details > summary {{ cursor: pointer; padding: .35rem 0; }}
small, .small {{ font-size: .9rem; }}
li {{ max-width: 42rem; margin: .35rem 0; }}
footer {{ padding-bottom: 3rem; font-size: .9rem; }}
@media (max-width: 36rem) {{ figure, .table, .note {{ padding: .9rem .6rem; }}
  header > div, main, footer {{ padding-left: .75rem; padding-right: .75rem; }}
  table {{ font-size: .75rem; }} th, td {{ padding: .4rem .2rem; }}
  tr > :first-child {{ padding-left: 0; }} tr > :last-child {{ padding-right: 0; }}
  th small, td small, thead th {{ font-size: .7rem; white-space: normal; }}
  .many thead th > span {{ writing-mode: vertical-rl; transform: rotate(180deg); }}
  .tiles b {{ font-size: 1.6rem; }} }}
"""


def document(title: str, heading: str, lead: str, body: str) -> str:
    """The whole page.

    Args:
        title (str): Of the window; plain text.
        heading (str): The one ``h1``; plain text.
        lead (str): Below the heading; HTML.
        body (str): Everything else; HTML.

    Returns:
        str: HTML; it loads nothing from elsewhere.
    """
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title>'
        f'<style>{STYLE}</style><script>{get_plotlyjs()}</script></head><body>'
        f'<header><div><h1>{escape(heading)}</h1><p>{lead}</p></div></header>'
        f'<main>{body}</main>'
        f'<footer>Written by sdv-fair4free {__version__}. It needs no network.</footer>'
        '</body></html>\n'
    )


def figure_block(
    figure: go.Figure,
    heading: str,
    caption: str,
    words: str,
    after: str = '',
    level: int = 3,
    legend: Mapping[str, str] | None = None,
) -> str:
    """A figure between its explanation and the same figures in words.

    Args:
        figure (plotly.graph_objects.Figure): Restyled in place.
        heading (str): Plain text, like the next two.
        caption (str): What is shown, above the figure.
        words (str): What there is to see, below it.
        after (str): HTML that follows, such as a table.
        level (int): Of the heading, one below that of the section it stands in.
        legend (mapping or None): From name to colour; it takes the place of the figure's own, which
            runs into the titles of panels on narrow screens.
    """
    figure.update_layout(
        font={'family': 'inherit', 'size': 14, 'color': PlotConfig.DATACEBO_DARK},
        plot_bgcolor='#fff',
        paper_bgcolor='#fff',
        title=None,
        margin={'l': 8, 'r': 8, 't': 16, 'b': 8},
        legend={'orientation': 'h', 'y': 1.02, 'yanchor': 'bottom', 'x': 0, 'title': None},
        bargap=0.15,
        dragmode=False,
    )
    names = ''
    if legend:
        figure.update_layout(showlegend=False, margin_t=32)
        keys = ''.join(f'<li>{key(colour)}{escape(name)}</li>' for name, colour in legend.items())
        names = f'<ul class="legend">{keys}</ul>'
    drawing = figure.to_html(
        full_html=False,
        include_plotlyjs=False,
        config={'responsive': True, 'displayModeBar': False},
    )
    return (
        f'<figure><figcaption><h{level}>{escape(heading)}</h{level}><p>{escape(caption)}</p>'
        f'{names}</figcaption>'
        f'<div role="img" aria-label="{escape(heading)}. The text below gives the figures.">'
        f'{drawing}</div><p>{escape(words)}</p>{after}</figure>'
    )


def table_block(
    caption: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    wrap: bool = False,
) -> str:
    """A table in a box that scrolls by itself; the first cell of each row heads it.

    Args:
        caption (str): What the table shows; plain text.
        head (sequence of str): Headings of the columns; HTML.
        rows (sequence of sequences of str): Cells; HTML.
        wrap (bool): Let the first column break into lines.
    """
    headings = ''.join(f'<th scope="col"><span>{cell}</span></th>' for cell in head)
    lines = ''.join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
        for first, *cells in rows
    )
    kinds = f'table{" wrap" if wrap else ""}{" many" if len(head) > _MANY_COLUMNS else ""}'
    return (
        f'<div class="{kinds}" role="region" tabindex="0" '
        f'aria-label="{escape(caption)}"><table><caption><span>{escape(caption)}</span></caption>'
        f'<thead><tr>{headings}</tr></thead><tbody>{lines}</tbody></table></div>'
    )


def folded(summary: str, content: str) -> str:
    """Content (HTML) behind a line (plain text) that opens it."""
    return f'<details><summary>{escape(summary)}</summary>{content}</details>'


def key(colour: str) -> str:
    """A small square of a colour, before the name of what it stands for."""
    return f'<span class="key" style="background:{colour}"></span>'


def breakable(name: str) -> str:
    """A name as HTML that may break between its parts, as narrow columns need: CamelCase, a_b."""
    return '<wbr>'.join(escape(part) for part in _PARTS_OF_NAMES.split(name))


def plain_label(text: str) -> str:
    """A name for a figure: plotly.js takes tags in labels for markup."""
    return escape(text, quote=False)
