"""What metadata from strangers may ask of fakers: short texts, and people's details only."""

import re
import sys
from typing import Any

if sys.version_info >= (3, 11):
    from re import _parser  # type: ignore[attr-defined]
else:
    import sre_parse as _parser


WITHOUT_END = 16
"""Times that something is counted which a pattern repeats without end."""


def width(pattern: str) -> int:
    """Characters of the longest text that a regular expression makes.

    Raises:
        ValueError: If it is none.
    """
    try:
        return _width(_parser.parse(pattern))
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f'{pattern[:60]!r} is no regular expression: {error}') from error


def _width(parsed: Any) -> int:
    total = 0
    for kind, given in parsed:
        name = str(kind)
        if name.endswith('REPEAT'):  # greedy, lazy or possessive
            _, most, repeated = given
            total += (WITHOUT_END if most == _parser.MAXREPEAT else int(most)) * _width(repeated)
        elif name == 'SUBPATTERN':
            total += _width(given[-1])
        elif name == 'BRANCH':
            total += max(map(_width, given[1]))
        else:
            total += 1
    return total


# fmt: off
SDTYPES = frozenset((
    'address', 'administrative_unit', 'bban', 'boolean', 'building_number', 'categorical',
    'city', 'color_name', 'company', 'country', 'country_code', 'credit_card_expire',
    'credit_card_number', 'credit_card_provider', 'credit_card_security_code', 'currency_code',
    'date_of_birth', 'datetime', 'domain_name', 'email', 'first_name', 'iban', 'id', 'ipv4',
    'ipv4_address', 'ipv6', 'ipv6_address', 'isbn10', 'isbn13', 'job', 'language_code',
    'last_name', 'latitude', 'license_plate', 'license_plate_number', 'longitude', 'mac_address',
    'name', 'numerical', 'ordinal', 'phone_number', 'postcode', 'ssn', 'state', 'state_abbr',
    'street_address', 'street_name', 'swift11', 'swift8', 'unknown', 'url', 'user_agent_string',
    'user_name', 'vin',
))
# fmt: on
"""Types of columns that are handed over; Faker has others that make archives, or run for hours."""
