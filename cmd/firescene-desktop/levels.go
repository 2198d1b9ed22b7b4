//go:build cgo

package main

import (
	"cmp"
	"container/heap"
	"maps"
	"math"
	"os"
	"slices"
	"sync"

	"firescene/formats"
	"firescene/formats/copc"
	"firescene/formats/laz"
	"firescene/formats/points"
	"firescene/recon"
	"firescene/render"
	"firescene/render/scene"
	"firescene/render/splat"
	"firescene/render/ui"

	"gonum.org/v1/gonum/spatial/r3"
)

const (
	maxHeldPoints = 14_000_000 // of all cells in memory, 16 bytes each
	wantedGapPx   = 1.2        // a cell is refined while its points stand further apart in the picture
)

// levels is a COPC file of any size, drawn by the cells that a view needs. Cells are
// read beside the window, those that matter most first, and kept while there is room.
type levels struct {
	disk   *os.File
	file   *copc.File
	colour string
	origin [3]float64
	of     *recon.Cloud // the coarsest points, which stand for the whole
	extent scene.Extent
	low    float32 // heights between which colours by height run
	high   float32
	bright float64 // intensity that is shown white
	cells  map[copc.Key]copc.Node
	wake   func()

	mu      sync.Mutex
	more    *sync.Cond
	held    map[copc.Key]*heldCell
	points  int
	drawn   int // points of the cells chosen last
	clock   int64
	wanted  []copc.Key // to be read, most needed first
	closed  bool
	trouble error
	damaged map[copc.Key]bool
}

// heldCell is a cell in memory, its points apart by its eighths: where a finer cell is
// shown, the points of this one must not be drawn larger than those.
type heldCell struct {
	eighth [8]*splat.Piece
	points int
	used   int64
}

// hold sorts the points of a cell into its eighths.
func (l *levels) hold(key copc.Key, xyz []float32, rgb []uint8) *heldCell {
	b := l.file.Info.Bounds(key)
	var mid [3]float32
	for k := range 3 {
		mid[k] = float32((b.Min[k]+b.Max[k])/2 - l.origin[k])
	}
	h := &heldCell{points: len(xyz) / 3}
	var at [8][]float32
	var colour [8][]uint8
	for i := range h.points {
		p, e := xyz[3*i:3*i+3], 0
		for k := range 3 {
			if p[k] >= mid[k] {
				e |= 1 << k
			}
		}
		at[e], colour[e] = append(at[e], p...), append(colour[e], rgb[3*i:3*i+3]...)
	}
	for e := range 8 {
		h.eighth[e] = splat.NewPiece(at[e], colour[e])
	}
	return h
}

// openLevels opens a COPC file; wake is called from another goroutine whenever a cell
// has been read. A file that is not COPC gives a *formats.UnsupportedError.
func openLevels(path, colour string, wake func()) (*levels, error) {
	disk, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	l := &levels{disk: disk, colour: colour, wake: wake, cells: map[copc.Key]copc.Node{}, held: map[copc.Key]*heldCell{}, damaged: map[copc.Key]bool{}}
	l.more = sync.NewCond(&l.mu)
	if err := l.begin(); err != nil {
		disk.Close()
		return nil, err
	}
	go l.read()
	return l, nil
}

func (l *levels) begin() error {
	info, err := l.disk.Stat()
	if err != nil {
		return err
	}
	if l.file, err = copc.Open(l.disk, info.Size(), formats.DefaultLimits()); err != nil {
		return err
	}
	nodes, err := l.file.Nodes(nil, 31)
	if err != nil {
		return err
	}
	for _, n := range nodes {
		l.cells[n.Key] = n
	}
	l.origin = l.file.Info.Center
	// The coarse levels tell where the place is.
	l.of = &recon.Cloud{Origin: r3.Vec{X: l.origin[0], Y: l.origin[1], Z: l.origin[2]}}
	r := l.file.NewReader(laz.NeedAll)
	var c points.Chunk
	var intensity []float32
	l.bright = 1
	for _, n := range nodes {
		if l.of.Len() > 100_000 {
			break
		}
		if err := r.Chunk(n, &c); err != nil {
			return err
		}
		intensity = append(intensity, c.Intensity...)
		xyz, _ := l.columns(&c)
		l.of.XYZ = append(l.of.XYZ, xyz...)
	}
	if l.of.Len() == 0 {
		return &formats.FormatError{Format: "COPC", Reason: "the file holds no points", Next: "export the cloud again"}
	}
	if n := len(intensity); n > 0 {
		slices.Sort(intensity)
		l.bright = max(float64(intensity[n-1-n/50]), 1e-6)
	}
	l.extent = scene.Survey(l.asDense(nodes))
	l.low, l.high = ui.Heights(l.of)
	return nil
}

