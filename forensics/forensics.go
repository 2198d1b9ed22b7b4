// Package forensics holds the nouns of the seized devices and of the case:
// exhibits, locators, items, events, clocks, steps and findings. The packages
// below it hold the verbs.
package forensics

import "time"

// ExhibitKind says what sort of thing an exhibit is.
type ExhibitKind string

// The kinds of exhibit that a case takes.
const (
	KindPhoto       ExhibitKind = "photo"
	KindScan        ExhibitKind = "scan"
	KindMedia       ExhibitKind = "media"     // image of a storage medium
	KindPart        ExhibitKind = "part"      // further file of such an image: a segment, an extent, the map of unread sectors
	KindLog         ExhibitKind = "log"       // a log file handed over as a file
	KindStatement   ExhibitKind = "statement" // text with optional time codes and speaker
	KindObservation ExhibitKind = "observation"
	KindClock       ExhibitKind = "clock"      // record of a clock check
	KindControl     ExhibitKind = "control"    // points, coordinates and distances measured at the place
	KindHypothesis  ExhibitKind = "hypothesis" // stated by the investigator
)

// Exhibit is a thing received. Its hashes are of the whole file as it was when
// it was added.
type Exhibit struct {
	ID         string      `json:"id"` // "E001", in order of adding
	Kind       ExhibitKind `json:"kind"`
	Label      string      `json:"label"`
	Path       string      `json:"path"`       // where the bytes are: below 00-evidence/ when Copied, else absolute
	SourcePath string      `json:"sourcePath"` // where they came from
	Copied     bool        `json:"copied"`
	SizeB      int64       `json:"size"`
	SHA256     string      `json:"sha256"`
	SM3        string      `json:"sm3"`
	AddedBy    string      `json:"addedBy"`
	AddedAt    time.Time   `json:"addedAt"`
	Clock      string      `json:"clock"` // ID of the clock its times run on; empty when none was assigned
	Note       string      `json:"note"`
	PartOf     string      `json:"partOf,omitempty"` // of a part: the exhibit that it belongs to
	// Replaces is the exhibit that this is a new version of; that one stays in the case
	// and is no longer worked with.
	Replaces string `json:"replaces,omitempty"`
}

// Current leaves out the exhibits that others replace.
func Current(all []Exhibit) []Exhibit {
	old := map[string]bool{}
	for _, e := range all {
		old[e.Replaces] = true
	}
	var out []Exhibit
	for _, e := range all {
		if !old[e.ID] {
			out = append(out, e)
		}
	}
	return out
}

// ByteRun is a range of an exhibit's bytes.
type ByteRun struct {
	OffsetB int64 `json:"offset"` // Hole when the range is stored nowhere
	LengthB int64 `json:"length"`
}

// Hole is the offset of a run that a sparse file does not store: by the file
// system's rules it reads as zeros.
const Hole = -1

// ItemState says how much of a recovered thing is there.
type ItemState string

// The states of an item. Whole means that every byte is accounted for by the
// format's own structure or by the file system.
const (
	Whole    ItemState = "whole"
	Partial  ItemState = "partial"  // begins right, is not complete
	Fragment ItemState = "fragment" // a piece without its beginning
)

// ItemOrigin says how an item was found.
type ItemOrigin string

// The ways to find an item.
const (
	FromLive    ItemOrigin = "live"    // named by the file system
	FromDeleted ItemOrigin = "deleted" // named by a deleted entry
	FromCarving ItemOrigin = "carved"  // found by its content alone
)

// Item is a thing recovered from an exhibit.
type Item struct {
	ID       string     `json:"id"` // "E003-I0001"
	Exhibit  string     `json:"exhibit"`
	Type     string     `json:"type"` // "jpeg", "png", "text", ... by content, else "data"
	Name     string     `json:"name"` // path in the file system, empty when carved
	Origin   ItemOrigin `json:"origin"`
	State    ItemState  `json:"state"`
	SizeB    int64      `json:"size"`
	SHA256   string     `json:"sha256"`
	MD5      string     `json:"md5"`
	Locators []Locator  `json:"locators"` // first the one the bytes were read from; further ones are duplicates
	Runs     []ByteRun  `json:"runs"`     // in the exhibit, in file order
	UnreadB  int64      `json:"unread"`   // bytes of the item that lie in unread sectors
	// Doubtful lists parts of Runs, in their order, that other data was written
	// over or may have been: what stands there must not be taken for the item.
	Doubtful []ByteRun  `json:"doubtful,omitempty"`
	Host     string     `json:"host,omitempty"`    // what holds an item that is no file of its own: a document, a video
	Wraps    bool       `json:"wraps,omitempty"`   // it is nothing but the compressed form of one file, which is an item too
	Channel  string     `json:"channel,omitempty"` // camera of a recorder as it records it, "1", "2", ...; empty when none is known
	Known    string     `json:"known,omitempty"`   // the list of known files that its hash is in
	Times    []ItemTime `json:"times,omitempty"`
	// Confidence is 0..1 with the reason in words.
	Confidence float64 `json:"confidence"`
	Reason     string  `json:"reason"`
	File       string  `json:"file"`  // output path relative to the output folder
	Thumb      string  `json:"thumb"` // relative path of a thumbnail, empty when none
}

