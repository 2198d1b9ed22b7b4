package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"sync"
	"time"

	"firescene/forensics"
	"firescene/recon"
	"firescene/render"
)

var (
	testZone = time.FixedZone("+08:00", 8*3600)
	ignition = time.Date(2026, 3, 1, 9, 35, 0, 0, testZone)
)

func sha(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

// picture draws a room-like gradient with a bright spot that depends on seed.
func picture(w, h, seed int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			cx, cy := float64(w)*(0.2+0.6*math.Mod(float64(seed)*0.37, 1)), float64(h)*0.6
			d := math.Hypot(float64(x)-cx, float64(y)-cy) / float64(h)
			v := 200 * math.Exp(-3*d*d)
			img.SetRGBA(x, y, color.RGBA{uint8(40 + v), uint8(38 + v*0.6), uint8(50 + float64(40*y/h)), 255})
		}
	}
	return img
}

// drawn keeps the pictures that were drawn once, since many tests make the case.
var drawn sync.Map

func encoded(name string, encode func(*bytes.Buffer) error) []byte {
	if b, ok := drawn.Load(name); ok {
		return b.([]byte)
	}
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		panic(err)
	}
	drawn.Store(name, b.Bytes())
	return b.Bytes()
}

func jpegOf(w, h, seed int) []byte {
	return encoded(fmt.Sprint("jpeg", w, h, seed), func(b *bytes.Buffer) error { return jpeg.Encode(b, picture(w, h, seed), nil) })
}

func pngOf(w, h, seed int) []byte {
	return encoded(fmt.Sprint("png", w, h, seed), func(b *bytes.Buffer) error { return png.Encode(b, picture(w, h, seed)) })
}

// fullCase is a case with much of everything, long names and hashes, hostile
// strings and damaged pictures.
// sampleMeasures has one measurement of every kind.
func sampleMeasures() []recon.Measurement {
	share := 0.9
	var out []recon.Measurement
	for i, kind := range recon.MeasureKinds {
		m := recon.Measurement{ID: fmt.Sprintf("M%03d", i+1), Name: "床沿", Cloud: "10-cloud/scans/scene.copc.laz", Scaled: true,
			Request: recon.MeasureRequest{Kind: kind, Planes: []recon.PlaneNear{{Near: recon.Vec{1, 2, 3}, RadiusM: 0.3}}, Rays: []recon.SightRay{{Name: "E004", Through: recon.Vec{1, 1, 1}, SigmaDeg: 0.3}}},
			Result:  recon.MeasureResult{Value: 1.2345, Sigma: 0.0042, Unit: "m", Points: []recon.Vec{{0, 0, 0}, {1, 0, 0}}}}
		switch kind {
		case recon.MeasureVolume:
			m.Result.Below, m.Result.Measured = &recon.Measure{Value: 0.1, Sigma: 0.01}, &share
		case recon.MeasureHull:
			m.Scaled = false
		case recon.MeasureRays:
			m.Result.Region = &recon.Region{At: recon.Vec{1, 2, 0.5}, Fit: 1.3}
		}
		out = append(out, m)
	}
	return out
}

