"""Notebooks made of scripts: run this file to write those of the first examples anew.

The docstring of a script, without how to run it, is the first cell. A comment that stands alone,
between blank lines, is a cell of text; what lies between two of them is a cell of code.
"""

import ast
import json
import re
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / 'examples'
SCRIPTS = sorted(EXAMPLES.glob('0[123]00_*.py'))
COMMAND = 'python tests/notebooks.py'
ALONE = re.compile(r'(?<=\n\n)((?:#.*\n)+)(?=\n)')


def notebook_of(script: Path) -> str:
    """The text of the notebook that goes with a script."""
    text = script.read_text(encoding='utf-8')
    tree = ast.parse(text)
    code = '\n\n' + ''.join(text.splitlines(keepends=True)[tree.body[0].end_lineno :])
    cells = [_text_cell(_heading(ast.get_docstring(tree), script.name))]
    for place, part in enumerate(ALONE.split(code)):
        if place % 2:
            cells.append(_text_cell(re.sub('^# ?', '', part, flags=re.MULTILINE)))
        elif part.strip():
            cells.append({'cell_type': 'code', 'execution_count': None, 'outputs': [], **_of(part)})
    for place, cell in enumerate(cells):
        cell['id'] = f'cell-{place}'
    notebook = {
        'cells': cells,
        'metadata': {
            'kernelspec': {'display_name': 'Python 3', 'language': 'python', 'name': 'python3'},
            'language_info': {'name': 'python'},
        },
        'nbformat': 4,
        'nbformat_minor': 5,
    }
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + '\n'


def _heading(docstring: str, name: str) -> str:
    """The docstring as text, the first paragraph as its title, and where it is from."""
    title, *paragraphs = docstring.split('\n\n')
    said = [paragraph for paragraph in paragraphs if not paragraph.startswith('Run it ')]
    title = ' '.join(title.split()).removesuffix('.')
    return '\n\n'.join([f'# {title}', *said, f'Made of [{name}]({name}) by `{COMMAND}`.'])


def _text_cell(text: str) -> dict:
    return {'cell_type': 'markdown', **_of(text)}


def _of(text: str) -> dict:
    return {'metadata': {}, 'source': text.strip('\n').splitlines(keepends=True)}


if __name__ == '__main__':
    for script in SCRIPTS:
        script.with_suffix('.ipynb').write_text(notebook_of(script), encoding='utf-8')
