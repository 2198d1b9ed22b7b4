package samples

import (
	"time"

	"firescene/recon"
	"firescene/samples/disk"
)

// Truth is everything that is known about a sample case, as truth.json.
// Positions are metres in the room's frame (floor corner at zero, Z up), times
// are true time.
type Truth struct {
	Seed      int64               `json:"seed"`
	Room      RoomTruth           `json:"room"`
	Camera    recon.Camera        `json:"camera"`
	Photos    []PhotoTruth        `json:"photos"`
	BadPhotos map[string]string   `json:"bad_photos"` // name, what is wrong
	Scans     []ScanTruth         `json:"scans"`
	Files     []CloudFile         `json:"cloud_files"`
	Disk      []disk.Record       `json:"disk"`
	Clocks    map[string]float64  `json:"clock_offsets_s"` // reading minus true time
	Events    []EventTruth        `json:"events"`
	Fire      FireTruth           `json:"fire"`
	Best      string              `json:"best_hypothesis"`
	Why       string              `json:"why"` // what tells the hypotheses apart
	Exhibits  []SampleExhibit     `json:"exhibits"`
	Observed  map[string][]string `json:"expected_conflicts"` // hypothesis, observations that contradict it
}

// RoomTruth is the geometry of the room.
type RoomTruth struct {
	SizeM     recon.Vec            `json:"size_m"`
	Origin    recon.Vec            `json:"origin_m"`
	SootLineM float64              `json:"soot_line_m"`
	Detectors map[string]recon.Vec `json:"detectors_m"`
}

// PhotoTruth is where a good photograph was taken.
type PhotoTruth struct {
	Name string `json:"name"`
	// CamFromWorld as a unit quaternion w, x, y, z and a translation.
	Q       [4]float64 `json:"q_wxyz"`
	T       recon.Vec  `json:"t_m"`
	CentreM recon.Vec  `json:"centre_m"`
	Taken   time.Time  `json:"taken"`
}

// ScanTruth is one set-up of the scanner.
type ScanTruth struct {
	Name          string      `json:"name"`
	WorldFromScan [16]float64 `json:"world_from_scan"`
	Points        int64       `json:"points"`
	NoiseM        float64     `json:"range_noise_m"`
}

// CloudFile is the number of points of each scan in a file of clouds.
type CloudFile struct {
	Path   string  `json:"path"`
	Points []int64 `json:"points"`
}

// EventTruth is a recorded event: the first record whose message contains
// Contains is it.
type EventTruth struct {
	Key      string    `json:"key"`
	Contains string    `json:"contains"`
	Clock    string    `json:"clock"`
	Time     time.Time `json:"time"`
}

// FireTruth is the fire that did it.
type FireTruth struct {
	Ignition     time.Time          `json:"ignition"`
	AlphaKWs2    float64            `json:"alpha_kW_s2"`
	PeakKW       float64            `json:"peak_kW"`
	AfterS       map[string]float64 `json:"after_ignition_s"`
	SmokeRiseC   [2]float64         `json:"smoke_rise_C"`
	HeatRTI      float64            `json:"heat_rti"`
	Correlations string             `json:"correlations"`
}

// SampleExhibit says how a file or folder of the case is added: its kind in the
// words of forensics.ExhibitKind, and the clock that its times run on.
type SampleExhibit struct {
	Path  string `json:"path"` // relative to the sample's folder; a folder stands for its files
	Kind  string `json:"kind"`
	Clock string `json:"clock"`
	// Transforms names the file with the poses of scans that store none.
	Transforms string `json:"transforms,omitempty"`
}
