package colmap

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"firescene/formats"
)

const formatName = "COLMAP text"

// ReadCameras reads cameras.txt. A line that breaks the format is a
// *formats.FormatError with its place; a camera model that is not read is a
// *formats.UnsupportedError.
func ReadCameras(r io.Reader) ([]Camera, error) {
	in := newLines(r, formats.DefaultLimits())
	var out []Camera
	for in.next() {
		f := in.fields()
		if len(f) == 0 {
			continue
		}
		if len(f) < 4 {
			return nil, in.damaged("a camera needs an ID, a model, a width and a height")
		}
		c := Camera{ID: in.int(f[0]), Model: CameraModel(f[1]), Width: in.int(f[2]), Height: in.int(f[3])}
		n := c.Model.params()
		if n == 0 {
			return nil, &formats.UnsupportedError{Format: formatName, Offset: in.offset, Feature: "camera model " + strconv.Quote(f[1]),
				Next: "undistort the images to a PINHOLE model first"}
		}
		if len(f) != 4+n {
			return nil, in.damaged(fmt.Sprintf("%s has %d parameters, the line has %d", c.Model, n, len(f)-4))
		}
		for _, s := range f[4:] {
			c.Params = append(c.Params, in.float(s))
		}
		if in.err == nil && (c.Width <= 0 || c.Height <= 0) {
			return nil, in.damaged("a camera without pixels")
		}
		out = append(out, c)
	}
	return out, in.err
}

// ReadImages reads images.txt: two lines an image, of which the second may be
// empty.
func ReadImages(r io.Reader) ([]Image, error) {
	in := newLines(r, formats.DefaultLimits())
	var out []Image
	for in.next() {
		f := strings.SplitN(strings.TrimSpace(in.text), " ", 10)
		if in.text == "" {
			continue
		}
		if len(f) < 10 {
			return nil, in.damaged("an image needs an ID, a pose of seven numbers, a camera and a name")
		}
		m := Image{ID: in.int(f[0]), CameraID: in.int(f[8]), Name: strings.TrimSpace(f[9])}
		for k := range 4 {
			m.Q[k] = in.float(f[1+k])
		}
		for k := range 3 {
			m.T[k] = in.float(f[5+k])
		}
		norm := math.Sqrt(m.Q[0]*m.Q[0] + m.Q[1]*m.Q[1] + m.Q[2]*m.Q[2] + m.Q[3]*m.Q[3])
		if in.err == nil && !(norm > 1e-6 && norm < 1e6) {
			return nil, in.damaged("the rotation is not a quaternion")
		}
		if m.Name == "" {
			return nil, in.damaged("an image without a name")
		}
		if in.nextRaw() {
			f = in.fields()
			if len(f)%3 != 0 {
				return nil, in.damaged("keypoints need three numbers each")
			}
			for k := 0; k < len(f); k += 3 {
				m.Points = append(m.Points, Point2D{in.float(f[k]), in.float(f[k+1]), in.int64(f[k+2])})
			}
		}
		out = append(out, m)
	}
	return out, in.err
}

// ReadPoints reads points3D.txt.
func ReadPoints(r io.Reader) ([]Point3D, error) {
	in := newLines(r, formats.DefaultLimits())
	var out []Point3D
	for in.next() {
		f := in.fields()
		if len(f) == 0 {
			continue
		}
		if len(f) < 8 || len(f)%2 != 0 {
			return nil, in.damaged("a point needs an ID, a place, a colour, an error and pairs of image and keypoint")
		}
		p := Point3D{ID: in.int64(f[0]), Error: in.float(f[7])}
		for k := range 3 {
			p.XYZ[k] = in.float(f[1+k])
			c := in.int(f[4+k])
			if c < 0 || c > 255 {
				return nil, in.damaged("a colour outside 0..255")
			}
			p.RGB[k] = uint8(c)
		}
		for k := 8; k < len(f); k += 2 {
			p.Track = append(p.Track, TrackElement{in.int(f[k]), in.int(f[k+1])})
		}
		out = append(out, p)
	}
	return out, in.err
}

// lines reads a text file line by line, within bounds, and keeps the first
// error.
type lines struct {
	in     *bufio.Reader
	limits formats.Limits
	text   string
	offset int64 // of the line in text
	after  int64
	err    error
}

func newLines(r io.Reader, l formats.Limits) *lines {
	return &lines{in: bufio.NewReaderSize(r, 1<<16), limits: l}
}

// next moves to the next line that is not a comment.
func (l *lines) next() bool {
	for l.nextRaw() {
		if !strings.HasPrefix(l.text, "#") {
			return true
		}
	}
	return false
}

func (l *lines) nextRaw() bool {
	if l.err != nil {
		return false
	}
	l.offset = l.after
	var line []byte
	for {
		part, err := l.in.ReadSlice('\n')
		l.after += int64(len(part))
		if int64(len(line)+len(part)) > l.limits.MaxAllocB {
			l.err = l.damaged("a line longer than any real one")
			return false
		}
		line = append(line, part...)
		if err == bufio.ErrBufferFull {
			continue
		}
		if err == io.EOF && len(line) == 0 {
			return false
		}
		if err != nil && err != io.EOF {
			l.err = err
			return false
		}
		l.text = strings.TrimRight(string(line), "\r\n")
		return true
	}
}

func (l *lines) fields() []string { return strings.Fields(l.text) }

func (l *lines) damaged(reason string) error {
	return &formats.FormatError{Format: formatName, Offset: l.offset, Reason: reason, Next: "export the model again as text"}
}

func (l *lines) int(s string) int { return int(l.int64(s)) }

func (l *lines) int64(s string) int64 {
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil && l.err == nil {
		l.err = l.damaged(strconv.Quote(clip(s)) + " is not a whole number")
	}
	return v
}

func (l *lines) float(s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if (err != nil || math.IsNaN(v) || math.IsInf(v, 0)) && l.err == nil {
		l.err = l.damaged(strconv.Quote(clip(s)) + " is not a number")
	}
	return v
}

func clip(s string) string { return s[:min(len(s), 40)] }