func fullCase() *Content {
	c := &Content{
		Meta: Meta{
			CaseNumber: "庆西消火调〔2026〕第0021号", FireName: "庆阳市西峰区世纪大道“3·1”住宅火灾",
			Place: "甘肃省庆阳市西峰区世纪大道某小区3号楼2单元1402室", FireTime: "2026年3月1日9时52分（接警）",
			Agency: "庆阳市西峰区消防救援大队", Investigators: []string{"甲某某", "乙某某"}, Maker: "丙某某",
			Program: "firescene 0.1.0", CustodyHead: sha("head"),
			Facts: []Fact{{"气象", "晴，西北风2级，气温6 ℃"}, {"勘验时间", "2026年3月1日14时10分至17时40分"}, {"烧损范围", "客厅及阳台约31平方米"}},
		},
		Scale: Scale{Scaled: true, Why: "扫描文件自带的米制坐标（E003）", RelSigma: 0.0004, Level: "level line W1, W2", LevelSigmaDeg: 0.05,
			Known:  []ScaleCheck{{"tag36h11-3 – tag36h11-7", 1.5, 1.5002, 0.0005, 0.0004, CheckAgrees}},
			Checks: []ScaleCheck{{"客厅东西净宽", 4.212, 4.215, 0.002, 0.003, CheckAgrees}, {"入户门洞高", 2.050, 2.046, 0.002, 0.001, CheckDisagrees}}},
		Measures: sampleMeasures(),
		Clocks: []forensics.Clock{
			{ID: "K1", Describe: "客厅摄像头录像机", Zone: "+08:00", OffsetS: 127, SigmaS: 1.5, DriftPPM: 12, DriftSigmaPPM: 4, CheckedAt: ignition.Add(30 * time.Hour), Method: "与授时手机同框拍照比对", By: "甲某某", Locators: []string{"E006"}},
			{ID: "K2", Describe: "电子门锁", Zone: "+08:00", OffsetS: -41.5, SigmaS: 0.6, CheckedAt: ignition.Add(31 * time.Hour), Method: "读取设备时间三次取平均", By: "乙某某"},
		},
		Statements: []forensics.Statement{
			{Speaker: "邻居丁某", Time: "9点半多", Text: "我听到一声响，出门看到1402室门缝往外冒黑烟，没有看到明火。", Locator: forensics.At("E005", 120, 96)},
			{Speaker: "户主戊某", Text: "早上8点40出门上班，电动自行车电池在客厅充电。", Locator: forensics.At("E005", 300, 70)},
		},
		Remarks: []Remark{{Key: RemarkVentilation}, {Key: RemarkUnseen, Args: map[string]string{"where": "卫生间吊顶以上"}}},
	}
	kinds := []forensics.ExhibitKind{forensics.KindPhoto, forensics.KindPhoto, forensics.KindScan, forensics.KindMedia, forensics.KindStatement, forensics.KindClock, forensics.KindLog, forensics.KindMedia}
	labels := []string{"现场照片第一组", "现场照片第二组（细目）", "客厅站扫描", "客厅网络摄像机存储卡镜像", "询问笔录摘录", "时钟核对照片", "门锁日志", "路由器闪存镜像（部分扇区未读出）"}
	for i, k := range kinds {
		id := fmt.Sprintf("E%03d", i+1)
		c.Exhibits = append(c.Exhibits, forensics.Exhibit{ID: id, Kind: k, Label: labels[i], SourcePath: "/media/evidence/2026-03-01/" + id + "/a-rather-long-folder-name/原始文件_" + id + ".bin",
			SizeB: int64(1<<20+i*977777) * int64(1+i%3*30), SHA256: sha(id), SM3: sha("sm3" + id), AddedBy: "甲某某", AddedAt: ignition.Add(time.Duration(30+i) * time.Hour)})
		c.Custody = append(c.Custody, CustodyEntry{Seq: i + 1, Time: ignition.Add(time.Duration(30+i) * time.Hour), Who: "甲某某", Action: "case add " + string(k), Exhibit: id, Hash: sha("c" + id)})
	}
	c.PhotoModel = &PhotoModel{DensePoints: 812345, ImagePx: 0.41, Second: SecondDiffers, Differ: "位置不同的照片：IMG_0003.JPG", Sigma50M: 0.0012, Sigma95M: 0.0044, Others: 1}
	for i := range 40 {
		p := PhotoRow{StationM: 0.0013, Loose: i == 2, Notes: []string{"blurred: edges are 2.3 px wide (limit 1.5)"}[:i%2], Exhibit: []string{"E001", "E002"}[i%2], File: fmt.Sprintf("IMG_%04d_客厅东墙面烟熏痕迹.JPG", i+1), Thumb: jpegOf(160, 107+i%3*40, i), Camera: "NIKON CORPORATION D850",
			RawTime: ignition.Add(time.Duration(300+i) * time.Minute).Format("2006:01:02 15:04:05"), Corrected: ignition.Add(time.Duration(298+i) * time.Minute), SigmaS: 1.5, Registered: i%7 != 3, ErrPx: 0.4 + float64(i%5)/10}
		if !p.Registered {
			p.Reason = "only 9 of the features match the other photos; take two more with 60 % overlap"
		}
		if i == 5 {
			p.Thumb = []byte("not a picture")
		}
		if i == 6 {
			p.Corrected = time.Time{}
		}
		c.Photos = append(c.Photos, p)
	}
	for i, pose := range []ScanPose{PoseStored, PoseComputed, PoseNone} {
		s := ScanRow{Exhibit: "E003", File: fmt.Sprintf("scan_%d.e57", i+1), Name: fmt.Sprintf("Station %03d", i+1), PointsRead: 12345678 - int64(i)*345, PointsClaimed: 12345678, Pose: pose}
		if pose == PoseComputed {
			s.RMSMM = 1.8
		}
		if pose == PoseNone {
			s.Reason = "two placements fit equally well; give three common targets"
		}
		c.Scans = append(c.Scans, s)
	}
	for i, name := range []string{"客厅整体三维点云，自东南角上方观察。", "阳台门洞附近近景，标出假设H1的起火点。"} {
		c.Figures = append(c.Figures, Figure{PNG: pngOf(600, 380, i+3), Caption: name, Sources: []string{"10-cloud/cloud.ply", "20-hypothesis/H1.yaml"},
			Legend: []render.Legend{{Text: "扫描与照片得到的点", Standing: forensics.Measured}, {Text: "H1 的起火点及其半径", Standing: forensics.Supposed}, {Text: "由烟熏高度推得的烟层", Standing: forensics.Inferred}}})
	}
	c.addSurvey()
	c.addItems()
	c.addEvents()
	c.addHypotheses()
	c.addFindings()
	c.Contradictions = []Contradiction{
		{ID: "C1", Text: "邻居称未见明火，录像显示9时37分窗口已有火光。", Between: []string{"E005/120+96", "V0007"}, Explanation: "邻居所处楼道看不到窗口，二者并不冲突。"},
		{ID: "C2", Text: "门锁日志在起火后仍有开锁记录。", Between: []string{"V0011"}},
	}
	for i, s := range []string{"photos", "register", "recover", "timeline", "fire", "render"} {
		c.Steps = append(c.Steps, forensics.Step{Stage: s, Program: "firescene 0.1.0", Seed: 1, In: 40 - i, Out: 36 - i, Params: map[string]string{"max_features": "8000", "ratio": "0.8", "workers": "2"},
			Inputs:  []forensics.FileHash{{Path: "00-evidence/E001/IMG_0001.JPG", SizeB: 12345, SHA256: sha("in" + s)}},
			Outputs: []forensics.FileHash{{Path: "10-cloud/cloud.ply", SizeB: 1234567, SHA256: sha("out" + s)}}, Warnings: []string{"two photos have no EXIF focal length"}})
	}
	for i := range 70 {
		c.Manifest = append(c.Manifest, forensics.FileHash{Path: fmt.Sprintf("40-items/E004/files/%04d/a-long-name-that-came-from-the-file-system-%d.jpg", i, i*i), SizeB: int64(1000 + i*i*i), SHA256: sha(fmt.Sprint("m", i))})
	}
	c.Failures = []StageFailure{{"photos", forensics.Failure{Input: "00-evidence/E002/IMG_0044.JPG", Reason: "jpeg: truncated at offset 1048576", Next: "copy the file from the card again"}}}
	return c
}

