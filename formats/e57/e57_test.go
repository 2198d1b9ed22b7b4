package e57

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"firescene/formats"
	"firescene/formats/points"
	"firescene/formats/points/pointstest"
)

// randomPoints returns n seeded points with every column.
func randomPoints(seed uint64, n int) *points.Chunk {
	rng := rand.New(rand.NewPCG(seed, 9))
	c := &points.Chunk{N: n}
	for range n {
		c.X = append(c.X, 20*rng.Float64()-10)
		c.Y = append(c.Y, 20*rng.Float64()-10)
		c.Z = append(c.Z, 5*rng.Float64())
		c.RGB = append(c.RGB, [3]uint8{uint8(rng.IntN(256)), uint8(rng.IntN(256)), uint8(rng.IntN(256))})
		c.Intensity = append(c.Intensity, rng.Float32())
		c.Normal = append(c.Normal, [3]float32{rng.Float32(), rng.Float32(), rng.Float32()})
	}
	return c
}

// deliver hands out c in chunks of a size.
func deliver(c *points.Chunk, size int) func(*points.Chunk) error {
	at := 0
	return func(out *points.Chunk) error {
		if at == c.N {
			return io.EOF
		}
		to := min(c.N, at+size)
		*out = points.Chunk{N: to - at, X: c.X[at:to], Y: c.Y[at:to], Z: c.Z[at:to], RGB: c.RGB[at:to], Intensity: c.Intensity[at:to], Normal: c.Normal[at:to]}
		at = to
		return nil
	}
}

// collect reads a scan to its end and copies what it delivers.
func collect(s points.Scan) (all points.Chunk, err error) {
	var c points.Chunk
	for {
		err := s.Next(&c)
		all.Invalid += c.Invalid
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		if c.N == 0 || len(c.X) != c.N || len(c.Y) != c.N || len(c.Z) != c.N {
			return all, fmt.Errorf("chunk of %d points with columns of %d", c.N, len(c.X))
		}
		all.N += c.N
		all.X, all.Y, all.Z = append(all.X, c.X...), append(all.Y, c.Y...), append(all.Z, c.Z...)
		all.RGB, all.Intensity, all.Normal = append(all.RGB, c.RGB...), append(all.Intensity, c.Intensity...), append(all.Normal, c.Normal...)
	}
}

