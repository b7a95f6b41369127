"""The readable states that columns hold, with their names in both languages and the national code each stands for."""

from tongchou.core.text import Text

SEX = {"male": Text("男", "male"), "female": Text("女", "female")}

INSURANCE_TYPE = {
    "employee": Text("职工基本医疗保险（310）", "employee basic insurance (310)"),
    "resident": Text("城乡居民基本医疗保险（390）", "resident basic insurance (390)"),
}

INSTITUTION_LEVEL = {
    "tertiary": Text("三级", "tertiary"),
    "secondary": Text("二级", "secondary"),
    "primary": Text("一级及以下", "primary"),
}

INSTITUTION_KIND = {
    "general_hospital": Text("综合医院", "general hospital"),
    "tcm_hospital": Text("中医医院", "hospital of Chinese medicine"),
    "specialist_hospital": Text("专科医院", "specialist hospital"),
    "township_centre": Text("乡镇卫生院", "township health centre"),
    "community_centre": Text("社区卫生服务中心", "community health centre"),
    "village_clinic": Text("村卫生室", "village clinic"),
}

MEMBER_ROLE = {
    "lead": Text("牵头医院", "lead hospital"),
    "hospital": Text("成员医院", "member hospital"),
    "primary": Text("基层成员", "primary member"),
}

ALLIANCE_TYPE = {
    "tight": Text("紧密型", "tight"),
    "half_tight": Text("半紧密型", "half tight"),
    "loose": Text("松散型", "loose"),
}

ADMISSION_ROUTE = {
    "emergency": Text("急诊（1）", "emergency (1)"),
    "outpatient": Text("门诊（2）", "outpatient (2)"),
    "transferred_in": Text("其他医疗机构转入（3）", "from another institution (3)"),
    "other": Text("其他（9）", "other (9)"),
}

DISCHARGE_WAY = {
    "home": Text("医嘱离院（1）", "home by order (1)"),
    "transfer": Text("医嘱转院（2）", "transfer by order (2)"),
    "transfer_primary": Text("医嘱转社区/乡镇卫生院（3）", "transfer to primary care by order (3)"),
    "against_advice": Text("非医嘱离院（4）", "against advice (4)"),
    "death": Text("死亡（5）", "death (5)"),
    "other": Text("其他（9）", "other (9)"),
}

FEE_CATEGORY = {
    "bed": Text("床位费（01）", "bed (01)"),
    "consultation": Text("诊察费（02）", "consultation (02)"),
    "examination": Text("检查费（03）", "examination (03)"),
    "laboratory": Text("化验费（04）", "laboratory (04)"),
    "treatment": Text("治疗费（05）", "treatment (05)"),
    "surgery": Text("手术费（06）", "surgery (06)"),
    "nursing": Text("护理费（07）", "nursing (07)"),
    "consumables": Text("卫生材料费（08）", "consumables (08)"),
    "western_medicine": Text("西药费（09）", "western medicine (09)"),
    "herbal_pieces": Text("中药饮片费（10）", "herbal pieces (10)"),
    "chinese_patent_medicine": Text("中成药费（11）", "Chinese patent medicine (11)"),
    "general_diagnosis": Text("一般诊疗费（12）", "general diagnosis and treatment (12)"),
    "registration": Text("挂号费（13）", "registration (13)"),
    "other": Text("其他费（14）", "other (14)"),
}

VISIT_KIND = {
    "ordinary": Text("普通门诊（11）", "ordinary visit (11)"),
    "emergency": Text("急诊（13）", "emergency visit (13)"),
    "chronic": Text("门诊慢特病（14）", "chronic or special disease (14)"),
}

REFERRAL_DIRECTION = {"up": Text("上转", "up"), "down": Text("下转", "down")}

REFERRAL_STATE = {
    "requested": Text("已申请", "requested"),
    "accepted": Text("已接收", "accepted"),
    "rejected": Text("已拒收", "rejected"),
    "arrived": Text("已到院", "arrived"),
    "completed": Text("已完成", "completed"),
}

GROUPING_STATUS = {
    "grouped": Text("分组成功", "grouped"),
    "ungrouped": Text("无法入组", "no group fits"),
    "ambiguous": Text("歧义病案（QY）", "ambiguous (QY)"),
    "invalid": Text("信息校验不通过", "case data not valid"),
}

