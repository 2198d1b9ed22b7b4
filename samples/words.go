package samples

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
	"strings"
	"time"

	"firescene/recon"

	"golang.org/x/text/encoding/simplifiedchinese"
	"gonum.org/v1/gonum/spatial/r3"
)

// Words by which the records of the case are found. Each stands in one record
// only.
const (
	wordSmokeNear = "S1火警"
	wordSmokeFar  = "S2火警"
	wordHeat      = "T1火警"
	wordFlame     = "FIRE_DETECT"
	wordPower     = "mains power lost"
	wordLink      = "link down, port to living room"
	wordOverload  = "overload"
)

func sortLines(l []line) { sort.SliceStable(l, func(i, j int) bool { return l[i].at < l[j].at }) }

func vec(p r3.Vec) recon.Vec {
	r := func(x float64) float64 { return math.Round(x*1000) / 1000 }
	return recon.Vec{r(p.X), r(p.Y), r(p.Z)}
}

// describe fills in the truth that does not come from a file.
func (m *maker) describe() {
	l, at := m.layout, m.at
	m.truth = Truth{
		Seed: m.seed,
		Room: RoomTruth{SizeM: vec(l.Size), Origin: vec(l.Origin), SootLineM: l.SootLineM,
			Detectors: map[string]recon.Vec{"S1": vec(l.SmokeNear), "S2": vec(l.SmokeFar), "T1": vec(l.Heat)}},
		Clocks: map[string]float64{"camera": cameraOffsetS, "recorder": recorderOffsetS, "panel": panelOffsetS, "gateway": gatewayOffsetS},
		Fire: FireTruth{Ignition: m.begin, AlphaKWs2: m.fire.alphaKWs2, PeakKW: m.fire.peakKW, SmokeRiseC: m.fire.smokeRise, HeatRTI: m.fire.rti,
			AfterS:       map[string]float64{"flame_seen": at.flameSeen, "S1": at.smokeNear, "S2": at.smokeFar, "T1": at.heat, "white_out": at.whiteOut, "power_loss": at.powerLoss},
			Correlations: "growth with time squared; ceiling jet of Heskestad and Delichatsios (1979) with coefficients for total heat release; NFPA 92 smoke filling"},
		Best: "H1",
		Why: "the camera saw flames at the sofa's window end, the V on the wall stands there, and S1, about 1 m from it, alarmed before S2, about 4 m away; " +
			"a fire at the cupboard (H2), whose top the camera sees too, would have shown there and set off S2 first; a faster fire begun later (H3) comes after what was recorded",
		Observed: map[string][]string{"H2": {"O4", "O5"}, "H3": {"O1", "O4"}},
		Exhibits: []SampleExhibit{
			{Path: "photos", Kind: "photo", Clock: "camera"}, {Path: "scans/room_scans.e57", Kind: "scan"}, {Path: "scans/room_merged.las", Kind: "scan", Transforms: "scans/room_merged.transforms.json"}, {Path: "scans/room_S2.ply", Kind: "scan", Transforms: "scans/room_S2.transforms.json"},
			{Path: "media/recorder.img", Kind: "media", Clock: "recorder"}, {Path: "logs/alarm_panel.csv", Kind: "log", Clock: "panel"}, {Path: "logs/gateway.jsonl", Kind: "log", Clock: "gateway"},
			{Path: "statements/witness_zh.txt", Kind: "statement"}, {Path: "statements/witness_en.txt", Kind: "statement"},
			{Path: "clocks.yaml", Kind: "clock"}, {Path: "observations.yaml", Kind: "observation"},
			{Path: "hypotheses/H1.yaml", Kind: "hypothesis"}, {Path: "hypotheses/H2.yaml", Kind: "hypothesis"}, {Path: "hypotheses/H3.yaml", Kind: "hypothesis"},
		},
	}
	event := func(key, word, clock string, t float64) {
		m.truth.Events = append(m.truth.Events, EventTruth{key, word, clock, m.begin.Add(seconds(t))})
	}
	event("smart plug overload", wordOverload, "gateway", overloadAt)
	event("camera sees flames", wordFlame, "recorder", at.flameSeen)
	event("smoke detector S1", wordSmokeNear, "panel", at.smokeNear)
	event("smoke detector S2", wordSmokeFar, "panel", at.smokeFar)
	event("heat detector T1", wordHeat, "panel", at.heat)
	event("mains lost", wordPower, "recorder", at.powerLoss+0.6)
	event("router link down", wordLink, "recorder", at.powerLoss+0.4)
}