func (c *Content) addSurvey() {
	m := func(v, s float64) *recon.Measure { return &recon.Measure{Value: v, Sigma: s} }
	plan := Figure{PNG: pngOf(600, 380, 8), Caption: "由扫描实测的平面图。", Sources: []string{"10-cloud/survey/rooms.json"}, Legend: []render.Legend{{Text: "尺寸", Standing: forensics.Measured}}}
	c.Survey = &SurveyPart{Exhibits: []string{"E003"}, WithoutStation: []string{"E008"}, Plan: &plan, Surfaces: []Figure{plan}, Marked: 3,
		Rooms:    []RoomRow{{Name: "A", Closed: true, Length: m(4.7434, 0.0014), Width: m(3.6754, 0.0014), Height: m(2.503, 0.0014), FloorArea: m(17.434, 0.008), Volume: m(43.638, 0.033)}, {Name: "B", Open: "墙未测到"}},
		Openings: []OpeningRow{{Name: "D1", Kind: recon.Door, Rooms: []string{"A", "B"}, Width: *m(0.84, 0.0011), Height: *m(2.0159, 0.0011), Sill: *m(0, -1)}, {Name: "W1", Kind: recon.Window, Rooms: []string{"A"}, Width: *m(1.2925, 0.0044), Height: *m(1.178, 0.0084), Sill: *m(0.915, 0.006)}},
		Marks: &MarksPart{Source: "intensity", Classes: []string{"clean", "light_soot", "heavy_soot_or_char", "clean_burn", "spall"},
			SootLines: []SootLineRow{{"A", 1.064, 1.468, 0.064, 4}}, VPatterns: []VPatternRow{{"A1", 38.2, 0.3, 1.1, [3]float64{1.2, 3.4, 0.4}}}, Spalls: []SpallRow{{"A-ceiling", 0.0213, 0.0003, 0.42, [3]float64{1, 3, 2.5}}},
			Surfaces: []MarkedSurface{{"A1", "A", "wall", map[string]float64{"clean": 6.3, "light_soot": 2.1, "clean_burn": 0.4}, 0.81}, {"A-ceiling", "A", "ceiling", map[string]float64{"heavy_soot_or_char": 12.5, "spall": 0.42}, 0.77}}}}
	c.Inquiry = &InquiryPart{Undetermined: 0.03, Contributions: []ContributionRow{{"O1", "H1", "H2", 1.6e7}, {"O2", "", "", 1}, {"O3", "H2", "H1", 2.1}}, Next: []NextRow{{"墙面炭化深度，x 4.7、y 3.2、z 0.8 m", 0.32}},
		Cells: &CellsPart{N: 624, Area90M2: 2.1, BestX: 4.3, BestY: 2.7, Undetermined: 0.156, Figure: &plan}}
}

