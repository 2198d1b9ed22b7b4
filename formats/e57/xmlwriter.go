package e57

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"strconv"

	"firescene/formats/points"
)

// xmlWriter writes E57 elements, which name their type in an attribute.
type xmlWriter struct{ bytes.Buffer }

func (x *xmlWriter) str(name, value string) {
	fmt.Fprintf(x, "<%s type=\"String\">", name)
	xml.EscapeText(x, []byte(value)) // a bytes.Buffer does not fail
	fmt.Fprintf(x, "</%s>\n", name)
}

func (x *xmlWriter) float(name string, v float64) {
	fmt.Fprintf(x, "<%s type=\"Float\">%s</%s>\n", name, number(v), name)
}

func (x *xmlWriter) integer(name string, v int64) {
	fmt.Fprintf(x, "<%s type=\"Integer\">%d</%s>\n", name, v, name)
}

func (x *xmlWriter) open(name string)  { fmt.Fprintf(x, "<%s type=\"Structure\">\n", name) }
func (x *xmlWriter) close(name string) { fmt.Fprintf(x, "</%s>\n", name) }

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// renderXML describes the file: ASTM E2807 section 8.
func renderXML(scans []*scanWriter, opts Options) []byte {
	x := &xmlWriter{}
	x.WriteString(xml.Header)
	fmt.Fprintf(x, "<e57Root type=\"Structure\" xmlns=\"%s\"", namespaceE57)
	for _, s := range scans {
		if s.src.Info.HasNormal {
			fmt.Fprintf(x, " xmlns:nor=\"%s\"", namespaceNor)
			break
		}
	}
	x.WriteString(">\n")
	x.str("formatName", "ASTM E57 3D Imaging Data File")
	for i, s := range scans {
		if s.guid == "" {
			s.guid = makeGUID(opts.Seed, "scan", i, s.src.Info.Name, s.count, s.min, s.max)
		}
	}
	all := []any{opts.Seed, "file"}
	for _, s := range scans {
		all = append(all, s.guid)
	}
	x.str("guid", makeGUID(all...))
	x.integer("versionMajor", 1)
	x.integer("versionMinor", 0)
	x.str("e57LibraryVersion", opts.Library)
	x.str("coordinateMetadata", "")
	x.WriteString("<data3D type=\"Vector\" allowHeterogeneousChildren=\"1\">\n")
	for _, s := range scans {
		x.scan(s)
	}
	x.WriteString("</data3D>\n<images2D type=\"Vector\" allowHeterogeneousChildren=\"1\">\n")
	for i := range opts.Images {
		im := &opts.Images[i].Image
		if im.GUID == "" {
			im.GUID = makeGUID(opts.Seed, "image", i, im.Name, im.SizeB)
		}
		x.image(im)
	}
	x.WriteString("</images2D>\n</e57Root>\n")
	return x.Bytes()
}

func (x *xmlWriter) scan(s *scanWriter) {
	info := &s.src.Info
	x.open("vectorChild")
	x.str("guid", s.guid)
	x.str("name", info.Name)
	if info.HasPose {
		x.pose(info.WorldFromScan)
	}
	if s.count > 0 {
		x.open("cartesianBounds")
		for k, axis := range []string{"x", "y", "z"} {
			x.float(axis+"Minimum", s.min[k])
			x.float(axis+"Maximum", s.max[k])
		}
		x.close("cartesianBounds")
	}
	if info.HasGrid && s.count > 0 {
		x.open("indexBounds")
		for k, name := range []string{"row", "column"} {
			x.integer(name+"Minimum", int64(s.indexMin[k]))
			x.integer(name+"Maximum", int64(s.indexMax[k]))
		}
		x.close("indexBounds")
	}
	if info.HasRGB {
		x.open("colorLimits")
		for _, c := range []string{"Red", "Green", "Blue"} {
			x.integer("color"+c+"Minimum", 0)
			x.integer("color"+c+"Maximum", 255)
		}
		x.close("colorLimits")
	}
	if info.HasIntensity && s.intensityMin <= s.intensityMax {
		x.open("intensityLimits")
		x.float("intensityMinimum", float64(s.intensityMin))
		x.float("intensityMaximum", float64(s.intensityMax))
		x.close("intensityLimits")
	}
	fmt.Fprintf(x, "<points type=\"CompressedVector\" fileOffset=\"%d\" recordCount=\"%d\">\n", s.sectionPhysB, s.count)
	x.open("prototype")
	for i := range s.streams {
		x.field(&s.streams[i])
	}
	x.close("prototype")
	x.WriteString("<codecs type=\"Vector\" allowHeterogeneousChildren=\"1\"/>\n</points>\n")
	x.close("vectorChild")
}