// overloadAt is when the smart plug of the power strip reported, before ignition.
const overloadAt = -26.0

func (m *maker) textFiles() error {
	panel, err := m.panelCSV()
	if err != nil {
		return err
	}
	files := []struct {
		name string
		data []byte
	}{
		{"logs/alarm_panel.csv", panel}, {"logs/gateway.jsonl", m.gatewayJSONL()}, {"clocks.yaml", m.clocksYAML()},
		{"statements/witness_zh.txt", m.witnessZh()}, {"statements/witness_en.txt", m.witnessEn()},
		{"observations.yaml", m.observationsYAML()},
		{"hypotheses/H1.yaml", m.hypothesis1()}, {"hypotheses/H2.yaml", m.hypothesis2()}, {"hypotheses/H3.yaml", m.hypothesis3()},
	}
	for i, f := range files {
		m.report("sample texts", int64(i), int64(len(files)))
		if err := m.save(f.name, f.data); err != nil {
			return err
		}
	}
	return nil
}

// panelCSV is the fire alarm panel's export, in GBK as such panels write it.
func (m *maker) panelCSV() ([]byte, error) {
	at := m.at
	type row struct {
		at            float64
		device, event string
	}
	rows := []row{
		{-36000, "控制器", "系统巡检正常"}, {-21600, "S1", "感烟探测器自检正常"}, {-21594, "S2", "感烟探测器自检正常"}, {-21588, "T1", "感温探测器自检正常"},
		{at.smokeNear, "S1", "S1火警 感烟 客厅沙发上方"}, {at.smokeNear + 1, "声光报警器", "启动"},
		{at.smokeFar, "S2", "S2火警 感烟 客厅门口"}, {at.heat, "T1", "T1火警 感温 客厅中部"},
		{at.powerLoss + 1.2, "控制器", "主电故障 转备电"}, {at.powerLoss + 660, "控制器", "消音"},
	}
	var b strings.Builder
	b.WriteString("时间,设备,事件\r\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "%s,%s,%s\r\n", m.begin.Add(seconds(r.at+panelOffsetS)).Format("2006-01-02 15:04:05"), r.device, r.event)
	}
	return simplifiedchinese.GBK.NewEncoder().Bytes([]byte(b.String()))
}

// selfTests is an old export of the same panel on the recorder's card.
func (m *maker) selfTests() []byte {
	var b strings.Builder
	b.WriteString("时间,设备,事件\r\n")
	for i := range 8 {
		t := m.begin.AddDate(0, -i-1, 3).Add(-11 * time.Hour).Add(seconds(panelOffsetS - 40))
		fmt.Fprintf(&b, "%s,%s,月度自检正常\r\n", t.Format("2006-01-02 15:04:05"), []string{"S1", "S2", "T1"}[i%3])
	}
	return []byte(b.String())
}

