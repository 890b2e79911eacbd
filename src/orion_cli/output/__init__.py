"""How results and complaints are shown. Knows no API."""