// asDense samples the coarse points as densely as the file's points lie: coarse levels
// are even, so that what a scanner saw far away would count for as much as the place
// where it stood.
func (l *levels) asDense(nodes []copc.Node) *recon.Cloud {
	const level, sample = 5, 200_000
	edge := 2 * l.file.Info.Half / (1 << level)
	low := -l.file.Info.Half // relative to the origin, which is the cube's centre
	cellOf := func(p []float32) copc.Key {
		at := func(k int) int32 {
			return int32(min(max((float64(p[k])-low)/edge, 0), 1<<level-1))
		}
		return copc.Key{Level: level, X: at(0), Y: at(1), Z: at(2)}
	}
	points := map[copc.Key][]int{}
	for i := range l.of.Len() {
		k := cellOf(l.of.XYZ[3*i : 3*i+3])
		points[k] = append(points[k], i)
	}
	count, total := map[copc.Key]int64{}, int64(0)
	for _, n := range nodes {
		if n.Level >= level {
			d := n.Level - level
			count[copc.Key{Level: level, X: n.X >> d, Y: n.Y >> d, Z: n.Z >> d}] += n.Points
			total += n.Points
		}
	}
	if total < sample/4 {
		return l.of // what is there is nearly all
	}
	keys := slices.SortedFunc(maps.Keys(points), func(a, b copc.Key) int {
		return cmp.Or(cmp.Compare(a.Z, b.Z), cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X))
	})
	out := &recon.Cloud{Origin: l.of.Origin}
	for _, k := range keys {
		of := points[k]
		for i := range int(count[k] * sample / total) {
			at := 3 * of[i%len(of)]
			out.XYZ = append(out.XYZ, l.of.XYZ[at:at+3]...)
		}
	}
	if out.Len() == 0 {
		return l.of
	}
	return out
}

// columns gives the points of a cell relative to the origin, with the colours that
// were asked for.
func (l *levels) columns(c *points.Chunk) (xyz []float32, rgb []uint8) {
	xyz, rgb = make([]float32, 3*c.N), make([]uint8, 3*c.N)
	for i := range c.N {
		xyz[3*i], xyz[3*i+1], xyz[3*i+2] = float32(c.X[i]-l.origin[0]), float32(c.Y[i]-l.origin[1]), float32(c.Z[i]-l.origin[2])
		switch {
		case l.colour == "height":
			copy(rgb[3*i:], ui.Ramp(float64((xyz[3*i+2]-l.low)/max(l.high-l.low, 1e-6))))
		case len(c.RGB) == c.N && l.colour != "intensity":
			copy(rgb[3*i:], c.RGB[i][:])
		case len(c.Intensity) == c.N:
			g := uint8(math.Round(255 * min(max(float64(c.Intensity[i])/l.bright, 0), 1)))
			rgb[3*i], rgb[3*i+1], rgb[3*i+2] = g, g, g
		default:
			rgb[3*i], rgb[3*i+1], rgb[3*i+2] = 190, 190, 190
		}
	}
	return xyz, rgb
}

// Close ends the reading.
func (l *levels) Close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.more.Broadcast()
}

// Extent is the extent of the place, strays left out.
func (l *levels) Extent() scene.Extent { return l.extent }

// Points is the number of points of the file.
func (l *levels) Points() int64 { return l.file.Header.Count }

// Trouble is the first cell that could not be read, with the reason; nil when all
// could.
func (l *levels) Trouble() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.trouble
}

