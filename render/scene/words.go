package scene

import "firescene/forensics"

// words are the drawing's own texts in one language.
type words struct {
	standing map[forensics.FindingKind]string
	atTarget string
	hotLayer string
	north    string
}

func wordsIn(lang string) words {
	if lang == "zh" {
		return words{
			standing: map[forensics.FindingKind]string{
				forensics.Measured: "实测", forensics.Recovered: "恢复", forensics.Inferred: "推断", forensics.Supposed: "假设",
			},
			atTarget: "（目标处）", hotLayer: "热烟层温度（模拟）", north: "北",
		}
	}
	return words{
		standing: map[forensics.FindingKind]string{
			forensics.Measured: "measured", forensics.Recovered: "recovered", forensics.Inferred: "inferred", forensics.Supposed: "supposed",
		},
		atTarget: " at target", hotLayer: "Hot layer temperature, simulated", north: "N",
	}
}
