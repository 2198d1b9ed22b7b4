// Package follow is what the structure checkers of the file formats share: a
// bounded reader, the inflating of coded data with exact places, and the report
// of how far a file could be followed.
package follow

import "fmt"

// State says how far a file could be followed.
type State int

// The states of a checked file.
const (
	Whole      State = iota // valid up to its true end
	Truncated               // valid up to the end of the data, which comes too early
	Damaged                 // breaks a rule of its format
	Not                     // does not begin like a file of the format
	Unfollowed              // valid as far as it was followed, which is not to its end
)

func (s State) String() string {
	return [...]string{"whole", "truncated", "damaged", "not of the format", "not followed to its end"}[s]
}

// Depth says how much of the content was held against the format.
type Depth int

// The depths, shallowest first.
const (
	Lengths Depth = iota // lengths and counts agree
	Codes                // all content follows codes that foreign data soon breaks
	Sums                 // check sums over the content agree
)

// Report is what a checker found. Offsets count from the first byte of the file.
type Report struct {
	State State
	EndB  int64 // Whole: one past the last byte
	GoodB int64 // otherwise: length of the valid beginning that is worth keeping; 0 when none is
	// SureB: all bytes before it are proved to belong together. FailB: at or
	// before it something foreign begins; 0 when the data only ended.
	SureB, FailB int64
	NeedB        int64 // length of the file as its own structure states it; 0 when not known
	Depth        Depth
	// Checked says what was held against the format where Depth is Codes and that is
	// not every code of the content; empty when it is.
	Checked string
	Faulty  bool   // Whole, but something in it is not valid, as Reason says
	What    string // what it is, for example "GIF 10x20, 3 pictures"
	Kind    string // the more exact kind, as "docx" for a ZIP; empty for none
	Reason  string // why it is not whole, or what is odd about it
}

// Stop sets the state and its reason.
func (r *Report) Stop(s State, format string, args ...any) {
	r.State, r.Reason = s, fmt.Sprintf(format, args...)
}

// Done makes the report one of a whole file that ends at end.
func (r *Report) Done(end int64, d Depth) {
	r.State, r.EndB, r.GoodB, r.SureB, r.NeedB, r.Depth = Whole, end, end, end, end, d
}