func (c *Content) addItems() {
	for i := range 60 {
		it := ItemRow{}
		it.ID, it.Exhibit = fmt.Sprintf("E%03d-I%04d", 4+4*(i%2), i+1), []string{"E004", "E008"}[i%2]
		it.Type = []string{"jpeg", "png", "text", "jpeg", "mp4"}[i%5]
		it.Origin = []forensics.ItemOrigin{forensics.FromLive, forensics.FromDeleted, forensics.FromCarving}[i%3]
		it.State = []forensics.ItemState{forensics.Whole, forensics.Whole, forensics.Whole, forensics.Partial, forensics.Fragment}[i*7%5]
		if it.Origin != forensics.FromCarving {
			it.Name = fmt.Sprintf("DCIM/100MEDIA/客厅_%04d.%s", i, it.Type)
			it.Times = []forensics.ItemTime{{What: "modified", Raw: "2026-03-01 09:3" + fmt.Sprint(i%10)}}
		}
		it.SizeB, it.SHA256, it.Confidence = int64(2048+i*i*1111), sha(fmt.Sprint("item", i)), 0.7+float64(i%30)/100
		it.Locators = []forensics.Locator{{Exhibit: it.Exhibit, Runs: []forensics.ByteRun{{OffsetB: int64(i) * 1048576, LengthB: it.SizeB}}}}
		if i%11 == 0 {
			it.UnreadB = 4096
			it.Locators[0].Runs = append(it.Locators[0].Runs, forensics.ByteRun{OffsetB: 99999999, LengthB: 4096}, forensics.ByteRun{OffsetB: 199999999, LengthB: 4096}, forensics.ByteRun{OffsetB: 299999999, LengthB: 4096}, forensics.ByteRun{OffsetB: 399999999, LengthB: 4096})
		}
		if it.Type == "jpeg" || it.Type == "png" {
			it.Thumb = jpegOf(120, 90, i)
		}
		c.Items = append(c.Items, it)
	}
	c.Items[7].Name = "DCIM/\u202egpj.exe\x00\xff很长很长的目录名/" + "重复重复重复重复重复重复重复重复重复重复重复重复重复重复/🔥.jpg"
}

func (c *Content) addEvents() {
	for i := range 200 {
		t := ignition.Add(time.Duration(i*i%5000-2200) * time.Second)
		e := forensics.Event{ID: fmt.Sprintf("V%04d", i+1), Message: fmt.Sprintf("motion detected channel %d 客厅", i%4), What: "record time", Raw: t.Add(127 * time.Second).Format("2006-01-02 15:04:05"),
			ClockID: "K1", Parsed: t.Add(127 * time.Second), Corrected: t, SigmaS: 1.6, Exhibit: "E004", Locator: forensics.At("E004", int64(40960+i*80), 80)}
		switch {
		case i%10 == 0:
			e.ClockID, e.Exhibit, e.Parsed, e.SigmaS, e.Message = "K2", "E007", t.Add(-41500*time.Millisecond), 0.7, "unlock by fingerprint"
			e.Locator.Exhibit = "E007"
		case i%17 == 5:
			e.ClockID, e.Exhibit, e.Corrected, e.SigmaS = "", "E008", time.Time{}, 0
			e.Locator.Exhibit = "E008"
			e.Guessed = "year"
		case i == 77:
			e.Corrected, e.Parsed = time.Date(1970, 1, 1, 8, 0, 0, 0, testZone), time.Date(1970, 1, 1, 8, 0, 0, 0, testZone)
		}
		c.Events = append(c.Events, e)
	}
}

