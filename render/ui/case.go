//go:build cgo

package ui

import (
	"image"
	"time"

	"firescene/forensics"
	"firescene/recon"
	"firescene/render"
	"firescene/render/scene"
)

// Case is what the window shows of a case: nouns that others have read. Nothing in
// it is changed by the window; Media are filled by who opened it (Desk.Reading).
type Case struct {
	Dir, Name string
	Alone     string         // path of the cloud when that is shown and no case
	ReadOnly  bool           // another window works on the case: nothing may be started here
	Gone      bool           // its folder is not there any more
	Zone      *time.Location // in which times are shown
	Exhibits  []forensics.Exhibit
	Clouds    []CloudFile
	Photos    []Photo
	Media     []Media
	Events    []forensics.Event // by corrected time
	Fires     []Fire
	Seen      []recon.Observation
	Ranking   *recon.Ranking // nil: nothing to compare
	Log       []LogEntry
	Stages    []Stage
	NorthDeg  *float64
	Training  *Training // nil: the case is no lesson
	Cameras   []scene.PlacedCamera
	Paths     []scene.Path // ways of the camera; the window changes them and has them saved
	Measures  []recon.Measurement
	Notes     []render.Annotation
	Clocks    []forensics.Clock
	Stated    []Stated // hypotheses as their files state them
	Reports   []string // paths of finished reports
	Troubles  []string // what of the case could not be read, and why
}

// CloudFile is a cloud of the case that can be shown.
type CloudFile struct {
	Name   string
	Path   string
	Metric bool
	// PhotoFrame says that the photos stand in the cloud's frame.
	PhotoFrame bool
	// Marks says that its colours are classes of marks that were read from it.
	Marks bool
}

// Photo is a photo of the case with its place in the model of the photos.
type Photo struct {
	Name, Exhibit string
	Path, Thumb   string // files; Thumb may be empty
	Placed        bool
	WorldFromCam  recon.Pose
	FocalPx       float64
	Camera        recon.Camera // when it is placed
	WidthPx       int
	HeightPx      int
	ErrPx         float64 // mean reprojection error; 0: not known
}

// Media are the items of one medium. They are read when they are shown: there may be
// very many.
type Media struct {
	Exhibit, Dir string
	Format       string
	SizeB        int64
	Items        []forensics.Item
}

// Fire is a hypothesis with what was simulated of it.
type Fire struct {
	Hypothesis *recon.Hypothesis
	Result     *recon.FireResult
	Openings   []recon.OpeningPlace
	// The flames and the gas so many seconds after the ignition; nil: not known.
	FlamesAt func(afterS float64) []recon.Flame
	GasAt    func(afterS float64) []recon.Gas
	// What was predicted of surfaces up to a time: exposures in MJ/m2, or marks. nil:
	// not known yet; see Hooks.PredictSurfaces.
	SurfacesAt func(afterS float64, marks bool) []recon.SurfacePatch
	Exhibit    string // that states it
	// Outdated says that what was simulated is of an older hypothesis: Result is nil then,
	// so that nothing of it is shown as of this one.
	Outdated bool
}

// Stage is what the last run left of a stage.
type Stage struct {
	Name     string
	In, Out  int
	Failed   []forensics.Failure
	Warnings []string
	Seconds  float64
}

// LogEntry is a line of the custody log.
type LogEntry struct {
	Time                       time.Time
	Who, Action, Exhibit, Hash string
}

// Job is work on the case that goes on beside the window.
type Job struct {
	Title    string
	Line     string  // the latest line of its progress
	Share    float64 // 0..1 of the stage under way; negative: not known
	Began    time.Time
	Ended    bool
	Failed   bool
	Messages []string // what it printed, the last lines of it
}

// Hooks are what the window can have done. They are called on the window's thread
// and must return at once; what takes time answers through Window.Post. A nil hook
// leaves its control out.
type Hooks struct {
	Open   func(dir string)
	New    func(dir, name string)
	Add    func(kind forensics.ExhibitKind, paths []string)
	Run    func()
	Cancel func()
	// LoadCloud reads a cloud and makes it ready, coloured "rgb", "intensity" or "height".
	LoadCloud func(f CloudFile, colour string)
	// Picture decodes a picture file for display, no side longer than the given
	// number of pixels, and posts it to show.
	Picture func(path string, maxSidePx int, show func(*image.RGBA, error))
	// Bytes reads some bytes of an item's first locator and posts them to show.
	Bytes func(item forensics.Item, offsetB int64, n int, show func([]byte, error))
	// Browse lists a folder for the dialogs.
	Browse   func(dir string) (folders, files []string, err error)
	OpenFile func(path string) // with the system's own program
	// SavePaths keeps the camera paths of the open case.
	SavePaths func([]scene.Path) error
	// SaveAnswers keeps the answers of a lesson, and fills in its score once they are
	// handed in and the key is there.
	SaveAnswers func(*Training) error
	// Overlay makes the picture of a camera ready to lie over the view from its place.
	Overlay func(r OverlayRequest, show func(*image.RGBA, error))
	// Video has a replay of the open case written beside the window, as a job.
	Video func(VideoRequest)
	// PredictSurfaces has what a fire does to surfaces predicted, for SetSurfaces.
	PredictSurfaces func(f *Fire)
	SavePNG         func(path string, img *image.RGBA) error
	Language        func(lang string) // was switched: to be remembered
	// Remember keeps the settings and what the window shows, in case the program ends
	// in any way. It is called every few seconds while something changes.
	Remember func(Settings)
	Tools    ToolHooks
}
