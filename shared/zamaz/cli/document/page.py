"""A document as one HTML file that needs nothing else: no script, no picture, no address it would ask for.

Whatever was written by others is escaped, and participants' markdown is rendered without raw HTML. Their links stand
as they wrote them, address and all, and cannot be clicked: a link's words are a model's.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape

from markdown_it import MarkdownIt

from zamaz.cli.document import Block, Chart, Document, Plain, Prose, Section, Sentence, Table, Told
from zamaz.cli.document.chart import drawn

STYLE = """
:root { color-scheme: light dark }
body { font: 1rem/1.55 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { margin-top: 2.5rem; border-bottom: 1px solid #8886 }
h3 { margin-top: 2rem } blockquote h6 { font-size: 1rem; margin: 1rem 0 }
blockquote { margin: 1rem 0; padding: .1rem 1rem; border-left: .25rem solid #8886 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem } dt { opacity: .7 } dd { margin: 0 }
table { border-collapse: collapse; font-size: .9rem; display: block; overflow-x: auto }
th, td { padding: .3rem .6rem; border: 1px solid #8886 }
th { text-align: left } td { vertical-align: top; overflow-wrap: anywhere } p { overflow-wrap: anywhere }
pre { overflow-x: auto; padding: .6rem; background: #8882 } pre.plain { white-space: pre-wrap }
svg { width: 100%; height: auto; font: 13px system-ui, sans-serif } figure { margin: 1rem 0 }
figcaption { font-weight: 600 }
@media print { body { max-width: none } }
"""
_LINKING = ("link", "image", "autolink", "reference")
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table").disable(list(_LINKING))


def written(document: Document) -> str:
    """The file."""
    title, body = escape(_flat(document.title)), "\n".join(map(_block, document.blocks))
    style = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{style}'\">\n"
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{body}\n</body>\n</html>\n"
    )


def _flat(text: str) -> str:
    return " ".join(text.split())


def _block(block: Block) -> str:
    match block:
        case Section(title, level):
            return f"<h{level}>{escape(title)}</h{level}>"
        case Sentence(text, strong):
            return f"<p><strong>{escape(text)}</strong></p>" if strong else f"<p>{escape(text)}</p>"
        case Told(pairs):
            return f"<dl>{''.join(f'<dt>{escape(name)}</dt><dd>{escape(value)}</dd>' for name, value in pairs)}</dl>"
        case Table(head, rows):
            return "\n".join(["<table>", _row("th", head), *(_row("td", row) for row in rows), "</table>"])
        case Chart():
            return drawn(block)
        case Prose(text):
            return f"<blockquote>\n{rendered(text)}</blockquote>"
        case Plain(text):
            return f'<pre class="plain">{escape(text)}</pre>'


def _row(cell: str, texts: tuple[str, ...]) -> str:
    return f"<tr>{''.join(f'<{cell}>{escape(text)}</{cell}>' for text in texts)}</tr>"


def rendered(text: str) -> str:
    """A participant's markdown as HTML. Its headings are the smallest there are: they part no document of ours."""
    tokens = _MARKDOWN.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = "h6"
    made: str = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return made
