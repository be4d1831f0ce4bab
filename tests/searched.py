"""How values may be written in a file, and a search for them."""

import base64
import itertools
import struct


def encodings(text):
    """How a text may be written in a file."""
    plain = [text.encode(), text.encode('utf-16-le'), text.encode('utf-16-be'), text[::-1].encode()]
    yield from plain
    for raw in plain[:3]:
        yield raw.hex().encode()
        for shift in range(3):  # base64 of a longer text that it lies in: what no neighbour touches
            coded = base64.b64encode(b'\0' * shift + raw)
            yield coded[(8 * shift + 5) // 6 : (8 * (shift + len(raw))) // 6]


def encodings_of_exactly(number):
    yield from (struct.pack(f'{order}d', number) for order in '<>')
    yield repr(float(number)).encode()


def encodings_of_number(number):
    for value, order in itertools.product((number, -number), '<>'):
        for kind in 'fd':
            yield struct.pack(f'{order}{kind}', value)
    for kind, order in itertools.product('iq', '<>'):
        yield struct.pack(f'{order}{kind}', int(number))
    yield str(number).encode()
    yield str(int(number)).encode()


def found(content, secrets):
    return [secret for secret in secrets if secret in content]
