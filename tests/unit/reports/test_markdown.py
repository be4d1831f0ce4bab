"""The HTML of a section as Markdown: what can be read stays, what only a browser shows goes."""

import plotly.graph_objects as go
import pytest

from sdv_fair4free.html import figure_block, folded, table_block
from sdv_fair4free.reports.markdown import section_as_markdown, table


def told(content):
    return '\n'.join(section_as_markdown(content))


@pytest.mark.parametrize(
    ('content', 'expected'),
    [
        ('', ''),
        ('  \n ', ''),
        ('words alone', 'words alone'),
        ('<p>One\n  line.</p><p>Another.</p>', 'One line.\n\nAnother.'),
        ('<h2>High</h2><h3>Middle</h3><h5>Low</h5>', '### High\n\n### Middle\n\n##### Low'),
        ('<p><b>Bold</b>, <em>stressed</em>, <code>a_b</code></p>', '**Bold**, *stressed*, a_b'),
        (
            '<p>See <a href="https://x.org">this</a>, <a>that</a>.</p>',
            'See [this](https://x.org), that.',
        ),
        ('<p>a &lt;b&gt; &amp; c</p>', r'a \<b> & c'),
        ('<ul><li>a</li><li>b</li></ul><p>c</p>', '- a\n- b\n\nc'),
        ('<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>', '1. a\n   - b\n2. c'),
        ('<ul><li>a<li>b</ul><ul><li>c</ul>', '- a\n- b\n- c'),
        ('<ul>\n<li>\n<p>a</p>\n</li>\n</ul>', '- a'),
        ('<dl><dt>word</dt><dd>meaning</dd></dl>', '**word**\n\nmeaning'),
        ('<p>a<br>b</p>', 'a\n\nb'),
        ('<img alt="A cat &amp; a dog" src="x.png">', 'A cat & a dog'),
        ('<style>p {}</style><script>if (a < b) {}</script><svg><g><text>1</text></g></svg>', ''),
        ('<svg><a href="x"><b>1</b></a><p></svg>', ''),
        ('<p>trend <svg><g/></svg> rising</p>', 'trend rising'),
        (
            '<p><del>a</del> <q>b</q> <kbd>c</kbd> <time>d</time> <label>e</label></p>',
            'a b c d e',
        ),
        ('<dl><dt><b>w</b> <i>x</i></dt><dd><b>y</b></dd></dl>', '**w *x***\n\n**y**'),
        ('<p><b><strong>a</strong></b><b>b</b><i></i> <b> c </b>d</p>', '**ab c** d'),
        ('<p><b><a href="x">a</a></b></p>', '**[a](x)**'),
        ('<p><b>left<p>open', '**left**\n\nopen'),
        ('<b><p>around</p></b>', '**around**'),
        ('<p>left open', 'left open'),
        ('</p></ul></a></svg><p>closed too often</p>', 'closed too often'),
    ],
)
def test_what_can_be_read_stays(content, expected):
    assert told(content) == expected


@pytest.mark.parametrize(
    ('content', 'expected'),
    [
        (
            '<table><tr><th>a<th>b<tr><td>1<td>x|y</table>',
            ['| a | b |', '| --- | ---: |', r'| 1 | x\|y |'],
        ),
        (
            '<table><tr><th>a</th><td>1</td></tr><tr><th>b</th></tr></table>',
            ['|  |  |', '| --- | ---: |', '| a | 1 |', '| b |  |'],
        ),
        (
            '<table><tr><td><p>two</p><p>parts</p><ul><li>and one</li></ul></td></tr></table>',
            ['|  |', '| --- |', '| two parts and one |'],
        ),
        (
            '<table><tr><td><b>a</b></td><td><b>left open<td>c</table>',
            ['|  |  |  |', '| --- | ---: | ---: |', '| **a** | **left open** | c |'],
        ),
        ('<table></table>', []),
        ('<table><tr><td>left open', ['|  |', '| --- |', '| left open |']),
    ],
)
def test_tables_have_a_head_and_rows_of_one_width(content, expected):
    assert section_as_markdown(content) == expected


def test_what_the_pages_are_made_of_is_read_with_its_words():
    rows = table_block('Rates', ['Group', 'Rate'], [['<i>a</i>', '0.5'], ['b', '0.25']])
    figure = figure_block(
        go.Figure(go.Bar(x=['a'], y=[1.0])), 'Bars', 'What is shown.', 'What is seen.', rows
    )
    assert section_as_markdown(folded('More', figure)) == [
        'More',
        '',
        '### Bars',
        '',
        'What is shown.',
        '',
        'What is seen.',
        '',
        'Rates',
        '',
        '| Group | Rate |',
        '| --- | ---: |',
        '| *a* | 0.5 |',
        '| b | 0.25 |',
    ]


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('![x](http://e.org/x.png)', r'![x\](http://e.org/x.png)'),
        ('[a]: http://e.org', r'[a\]: http://e.org'),
        ('[17, 28) of capital_gain', '[17, 28) of capital_gain'),
        ('*a* _b_ `c` ~~d~~', r'\*a\* \_b\_ \`c\` \~\~d\~\~'),
        (r'a\*b \d', r'a\\\*b \d'),
        ('a &lt; b &amp;lt; c', r'a \< b \&lt; c'),
        ('__init__ of ~a~ b_c', r'\_\_init\_\_ of \~a\~ b_c'),
        ('[a]<span>(javascript:alert(1))</span>', r'[a\](javascript:alert(1))'),
        ('# big', r'\# big'),
        ('- item', r'\- item'),
        ('+1 and -1', '+1 and -1'),
        ('---', r'\---'),
        ('> told', r'\> told'),
        ('12. of May', r'12\. of May'),
        ('2.5 of 3', '2.5 of 3'),
        ('1) one', r'1\) one'),
    ],
)
def test_text_is_no_markup(text, expected):
    assert told(f'<p>{text}</p>') == expected
    assert told(f'<ul><li>{text}</li></ul>') == f'- {expected}'


@pytest.mark.parametrize(
    ('href', 'expected'),
    [
        ('https://x.org/a_(b)', '[a](https://x.org/a_%28b%29)'),
        ('mailto:a@x.org', '[a](mailto:a@x.org)'),
        ('page.html#part', '[a](page.html#part)'),
        ('#part:1', '[a](#part:1)'),
        ('javascript:alert(1)', 'a'),
        (' JavaScript:alert(1)', 'a'),
        ('data:text/html,x', 'a'),
        ('vbscript:x/y', 'a'),
    ],
)
def test_links_lead_to_pages_and_run_nothing(href, expected):
    assert told(f'<p><a href="{href}">a</a></p>') == expected


def test_a_heading_is_one_line():
    assert told('<h3>C #</h3>') == r'### C \#'
    assert told('<a href="https://u.org">a]b</a>') == r'[a\]b](https://u.org)'
    assert told('<h3>a<br>b</h3><p>c<br>d</p>') == '### a b\n\nc\n\nd'


def test_cells_of_plain_text_are_no_markup():
    assert table(['<b>'], [['a|b'], [0.5]]) == [r'| \<b> |', '| --- |', r'| a\|b |', '| 0.5 |']