func mustOpen(t *testing.T, raw []byte) []points.Scan {
	t.Helper()
	scans, err := Open(bytes.NewReader(raw), int64(len(raw)), formats.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	return scans
}

// tilted is a pose with a rotation about an oblique axis.
var tilted = matrix([4]float64{0.8, 0.2, -0.4, 0.4}, [3]float64{1.5, -20, 300})

// TestRoundTrip writes and reads every way to store coordinates.
func TestRoundTrip(t *testing.T) {
	all := points.ScanInfo{Name: "Küche & <hall>", GUID: "{A}", HasRGB: true, HasIntensity: true, HasNormal: true, HasPose: true, WorldFromScan: tilted}
	step := [3]float64{1e-4, 1e-4, 2e-4}
	for _, tc := range []struct {
		name string
		src  ScanSource
		tolM float64
		n    int
	}{
		{"double", ScanSource{Info: all}, 0, 10000},
		{"single", ScanSource{Info: all, Single: true}, 1e-6, 10000},
		{"scaled, 32 bits", ScanSource{Info: all, Step: step, Offset: [3]float64{1, 2, 3}}, 1.0001e-4, 10000},
		{"scaled, tight", ScanSource{Info: all, Step: step, Min: [3]float64{-10, -10, 0}, Max: [3]float64{10, 10, 5}}, 1.0001e-4, 20011},
		{"only coordinates", ScanSource{Info: points.ScanInfo{WorldFromScan: points.IdentityPose}}, 0, 9},
		{"one point", ScanSource{Info: all}, 0, 1},
		{"no points", ScanSource{Info: all}, 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			want := randomPoints(1, tc.n)
			tc.src.Next = deliver(want, 777)
			var f pointstest.File
			counts, err := Write(&f, []ScanSource{tc.src}, Options{Seed: "s"})
			if err != nil || counts[0] != int64(tc.n) {
				t.Fatal(counts, err)
			}
			s := mustOpen(t, f.B)[0]
			info := s.Info()
			if info.Name != tc.src.Info.Name || info.Count != int64(tc.n) || info.HasPose != tc.src.Info.HasPose || info.HasNormal != tc.src.Info.HasNormal {
				t.Errorf("info %+v", info)
			}
			for i, v := range info.WorldFromScan {
				if math.Abs(v-tc.src.Info.WorldFromScan[i]) > 1e-12 {
					t.Errorf("pose element %d is %g, want %g", i, v, tc.src.Info.WorldFromScan[i])
				}
			}
			got, err := collect(s)
			if err != nil {
				t.Fatal(err)
			}
			for k, cols := range [3][2][]float64{{got.X, want.X}, {got.Y, want.Y}, {got.Z, want.Z}} {
				if len(cols[0]) != len(cols[1]) {
					t.Fatalf("%d points, want %d", len(cols[0]), len(cols[1]))
				}
				for i := range cols[0] {
					if math.Abs(cols[0][i]-cols[1][i]) > tc.tolM {
						t.Fatalf("coordinate %d of point %d is %g, want %g", k, i, cols[0][i], cols[1][i])
					}
				}
			}
			if tc.src.Info.HasRGB && tc.n > 0 && (!reflect.DeepEqual(got.RGB, want.RGB) || !reflect.DeepEqual(got.Intensity, want.Intensity) || !reflect.DeepEqual(got.Normal, want.Normal)) {
				t.Error("other colours, intensities or normals")
			}
		})
	}
}

// TestSameBytes holds the file to the same bytes however the points were cut
// into chunks, and other seeds to other GUIDs.
func TestSameBytes(t *testing.T) {
	write := func(size int, seed string) []byte {
		var f pointstest.File
		var list []ScanSource
		for i := range uint64(3) {
			list = append(list, ScanSource{Info: points.ScanInfo{Name: "s", HasRGB: true}, Next: deliver(randomPoints(i, 5000), size), Step: [3]float64{1e-3, 1e-3, 1e-3}})
		}
		if _, err := Write(&f, list, Options{Seed: seed}); err != nil {
			t.Fatal(err)
		}
		return f.B
	}
	a := write(5000, "x")
	if !bytes.Equal(a, write(13, "x")) {
		t.Error("other bytes for the same points in other chunks")
	}
	if bytes.Equal(a, write(5000, "y")) {
		t.Error("same GUIDs for another seed")
	}
	seen := map[string]bool{}
	for _, s := range mustOpen(t, a) {
		seen[s.Info().GUID] = true
	}
	if len(seen) != 3 {
		t.Errorf("%d different GUIDs for 3 scans", len(seen))
	}
}

