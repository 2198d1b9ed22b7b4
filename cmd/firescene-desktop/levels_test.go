//go:build cgo && linux

package main

import (
	"context"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"firescene/formats"
	"firescene/recon/octree"
	"firescene/render"

	"gonum.org/v1/gonum/spatial/r3"
)

// floorCOPC writes n points on a floor of 20 x 20 m as a COPC file.
func floorCOPC(t *testing.T, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "floor.copc.laz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	i, record := 0, make([]byte, 36)
	next := func() ([]byte, error) {
		if i >= n {
			return nil, io.EOF
		}
		// A lattice by the golden ratio: even, and in no order.
		x := uint32(i) * 2654435769
		binary.LittleEndian.PutUint32(record[0:], uint32(float64(x)/(1<<32)*20000))
		binary.LittleEndian.PutUint32(record[4:], uint32(float64(i)/float64(n)*20000))
		binary.LittleEndian.PutUint16(record[30:], uint16(i)<<8)
		record[14] = 0x11
		i++
		return record, nil
	}
	scratch := func() (octree.Scratch, error) { return os.CreateTemp(filepath.Dir(path), "s") }
	if _, err := octree.Build(context.Background(), f, octree.BuildOptions{PointFormat: 7, RecordB: 36, Scale: [3]float64{.001, .001, .001}, Scratch: scratch, LeafPoints: 5000}, next); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestLevels asks for views of an octree: the whole from afar, a corner from near, and
// fewer points while it moves.
func TestLevels(t *testing.T) {
	const n = 300_000
	path := floorCOPC(t, n)
	woken := make(chan struct{}, 10000)
	l, err := openLevels(path, "rgb", func() { woken <- struct{}{} })
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if e := l.Extent(); l.Points() != n || e.HalfM.X < 9 || e.HalfM.X > 11 {
		t.Errorf("%d points, extent %+v", l.Points(), e)
	}
	settle := func(v render.View, budget int) int {
		t.Helper()
		for range 10000 {
			p, more := l.Choose(v, budget)
			if p == nil {
				t.Fatal("no points")
			}
			if !more {
				return l.drawn
			}
			select {
			case <-woken:
			case <-time.After(10 * time.Second):
				t.Fatal("no cell was read in ten seconds")
			}
		}
		t.Fatal("the view does not settle")
		return 0
	}
	afar := render.View{Eye: r3.Vec{X: 10, Y: 10, Z: 200}, Target: r3.Vec{X: 10, Y: 10}, Up: r3.Vec{Y: 1}, FovYDeg: 45, WidthPx: 640, HeightPx: 480}
	near := render.View{Eye: r3.Vec{X: 1, Y: 1, Z: 2}, Target: r3.Vec{X: 1, Y: 1}, Up: r3.Vec{Y: 1}, FovYDeg: 45, WidthPx: 640, HeightPx: 480}
	whole := afar
	whole.Eye.Z = 30
	all := settle(whole, 10*n)
	if all < n*9/10 || all > n {
		t.Errorf("the whole from 30 m shows %d of %d points", all, n)
	}
	if got := settle(afar, 10*n); got > n/4 || got < 1000 {
		t.Errorf("from 200 m %d points are drawn, of %d", got, n)
	}
	if got := settle(near, 10*n); got > n/3 || got < 500 {
		t.Errorf("a corner from 2 m shows %d points, of %d", got, n)
	}
	if got := settle(whole, n/10); got > n/10 || got < n/40 {
		t.Errorf("with a budget of %d points %d are drawn", n/10, got)
	}
	plan := render.View{Eye: r3.Vec{X: 10, Y: 10, Z: 10}, Target: r3.Vec{X: 10, Y: 10}, Up: r3.Vec{Y: 1}, OrthoHeightM: 25, WidthPx: 3000, HeightPx: 2500}
	if got := settle(plan, 10*n); got != n {
		t.Errorf("the plan shows %d points, of %d", got, n)
	}
	plan.Clip = &render.Clip{Centre: r3.Vec{X: 1, Y: 1}, HalfM: r3.Vec{X: 1, Y: 1, Z: 1}}
	if got := settle(plan, 10*n); got > n/2 {
		t.Errorf("cut to 2 x 2 m the plan shows %d points, of %d", got, n)
	}
}

// TestLevelsDamaged reads a file with a damaged cell: the others are shown.
func TestLevelsDamaged(t *testing.T) {
	path := floorCOPC(t, 60_000)
	good, err := openLevels(path, "rgb", func() {})
	if err != nil {
		t.Fatal(err)
	}
	var at int64
	for k, c := range good.cells {
		if k.Level == 1 {
			at = max(at, c.OffsetB)
		}
	}
	good.Close()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		b[int(at)+40+i] ^= 0xA5
	}
	bad := filepath.Join(t.TempDir(), "bad.copc.laz")
	writeFile(t, bad, b)
	var reads atomic.Int64
	l, err := openLevels(bad, "rgb", func() { reads.Add(1) })
	if err != nil {
		if !isFormat(err) {
			t.Fatal(err)
		}
		return // the damaged cell is among those that tell the extent
	}
	defer l.Close()
	v := render.View{Eye: r3.Vec{X: 10, Y: 10, Z: 20}, Target: r3.Vec{X: 10, Y: 10}, Up: r3.Vec{Y: 1}, FovYDeg: 60, WidthPx: 2000, HeightPx: 2000}
	for range 500 {
		if _, more := l.Choose(v, 1<<30); !more {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if l.Trouble() == nil || l.drawn < 1000 || l.drawn >= 60_000 {
		t.Errorf("trouble %v, %d points drawn", l.Trouble(), l.drawn)
	}
}

func isFormat(err error) bool {
	_, ok := err.(*formats.FormatError)
	return ok
}
