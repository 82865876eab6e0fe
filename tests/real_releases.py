"""The real releases that the tests are pinned to, by their paths in the folder of real releases.

The list holds every release that the project took from that folder at commit 752cd4b (22 November 2026). A file that
arrives in the folder later changes no test. To test it, add its path here and change the expected figures it moves.
"""

from pathlib import Path

AT_HAND = (  # in the order in which they are added
    "mx/conapo/vintage-2018/pob_mit_proyecciones_from_rds.csv.gz",
    "mx/conapo/vintage-2023/conapo_pob_ent_gender_1950_2070.csv.gz",
    "mx/rnpdno/dashboard-json/vintage-2021-11/circunstancias/0.json",
    "mx/rnpdno/municipal-monthly-2015-2025/vintage-2026-04/rnpdno_disappeared_not_located.csv.gz",
    "mx/rnpdno/municipal-monthly-2015-2025/vintage-2026-04/rnpdno_located_alive.csv.gz",
    "mx/rnpdno/municipal-monthly-2015-2025/vintage-2026-04/rnpdno_located_dead.csv.gz",
    "mx/rnpdno/municipal-monthly-2015-2025/vintage-2026-04/rnpdno_total.csv.gz",
    "mx/rnpdno/state-year-sex-status/vintage-2020-07/rnpdno_import.csv.gz",
    "mx/sesnsp/estatal-delitos/vintage-2023-07/IDEFC_NM_jul23.csv.gz",
    "mx/sesnsp/estatal-delitos/vintage-2023-09/IDEFC_NM_sep23.csv.gz",
    "mx/sesnsp/estatal-delitos/vintage-2023-11/IDEFC_NM_nov23.csv.gz",
    "mx/sesnsp/estatal-delitos/vintage-2023-12/IDEFC_NM_dic23.csv.gz",
    "mx/sesnsp/estatal-delitos/vintage-2024-01/IDEFC_NM_ene24.csv.gz",
    "mx/sesnsp/estatal-delitos/vintage-2024-04/IDEFC_NM_abr24.csv.gz",
    "mx/sesnsp/estatal-delitos/vintage-2024-06/IDEFC_NM_jun24.csv.gz",
    "mx/sesnsp/estatal-delitos/vintage-2024-08/IDEFC_NM_ago24.csv.gz",
    "mx/sesnsp/estatal-delitos/vintage-2024-11/IDEFC_NM_nov24.csv.gz",
    "mx/sesnsp/estatal-victimas-reconstructed/vintage-2024-05/IDVFC_NM_may24.csv.gz",
    "mx/sesnsp/estatal-victimas-reconstructed/vintage-2024-06/IDVFC_NM_jun24.csv.gz",
    "mx/sesnsp/estatal-victimas-reconstructed/vintage-2024-07/IDVFC_NM_jul24.csv.gz",
    "mx/sesnsp/estatal-victimas-reconstructed/vintage-2024-08/IDVFC_NM_ago24.csv.gz",
    "mx/sesnsp/estatal-victimas-reconstructed/vintage-2024-10/IDVFC_NM_oct24.csv.gz",
    "mx/sesnsp/estatal-victimas-reconstructed/vintage-2024-11/IDVFC_NM_nov24.csv.gz",
    "mx/sesnsp/estatal-victimas-reconstructed/vintage-2025-06/IDVFC_NM_jun25.csv.gz",
    "mx/sesnsp/fuero-federal/vintage-2025-07/IDEFF_jul25.csv.gz",
    "mx/sesnsp/rnid-estatal-delitos/vintage-2026-01/RNID-Delitos_Estatal-2026-ene2026.csv.gz",
    "mx/sesnsp/rnid-estatal-delitos/vintage-2026-02/RNID-Delitos_Estatal-2026-feb2026.csv.gz",
    "mx/sesnsp/rnid-estatal-delitos/vintage-2026-03/RNID-Delitos_Estatal-2026-mar2026.csv.gz",
    "us/cbp_amo_drug_seizures/vintage-2022-11/amo-drug-seizures-fy19-fy22.csv",
    "us/cbp_amo_drug_seizures/vintage-2026-01/amo-drug-seizures-fy23-fy26-dec.csv",
    "us/cbp_drug_seizures/vintage-2022-11/nationwide-drugs-fy19-fy22.csv.gz",
    "us/cbp_drug_seizures/vintage-2024-10/nationwide-drugs-fy21-fy24.csv.gz",
    "us/cbp_drug_seizures/vintage-2025-06/nationwide-drugs-fy22-fy25-may.csv",
    "us/cbp_drug_seizures/vintage-2026-01/nationwide-drugs-fy23-fy26-dec.csv",
    "us/cbp_drug_seizures/vintage-2026-05/nationwide-drugs-fy23-fy26-apr.csv",
    "us/cbp_nationwide_encounters/vintage-2023-11/nationwide-encounters-fy21-fy24-oct-state.csv.gz",
    "us/cbp_nationwide_encounters/vintage-2023-11-fy23-final/nationwide-encounters-fy20-fy23-state.csv.gz",
    "us/cbp_nationwide_encounters/vintage-2024-10/nationwide-encounters-fy21-fy24-state.csv.gz",
    "us/cbp_sbo_encounters/vintage-2022-10/sbo-encounters-fy19-fy22.csv",
    "us/cbp_sbo_encounters/vintage-2024-12/sbo-encounters-fy22-fy25-nov.csv",
    "us/cbp_sbo_encounters/vintage-2025-09/sbo-encounters-fy22-fy25-aug.csv",
    "us/cbp_weapons_ammunition_seizures/vintage-2025-06/weapons-ammunition-seizures-fy22-fy25-may.csv.gz",
    "us/cdc_vsrr/vintage-2019-04-csv/VSRR_Provisional_Drug_Overdose_Death_Counts.csv.gz",
    "us/cdc_vsrr/vintage-2019-09-EDITED-nyc-blanked/VSRR_Provisional_Drug_Overdose_Death_Counts.csv.gz",
    "us/cdc_vsrr/vintage-2025-09-EXCERPT-transcribed/VSRR_Provisional_Drug_Overdose_Death_Counts.excerpt.csv",
    "us/cdc_vsrr/vintage-2026-02-EXCERPT-transcribed/VSRR_Provisional_Drug_Overdose_Death_Counts.excerpt.csv",
    "us/census_nst_est/vintage-2024/NST-EST2024-ALLDATA.csv",
    "us/ohss_khsm/vintage-fy25m11/KHSM Encounters (USBP) fy25m11.xlsx",
)