CASE_KIND = {
    "ungrouped": Text("未入组", "ungrouped"),
    "bed_day": Text("按床日", "paid by the day"),
    "review_by_item": Text("特例单议：按项目", "special review: by item"),
    "review_adjusted": Text("特例单议：调整标准", "special review: adjusted amount"),
    "early_death": Text("24 小时内死亡", "death within 24 hours"),
    "short_stay": Text("超短住院", "short stay"),
    "long_stay": Text("超长住院", "long stay"),
    "unstable": Text("非稳定病组", "unstable group"),
    "incomplete": Text("未完成诊疗", "stay not completed"),
    "panel": Text("提交专家评议", "for the expert panel"),
    "high": Text("高倍率", "extremely high cost"),
    "high_over_cap": Text("高倍率（超出限额，按标准支付）", "extremely high cost, over the cap: paid the standard"),
    "low": Text("低倍率", "extremely low cost"),
    "cheap": Text("偏低倍率", "low cost"),
    "normal": Text("正常倍率", "normal"),
}

WEIGHT_SOURCE = {
    "measured": Text("本地测算", "measured from the region's cases"),
    "adrg": Text("借用 ADRG 均值测算", "measured from the whole ADRG (too few cases of the group)"),
    "table": Text("权重表", "loaded table"),
    "neighbour": Text("借用相邻组", "borrowed from a neighbour group"),
    "catalogue": Text("DIP 病种目录库", "DIP catalogue"),
    "none": Text("无权重（未入组）", "no weight (ungrouped)"),
}

BUDGET_ADJUSTMENT_REASON = {
    "new_insured": Text("新增参保", "newly insured people"),
    "policy_change": Text("政策调整", "change of policy"),
    "epidemic": Text("疫情", "epidemic"),
    "price_adjustment": Text("价格调整", "price adjustment"),
}

DEFICIT_REASON = {
    "epidemic": Text("疫情", "epidemic"),
    "referral_in": Text("转入病人", "patients referred in"),
    "policy_change": Text("政策调整", "change of policy"),
    "catastrophic_case": Text("重大疾病病例", "catastrophic case"),
    "unjustified_service": Text("不合理诊疗", "unjustified services"),
    "weak_management": Text("管理不善", "weak management"),
}

DECISION = {
    "pending": Text("待定", "pending"),
    "accepted": Text("认定", "accepted"),
    "refused": Text("不予认定", "refused"),
}

SURPLUS_REVIEW_DECISION = {
    "pending": Text("复核中", "under review"),
    "released": Text("复核通过，予以留用", "passed: the alliance keeps it"),
    "returned": Text("复核未通过，退回基金", "not passed: it returns to the fund"),
}

SURPLUS_PURPOSE = {
    "devices": Text("设备购置", "devices"),
    "training": Text("人才培训", "training"),
    "awards": Text("人员奖励", "awards to staff"),
    "development": Text("事业发展", "development"),
    "primary_care": Text("基层能力建设", "primary care"),
    "chronic_care": Text("慢病管理", "chronic care"),
    "construction": Text("基本建设", "buildings"),
    "debt": Text("偿还债务", "repayment of debt"),
}

RISK_REASON = {
    "public_health_emergency": Text("突发公共卫生事件", "public-health emergency"),
    "rare_disease": Text("罕见病", "rare disease"),
    "catastrophic_case": Text("重大疾病病例", "catastrophic case"),
    "other": Text("其他", "other"),
}

GRANT_FUND = {
    "incentive": Text("激励基金", "incentive fund"),
    "special": Text("专项资金", "special fund of the public finances"),
}

GRANT_PURPOSE = {
    "cost_control": Text("费用控制成效", "good cost control"),
    "resource_use": Text("资源利用成效", "good use of resources"),
    "imaging_centre": Text("影像中心", "imaging centre"),
    "laboratory_centre": Text("检验中心", "laboratory centre"),
}

ASSESSED_MEASURE = {
    "equipment_hours": Text("共享设备时长（小时）", "hours of shared equipment"),
    "cost_drop": Text("次均费用下降率", "drop of the mean cost"),
    "los_drop": Text("平均住院日下降率", "drop of the mean stay"),
    "satisfaction": Text("满意度", "satisfaction"),
    "complication_free": Text("无并发症率", "share without complications"),
    "service_quality": Text("服务质量得分", "score of the quality of service"),
}

PERIOD_STATE = {
    "open": Text("开放", "open"),
    "locked": Text("锁定", "locked"),
    "closed": Text("关闭", "closed"),
}
