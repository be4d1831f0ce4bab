"""``python -m tests.architecture``: draw the diagram and write the table."""

from .diagram import DIAGRAM, diagram
from .imports import Architecture
from .page import PAGE, with_table

if __name__ == '__main__':
    code = Architecture.of_code()
    DIAGRAM.write_text(diagram(code), encoding='utf-8')
    PAGE.write_text(with_table(PAGE.read_text(encoding='utf-8'), code), encoding='utf-8')
