"""How many tables are tried: a few, the same ones, in `make test`; many new in `make nightly`."""

import os

from hypothesis import HealthCheck, Phase, settings

VARIABLE = 'FAIR4FREE_TABLES'
"""Environment variable: 'default' or 'nightly'."""
_ALWAYS = {
    'deadline': None,
    'print_blob': True,
    # Explaining a failure would fit hundreds of tables more.
    'phases': [phase for phase in Phase if phase is not Phase.explain],
    'suppress_health_check': [HealthCheck.too_slow],
}

settings.register_profile(
    'tables-default', max_examples=30, derandomize=True, database=None, **_ALWAYS
)
settings.register_profile('tables-nightly', max_examples=500, **_ALWAYS)


def tables() -> settings:
    """The settings that the environment asks for; those of other tests stay as they are."""
    return settings.get_profile(f'tables-{os.environ.get(VARIABLE, "default")}')
