package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/formats"
	"firescene/formats/points"
	"firescene/formats/scans"
)

func (a *app) cloudCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "cloud",
		Short: "Read, convert and thin scanner exports (E57, LAS, LAZ, PLY, PTX ...)",
		Long:  "Read, convert and thin scanner exports. Files are told apart by their content.\nRead are E57, LAS 1.0 to 1.4, LAZ, COPC, PLY, PTX, PTS, PCD, tables as text (XYZ,\nCSV), and the vertices of OBJ, STL, glTF and GLB." + exitStatusHelp,
		Args:  func(_ *cobra.Command, args []string) error { return unknownCommand(args) },
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.cloudInfoCmd(), a.cloudConvertCmd(), a.cloudFilterCmd(), a.cloudImagesCmd(), a.cloudNormalsCmd())
	c.AddCommand(a.cloudRoomsCmd(), a.cloudMarksCmd(), a.cloudMeshCmd(), a.cloudMeasureCmd(), a.cloudCompareCmd(), a.cloudSectionCmd())
	return c
}

// scanFile is an open scanner export.
type scanFile struct {
	path  string
	f     *os.File
	sizeB int64
	*scans.File
}

func (s *scanFile) Close() error { return s.f.Close() }

// badPages lists the file as failed when pages were read in spite of a wrong
// checksum.
func (s *scanFile) badPages() []forensics.Failure {
	bad := s.BadPages()
	if len(bad) == 0 {
		return nil
	}
	return []forensics.Failure{{Input: s.path, Reason: fmt.Sprintf("E57: %d page(s) were read in spite of a wrong checksum, the first is page %d", len(bad), bad[0])}}
}

