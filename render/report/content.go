package report

import (
	"time"

	"firescene/forensics"
	"firescene/recon"
	"firescene/render"
)

// Content is everything that a report says. It is filled by the caller from the
// case; the report adds no fact to it. Every slice may be empty: the report then
// says that nothing of the kind is in the case.
type Content struct {
	Meta       Meta
	Exhibits   []forensics.Exhibit
	Custody    []CustodyEntry // in order of the chain
	Photos     []PhotoRow
	PhotoModel *PhotoModel // nil: there is no model of photos
	Scans      []ScanRow
	Scale      Scale
	Survey     *SurveyPart         // nil: nothing was measured in joined scans
	Measures   []recon.Measurement // that the investigator took in the scene
	Figures    []Figure            // pictures of the scene, in the order of printing
	Items      []ItemRow
	Summaries  []ItemSummary // of media with very many items, of which Items then holds only some
	Clocks     []forensics.Clock
	Events     []forensics.Event // any order; printed by corrected time
	Remarks    []Remark          // further uncertainties, see the Remark... keys
	Window     Window            // the time that the chart shows; zero: chosen from the events
	Statements []forensics.Statement

	Observations   []recon.Observation
	Hypotheses     []HypothesisRow
	Ranking        *recon.Ranking // nil: the hypotheses were not compared
	Inquiry        *InquiryPart   // nil: nothing was compared
	Criteria       Criteria       // by which the comparison answered; zero: not said
	Findings       []forensics.Finding
	Contradictions []Contradiction

	Steps    []forensics.Step
	Failures []StageFailure
	Manifest []forensics.FileHash
}

// ItemSummary tells of the items of one medium by their numbers.
type ItemSummary struct {
	Exhibit  string
	List     forensics.FileHash // the file that lists them all, relative to the case
	Groups   []ItemGroup
	Pictures int // items that have a thumbnail
}

// ItemGroup is the items of one type, state, origin and folder.
type ItemGroup struct {
	Type    string
	State   forensics.ItemState
	Origin  forensics.ItemOrigin
	Folder  string // of the output; empty for items that no file was written of
	Count   int
	SizeB   int64
	Empty   int // of which only the entry is left
	Unread  int // that reach into unread sectors
	UnreadB int64
}

// Meta is the case in words, as the investigators gave it. What is empty is
// printed as not given.
type Meta struct {
	CaseNumber    string
	FireName      string // 火灾名称
	Place         string
	FireTime      string // as reported, before any analysis
	Agency        string
	Investigators []string
	Maker         string // 制图人
	Reviewer      string // 审核人
	Program       string // "firescene" and version
	// CustodyHead is the hash of the last custody entry. It is printed beside the
	// signatures: a signed paper copy is what keeps the chain from being rewritten.
	CustodyHead string
	Facts       []Fact // further facts of the case, in the order of printing
}

// Fact is a named fact of the case in the investigator's words.
type Fact struct{ Name, Value string }

// CustodyEntry is one line of the custody log.
type CustodyEntry struct {
	Seq     int       `json:"seq"`
	Time    time.Time `json:"time"`
	Who     string    `json:"who"`
	Action  string    `json:"action"`
	Exhibit string    `json:"exhibit"`
	Hash    string    `json:"hash"`
}

// PhotoRow is a photo with what became of it.
type PhotoRow struct {
	Exhibit    string
	File       string
	Thumb      []byte // JPEG or PNG, upright
	Camera     string // maker and model by EXIF
	RawTime    string // as recorded
	Corrected  time.Time
	SigmaS     float64
	Registered bool
	ErrPx      float64 // mean reprojection error when registered
	Reason     string  // why it is not registered
	// StationM is the standard deviation of its station in metres, in the least
	// certain direction; 0 without a scale or where it is not known.
	StationM float64
	Loose    bool     // its station is hardly determined
	Notes    []string // what makes it less fit, in the report's language
}

// PhotoModel is what the photos gave together.
type PhotoModel struct {
	DensePoints int     // of the dense cloud; 0 when there is none
	ImagePx     float64 // noise of image coordinates
	// Second is what a second method made of the placing: SecondAgrees, SecondDiffers,
	// or empty when it was not tried.
	Second SecondMethod
	Differ string // how it differs, in the report's language
	// Sigma50M and Sigma95M bound the standard deviations of the dense points, for
	// half of them and 95 %; 0 without a scale.
	Sigma50M, Sigma95M float64
	Others             int        // further models that do not connect
	Join               *PhotoJoin // its place among the scans; nil: not tried
}

