"""`python -m nslab_kernel` is `nslab`."""

import sys

from nslab_kernel.cli import main

sys.exit(main())