func (c *Content) addHypotheses() {
	at := &recon.Vec{1.2, 3.4, 0.4}
	c.Observations = []recon.Observation{
		{ID: "O1", Kind: recon.ObsArrival, Text: "客厅感烟探测器报警", Target: "smoke-living", Time: ignition.Add(62 * time.Second), SigmaS: 2, Locators: []string{"E004/40960+80"}},
		{ID: "O2", Kind: recon.ObsNoArrival, Text: "卧室感温探测器至断电未动作", Target: "heat-bedroom", Time: ignition.Add(400 * time.Second), SigmaS: 2, Locators: []string{"E004/41040+80"}},
		{ID: "O3", Kind: recon.ObsPattern, Text: "客厅东墙V形痕迹，底端距地0.4 m", At: at, RadiusM: 0.35, Locators: []string{"E001"}},
		{ID: "O4", Kind: recon.ObsSmokeHeight, Text: "卧室烟熏下沿高度", Target: "bedroom", HeightM: 1.35, SigmaM: 0.08, Locators: []string{"E002"}},
		{ID: "O5", Kind: recon.ObsSeenAt, Text: "邻居见门缝冒黑烟", Time: ignition.Add(300 * time.Second), SigmaS: 120, Weak: true, Locators: []string{"E005/120+96"}},
	}
	titles := []string{"客厅东侧充电中的电动自行车电池热失控引燃沙发", "阳台遗留烟头引燃晾晒衣物后蔓延至客厅", "厨房燃气灶无人看管"}
	ranking := &recon.Ranking{Determined: true, Why: "H1 stands clear of H2 by 9.8 in log likelihood"}
	for i, title := range titles {
		id := fmt.Sprint("H", i+1)
		h := HypothesisRow{Hypothesis: recon.Hypothesis{ID: id, Title: title,
			Origin:   recon.Origin{Room: []string{"客厅", "阳台", "厨房"}[i], At: recon.Vec{1.2 + float64(i), 3.4, 0.3}, RadiusM: 0.4, Describe: "东墙沙发北端与鞋柜之间"},
			Ignition: recon.Ignition{Time: ignition.Add(-time.Duration(i) * 300 * time.Second), UncertaintyS: 60},
			Rooms:    []recon.Room{{Name: "客厅", Min: recon.Vec{0, 0, 0}, Max: recon.Vec{4.2, 5.6, 2.7}, Wall: "concrete", ThickM: 0.2}, {Name: "卧室", Min: recon.Vec{4.4, 0, 0}, Max: recon.Vec{7.8, 4, 2.7}, Wall: "gypsum"}},
			Openings: []recon.Opening{{Name: "卧室门", From: "客厅", To: "卧室", WidthM: 0.9, HeadM: 2.05}, {Name: "阳台门玻璃", From: "客厅", To: "outside", WidthM: 1.8, SillM: 0.1, HeadM: 2.3, OpenAtS: 240}},
			Fuels: []recon.Fuel{{Name: "锂离子电池组", Growth: &recon.Growth{AlphaKWs2: 0.19, PeakKW: 420, PlateauS: 60, DecayS: 200}, Source: "published cone and pack tests, peak 420 kW", SpreadPct: 30},
				{Name: "三人沙发", Curve: [][2]float64{{0, 0}, {180, 1900}, {400, 300}}, IgnitesAtS: 45, Source: "furniture calorimeter, three-seat sofa", SpreadPct: 20}},
		}}
		if i == 0 {
			h.Basis = []string{"E001", "O3"}
		}
		h.Result = &recon.FireResult{HypothesisID: id, Tier: "hand correlations and one-room hot layer; bias +7 %, spread 18 % on upper layer temperature",
			Arrivals: []recon.Arrival{{Detector: "smoke-living", Reached: true, TimeS: 55 + float64(i)*200, EarlyS: 41 + float64(i)*170, LateS: 73 + float64(i)*240, Model: "ceiling jet (Alpert 1972), 13 K rise"},
				{Detector: "heat-bedroom", EarlyS: 480, LateS: 600, LateOpen: true, Model: "RTI (Heskestad and Smith 1976)"}},
			Warnings: []recon.Warning{{Where: "smoke-living", What: "radius over height 0.12 is below the range of the correlation"}}}
		h.Plots = []Figure{{PNG: pngOf(500, 210, 30+i), Caption: "热烟气层温度与高度，热释放速率。", Sources: []string{"20-hypothesis/" + id + "/result.json"}}}
		r := recon.RankedHypothesis{HypothesisID: id, Posterior: []float64{0.982, 0.018, 0}[i], Rejected: i == 2, Why: "see verdicts"}
		for j, o := range c.Observations {
			v := recon.Verdict{HypothesisID: id, ObservationID: o.ID, Answer: []recon.Answer{recon.Agrees, recon.Agrees, recon.Conflicts, recon.Agrees, recon.Silent}[(i*2+j)%5],
				Predicted: fmt.Sprintf("%d s (41–73 s)", 55+i*200), Observed: "62 ± 2 s", Deviation: 0.4 + float64(i*j)*1.7}
			if i == 0 && v.Answer == recon.Conflicts {
				v.Answer = recon.Agrees
			}
			r.Verdicts = append(r.Verdicts, v)
		}
		r.AgreesN, r.ConflictsN, r.SilentN = answers(r.Verdicts)
		ranking.Hypotheses = append(ranking.Hypotheses, r)
		c.Hypotheses = append(c.Hypotheses, h)
	}
	c.Ranking = ranking
}

