"""The readable states of people and care that the benefit depends on, with their names in both languages."""

from tongchou.core.text import Text

CARE_KIND = {
    "inpatient": Text("住院", "inpatient stay"),
    "rehabilitation": Text("康复住院", "rehabilitation stay"),
    "outpatient": Text("普通门诊", "ordinary visit"),
    "chronic": Text("门诊慢特病", "chronic or special disease"),
    "two_disease": Text("两病门诊用药", "drugs for the two diseases"),
}

STAY_KINDS = ("inpatient", "rehabilitation")
"""The kinds of care that are stays; the others are visits."""

DISEASE_KINDS = ("chronic", "two_disease")
"""The kinds of care that name a disease."""

WORK_STATUS = {"working": Text("在职", "working"), "retired": Text("退休", "retired")}

CONTRACT = {"signed": Text("已签约", "signed"), "unsigned": Text("未签约", "not signed")}

ENTRY = {"first_visit": Text("首诊", "first visit"), "other": Text("非首诊", "not a first visit")}

PLACE_OF_CARE = {
    "local": Text("统筹区内", "in the region"),
    "resident_filed": Text("异地长期居住备案", "elsewhere, filed as long-term resident"),
    "referral_filed": Text("异地转诊备案", "elsewhere, filed as referred"),
    "emergency": Text("异地急诊抢救", "elsewhere, emergency"),
    "not_filed": Text("异地就医未备案", "elsewhere, not filed"),
}

AID_CATEGORY = {
    "none": Text("非救助对象", "no aid"),
    "extremely_poor": Text("特困人员", "extremely poor"),
    "minimum_living": Text("低保对象", "on minimum living allowance"),
    "returned_to_poverty": Text("返贫致贫人口", "fallen back into poverty"),
    "low_income": Text("低保边缘家庭成员", "at the edge of the allowance"),
    "illness_impoverished": Text("因病致贫重病患者", "made poor by illness"),
}

SUPPLEMENT = {
    "none": Text("无", "none"),
    "civil_servant": Text("公务员医疗补助", "civil servants' supplement"),
    "enterprise": Text("企业补充医疗保险", "enterprise supplementary insurance"),
}

STAY_RANK = {
    "first": Text("第一次", "first"),
    "second": Text("第二次", "second"),
    "later": Text("第三次及以后", "third or later"),
}

TWO_DISEASE = {"hypertension": Text("高血压", "hypertension"), "diabetes": Text("糖尿病", "diabetes")}

DEDUCTIBLE_MODE = {
    "full": Text("全额", "in full"),
    "continuing": Text("连续计算", "continuing"),
    "cut": Text("减收", "cut"),
    "waived": Text("免收", "waived"),
    "continuing_then_cut": Text("先连续计算后减收", "continuing, then cut"),
    "cut_then_continuing": Text("先减收后连续计算", "cut, then continuing"),
}
