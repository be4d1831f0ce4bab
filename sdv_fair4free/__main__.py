"""``python -m sdv_fair4free`` is the command ``sdv-fair4free``."""

import sys

from sdv_fair4free.command import main

if __name__ == '__main__':
    sys.exit(main())
