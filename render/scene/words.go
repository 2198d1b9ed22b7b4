package scene

import "firescene/forensics"

// words are the drawing's own texts in one language.
type words struct {
	standing map[forensics.FindingKind]string
	atTarget string
	hotLayer string
	gasTemp  string
	heat     string
	smoke    string
	exposure string
	marks    string
	classes  [5]string // of marks; empty: not predicted
	north    string
}

func wordsIn(lang string) words {
	if lang == "zh" {
		return words{
			standing: map[forensics.FindingKind]string{
				forensics.Measured: "实测", forensics.Recovered: "恢复", forensics.Inferred: "推断", forensics.Supposed: "假设",
			},
			atTarget: "（目标处）", hotLayer: "热烟层温度（模拟）", north: "北",
			gasTemp: "气体温度（模拟）", heat: "放热率（模拟），kW/m³", smoke: "烟气（模拟）：能见度，米",
			exposure: "表面累计受热（预测），MJ/m²", marks: "表面痕迹（预测）", classes: [5]string{1: "烟熏", 3: "清洁燃烧"},
		}
	}
	return words{
		standing: map[forensics.FindingKind]string{
			forensics.Measured: "measured", forensics.Recovered: "recovered", forensics.Inferred: "inferred", forensics.Supposed: "supposed",
		},
		atTarget: " at target", hotLayer: "Hot layer temperature, simulated", north: "N",
		gasTemp: "Gas temperature, simulated", heat: "Heat release, simulated, kW/m³", smoke: "Smoke, simulated: visibility, m",
		exposure: "Heat on surfaces, predicted, MJ/m²", marks: "Marks on surfaces, predicted", classes: [5]string{1: "soot", 3: "clean burn"},
	}
}
