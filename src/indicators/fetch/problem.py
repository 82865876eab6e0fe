"""Why an agency's answer could not be had or used, and what the analyst does next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from indicators.errors import DataError

Kind = Literal["gate", "moved", "unreachable", "certificate", "redirect", "too_large", "changed"]

TODO = {
    "gate": "open {page} in a browser, save the file as it comes, then: indicators add FILE --source {source}",
    "moved": "open {page}: if the file is there, save it and: indicators add FILE --source {source}; "
    "then mend [[{source}.fetch]] in catalog/sources.toml",
    "unreachable": "try again later: indicators fetch {source}; or open {page}, save the file, and: "
    "indicators add FILE --source {source}",
    "certificate": "never go around this: check the clock of this machine, and SSL_CERT_FILE behind a proxy; "
    "or open {page}, save the file, and: indicators add FILE --source {source}",
    "redirect": "open {page} and see where the agency keeps its files now; if that host is the agency's, add it "
    "to hosts in [[{source}.fetch]] of catalog/sources.toml",
    "too_large": "open {page}: if its file has really grown so, raise limit_mb in [[{source}.fetch]] of "
    "catalog/sources.toml",
    "changed": "open {page} and compare; if the agency answers in another form, [[{source}.fetch]] in "
    "catalog/sources.toml has to follow it",
}


@dataclass
class Problem(Exception):
    """What stood in the way at an address: of which kind, what was expected there and what was found."""

    kind: Kind
    url: str
    expected: str
    found: str

    def told(self, source: str, page: str) -> DataError:
        """The same as a message: where, expected, found, and what to do for this source.

        What a server wrote is shown without the signs that could write over a terminal.
        """
        found = "".join(sign if sign.isprintable() else " " for sign in self.found)
        return DataError(self.url, self.expected, found, TODO[self.kind].format(source=source, page=page))
