// Package gltf reads the vertices of glTF 2.0 and GLB files through
// github.com/qmuntal/gltf and writes points as GLB ("glTF 2.0 Specification",
// Khronos Group, 2021). In glTF Y is up and lengths are metres; here Z is up, so
// that x, y, z of a file are x, -z, y here.
package gltf

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"

	lib "github.com/qmuntal/gltf"
	"github.com/qmuntal/gltf/modeler"

	"firescene/formats"
	"firescene/formats/points"
)

const (
	glbMagic = "glTF"
	chunkBIN = 0x004e4942
	maxNodes = 1 << 16
)

// Is reports whether a file begins as GLB, or as the JSON of glTF.
func Is(head []byte) bool {
	if bytes.HasPrefix(head, []byte(glbMagic)) {
		return true
	}
	return bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("{")) && bytes.Contains(head, []byte(`"asset"`))
}

// Scan is the vertices of all meshes that the scene shows, placed by their nodes, as
// one scan. It is held in memory.
type Scan struct {
	info  points.ScanInfo
	parts []part
	at    int // part
	from  int // vertex of the part
	buf   *points.Columns
}

type part struct {
	xyz   [][3]float32
	rgb   [][4]uint8
	world [16]float64 // column-major, Y up
}

const batch = 1 << 13

// Open reads a file whose data lie within it.
func Open(r io.ReaderAt, size int64, lim formats.Limits) (scans []points.Scan, err error) {
	if size > lim.MaxAllocB {
		return nil, &formats.UnsupportedError{Format: "glTF", Offset: -1, Feature: fmt.Sprintf("a file of %d bytes; at most %d are read", size, lim.MaxAllocB), Next: "save the points as PLY or LAS"}
	}
	if err := checkGLB(r, size); err != nil {
		return nil, err
	}
	defer func() { // the library believes what it reads
		if p := recover(); p != nil {
			scans, err = nil, damaged("its parts contradict each other")
		}
	}()
	doc := new(lib.Document)
	if err := lib.NewDecoder(io.NewSectionReader(r, 0, size)).Decode(doc); err != nil {
		return nil, damaged("%v", err)
	}
	for _, b := range doc.Buffers {
		if b.Data == nil {
			return nil, &formats.UnsupportedError{Format: "glTF", Offset: -1, Feature: fmt.Sprintf("data in another file, %.60q", b.URI), Next: "save the scene as one GLB file"}
		}
	}
	if len(doc.ExtensionsRequired) > 0 {
		return nil, &formats.UnsupportedError{Format: "glTF", Offset: -1, Feature: fmt.Sprintf("extension %.60s", doc.ExtensionsRequired[0]), Next: "save the scene without compression"}
	}
	s := &Scan{}
	if err := s.collect(doc, size); err != nil {
		return nil, err
	}
	n := int64(0)
	for _, p := range s.parts {
		n += int64(len(p.xyz))
		s.info.HasRGB = s.info.HasRGB || p.rgb != nil
	}
	s.info.Count, s.info.WorldFromScan = n, points.IdentityPose
	s.buf = points.NewColumns(&s.info, batch)
	return []points.Scan{s}, nil
}

// checkGLB compares the lengths that a GLB claims with the file's, before the
// library allocates them.
func checkGLB(r io.ReaderAt, size int64) error {
	var h [20]byte
	n, err := r.ReadAt(h[:], 0)
	if err != nil && err != io.EOF {
		return err
	}
	if n < 4 || string(h[:4]) != glbMagic {
		return nil
	}
	le := binary.LittleEndian
	jsonB := int64(le.Uint32(h[12:]))
	if n < len(h) || 20+jsonB > size || int64(le.Uint32(h[8:])) > size {
		return damaged("the file is cut off: it has %d bytes, its header says %d", size, le.Uint32(h[8:]))
	}
	if v := le.Uint32(h[4:]); v != 2 {
		return &formats.UnsupportedError{Format: "glTF", Offset: 4, Feature: fmt.Sprintf("version %d", v), Next: "save the scene as glTF 2.0"}
	}
	var c [8]byte
	if k, _ := r.ReadAt(c[:], 20+jsonB); k == len(c) && int64(le.Uint32(c[:])) > size-28-jsonB {
		return damaged("its data are said to have %d bytes, %d are there", le.Uint32(c[:]), size-28-jsonB)
	}
	return nil
}