// ItemTime is a time that the file system records for an item, as recorded.
type ItemTime struct {
	What string `json:"what"` // "modified", "created", "accessed"
	Raw  string `json:"raw"`  // as recorded, no zone added
}

// Record is a row of a data base or an entry of a log, recovered from an item or
// from the medium itself.
type Record struct {
	Exhibit string    `json:"exhibit"`
	Item    string    `json:"item,omitempty"` // the item it lies in, when there is one
	Kind    string    `json:"kind"`           // "sqlite", "evtx", "journald", "log"
	Table   string    `json:"table"`          // of a data base; provider of an event log; shape of a text log
	State   ItemState `json:"state"`          // Partial when fields are missing
	Deleted bool      `json:"deleted"`
	Columns []Column  `json:"columns"` // in the order of the table
	Locator Locator   `json:"locator"`
	Reason  string    `json:"reason"` // how it was found and what may be wrong with it
}

// Column is one named value of a record. Value is nil, an int64, a float64, a
// string, or []byte.
type Column struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
}

// Clock is a time source with what is known of its error. The corrected time of
// a raw time t is t - OffsetS - DriftPPM*1e-6*(t-CheckedAt).
type Clock struct {
	ID            string    `json:"id" yaml:"id"`
	Describe      string    `json:"describe" yaml:"describe"`
	Zone          string    `json:"zone" yaml:"zone"`         // zone of raw times that name none, as +08:00 or an IANA name
	OffsetS       float64   `json:"offset_s" yaml:"offset_s"` // clock reading minus true time
	SigmaS        float64   `json:"sigma_s" yaml:"sigma_s"`   // standard uncertainty of the offset
	DriftPPM      float64   `json:"drift_ppm" yaml:"drift_ppm"`
	DriftSigmaPPM float64   `json:"drift_sigma_ppm" yaml:"drift_sigma_ppm"`
	CheckedAt     time.Time `json:"checked_at" yaml:"checked_at"` // true time of the check
	Method        string    `json:"method" yaml:"method"`         // how it was determined
	By            string    `json:"by" yaml:"by"`
	Locators      []string  `json:"locators" yaml:"locators"` // photo of the check and the like
}

// Event is a thing with a time.
type Event struct {
	ID      string    `json:"id"`
	Message string    `json:"message"`
	What    string    `json:"what"`   // meaning of the time, Timesketch's timestamp_desc
	Raw     string    `json:"raw"`    // the time exactly as recorded; never overwritten
	Parsed  time.Time `json:"parsed"` // Raw read with the clock's zone, before correction
	ClockID string    `json:"clock"`  // empty: no clock known, the time is not corrected
	// Corrected is true time by the clock model; it stands beside Raw and is the
	// zero time when there is no clock or the raw time could not be read.
	Corrected time.Time `json:"corrected"`
	SigmaS    float64   `json:"sigma_s"`           // standard uncertainty of Corrected: clock and resolution of the record
	Guessed   string    `json:"guessed,omitempty"` // what was not recorded and had to be supplied, for example "year"
	Exhibit   string    `json:"exhibit"`
	Locator   Locator   `json:"locator"`
}

// Statement is one passage of a witness's account.
type Statement struct {
	Speaker string  `json:"speaker"`
	Time    string  `json:"time"` // time code as written, empty when none
	Text    string  `json:"text"`
	Locator Locator `json:"locator"`
}

// FileHash names a file by its content.
type FileHash struct {
	Path   string `json:"path"` // relative to the case, with forward slashes
	SizeB  int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Step is the record of one stage's run, written as step.json. It holds no wall
// clock times except Seconds, which is left out of what is compared between runs.
type Step struct {
	Stage    string            `json:"stage"`
	Program  string            `json:"program"` // "firescene" and version
	Inputs   []FileHash        `json:"inputs"`
	Outputs  []FileHash        `json:"outputs"`
	Params   map[string]string `json:"params"` // after defaults
	Seed     int64             `json:"seed"`
	In       int               `json:"in"`
	Out      int               `json:"out"`
	Failed   []Failure         `json:"failed"`
	Warnings []string          `json:"warnings"`
	Seconds  float64           `json:"seconds"`
}

// Failure is one input that could not be used; the job went on without it.
type Failure struct {
	Input  string `json:"input"`
	Reason string `json:"reason"`
	Next   string `json:"next"` // what the user can do
}

// FindingKind says on what a finding rests, so that the report never mixes them.
type FindingKind string

// The kinds of finding, from firmest to least firm.
const (
	Measured  FindingKind = "measured"
	Recovered FindingKind = "recovered"
	Inferred  FindingKind = "inferred"
	Supposed  FindingKind = "supposed"
)

// Finding is a sentence of the report with the locators that lead back to bytes.
type Finding struct {
	ID       string            `json:"id"` // "F001"
	Kind     FindingKind       `json:"kind"`
	Key      string            `json:"key"` // message key, for rendering in either language
	Args     map[string]string `json:"args"`
	Locators []string          `json:"locators"`
	Via      []string          `json:"via"` // files of the case between finding and evidence, nearest first
}
