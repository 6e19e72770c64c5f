"""A document as Markdown. What participants wrote is quoted: it opens no section, no tag, no image and no link."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt

from zamaz.cli.document import Block, Chart, Document, Plain, Prose, Section, Sentence, Table, Told

_CODE = ("fence", "code_block")
# What is written here has no tags and no references, so what is code must be told without them.
_AS_SHOWN = MarkdownIt("commonmark").disable(["html_block", "reference"])
_WITH_TABLES = MarkdownIt("commonmark").disable(["html_block", "reference"]).enable("table")
_MEANS_SOMETHING = re.compile(r"[\\`*_{}\[\]<>#|~&$]")
_BEGINS_A_BLOCK = re.compile(r"^([-+=]|\d+(?=[.)](\s|$)))")
_TICKS = re.compile("`{2,}")
_OPENS = re.compile(r"\\.|[<\[]")


def written(document: Document) -> str:
    """The file."""
    return "\n\n".join([f"# {line(document.title)}", *filter(None, map(_block, document.blocks))]) + "\n"


def line(text: str) -> str:
    """A text on one line, as it is: nothing in it is markup."""
    flat = _MEANS_SOMETHING.sub(r"\\\g<0>", " ".join(text.split()))
    return _BEGINS_A_BLOCK.sub(lambda begins: f"&#{ord(begins[0][0])};{begins[0][1:]}", flat)


def _block(block: Block) -> str:
    match block:
        case Section(title, level):
            return f"{'#' * level} {line(title)}"
        case Sentence(text, strong):
            return f"**{line(text)}**" if strong and text.strip() else line(text)
        case Told(pairs):
            return "\n".join(f"- {line(name)}: {line(value)}" for name, value in pairs)
        case Table(head, rows):
            return "\n".join([_row(head), f"|{' --- |' * len(head)}", *map(_row, rows)])
        case Chart(title, bars, _):
            return _block(Table((title, ""), tuple((bar.name, bar.told) for bar in bars)))
        case Prose(text):
            return quoted(text)
        case Plain(text):
            fence = "`" * (1 + max(map(len, _TICKS.findall(text)), default=2))
            return f"{fence}text\n{text}\n{fence}"


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(map(line, cells))} |"


def quoted(text: str) -> str:
    """A participant's markdown as a quotation: tags and links are shown as they were written, and do nothing.

    Blocks of code are left alone. The rest gets a backslash before whatever could open a tag or a link.
    """
    # A tab is as wide as its place asks for, so one that follows the quotation's mark might mean something else.
    lines = text.expandtabs(4).splitlines()
    # Not everybody who shows it knows tables, and one may begin where others see code.
    code = _code(_AS_SHOWN, lines) & _code(_WITH_TABLES, lines)
    shown = (one if n in code else _OPENS.sub(_shown, one) for n, one in enumerate(lines))
    return "\n".join(f"> {one}" if one else ">" for one in shown)


def _code(reader: MarkdownIt, lines: list[str]) -> set[int]:
    """The lines that are code."""
    tokens = (token for token in reader.parse("\n".join(lines)) if token.type in _CODE and token.map)
    return {n for token in tokens for n in range(*(token.map or (0, 0)))}


def _shown(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith("\\") else f"\\{found[0]}"
