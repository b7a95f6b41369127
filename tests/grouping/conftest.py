"""A tiny scheme written out by hand, small enough to reason about."""

from pathlib import Path

import pytest

from tongchou.grouping.grouper import Grouper
from tongchou.grouping.schemes.reading import load_scheme

TINY = {
    "scheme.yaml": """
name: tiny
title: {zh: 小方案, en: tiny scheme}
publisher: test
edition: "1"
base: ""
valid_from: 2025-01-01
purpose: learning
notice: {zh: 仅供测试, en: for tests only}
code_match: prefix
""",
    "checks.csv": """order,check,rule,name_zh,name_en
1,no_sex,!known(sex),缺性别,the sex is not known
2,no_age,!known(age_years),缺年龄,the age is not known
3,no_age_days,age_years=0 & !known(age_days),不足一周岁而缺日龄,under one year and the age in days is not known
4,no_weight,age_years=0 & age_days<=28 & !known(weight_g),新生儿缺出生体重,a newborn whose birth weight is not known
""",
    "lists.csv": "list,kind,codes\nvalid,op,33.5 32.4 47\n",
    "mdc.csv": """order,mdc,rule,if_none,name_zh,name_en
1,MDCA,main_op(valid),,先期,pre-MDC
2,MDCP,principal(dx) & age_years=0,,新生儿,newborn
3,MDCZ,principal(dx) & distinct_sites(any_dx)>=2,,多发伤,multiple trauma
4,MDCE,principal(dx),,呼吸,respiratory
""",
    "mdc_codes.csv": """mdc,list,codes
MDCP,dx,P
MDCZ,dx,S
MDCZ,site:head,S0
MDCZ,site:leg,S7-S8
MDCE,dx,J S
""",
    "adrg.csv": """mdc,order,adrg,outcome,rule,name_zh,name_en
MDCA,1,AA1,,main_op(op),移植,transplant
MDCP,1,PS1,,any_dx(dx) & weight_g<1500 & age_days<=28,极低体重,very low weight
MDCP,2,PV1,,always,其他新生儿,other newborn
MDCZ,1,ZJ1,,no_op(valid),非手术,no operation
MDCE,1,EB1,,principal(dx) & (part(1) | (part(2) & part(3))),胸部手术,chest operation
MDCE,2,ES1,,principal(dx),肺炎,pneumonia
""",
    "adrg_codes.csv": """adrg,list,part,codes
AA1,op,,33.5
PS1,dx,,P07
EB1,dx,,J
EB1,op,1,32.4
EB1,op,2,34.0
EB1,op,3,34.1
ES1,dx,,J12-J18 !J17
""",
    "drg.csv": """adrg,order,drg,severity,rule,name_zh,name_en
AA1,1,AA19,always,,移植,transplant
PS1,1,PS19,always,,极低体重,very low weight
PV1,1,PV19,always,,其他新生儿,other newborn
ZJ1,1,ZJ19,always,,非手术,no operation
EB1,1,EB13,mcc_or_cc,,胸部手术伴并发症,chest operation with CC
EB1,2,EB15,always,,胸部手术,chest operation
ES1,1,ES11,mcc,,肺炎伴严重并发症,pneumonia with MCC
ES1,2,ES13,mcc_or_cc,,肺炎伴并发症,pneumonia with CC
ES1,3,ES15,always,,肺炎,pneumonia
""",
    "mcc.csv": "exclusion,codes\nshock,R57\nlung,J96.0\n",
    "cc.csv": "exclusion,codes\nheart,I10\nlung,J96\n",
    "exclusions.csv": "exclusion,codes\nlung,J15\nnone,J\n",
}


def write_scheme(folder: Path, **changes: str) -> Path:
    """Write the tiny scheme; `changes` replaces whole files, `mdc_csv` standing for `mdc.csv`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in TINY.items():
        (folder / name).write_text(changes.get(name.replace(".", "_"), content).lstrip(), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scheme(tmp_path_factory.mktemp("schemes") / "tiny")


@pytest.fixture(scope="session")
def tiny(tiny_folder: Path) -> Grouper:
    return Grouper(load_scheme(tiny_folder))