// PhotoJoin is the place of the photo model among the scans.
type PhotoJoin struct {
	Registered    bool
	Why           string  // verdict and reason in words
	MetresPerUnit float64 // of the photo model
	RelSigma      float64 // relative standard deviation of that
	SigmaMM       float64 // of its place at its middle
	SigmaDeg      float64
	RMSMM         float64 // distances between the surfaces
	OverlapPct    float64 // of its points that lie on the scans' surfaces
	Cloud         string  // its dense cloud in the frame of the scans
	// Checked says that the model had a scale of its own: it differs from that of the
	// scans by CheckPct, where CheckSigmaPct is what chance does.
	Checked                 bool
	CheckPct, CheckSigmaPct float64
}

// SecondMethod is what a second method of placing photos says.
type SecondMethod string

// What a second method says.
const (
	SecondAgrees  SecondMethod = "agrees"
	SecondDiffers SecondMethod = "differs"
)

// ScanRow is one scan of a scan file.
type ScanRow struct {
	Exhibit       string
	File          string
	Scan          int    // number within the file from 1; 0 where it holds one
	Name          string // of the scan within the file, empty when it has none
	PointsRead    int64
	PointsClaimed int64    // by the file's header
	Pose          ScanPose // where its place in the scene comes from
	RMSMM         float64  // residual of the registration in mm, 0 when there is none
	SigmaMM       float64  // standard deviation of its place against the frame in mm, 0 when there is none
	Frame         bool     // the frame is this scan's own
	Reason        string   // why it is not registered
}

// ScanPose says where the place of a scan comes from.
type ScanPose string

// The sources of a scan's pose.
const (
	PoseStored   ScanPose = "stored"     // in the scan file
	PoseGiven    ScanPose = "given"      // by the user
	PoseComputed ScanPose = "registered" // by registration of the clouds
	PoseNone     ScanPose = "none"       // not registered
)

// Scale says what fixes the metre in the scene.
type Scale struct {
	Scaled bool
	Why    string // what fixed it, or why there is none
	// RelSigma is the relative standard deviation of the scale, 0 when it is not known.
	RelSigma float64
	// Level says what shows the vertical, sure to LevelSigmaDeg; empty when the scene
	// was levelled by whoever measured it.
	Level         string
	LevelSigmaDeg float64
	Known         []ScaleCheck // what set the scale, held against the adjusted model
	Checks        []ScaleCheck // what took no part
}

// ScaleCheck is a length measured by hand, beside the same in the scene.
type ScaleCheck struct {
	Name          string
	HandM, SceneM float64 // metres by hand and in the scene
	HandSigmaM    float64 // standard uncertainty of the hand measurement
	// ExpectedM is the standard deviation that the difference is expected to have by
	// all that is known of both; 0 when it is not known.
	ExpectedM float64
	Of        CheckVerdict // empty: not judged
}

// CheckVerdict says whether a difference is as large as chance makes it.
type CheckVerdict string

// The verdicts on a checked length.
const (
	CheckAgrees    CheckVerdict = "agrees"    // in 95 of 100 cases
	CheckDoubtful  CheckVerdict = "doubtful"  // in 999 of 1000
	CheckDisagrees CheckVerdict = "disagrees" // larger
	CheckNone      CheckVerdict = "none"      // nothing else says anything of it
)

// Figure is a picture with its caption and key.
type Figure struct {
	PNG     []byte
	Caption string
	Legend  []render.Legend
	Sources []string // files of the case that it was made from
}

// ItemRow is a recovered item with its thumbnail.
type ItemRow struct {
	forensics.Item
	Thumb []byte // JPEG or PNG; nil when the item has no picture
}

// Window is a stretch of time.
type Window struct{ From, To time.Time }

// HypothesisRow is a hypothesis with its prediction.
type HypothesisRow struct {
	recon.Hypothesis
	Result *recon.FireResult // nil: not simulated
	Plots  []Figure
}

// Criteria are the limits that a comparison of hypotheses went by.
type Criteria struct {
	AgreeSigmas, ConflictSigmas float64 // at most this is agreement, more than that a conflict
	DeterminedShare             float64 // least share of the best hypothesis
}

// Contradiction is two or more grounds that cannot all be right.
type Contradiction struct {
	ID          string
	Text        string
	Between     []string // locators, observation or event IDs
	Explanation string   // the investigator's; empty: still open
}

// Remark is a further uncertainty in words of the message files.
type Remark struct {
	Key  string
	Args map[string]string
}

// StageFailure is an input that a stage went on without.
type StageFailure struct {
	Stage string
	forensics.Failure
}