func (c *Content) addFindings() {
	add := func(kind forensics.FindingKind, key string, args map[string]string, locators ...string) {
		c.Findings = append(c.Findings, forensics.Finding{ID: fmt.Sprintf("F%03d", len(c.Findings)+1), Kind: kind, Key: key, Args: args, Locators: locators, Via: []string{"50-timeline/timeline.jsonl"}})
	}
	add(forensics.Measured, FindExhibitsHashed, nil, "E001", "E002", "E003")
	add(forensics.Measured, FindCustodyIntact, nil, "E001")
	add(forensics.Measured, FindPhotosRegistered, nil, "E001", "E002")
	add(forensics.Measured, FindPhotosNot, map[string]string{"exhibit": "E001"}, "E001")
	add(forensics.Measured, FindScanPoints, map[string]string{"exhibit": "E003"}, "E003")
	add(forensics.Measured, FindScansNot, nil, "E003")
	add(forensics.Measured, FindScansShort, nil, "E003")
	add(forensics.Measured, FindScaleGiven, nil, "E003")
	add(forensics.Recovered, FindItemsRecovered, map[string]string{"exhibit": "E004"}, "E004")
	add(forensics.Recovered, FindItemsUnread, map[string]string{"exhibit": "E008"}, "E008")
	add(forensics.Recovered, FindItem, map[string]string{"item": "E004-I0001"}, "E004/0+2048")
	add(forensics.Measured, FindClockOffset, map[string]string{"clock": "K1"}, "E006")
	add(forensics.Measured, FindClockUnknown, map[string]string{"exhibit": "E008"}, "E008")
	add(forensics.Inferred, FindEventCorrected, map[string]string{"event": "V0021"}, "E007/42560+80")
	add(forensics.Recovered, FindEventUncorrected, map[string]string{"event": "V0006"}, "E008/41360+80")
	add(forensics.Supposed, FindStatement, map[string]string{"speaker": "邻居丁某", "text": "出门看到1402室门缝往外冒黑烟"}, "E005/120+96")
	add(forensics.Measured, FindObservation, map[string]string{"observation": "O3"}, "E001")
	add(forensics.Inferred, FindAgrees, map[string]string{"hypothesis": "H1", "observation": "O1"}, "E004/40960+80")
	add(forensics.Inferred, FindConflicts, map[string]string{"hypothesis": "H2", "observation": "O1"}, "E004/40960+80")
	add(forensics.Inferred, FindRejected, map[string]string{"hypothesis": "H3"}, "E004/40960+80")
	add(forensics.Inferred, FindNotRejected, map[string]string{"hypothesis": "H2"}, "E004/40960+80")
	add(forensics.Inferred, FindBest, map[string]string{"hypothesis": "H1"}, "E004/40960+80")
	add(forensics.Inferred, FindEliminationOnly, map[string]string{"hypothesis": "H2"}, "E004")
	add(forensics.Inferred, FindDetermined, nil, "E004/40960+80", "E001")
	add(forensics.Supposed, FindFree, map[string]string{"text": "户主称电池当日在客厅充电。"}, "E005/300+70")
}
