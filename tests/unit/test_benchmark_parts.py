"""Parts of a page that several commands write."""

from sdv_fair4free.benchmark.parts import PARTS, part_of, part_written, with_part, written_anew


def test_a_part_is_put_at_the_end_once_and_replaced_where_it_is():
    page = with_part('# Page\n\ntext\n', 'images', 'first')
    assert part_of(page, 'images') == '<!-- begin images -->\nfirst\n<!-- end images -->'
    assert page.startswith('# Page\n\ntext\n\n')
    followed = page + 'after\n'
    again = with_part(followed, 'images', 'second')
    assert again == followed.replace('first', 'second')


def test_parts_of_other_names_are_left_alone():
    page = with_part(with_part('text\n', 'one', 'first'), 'two', 'second')
    assert part_of(with_part(page, 'two', 'third'), 'one') == part_of(page, 'one')


def test_a_page_that_is_written_anew_keeps_the_part_of_others(tmp_path):
    path = tmp_path / 'page.md'
    written_anew(path, 'old\n')
    path.write_text(with_part(path.read_text(), 'images', 'pictures'))
    written_anew(path, 'new\n')
    text = path.read_text()
    assert text.startswith('new\n')
    assert 'old' not in text
    assert part_of(text, 'images') == '<!-- begin images -->\npictures\n<!-- end images -->'


def test_a_page_that_is_written_anew_keeps_every_part_and_part_writers_the_page(tmp_path):
    path = tmp_path / 'page.md'
    for name in PARTS:
        part_written(path, name, f'about {name}')
    written_anew(path, 'new\n')
    text = path.read_text()
    assert text.startswith('new\n')
    assert [part_of(text, name).splitlines()[1] for name in PARTS] == [f'about {n}' for n in PARTS]
    part_written(path, PARTS[0], 'other')
    assert path.read_text() == text.replace(f'about {PARTS[0]}', 'other')
