"""What a card says of privacy: what was held back, what was tried, and that nothing is proven."""

from __future__ import annotations

from sdv_fair4free.handover.card_blocks import Block, Heading, Items, Paragraph, Section
from sdv_fair4free.handover.findings import PrivacyEvidence
from sdv_fair4free.handover.manifest import LOOK_AT_SOME, Manifest
from sdv_fair4free.handover.manifest_parts import Disclosure

NO_GUARANTEE = (
    'That no row is in the file, and that a student is distilled without rows, is no guarantee of '
    'privacy by itself: the weights have learnt from real people and can remember some of them. '
    'There is no differential privacy here.'
)
NOT_MEASURED = (
    'Nothing was measured: the file was exported without data and holdout, so no attack was tried. '
    'That is no sign that attacks would fail.'
)


def privacy(manifest: Manifest) -> Section:
    """What was held back, and what attacks found."""
    blocks: list[Block] = [
        Paragraph(NO_GUARANTEE),
        Heading('What was held back'),
        Items([*held_back(manifest.disclosure), *_of_pictures(manifest)]),
        Heading('What was tried'),
    ]
    if manifest.evidence is None:
        blocks.append(Paragraph(NOT_MEASURED))
        return Section('privacy', 'Privacy', blocks, warning=True)
    blocks.append(Items(PrivacyEvidence.from_dict(manifest.evidence).sentences()))
    return Section('privacy', 'Privacy', blocks)


def _of_pictures(manifest: Manifest) -> list[str]:
    """That nothing of them can be held back."""
    if manifest.picture is None:
        return []
    return [
        'Pictures: nothing. No real picture is in the file, but what is merged, averaged or made '
        f'up is so in the table alone. {LOOK_AT_SOME}'
    ]


def held_back(held: Disclosure) -> list[str]:
    """What the owner of the data has held back, in sentences."""
    least, averaged = held.min_category_count, held.min_quantile_count
    told = []
    if least == 1:
        told.append('Rare values: nothing. A value that a single person has may be in the file.')
    elif held.merged_values:
        merged = '; '.join(
            f"'{name}': {count:,} ({held.in_words(held.merged_rows.get(name, 0))})"
            for name, count in held.merged_values.items()
        )
        told.append(
            f'Rare values: those in fewer than {least:,} rows were merged, and what was learnt of '
            f'them was taken out of the weights. By column, how many: {merged}.'
        )
    else:
        told.append(f'Rare values: there was none in fewer than {least:,} rows to hold back.')
    if averaged == 1:
        told.append('Numbers and dates: nothing. Exact values of single people may be in the file.')
    else:
        told.append(
            f'Numbers and dates: every one in the file is the mean of at least {averaged:,} rows, '
            'or a value that as many share.'
        )
    told.append(
        'Least and greatest numbers and dates: not rounded beyond that.'
        if held.extreme_digits is None
        else f'Least and greatest numbers and dates: rounded to {held.extreme_digits} digits.'
    )
    if held.groups_left_out:
        told.append(
            f'Rare groups: {held.groups_left_out:,} crossings of sensitive categories were left '
            f'out, with {held.in_words(held.rows_left_out)}.'
        )
    made_up = ', '.join(f"'{name}'" for name in held.made_up)
    told.append(
        f'Ids, personal data and free text ({made_up}): no real value is in the file, but for '
        f'texts that at least {max(least, 2):,} rows share. The others are made up.'
        if made_up
        else 'Ids, personal data and free text: the table has none.'
    )
    return told