// gatewayJSONL is the smart home gateway's log: true time in milliseconds.
func (m *maker) gatewayJSONL() []byte {
	p := m.at.powerLoss
	type record struct {
		Ts      int64   `json:"ts"`
		Device  string  `json:"device"`
		Message string  `json:"message"`
		Watt    float64 `json:"watt,omitempty"`
	}
	at := func(s float64) int64 { return m.begin.Add(seconds(s + gatewayOffsetS)).UnixMilli() }
	rng := rand.New(rand.NewPCG(uint64(m.seed), 0x6a7e))
	var rec []record
	for t := -3600.0; t < -60; t += 300 {
		rec = append(rec, record{at(t), "plug-sofa", "power reading", 180 + 40*rng.Float64()})
	}
	rec = append(rec,
		record{at(-1840), "door-sensor", "door opened, person left", 0},
		record{at(overloadAt), "plug-sofa", "overload 2410 W on the power strip at the sofa, contact temperature high", 2410},
		record{at(overloadAt + 9), "plug-sofa", "power reading fluctuates", 1930.5},
		record{at(p + 0.2), "gateway", "mains voltage gone, on battery", 0},
		record{at(p + 190), "door-sensor", "door opened from the corridor", 0},
	)
	var b strings.Builder
	for _, r := range rec {
		r.Watt = math.Round(r.Watt*10) / 10
		line, err := json.Marshal(r)
		if err != nil {
			panic(err) // plain fields can always be written
		}
		b.Write(line)
		b.WriteByte('\n')
	}
	return []byte(b.String())
}

// clocksYAML is what an investigator found by a check against true time: the
// offset with an error within its stated uncertainty.
func (m *maker) clocksYAML() []byte {
	rng := rand.New(rand.NewPCG(uint64(m.seed), 0xc10c))
	var b strings.Builder
	b.WriteString("# Clock checks: reading minus true time, found after the fire.\nclocks:\n")
	checked := m.begin.AddDate(0, 0, 1).Truncate(time.Hour)
	for _, c := range []struct {
		id, describe, method string
		offset, sigma        float64
	}{
		{"camera", "scene camera", "photograph of a radio-controlled clock", cameraOffsetS, 0.5},
		{"recorder", "video recorder, and the router log that it received", "its display beside a radio-controlled clock", recorderOffsetS, 1.5},
		{"panel", "fire alarm panel", "its display beside a radio-controlled clock", panelOffsetS, 1.0},
		{"gateway", "smart home gateway, synchronised by network", "comparison with a time server", gatewayOffsetS, 0.2},
	} {
		found := math.Round((c.offset+c.sigma*max(-1.5, min(1.5, rng.NormFloat64())))*10) / 10
		fmt.Fprintf(&b, "  - id: %s\n    describe: %s\n    zone: \"+08:00\"\n    offset_s: %g\n    sigma_s: %g\n    checked_at: %s\n    method: %s\n    by: scene examiner\n",
			c.id, c.describe, found, c.sigma, checked.Format(time.RFC3339), c.method)
	}
	return []byte(b.String())
}

func (m *maker) code(s float64) string { return m.begin.Add(seconds(s)).Format("15:04") }

func (m *maker) witnessZh() []byte {
	p := m.at.powerLoss
	return []byte(strings.Join([]string{
		"[00:00:08] 询问人：请讲一下当晚看到的情况。",
		"[00:00:15] 证人甲：我住对面楼，大概" + m.code(m.at.flameSeen+20) + "左右在阳台收衣服。",
		"[00:00:31] 证人甲：看见他家窗户右边那一头有火光，就在沙发靠窗的位置，烟还不大。",
		"[00:00:52] 询问人：门口那边有没有看到火？",
		"[00:00:57] 证人甲：没有，门口是暗的。后来过了几分钟，灯一下子全灭了，大概" + m.code(p) + "。",
		"[00:01:20] 证人甲：我马上打了119，时间以通话记录为准。",
	}, "\n") + "\n")
}

func (m *maker) witnessEn() []byte {
	return []byte(strings.Join([]string{
		"[00:00:05] Interviewer: Please say what you noticed.",
		"[00:00:11] Witness B: I was on the stairs and heard the alarm, it must have been about " + m.code(m.at.smokeNear+60) + ".",
		"[00:00:30] Witness B: Something cracked, and through the gap of the door I thought I saw light near the electrical panel.",
		"[00:00:47] Interviewer: Did you see flames there?",
		"[00:00:52] Witness B: No, a glow. It was smoky, it may have been a reflection. I did not go in.",
	}, "\n") + "\n")
}