SINCE = (  # releases that arrived later: the tests of the checks read them, no pinned figure counts them
    *(f"mx/rnpdno_municipal_monthly/vintage-2026-07-scraped/all-states-{year}.csv.gz" for year in range(2010, 2027)),
    "mx/sesnsp/estatal-victimas-reconstructed/vintage-2026-04/IDVFC_NM_abr26.csv.gz",
    "mx/sesnsp/fuero-federal/vintage-2026-04/Fuero_federal_2012-2026_abr2026.csv.gz",
    "mx/sesnsp/rnid-estatal-victimas-reconstructed/vintage-2026-04/RNID-Víctimas_Estatal-2026-abr2026.csv.gz",
    "us/cbp_nationwide_encounters/vintage-2025-12/nationwide-encounters-fy23-fy26-nov-state.csv.gz",
    "us/cbp_sbo_encounters/vintage-2026-08/sbo-encounters-fy23-fy26-jul.csv",
    *(
        f"us/cdc_injury_violence/vintage-2026-{month}/{name}.csv"
        for month in ("05", "06", "08")
        for name in ("fpsi-y8tj", "t6u2-f84c")
    ),
    "us/cdc_vsrr/vintage-2026-06-T404-only-api/cdc_api_provisional_overdose_counts.csv.gz",
    "us/census_nst_est/vintage-2025/NST-EST2025-ALLDATA.csv",
)
ALTERED = ("EDITED", "EXCERPT")  # words in the folders of files that no agency published as they are


def published(raw: Path) -> list[Path]:
    """List the files of ``AT_HAND`` and ``SINCE`` as an agency published them. Fail by name where one is missing."""
    names = [name for name in (*AT_HAND, *SINCE) if not any(word in name for word in ALTERED)]
    missing = [name for name in names if not (raw / name).is_file()]
    assert not missing, f"{raw} lacks releases that the tests are pinned to: {', '.join(missing)}"
    return [raw / name for name in names]


def since(raw: Path) -> list[Path]:
    """List the files of ``SINCE`` in the folder ``raw``. Fail by name where the folder lacks one."""
    missing = [name for name in SINCE if not (raw / name).is_file()]
    assert not missing, f"{raw} lacks releases that the tests are pinned to: {', '.join(missing)}"
    return [raw / name for name in SINCE]


def files(raw: Path) -> list[Path]:
    """List the files of ``AT_HAND`` in the folder ``raw``. Fail by name where the folder lacks one."""
    missing = [name for name in AT_HAND if not (raw / name).is_file()]
    assert not missing, f"{raw} lacks releases that the tests are pinned to: {', '.join(missing)}"
    return [raw / name for name in AT_HAND]


def file_in(raw: Path, folder: str) -> Path:
    """Find the one file of ``AT_HAND`` in a folder of ``raw``, whatever else the folder holds."""
    (name,) = [one for one in AT_HAND if one.startswith(f"{folder}/")]
    return raw / name