// collect gathers the meshes of the scene's nodes.
func (s *Scan) collect(doc *lib.Document, size int64) error {
	var roots []int
	switch {
	case doc.Scene != nil && *doc.Scene >= 0 && *doc.Scene < len(doc.Scenes):
		roots = doc.Scenes[*doc.Scene].Nodes
	case len(doc.Scenes) > 0:
		roots = doc.Scenes[0].Nodes
	default:
		for i := range doc.Nodes {
			roots = append(roots, i)
		}
	}
	visits, total := 0, int64(0)
	var visit func(i int, up [16]float64, depth int) error
	visit = func(i int, up [16]float64, depth int) error {
		if visits++; i < 0 || i >= len(doc.Nodes) || depth > 64 || visits > maxNodes {
			return damaged("node %d is not in the scene, or within itself", i)
		}
		n := doc.Nodes[i]
		world := product(up, local(n))
		if n.Mesh != nil && *n.Mesh >= 0 && *n.Mesh < len(doc.Meshes) {
			for _, p := range doc.Meshes[*n.Mesh].Primitives {
				got, err := readPart(doc, p, size)
				if err != nil {
					return err
				}
				if total += int64(len(got.xyz)); total > 64*size {
					return damaged("%d vertices in a file of %d bytes", total, size)
				}
				got.world = world
				s.parts = append(s.parts, got)
			}
		}
		for _, c := range n.Children {
			if err := visit(c, world, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	for _, i := range roots {
		if err := visit(i, lib.DefaultMatrix, 0); err != nil {
			return err
		}
	}
	return nil
}

func readPart(doc *lib.Document, p *lib.Primitive, size int64) (out part, err error) {
	accessor := func(name string) (*lib.Accessor, error) {
		i, ok := p.Attributes[name]
		if !ok {
			return nil, nil
		}
		if i < 0 || i >= len(doc.Accessors) {
			return nil, damaged("accessor %d is missing", i)
		}
		a := doc.Accessors[i]
		if a.BufferView == nil || a.Sparse != nil {
			return nil, &formats.UnsupportedError{Format: "glTF", Offset: -1, Feature: "sparse vertices", Next: "save the scene without them"}
		}
		if a.Count < 0 || int64(a.Count) > size {
			return nil, damaged("%d vertices in a file of %d bytes", a.Count, size)
		}
		return a, nil
	}
	a, err := accessor(lib.POSITION)
	if a == nil || err != nil {
		return out, err
	}
	if out.xyz, err = modeler.ReadPosition(doc, a, nil); err != nil {
		return out, damaged("%v", err)
	}
	if a, err = accessor(lib.COLOR_0); a == nil || err != nil {
		return out, err
	}
	if out.rgb, err = modeler.ReadColor(doc, a, nil); err != nil || len(out.rgb) != len(out.xyz) {
		return out, damaged("colours do not suit the vertices")
	}
	return out, nil
}

// local is the matrix of a node, column-major.
func local(n *lib.Node) [16]float64 {
	if m := n.MatrixOrDefault(); m != lib.DefaultMatrix {
		return m
	}
	q, s, t := n.RotationOrDefault(), n.ScaleOrDefault(), n.TranslationOrDefault()
	x, y, z, w := q[0], q[1], q[2], q[3]
	return [16]float64{
		s[0] * (1 - 2*(y*y+z*z)), s[0] * 2 * (x*y + z*w), s[0] * 2 * (x*z - y*w), 0,
		s[1] * 2 * (x*y - z*w), s[1] * (1 - 2*(x*x+z*z)), s[1] * 2 * (y*z + x*w), 0,
		s[2] * 2 * (x*z + y*w), s[2] * 2 * (y*z - x*w), s[2] * (1 - 2*(x*x+y*y)), 0,
		t[0], t[1], t[2], 1,
	}
}

// product is a after b, column-major.
func product(a, b [16]float64) (m [16]float64) {
	for c := range 4 {
		for r := range 4 {
			for k := range 4 {
				m[4*c+r] += a[4*k+r] * b[4*c+k]
			}
		}
	}
	return m
}

// Info describes the vertices.
func (s *Scan) Info() points.ScanInfo { return s.info }

// Next delivers the next vertices: see points.Scan.
func (s *Scan) Next(c *points.Chunk) error {
	*c = points.Chunk{}
	s.buf.Reset()
	for s.at < len(s.parts) && !s.buf.Full() {
		p := &s.parts[s.at]
		if s.from == len(p.xyz) {
			s.at++
			s.from = 0
			continue
		}
		v, m := p.xyz[s.from], &p.world
		x, y, z := float64(v[0]), float64(v[1]), float64(v[2])
		wx, wy, wz := m[0]*x+m[4]*y+m[8]*z+m[12], m[1]*x+m[5]*y+m[9]*z+m[13], m[2]*x+m[6]*y+m[10]*z+m[14]
		if i := s.buf.Add(wx, -wz, wy); i >= 0 && s.info.HasRGB {
			rgb := [3]uint8{}
			if p.rgb != nil {
				rgb = [3]uint8(p.rgb[s.from][:3])
			}
			s.buf.RGB(i, rgb)
		}
		s.from++
	}
	if s.buf.Len() == 0 {
		c.Invalid = s.buf.Invalid
		return io.EOF
	}
	s.buf.Give(c)
	return nil
}

// Options says what Write stores.
type Options struct {
	Count    int64
	RGB      bool
	Min, Max [3]float64 // of the points
}

// MaxPoints is how many points a GLB file holds at most, as its lengths have 32
// bits.
func MaxPoints(rgb bool) int64 {
	if rgb {
		return (math.MaxUint32 - 1<<16) / 16
	}
	return (math.MaxUint32 - 1<<16) / 12
}

// Write stores exactly opts.Count points of next as one GLB file and returns how
// many it wrote. Coordinates are stored in single precision from a whole number of
// metres near their middle, which the node adds again.
func Write(w io.Writer, opts Options, next func(*points.Chunk) error) (int64, error) {
	if opts.Count <= 0 || opts.Count > MaxPoints(opts.RGB) {
		return 0, fmt.Errorf("gltf: %d points: a file holds 1 to %d", opts.Count, MaxPoints(opts.RGB))
	}
	var offset, lo, hi [3]float64
	for k := range 3 {
		offset[k] = math.Round((opts.Min[k] + opts.Max[k]) / 2)
		lo[k], hi[k] = float64(float32(opts.Min[k]-offset[k])), float64(float32(opts.Max[k]-offset[k]))
	}
	stride := int64(12)
	attributes := map[string]int{"POSITION": 0}
	accessors := []map[string]any{{"bufferView": 0, "byteOffset": 0, "componentType": 5126, "count": opts.Count, "type": "VEC3", "min": lo, "max": hi}}
	if opts.RGB {
		stride = 16
		attributes["COLOR_0"] = 1
		accessors = append(accessors, map[string]any{"bufferView": 0, "byteOffset": 12, "componentType": 5121, "normalized": true, "count": opts.Count, "type": "VEC4"})
	}
	dataB := stride * opts.Count
	doc, err := json.Marshal(map[string]any{
		"asset": map[string]any{"version": "2.0", "generator": "firescene"}, "scene": 0, "scenes": []any{map[string]any{"nodes": []int{0}}},
		"nodes":       []any{map[string]any{"mesh": 0, "matrix": [16]float64{1, 0, 0, 0, 0, 0, -1, 0, 0, 1, 0, 0, offset[0], offset[2], -offset[1], 1}}},
		"meshes":      []any{map[string]any{"primitives": []any{map[string]any{"mode": 0, "attributes": attributes}}}},
		"accessors":   accessors,
		"bufferViews": []any{map[string]any{"buffer": 0, "byteLength": dataB, "byteStride": stride, "target": 34962}},
		"buffers":     []any{map[string]any{"byteLength": dataB}},
	})
	if err != nil {
		return 0, err
	}
	for len(doc)%4 != 0 {
		doc = append(doc, ' ')
	}
	le := binary.LittleEndian
	head := le.AppendUint32([]byte(glbMagic), 2)
	head = le.AppendUint32(head, uint32(20+int64(len(doc))+8+dataB))
	head = append(le.AppendUint32(head, uint32(len(doc))), "JSON"...)
	head = append(head, doc...)
	head = le.AppendUint32(le.AppendUint32(head, uint32(dataB)), chunkBIN)
	if _, err := w.Write(head); err != nil {
		return 0, err
	}
	return writePoints(w, opts, offset, next)
}

func writePoints(w io.Writer, opts Options, offset [3]float64, next func(*points.Chunk) error) (count int64, err error) {
	le := binary.LittleEndian
	var c points.Chunk
	var b []byte
	for {
		err := next(&c)
		if err == io.EOF {
			break
		}
		if err != nil {
			return count, err
		}
		b = b[:0]
		for i := range c.N {
			for k, v := range [3]float64{c.X[i], c.Y[i], c.Z[i]} {
				b = le.AppendUint32(b, math.Float32bits(float32(v-offset[k])))
			}
			if opts.RGB {
				var rgb [3]uint8
				if c.RGB != nil {
					rgb = c.RGB[i]
				}
				b = append(b, rgb[0], rgb[1], rgb[2], 255)
			}
		}
		if _, err := w.Write(b); err != nil {
			return count, err
		}
		count += int64(c.N)
	}
	if count != opts.Count {
		return count, fmt.Errorf("gltf: %d points were promised, there were %d", opts.Count, count)
	}
	return count, nil
}

func damaged(format string, args ...any) error {
	return &formats.FormatError{Format: "glTF", Offset: -1, Reason: fmt.Sprintf(format, args...), Next: "save the scene again"}
}