// openScanFile opens an export by its content.
func openScanFile(path string, opts scans.Options) (*scanFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	switch {
	case err != nil:
	case st.IsDir():
		err = fmt.Errorf("%s is a folder; name the files in it", path)
	case !st.Mode().IsRegular():
		err = fmt.Errorf("%s is not a regular file", path)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	file, err := scans.OpenFile(f, st.Size(), filepath.Base(path), formats.DefaultLimits(), opts)
	if err != nil {
		f.Close()
		return nil, err
	}
	return &scanFile{path: path, f: f, sizeB: st.Size(), File: file}, nil
}

// scanFailure is the failure of one scan of a file: the file is the input, the
// scan is named in the reason.
func (f *scanFile) scanFailure(idx int, err error) forensics.Failure {
	failure := failureOf(f.path, err)
	if len(f.Scans) > 1 {
		failure.Reason = fmt.Sprintf("scan %d %q: %s", idx+1, f.Scans[idx].Info().Name, failure.Reason)
	}
	return failure
}

// failureOf turns an error into a line of the list of failed inputs.
func failureOf(input string, err error) forensics.Failure {
	f := forensics.Failure{Input: input, Reason: err.Error()}
	var file *os.PathError
	var damaged *formats.FormatError
	var unsupported *formats.UnsupportedError
	switch {
	case errors.As(err, &file):
		f.Reason = file.Err.Error()
	case errors.As(err, &damaged):
		plain := *damaged
		plain.Next = ""
		f.Reason, f.Next = plain.Error(), damaged.Next
	case errors.As(err, &unsupported):
		plain := *unsupported
		plain.Next = ""
		f.Reason, f.Next = plain.Error(), unsupported.Next
	}
	return f
}

// allFailed is the error of a command none of whose inputs gave anything.
func allFailed(failed []forensics.Failure) error {
	var all []error
	for _, f := range failed {
		text := f.Input + ": " + f.Reason
		if f.Next != "" {
			text += " (" + f.Next + ")"
		}
		all = append(all, errors.New(text))
	}
	return errors.Join(all...)
}

// bounds3 is what is known of three coordinates after a pass over the points.
type bounds3 struct {
	Min [3]float64 `json:"min"`
	Max [3]float64 `json:"max"`
}

func emptyBounds() bounds3 {
	inf := math.Inf(1)
	return bounds3{Min: [3]float64{inf, inf, inf}, Max: [3]float64{-inf, -inf, -inf}}
}

func (b *bounds3) column(k int, col []float64) {
	lo, hi := b.Min[k], b.Max[k]
	for _, v := range col {
		if v < lo {
			lo = v
		}
		if v > hi {
			hi = v
		}
	}
	b.Min[k], b.Max[k] = lo, hi
}

func (b *bounds3) join(o bounds3) {
	for k := range 3 {
		b.Min[k], b.Max[k] = min(b.Min[k], o.Min[k]), max(b.Max[k], o.Max[k])
	}
}

// scanMeasure is what a pass over one scan's points finds.
type scanMeasure struct {
	Read     int64 // valid points
	Invalid  int64
	AtOrigin int64 // points at exactly (0,0,0) of the scan's frame: often returns that were lost and not flagged
	Sum      [3]float64
	Bounds   bounds3 // in the scan's frame
	World    bounds3 // after the pose
	Inten    [2]float64
	IntenSum float64
	Levels   levelCounts // of heights after the pose
	GridMax  [2]int32    // of rows and columns
	GridLast int64       // place in the grid of the last point, column by column
	GridOff  bool        // points have no place in a grid, or do not come column by column
}

// measureScan reads a scan to its end. After an error the measure holds what was
// read before it. step is told how many points each chunk had.
func measureScan(ctx context.Context, s points.Scan, pose *[16]float64, step func(n int)) (scanMeasure, error) {
	m := scanMeasure{Bounds: emptyBounds(), World: emptyBounds(), Inten: [2]float64{math.Inf(1), math.Inf(-1)}}
	var c points.Chunk
	var world placed
	for {
		if err := ctx.Err(); err != nil {
			return m, err
		}
		err := s.Next(&c)
		m.Invalid += int64(c.Invalid)
		if err == io.EOF {
			return m, nil
		}
		if err != nil {
			return m, err
		}
		m.Read += int64(c.N)
		for k, col := range [3][]float64{c.X, c.Y, c.Z} {
			m.Bounds.column(k, col)
			sum := 0.0
			for _, v := range col {
				sum += v
			}
			m.Sum[k] += sum
		}
		for k, index := range [2][]int32{c.Row, c.Column} {
			for _, v := range index {
				m.GridMax[k] = max(m.GridMax[k], v)
			}
		}
		m.follow(&c)
		for i, x := range c.X {
			if x == 0 && c.Y[i] == 0 && c.Z[i] == 0 {
				m.AtOrigin++
			}
		}
		for _, v := range c.Intensity {
			f := float64(v)
			if f-f != 0 {
				continue
			}
			m.Inten[0], m.Inten[1] = min(m.Inten[0], f), max(m.Inten[1], f)
			m.IntenSum += f
		}
		world.apply(&c, pose)
		for k, col := range [3][]float64{c.X, c.Y, c.Z} {
			m.World.column(k, col)
		}
		m.Levels.add(c.Z)
		step(c.N)
	}
}

// follow checks that points come column by column of the scanner's grid.
func (m *scanMeasure) follow(c *points.Chunk) {
	if m.GridOff || c.Row == nil || c.Column == nil {
		m.GridOff = true
		return
	}
	last := m.GridLast
	if m.Read == int64(c.N) { // the first chunk
		last = -1
	}
	for i, row := range c.Row {
		at := int64(c.Column[i])<<32 | int64(uint32(row))
		if at <= last || row < 0 || c.Column[i] < 0 {
			m.GridOff = true
			return
		}
		last = at
	}
	m.GridLast = last
}

// placed holds the columns of a chunk after a pose.
type placed struct {
	xyz    [3][]float64
	normal [][3]float32
}

// apply takes a chunk's coordinates and normals to world coordinates; the
// identity leaves the chunk as it is.
func (p *placed) apply(c *points.Chunk, m *[16]float64) {
	if *m == points.IdentityPose {
		return
	}
	for k := range 3 {
		if cap(p.xyz[k]) < c.N {
			p.xyz[k] = make([]float64, c.N)
		}
		p.xyz[k] = p.xyz[k][:c.N]
	}
	for i := range c.N {
		x, y, z := c.X[i], c.Y[i], c.Z[i]
		p.xyz[0][i] = m[0]*x + m[1]*y + m[2]*z + m[3]
		p.xyz[1][i] = m[4]*x + m[5]*y + m[6]*z + m[7]
		p.xyz[2][i] = m[8]*x + m[9]*y + m[10]*z + m[11]
	}
	c.X, c.Y, c.Z = p.xyz[0], p.xyz[1], p.xyz[2]
	if c.Normal == nil {
		return
	}
	p.normal = append(p.normal[:0], c.Normal[:c.N]...)
	unit := 1.0
	if !rigid(m) { // a change of unit: normals keep their length
		unit = 1 / math.Sqrt(m[0]*m[0]+m[4]*m[4]+m[8]*m[8])
	}
	for i, n := range p.normal {
		x, y, z := unit*float64(n[0]), unit*float64(n[1]), unit*float64(n[2])
		p.normal[i] = [3]float32{float32(m[0]*x + m[1]*y + m[2]*z), float32(m[4]*x + m[5]*y + m[6]*z), float32(m[8]*x + m[9]*y + m[10]*z)}
	}
	c.Normal = p.normal
}

// stepsOf returns the step and offset of coordinates stored as whole numbers.
func stepsOf(s points.Scan) (step, offset [3]float64, ok bool) {
	if q, is := s.(interface {
		Steps() (step, offset [3]float64, ok bool)
	}); is {
		return q.Steps()
	}
	return step, offset, false
}

// isSingle reports whether a scan's coordinates are stored in single precision.
func isSingle(s points.Scan) bool {
	q, ok := s.(interface{ Single() bool })
	return ok && q.Single()
}