func (x *xmlWriter) field(st *stream) {
	switch st.kind {
	case kindSingle:
		fmt.Fprintf(x, "<%s type=\"Float\" precision=\"single\"/>\n", st.name)
	case kindDouble:
		fmt.Fprintf(x, "<%s type=\"Float\"/>\n", st.name)
	case kindInteger:
		fmt.Fprintf(x, "<%s type=\"Integer\" minimum=\"%d\" maximum=\"%d\"/>\n", st.name, st.min, st.max)
	case kindScaled:
		fmt.Fprintf(x, "<%s type=\"ScaledInteger\" minimum=\"%d\" maximum=\"%d\" scale=\"%s\" offset=\"%s\"/>\n",
			st.name, st.min, st.max, number(st.scale), number(st.offset))
	}
}

func (x *xmlWriter) pose(m [16]float64) {
	q := quaternion(m)
	x.open("pose")
	x.open("rotation")
	for k, name := range []string{"w", "x", "y", "z"} {
		x.float(name, q[k])
	}
	x.close("rotation")
	x.open("translation")
	for k, name := range []string{"x", "y", "z"} {
		x.float(name, m[4*k+3])
	}
	x.close("translation")
	x.close("pose")
}

// quaternion returns w, x, y, z of the rotation in a 4x4 row-major rigid
// transform, with w not negative.
func quaternion(m [16]float64) [4]float64 {
	r := func(i, j int) float64 { return m[4*i+j] }
	var q [4]float64
	switch tr := r(0, 0) + r(1, 1) + r(2, 2); {
	case tr > 0:
		q = [4]float64{1 + tr, r(2, 1) - r(1, 2), r(0, 2) - r(2, 0), r(1, 0) - r(0, 1)}
	case r(0, 0) >= r(1, 1) && r(0, 0) >= r(2, 2):
		q = [4]float64{r(2, 1) - r(1, 2), 1 + r(0, 0) - r(1, 1) - r(2, 2), r(0, 1) + r(1, 0), r(0, 2) + r(2, 0)}
	case r(1, 1) >= r(2, 2):
		q = [4]float64{r(0, 2) - r(2, 0), r(0, 1) + r(1, 0), 1 + r(1, 1) - r(0, 0) - r(2, 2), r(1, 2) + r(2, 1)}
	default:
		q = [4]float64{r(1, 0) - r(0, 1), r(0, 2) + r(2, 0), r(1, 2) + r(2, 1), 1 + r(2, 2) - r(0, 0) - r(1, 1)}
	}
	norm := math.Sqrt(q[0]*q[0] + q[1]*q[1] + q[2]*q[2] + q[3]*q[3])
	if norm == 0 || math.IsNaN(norm) {
		return [4]float64{1, 0, 0, 0}
	}
	if q[0] < 0 {
		norm = -norm
	}
	for k := range q {
		q[k] /= norm
	}
	return q
}

// matrix is the 4x4 row-major transform of a quaternion w, x, y, z, which is
// normalised first, and a translation.
func matrix(q [4]float64, t [3]float64) [16]float64 {
	norm := math.Sqrt(q[0]*q[0] + q[1]*q[1] + q[2]*q[2] + q[3]*q[3])
	if !(norm > 0) || math.IsInf(norm, 0) {
		m := points.IdentityPose
		m[3], m[7], m[11] = t[0], t[1], t[2]
		return m
	}
	w, x, y, z := q[0]/norm, q[1]/norm, q[2]/norm, q[3]/norm
	return [16]float64{
		1 - 2*(y*y+z*z), 2 * (x*y - w*z), 2 * (x*z + w*y), t[0],
		2 * (x*y + w*z), 1 - 2*(x*x+z*z), 2 * (y*z - w*x), t[1],
		2 * (x*z - w*y), 2 * (y*z + w*x), 1 - 2*(x*x+y*y), t[2],
		0, 0, 0, 1,
	}
}