// read reads cells as they are wanted, until Close.
func (l *levels) read() {
	defer l.disk.Close()
	r := l.file.NewReader(laz.NeedAll)
	var c points.Chunk
	for {
		l.mu.Lock()
		for len(l.wanted) == 0 && !l.closed {
			l.more.Wait()
		}
		if l.closed {
			l.mu.Unlock()
			return
		}
		key := l.wanted[0]
		l.wanted = l.wanted[1:]
		l.mu.Unlock()
		err := r.Chunk(l.cells[key], &c)
		var cell *heldCell
		if err == nil {
			xyz, rgb := l.columns(&c)
			cell = l.hold(key, xyz, rgb)
		}
		l.mu.Lock()
		if err != nil {
			l.damaged[key] = true
			if l.trouble == nil {
				l.trouble = err
			}
		} else if l.held[key] == nil {
			cell.used = l.clock
			l.held[key] = cell
			l.points += cell.points
			l.makeRoom()
		}
		l.mu.Unlock()
		l.wake()
	}
}

// makeRoom drops cells that no picture has shown for longest.
func (l *levels) makeRoom() {
	if l.points <= maxHeldPoints {
		return
	}
	keys := make([]copc.Key, 0, len(l.held))
	for k, h := range l.held {
		if h.used < l.clock {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b copc.Key) int { return int(l.held[a].used - l.held[b].used) })
	for _, k := range keys {
		if l.points <= maxHeldPoints*9/10 {
			return
		}
		l.points -= l.held[k].points
		delete(l.held, k)
	}
}

// candidate is a cell that a view may show.
type candidate struct {
	key   copc.Key
	gapPx float64 // between its points, in the picture
}

type candidates []candidate

func (c candidates) Len() int           { return len(c) }
func (c candidates) Less(i, j int) bool { return c[i].gapPx > c[j].gapPx }
func (c candidates) Swap(i, j int)      { c[i], c[j] = c[j], c[i] }
func (c *candidates) Push(x any)        { *c = append(*c, x.(candidate)) }
func (c *candidates) Pop() any {
	old := *c
	x := old[len(old)-1]
	*c = old[:len(old)-1]
	return x
}

// Choose gives the points to draw for a view, at most about budget of them, and
// whether better ones are being read. Cells are taken coarse first where the gaps
// between their points are widest in the picture.
func (l *levels) Choose(v render.View, budget int) (*scene.Prepared, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clock++
	var chosen []copc.Key
	var wanted []copc.Key
	shown := map[copc.Key]bool{}
	todo := &candidates{}
	l.push(todo, copc.Key{}, v)
	total := 0
	for todo.Len() > 0 {
		c := heap.Pop(todo).(candidate)
		node, exists := l.cells[c.key]
		if exists {
			if total > 0 && total+int(node.Points) > budget {
				break
			}
			h := l.held[c.key]
			if h == nil {
				if !l.damaged[c.key] {
					wanted = append(wanted, c.key)
					total += int(node.Points)
				}
				continue
			}
			h.used = l.clock
			total += h.points
			chosen, shown[c.key] = append(chosen, c.key), true
		}
		if c.gapPx > wantedGapPx && c.key.Level < 30 {
			for i := range 8 {
				l.push(todo, c.key.Child(i), v)
			}
		}
	}
	l.wanted, l.drawn = wanted, 0
	for _, k := range chosen {
		l.drawn += l.held[k].points
	}
	if len(wanted) > 0 {
		l.more.Signal()
	}
	return l.join(chosen, shown), len(wanted) > 0
}

