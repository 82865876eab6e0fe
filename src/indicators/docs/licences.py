"""Under which terms code and figures may be used, as a page in each language."""

from __future__ import annotations

from indicators import catalog
from indicators.docs.page import page
from indicators.markdown import table

OTHER = {"en": "[Español](data-licences.es.md)", "es": "[English](data-licences.en.md)"}
TITLE = {"en": "Licences", "es": "Licencias"}
CODE = {
    "en": """\
## Code

Programs, notebooks, the catalogue and the words of the report: [MIT](../LICENSE).""",
    "es": """\
## Código

Programas, cuadernos, catálogo y textos del informe: [MIT](../LICENSE).""",
}
FIGURES = {
    "en": """\
## Figures

No licence of ours covers them: each agency's figures keep that agency's terms, here, in the report and in
whatever is made of it. Every chart, table and CSV names its source and release; keep that line when you copy one.""",
    "es": """\
## Cifras

Ninguna licencia nuestra las cubre: las cifras de cada dependencia conservan sus términos, aquí, en el informe y en
lo que se haga con él. Cada gráfica, tabla y CSV nombra su fuente y su publicación: consérvese esa línea al copiar.""",
}
COLUMNS = {
    "en": ["source", "agency", "terms", "address"],
    "es": ["fuente", "dependencia", "términos", "dirección"],
}
TERMS = {
    "en": """\
## What the terms ask for

- **U.S. Government work.** No copyright within the United States ([17 U.S.C. § 105](https://www.law.cornell.edu/uscode/text/17/105));
  other countries' law may differ. An agency's seal or logo is another matter: the report shows none.
- **Libre Uso MX.** Copy, publish, adapt and sell, if you name data set, agency, address and day of consultation; do not
  alter the meaning so as to mislead; do not suggest that the government stands behind your use.
- **Published figures and dated events** (`data/raw/published`, `data/raw/ledger`). Facts entered by hand, each with its
  publisher, document, day and address. Quote that publisher, not us.

A release of an agency is never part of this project; what ships is added up by place and period
([the edition](../data/processed/edition/README.md)).""",
    "es": """\
## Qué piden los términos

- **Obra del Gobierno de EE. UU.** Sin derechos de autor dentro de Estados Unidos
  ([17 U.S.C. § 105](https://www.law.cornell.edu/uscode/text/17/105)); la ley de otros países puede ser distinta. El
  sello o logotipo de una dependencia es otra cosa: el informe no muestra ninguno.
- **Libre Uso MX.** Se puede copiar, publicar, adaptar y vender si se mencionan conjunto de datos, dependencia,
  dirección y fecha de consulta; sin variar el sentido para engañar; sin aparentar que el gobierno respalda el uso.
- **Cifras publicadas y eventos fechados** (`data/raw/published`, `data/raw/ledger`). Hechos capturados a mano, cada uno
  con quién lo publica, documento, día y dirección. Cítese a quien publica, no a nosotros.

Ningún archivo de una dependencia forma parte del proyecto; lo que se distribuye está sumado por lugar y periodo
([la edición](../data/processed/edition/README.md)).""",
}


def licences(lang: str) -> str:
    """The page in ``lang``: terms of the code, and of each source as the catalogue has them."""
    rows = [
        [f"`{one.id}`", one.agency[lang], one.licence[lang], f"<{one.url}>"]
        for one in catalog.sources().values()
    ]
    figures = [FIGURES[lang], table(COLUMNS[lang], rows), TERMS[lang]]
    return page(TITLE[lang], OTHER[lang], CODE[lang], *figures)