func TestWriteRefuses(t *testing.T) {
	c := randomPoints(1, 10)
	for name, src := range map[string]ScanSource{
		"out of range":   {Next: deliver(c, 10), Step: [3]float64{1, 1, 1}, Min: [3]float64{0, 0, 0}, Max: [3]float64{1, 1, 1}},
		"negative step":  {Next: deliver(c, 10), Step: [3]float64{-1, 1, 1}},
		"missing column": {Info: points.ScanInfo{HasRGB: true}, Next: func(out *points.Chunk) error { *out = points.Chunk{N: 1, X: c.X, Y: c.Y, Z: c.Z}; return nil }},
		"source fails":   {Next: func(*points.Chunk) error { return errors.New("broken") }},
	} {
		if _, err := Write(&pointstest.File{}, []ScanSource{src}, Options{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// built is a file put together by hand, for layouts that Write does not make.
type built struct {
	prototype string // elements of the prototype
	scan      string // further elements of the scan
	records   int64
	packets   [][]byte
}

func (b built) bytes(t testing.TB) []byte {
	t.Helper()
	var f pointstest.File
	pw, err := newPageWriter(&f)
	if err != nil {
		t.Fatal(err)
	}
	head, _ := pw.keepPage()
	pw.Write(make([]byte, headerSize)) // a file in memory does not fail
	section := pw.physical()
	data := physical(logical(section) + sectionSize)
	body := []byte{}
	for _, p := range b.packets {
		body = append(body, p...)
	}
	le := binary.LittleEndian
	h := append([]byte{1}, make([]byte, 7)...)
	h = le.AppendUint64(h, uint64(sectionSize+len(body)))
	h = le.AppendUint64(h, uint64(data))
	h = le.AppendUint64(h, 0)
	pw.Write(h)
	pw.Write(body)
	pw.pad()
	xml := fmt.Sprintf(`<?xml version="1.0"?><e57Root type="Structure" xmlns="%s" xmlns:x="urn:other" xmlns:x="urn:again"><data3D type="Vector"><vectorChild type="Structure">%s
<points type="CompressedVector" fileOffset="%d" recordCount="%d"><prototype type="Structure">%s</prototype></points></vectorChild></data3D></e57Root>`,
		namespaceE57, b.scan, section, b.records, b.prototype)
	at := pw.physical()
	pw.Write([]byte(xml))
	pw.pad()
	p := head.payload[:headerSize]
	copy(p, signature)
	le.PutUint32(p[8:], 1)
	le.PutUint64(p[16:], uint64(pw.physical()))
	le.PutUint64(p[24:], uint64(at))
	le.PutUint64(p[32:], uint64(len(xml)))
	le.PutUint64(p[40:], pageSize)
	// the kept page also holds the start of the section
	for _, k := range pw.patches {
		copy(k.payload[headerSize:], h)
		copy(k.payload[headerSize+sectionSize:], body)
	}
	if err := pw.finish(); err != nil {
		t.Fatal(err)
	}
	return f.B
}

// data makes a data packet of bytestreams.
func data(streams ...[]byte) []byte {
	p := []byte{packetData, 0, 0, 0}
	p = binary.LittleEndian.AppendUint16(p, uint16(len(streams)))
	for _, s := range streams {
		p = binary.LittleEndian.AppendUint16(p, uint16(len(s)))
	}
	for _, s := range streams {
		p = append(p, s...)
	}
	for len(p)%4 != 0 {
		p = append(p, 0)
	}
	binary.LittleEndian.PutUint16(p[2:], uint16(len(p)-1))
	return p
}

// other makes an index or ignored packet of n bytes.
func other(kind byte, n int) []byte {
	p := make([]byte, n)
	p[0] = kind
	binary.LittleEndian.PutUint16(p[2:], uint16(n-1))
	return p
}

// pack packs values of some bits, lowest bit first.
func pack(bits int, values ...uint64) []byte {
	st := stream{bits: bits}
	for _, v := range values {
		st.putBits(v)
	}
	st.flushBits()
	return st.bytes
}

const xyz3 = `<cartesianX type="Integer" minimum="-4" maximum="1000"/><cartesianY type="ScaledInteger" minimum="0" maximum="100000" scale="0.5" offset="10"/><cartesianZ type="Integer" minimum="7" maximum="7"/>`

// TestStraddling cuts the bytestreams of 10- and 17-bit values at every byte, so
// that values straddle packets and streams hold different numbers of records,
// with index and ignored packets in between.
func TestStraddling(t *testing.T) {
	var xs, ys []uint64
	for i := range uint64(40) {
		xs, ys = append(xs, i*25), append(ys, i*2500)
	}
	x, y := pack(10, xs...), pack(17, ys...)
	for cut := 1; cut < len(x); cut++ {
		cutY := len(y) - cut
		b := built{prototype: xyz3 + `<x:future type="String"/>`, records: 40, packets: [][]byte{
			other(packetIndex, 32), data(x[:cut], y[:cutY], nil, []byte("text")), other(packetIgnore, 8),
			data(nil, nil, nil, nil), data(x[cut:], nil, nil, nil), data(nil, y[cutY:], nil, []byte("more")),
		}}
		got, err := collect(mustOpen(t, b.bytes(t))[0])
		if err != nil || got.N != 40 {
			t.Fatalf("cut at %d: %d points, %v", cut, got.N, err)
		}
		for i := range 40 {
			if got.X[i] != float64(xs[i])-4 || got.Y[i] != float64(ys[i])*0.5+10 || got.Z[i] != 7 {
				t.Fatalf("cut at %d: point %d is %g %g %g", cut, i, got.X[i], got.Y[i], got.Z[i])
			}
		}
	}
}

// TestWideIntegers reads every width of integer up to 64 bits.
func TestWideIntegers(t *testing.T) {
	for bits := 1; bits <= 64; bits++ {
		lo := int64(0)
		if bits == 64 {
			lo = math.MinInt64
		}
		hi := int64(uint64(lo) + (^uint64(0) >> (64 - bits)))
		values := []uint64{0, ^uint64(0) >> (64 - bits), 1, 0, ^uint64(0) >> (64 - bits) >> 1}
		proto := fmt.Sprintf(`<cartesianX type="Integer" minimum="%d" maximum="%d"/><cartesianY type="Float"/><cartesianZ type="Float" precision="single"/>`, lo, hi)
		b := built{prototype: proto, records: int64(len(values)), packets: [][]byte{data(pack(bits, values...), make([]byte, 40), make([]byte, 20))}}
		got, err := collect(mustOpen(t, b.bytes(t))[0])
		if err != nil {
			t.Fatal(bits, err)
		}
		for i, v := range values {
			if want := float64(int64(v + uint64(lo))); got.X[i] != want {
				t.Errorf("%d bits: value %d is %g, want %g", bits, i, got.X[i], want)
			}
		}
	}
}

func floats(v ...float64) (b []byte) {
	for _, f := range v {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
	}
	return b
}

// TestSphericalAndInvalid converts angles, azimuths beyond a turn too, and leaves
// out what is flagged or not finite.
func TestSphericalAndInvalid(t *testing.T) {
	b := built{
		prototype: `<sphericalRange type="Float"/><sphericalAzimuth type="Float"/><sphericalElevation type="Float"/><sphericalInvalidState type="Integer" minimum="0" maximum="2"/>`,
		records:   5,
		packets: [][]byte{data(floats(2, 2, 1, math.NaN(), 3), floats(math.Pi/2, math.Pi/2-2*math.Pi, 0, 0, 0),
			floats(0, 0, 0, 0, math.Pi/2), pack(2, 0, 0, 1, 0, 0))},
	}
	got, err := collect(mustOpen(t, b.bytes(t))[0])
	if err != nil || got.N != 3 || got.Invalid != 2 {
		t.Fatal(got.N, got.Invalid, err)
	}
	want := [][3]float64{{0, 2, 0}, {0, 2, 0}, {0, 0, 3}}
	for i, w := range want {
		if d := math.Abs(got.X[i]-w[0]) + math.Abs(got.Y[i]-w[1]) + math.Abs(got.Z[i]-w[2]); d > 1e-12 {
			t.Errorf("point %d is %g %g %g, want %v", i, got.X[i], got.Y[i], got.Z[i], w)
		}
	}
}

// TestColours scales colours by their limits, else by their field's range.
func TestColours(t *testing.T) {
	proto := func(attrs string) string {
		s := `<cartesianX type="Float"/><cartesianY type="Float"/><cartesianZ type="Float"/>`
		for _, c := range []string{"Red", "Green", "Blue"} {
			s += "<color" + c + " " + attrs + "/>"
		}
		return s
	}
	limits := `<colorLimits>`
	for _, c := range []string{"Red", "Green", "Blue"} {
		limits += "<color" + c + "Minimum>0</color" + c + "Minimum><color" + c + "Maximum>1023</color" + c + "Maximum>"
	}
	limits += `</colorLimits>`
	xyz := floats(0, 0)
	for _, tc := range []struct {
		name, attrs, scan string
		stream            []byte
	}{
		{"8 bits", `type="Integer" minimum="0" maximum="255"`, "", []byte{255, 128}},
		{"16 bits", `type="Integer" minimum="0" maximum="65535"`, "", pack(16, 65535, 128*257)},
		{"limits", `type="Integer" minimum="0" maximum="65535"`, limits, pack(16, 1023, 513)},
		{"float", `type="Float"`, "", floats(1, 0.501)},
	} {
		b := built{prototype: proto(tc.attrs), scan: tc.scan, records: 2, packets: [][]byte{data(xyz, xyz, xyz, tc.stream, tc.stream, tc.stream)}}
		got, err := collect(mustOpen(t, b.bytes(t))[0])
		if err != nil || !reflect.DeepEqual(got.RGB, [][3]uint8{{255, 255, 255}, {128, 128, 128}}) {
			t.Errorf("%s: %v %v", tc.name, got.RGB, err)
		}
	}
}

// TestDamage breaks a file in many ways: each gives a FormatError that names the
// trouble, after the points that are good.
func TestDamage(t *testing.T) {
	good := func() built {
		return built{prototype: xyz3, records: 40, packets: [][]byte{data(pack(10, make([]uint64, 40)...), pack(17, make([]uint64, 40)...), nil)}}
	}
	var big pointstest.File
	if _, err := Write(&big, []ScanSource{{Next: deliver(randomPoints(4, 9000), 9000)}}, Options{}); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, says string
		raw        func() []byte
		points     int
	}{
		{"too few records", "ends after 40 of 41 records", func() []byte { b := good(); b.records = 41; return b.bytes(t) }, 40},
		{"streams short", "1 bytestreams for 3", func() []byte { b := good(); b.packets = [][]byte{data(nil)}; return b.bytes(t) }, 0},
		{"unknown packet", "unknown type 9", func() []byte { b := good(); b.packets[0][0] = 9; return b.bytes(t) }, 0},
		{"packet too long", "beyond its section", func() []byte { b := good(); b.packets[0][2] = 0xff; return b.bytes(t) }, 0},
		{"stream too long", "beyond its packet", func() []byte { b := good(); b.packets[0][7] = 0x10; return b.bytes(t) }, 0},
		{"minimum above maximum", "above maximum", func() []byte { b := good(); b.prototype = strings.Replace(xyz3, "-4", "4000", 1); return b.bytes(t) }, 0},
		{"scale not a number", "not a number", func() []byte { b := good(); b.prototype = strings.Replace(xyz3, "0.5", "half", 1); return b.bytes(t) }, 0},
		{"constant points without end", "take no bits", func() []byte {
			return built{records: 1 << 40, prototype: strings.ReplaceAll(`<cartesianX M/><cartesianY M/><cartesianZ M/>`, "M", `type="Integer" minimum="1" maximum="1"`)}.bytes(t)
		}, 0},
		{"byte changed", "checksum of page 20", func() []byte { b := bytes.Clone(big.B); b[20*pageSize+7] ^= 1; return b }, 0},
		{"byte changed further on", "checksum of page 200", func() []byte { b := bytes.Clone(big.B); b[200*pageSize+7] ^= 1; return b }, 5000},
		{"cut off", "cut off", func() []byte { return big.B[:5*pageSize] }, 0},
		{"XML broken", "XML", func() []byte { b := good(); b.scan = "<a></b>"; return b.bytes(t) }, 0},
		{"not E57", "does not begin", func() []byte { return bytes.Repeat([]byte("x"), 100) }, 0},
		{"header only", "fewer than a file header", func() []byte { return big.B[:40] }, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			raw := tc.raw()
			scans, err := Open(bytes.NewReader(raw), int64(len(raw)), formats.DefaultLimits())
			n := 0
			if err == nil {
				var got points.Chunk
				got, err = collect(scans[0])
				n = got.N
			}
			if !formats.IsDamaged(err) || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("error %v, want a FormatError that says %q", err, tc.says)
			}
			if n < tc.points {
				t.Errorf("%d points before the damage, want %d", n, tc.points)
			}
		})
	}
}

// TestIgnoreChecksums reads on and says which page was wrong.
func TestIgnoreChecksums(t *testing.T) {
	var f pointstest.File
	if _, err := Write(&f, []ScanSource{{Next: deliver(randomPoints(4, 9000), 9000)}}, Options{}); err != nil {
		t.Fatal(err)
	}
	f.B[20*pageSize+pageSize-1] ^= 0xff // the checksum itself
	file, err := OpenFile(bytes.NewReader(f.B), int64(len(f.B)), formats.DefaultLimits(), ReadOptions{IgnoreChecksums: true})
	if err != nil {
		t.Fatal(err)
	}
	got, err := collect(file.Scans[0])
	if err != nil || got.N != 9000 || !reflect.DeepEqual(file.BadPages(), []int64{20}) {
		t.Errorf("%d points, bad pages %v, %v", got.N, file.BadPages(), err)
	}
}

// TestNamesThatAreNotUTF8 reads a scan whose name was typed in another encoding.
func TestNamesThatAreNotUTF8(t *testing.T) {
	b := built{prototype: xyz3, scan: "<name>\xb2\xe2\xd5\xbe</name>"}
	if name := mustOpen(t, b.bytes(t))[0].Info().Name; !strings.Contains(name, "\ufffd") {
		t.Errorf("name %q", name)
	}
}

// FuzzOpen reads whatever comes: it must end, and not panic.
func FuzzOpen(f *testing.F) {
	var m pointstest.File
	if _, err := Write(&m, []ScanSource{{Info: points.ScanInfo{Name: "n", HasRGB: true, HasPose: true, WorldFromScan: tilted}, Next: deliver(randomPoints(4, 50), 50), Step: [3]float64{1e-3, 1e-3, 1e-3}}}, Options{}); err != nil {
		f.Fatal(err)
	}
	f.Add(m.B)
	f.Add(built{prototype: xyz3, records: 4, packets: [][]byte{data(pack(10, 1, 2, 3, 4), pack(17, 1, 2, 3, 4), nil)}}.bytes(f))
	f.Add([]byte(signature))
	lim := formats.Limits{MaxAllocB: 1 << 20, MaxItems: 1 << 10, MaxDepth: 8}
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, err := OpenFile(bytes.NewReader(raw), int64(len(raw)), lim, ReadOptions{IgnoreChecksums: true})
		if err != nil {
			return
		}
		for i, s := range file.Scans {
			if i == 3 {
				break
			}
			got, err := collect(s)
			if err != nil && !formats.IsDamaged(err) && !formats.IsUnsupported(err) {
				t.Fatal(err)
			}
			if int64(got.N+got.Invalid) > s.Info().Count {
				t.Fatalf("%d points, %d claimed", got.N, s.Info().Count)
			}
		}
	})
}

// BenchmarkRead reads points with colour and intensity, stored both ways.
func BenchmarkRead(b *testing.B) {
	const n = 1 << 18
	info := points.ScanInfo{HasRGB: true, HasIntensity: true}
	for name, src := range map[string]ScanSource{
		"single": {Info: info, Single: true},
		"scaled": {Info: info, Step: [3]float64{1e-5, 1e-5, 1e-5}, Min: [3]float64{-10, -10, 0}, Max: [3]float64{10, 10, 5}},
	} {
		src.Next = deliver(randomPoints(1, n), 1<<14)
		var f pointstest.File
		if _, err := Write(&f, []ScanSource{src}, Options{}); err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(f.B)))
			for b.Loop() {
				scans, err := Open(bytes.NewReader(f.B), int64(len(f.B)), formats.DefaultLimits())
				if err != nil {
					b.Fatal(err)
				}
				var c points.Chunk
				for err == nil {
					err = scans[0].Next(&c)
				}
				if err != io.EOF {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds()/1e6, "Mpoints/s")
		})
	}
}