// push takes a cell into consideration when the file has it or cells below it that
// can be in the picture.
func (l *levels) push(todo *candidates, key copc.Key, v render.View) {
	if _, ok := l.cells[key]; !ok && key.Level > 0 {
		return // the hierarchy of a COPC file has no holes
	}
	b := l.file.Info.Bounds(key)
	mid := r3.Vec{X: (b.Min[0] + b.Max[0]) / 2, Y: (b.Min[1] + b.Max[1]) / 2, Z: (b.Min[2] + b.Max[2]) / 2}
	radius := (b.Max[0] - b.Min[0]) * math.Sqrt(3) / 2
	if v.Clip != nil && outside(mid, radius, v.Clip) {
		return
	}
	forward := r3.Unit(r3.Sub(v.Target, v.Eye))
	off := r3.Sub(mid, v.Eye)
	depth := r3.Dot(off, forward)
	gap := l.file.Info.Spacing / math.Exp2(float64(key.Level))
	aspect := float64(v.WidthPx) / float64(v.HeightPx)
	if v.OrthoHeightM > 0 {
		across := r3.Norm(r3.Sub(off, r3.Scale(depth, forward)))
		if across-radius > v.OrthoHeightM/2*math.Hypot(1, aspect) {
			return
		}
		heap.Push(todo, candidate{key, gap / v.OrthoHeightM * float64(v.HeightPx)})
		return
	}
	half := math.Tan(v.FovYDeg / 2 * math.Pi / 180)
	if depth+radius <= 0 {
		return
	}
	across := r3.Norm(r3.Sub(off, r3.Scale(depth, forward)))
	cone := math.Atan(half * math.Hypot(1, aspect))
	if across*math.Cos(cone)-depth*math.Sin(cone) > radius {
		return
	}
	near := max(r3.Norm(off)-radius, 0.05*radius)
	heap.Push(todo, candidate{key, gap / near / (2 * half) * float64(v.HeightPx)})
}

// outside says that a ball lies outside a clip box.
func outside(mid r3.Vec, radius float64, c *render.Clip) bool {
	s, cs := math.Sincos(c.YawDeg * math.Pi / 180)
	d := r3.Sub(mid, c.Centre)
	x, y := math.Abs(cs*d.X+s*d.Y), math.Abs(-s*d.X+cs*d.Y)
	return x-radius > c.HalfM.X || y-radius > c.HalfM.Y || math.Abs(d.Z)-radius > c.HalfM.Z
}

// Gaps between points are told apart in steps of a sixth of a doubling, about the
// spacing of the coarsest level.
const (
	gapSteps  = 6
	coarseGap = 110 // index of that spacing
)

// join puts the chosen cells together. The points of an eighth of a cell close the
// gaps of the finest points that are shown all over it, or their own.
func (l *levels) join(chosen []copc.Key, shown map[copc.Key]bool) *scene.Prepared {
	gaps := make([]float32, splat.MaxGaps)
	for i := range gaps {
		gaps[i] = float32(l.file.Info.Spacing * math.Exp2(float64(i-coarseGap)/gapSteps))
	}
	memory := map[copc.Key][8]float64{}
	var own func(k copc.Key) [8]float64
	own = func(k copc.Key) [8]float64 {
		if g, ok := memory[k]; ok {
			return g
		}
		var g [8]float64
		spacing := l.file.Info.Spacing / math.Exp2(float64(k.Level))
		for e := range 8 {
			g[e] = min(max(float64(l.held[k].eighth[e].GapM()), spacing), 3*spacing)
			if child := k.Child(e); shown[child] {
				g[e] = min(g[e], 1.5*l.meanGap(child, own(child)))
			}
		}
		memory[k] = g
		return g
	}
	var pieces []*splat.Piece
	var gapOf []splat.Gap
	for _, k := range chosen {
		g := own(k)
		for e, p := range l.held[k].eighth {
			if p.Len() > 0 {
				q := coarseGap + math.Round(gapSteps*math.Log2(g[e]/l.file.Info.Spacing))
				pieces, gapOf = append(pieces, p), append(gapOf, splat.Gap{Index: uint8(min(max(q, 0), splat.MaxGaps-1)), Behind: shown[k.Child(e)]})
			}
		}
	}
	return scene.PreparedOf(l.of, splat.Join(l.origin, pieces, gaps, gapOf), l.extent)
}

// meanGap is the gap at most of a cell's points.
func (l *levels) meanGap(k copc.Key, gaps [8]float64) float64 {
	sum, n := 0.0, 0
	for e, p := range l.held[k].eighth {
		sum, n = sum+gaps[e]*float64(p.Len()), n+p.Len()
	}
	return sum / float64(max(n, 1))
}

var _ ui.Levels = (*levels)(nil)
