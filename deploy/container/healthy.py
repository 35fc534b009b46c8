"""Whether a server in this container answers: `python healthy.py URL`; the image has no curl."""

import sys
import urllib.request

with urllib.request.urlopen(sys.argv[1], timeout=5) as answer:  # noqa: S310 - an address of compose.yaml
    sys.exit(0 if answer.status == 200 else 1)
