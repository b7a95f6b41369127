"""The readable states of services, heads and outcomes, with their names in both languages."""

from tongchou.core.text import Text

SERVICE_EVENT_KIND = {
    "disease_case": Text("按病种结算的病例", "case paid per disease"),
    "bed_day_stay": Text("按床日结算的住院", "stay paid per day"),
    "service_unit": Text("按服务单元结算的服务", "service paid per unit"),
    "follow_up_start": Text("病组出院后随访的起始", "start of follow-up after a stay paid by group"),
    "value_stay": Text("按价值付费的住院", "stay paid by value"),
    "tele_service": Text("互联网与远程服务", "tele-service"),
    "remote_reading": Text("基层检查、上级诊断", "examined below, read above"),
    "expert_visit": Text("专家下沉", "expert's visit"),
    "exam_reuse": Text("检查结果的互认使用", "reuse of an examination's result"),
    "joint_ward_stay": Text("康复联合病房住院", "stay in a joint rehabilitation ward"),
    "ward_dispatch": Text("联合病房派驻", "dispatch to a joint ward"),
    "two_disease_drugs": Text("两病门诊用药", "outpatient drugs for hypertension or diabetes"),
}

HEAD_KIND = {
    "contracted_head": Text("家庭医生签约居民", "resident with a family-doctor contract"),
    "disease_head": Text("按人头付费的慢病患者", "chronic patient paid per head"),
}

OUTCOME_MEASURE = {
    "contract_score": Text("签约服务考核得分（机构，1 为满分）", "score of contract services (institution; 1 is full)"),
    "risk_factor": Text("风险系数（参保人）", "risk factor (person)"),
    "functional_gain": Text("功能改善实际值（服务事件）", "functional gain, actual (event)"),
    "functional_gain_predicted": Text("功能改善预测值（服务事件）", "functional gain, predicted (event)"),
    "death": Text("死亡（参保人，当日）", "death (person, on the day)"),
    "departure": Text("迁出（参保人，当日）", "moved away (person, on the day)"),
}
