package splat

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
)

// Camera is the projection of one picture. Axes are unit vectors in the cloud's
// frame and Eye is relative to the cloud's origin. A point p has
// x = Right.(p-Eye), y = Down.(p-Eye), depth = Forward.(p-Eye), and lands on
// column Width/2 + x s, row Height/2 + y s with s = FocalPx/depth, or s = FocalPx
// for a parallel projection.
type Camera struct {
	Eye, Right, Down, Forward [3]float32
	FocalPx                   float32
	Parallel                  bool
	Near                      float32 // points nearer than this are not drawn
	Width, Height             int
	Fill                      float32 // width of a disc in gaps between points
	MaxDiscPx                 float32 // widest radius; 0 means 24
	// HasClip keeps only points p with |ClipAxis[k].p - ClipMid[k]| <= ClipHalf[k].
	HasClip  bool
	ClipAxis [3][3]float32
	ClipMid  [3]float32
	ClipHalf [3]float32
}

// Buffer holds a picture while it is drawn and is reused from frame to frame.
type Buffer struct {
	Width, Height int
	cells         []uint64 // depth as float bits << 32 | red << 16 | green << 8 | blue
	seen          []seenBlock
}

const empty = math.MaxUint64

// seenBlock is a block that can touch rows top..bottom of the picture.
type seenBlock struct {
	index       int32
	clip        bool // points must be held against the clip box one by one
	top, bottom int32
}

// Draw clears the buffer and draws the cloud with the given number of workers.
//
// The picture is cut into bands of rows, each drawn by one worker from the blocks
// that touch it, so that no two write to the same pixel.
func (b *Buffer) Draw(c *Cloud, cam Camera, workers int) error {
	if cam.Width <= 0 || cam.Height <= 0 || cam.Width > 1<<16 || cam.Height > 1<<16 {
		return fmt.Errorf("drawing points: a picture of %dx%d pixels", cam.Width, cam.Height)
	}
	if !(cam.Near > 0) || !(cam.FocalPx > 0) || !(cam.Fill > 0) {
		return fmt.Errorf("drawing points: near plane %g, focal length %g and fill %g must be positive", cam.Near, cam.FocalPx, cam.Fill)
	}
	if cam.MaxDiscPx <= 0 {
		cam.MaxDiscPx = 24
	}
	c.flatten()
	b.Width, b.Height = cam.Width, cam.Height
	if need := cam.Width * cam.Height; cap(b.cells) < need {
		b.cells = make([]uint64, need)
	} else {
		b.cells = b.cells[:need]
	}
	b.seen = b.seen[:0]
	for i, k := range c.blocks {
		if s, ok := cam.sees(k); ok {
			s.index = int32(i)
			b.seen = append(b.seen, s)
		}
	}
	workers = max(workers, 1)
	bands := 1
	if workers > 1 {
		bands = 4 * workers
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				k := int(next.Add(1)) - 1
				if k >= bands {
					return
				}
				p := painter{cells: b.cells, cam: &cam, top: cam.Height * k / bands, bottom: cam.Height*(k+1)/bands - 1}
				p.band(c, b.seen)
			}
		})
	}
	wg.Wait()
	return nil
}

// Resolve writes the picture as RGBA bytes and depths along the viewing direction;
// a pixel without a point has colour 0 0 0 0 and depth 0. Both slices hold
// Width*Height pixels.
func (b *Buffer) Resolve(rgba []byte, depth []float32, workers int) {
	var wg sync.WaitGroup
	n, workers := len(b.cells), max(workers, 1)
	for w := range workers {
		wg.Go(func() {
			for i := n * w / workers; i < n*(w+1)/workers; i++ {
				v := b.cells[i]
				px := rgba[4*i : 4*i+4 : 4*i+4]
				if v == empty {
					px[0], px[1], px[2], px[3], depth[i] = 0, 0, 0, 0, 0
					continue
				}
				px[0], px[1], px[2], px[3] = byte(v>>16), byte(v>>8), byte(v), 255
				depth[i] = math.Float32frombits(uint32(v >> 32))
			}
		})
	}
	wg.Wait()
}

func dot(a, b [3]float32) float32 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

func abs(v float32) float32 { return max(v, -v) }

func absDot(a, b [3]float32) float32 {
	return abs(a[0]*b[0]) + abs(a[1]*b[1]) + abs(a[2]*b[2])
}

// sees judges a block by its box: behind the eye, beside the picture, out of the
// clip box, or seen, and then in which rows.
func (cam *Camera) sees(b block) (seenBlock, bool) {
	s := seenBlock{top: 0, bottom: int32(cam.Height - 1)}
	at := [3]float32{b.centre[0] - cam.Eye[0], b.centre[1] - cam.Eye[1], b.centre[2] - cam.Eye[2]}
	z, zr := dot(cam.Forward, at), absDot(cam.Forward, b.half)
	if z+zr < cam.Near {
		return s, false
	}
	if cam.HasClip {
		for k, axis := range cam.ClipAxis {
			d, r := abs(dot(axis, b.centre)-cam.ClipMid[k]), absDot(axis, b.half)
			if d-r > cam.ClipHalf[k] {
				return s, false
			}
			s.clip = s.clip || d+r > cam.ClipHalf[k]
		}
	}
	if !cam.Parallel && z-zr < cam.Near {
		return s, true
	}
	near, far := float32(1), float32(1)
	if !cam.Parallel {
		near, far = z-zr, z+zr
	}
	// The span of the box across the picture, over both of its depths.
	span := func(axis [3]float32, size int) (lo, hi float32) {
		m, r := dot(axis, at), absDot(axis, b.half)
		lo = min((m-r)/near, (m-r)/far)*cam.FocalPx + float32(size)/2 - cam.MaxDiscPx
		hi = max((m+r)/near, (m+r)/far)*cam.FocalPx + float32(size)/2 + cam.MaxDiscPx
		return lo, hi
	}
	w, h := float32(cam.Width), float32(cam.Height)
	if lo, hi := span(cam.Right, cam.Width); lo > w || hi < 0 {
		return s, false
	}
	lo, hi := span(cam.Down, cam.Height)
	if lo > h || hi < 0 {
		return s, false
	}
	s.top, s.bottom = int32(max(lo, 0)), int32(min(hi, h-1))
	return s, true
}

// painter draws into rows top..bottom.
type painter struct {
	cells       []uint64
	cam         *Camera
	top, bottom int
}

func (p *painter) band(c *Cloud, seen []seenBlock) {
	w := p.cam.Width
	mine := p.cells[p.top*w : (p.bottom+1)*w]
	for i := range mine {
		mine[i] = empty
	}
	for _, s := range seen {
		if int(s.bottom) >= p.top && int(s.top) <= p.bottom {
			from := int(s.index) * blockPoints
			p.block(c, from, min(from+blockPoints, len(c.Size)), s.clip)
		}
	}
}

// block draws points from..to.
func (p *painter) block(c *Cloud, from, to int, clip bool) {
	cam := p.cam
	r, d, f := cam.Right, cam.Down, cam.Forward
	re, de, fe := dot(r, cam.Eye), dot(d, cam.Eye), dot(f, cam.Eye)
	w := float32(cam.Width)
	midX, midY := w/2, float32(cam.Height)/2
	top, bottom := float32(p.top), float32(p.bottom+1)
	halfFill, scale := cam.Fill/2, cam.FocalPx
	for i := from; i < to; i++ {
		q := c.XYZ[3*i : 3*i+3 : 3*i+3]
		x, y, z := q[0], q[1], q[2]
		depth := f[0]*x + f[1]*y + f[2]*z - fe
		if depth < cam.Near || clip && !cam.keeps(x, y, z) {
			continue
		}
		if !cam.Parallel {
			scale = cam.FocalPx / depth
		}
		sizeM := c.SizeM[c.Size[i]] * halfFill
		rad := min(sizeM*scale, cam.MaxDiscPx)
		sy := (d[0]*x+d[1]*y+d[2]*z-de)*scale + midY
		if sy <= top-rad || sy >= bottom+rad {
			continue
		}
		sx := (r[0]*x+r[1]*y+r[2]*z-re)*scale + midX
		if sx <= -rad || sx >= w+rad {
			continue
		}
		rgb := c.RGB[3*i : 3*i+3 : 3*i+3]
		colour := uint64(rgb[0])<<16 | uint64(rgb[1])<<8 | uint64(rgb[2])
		if rad > 0.75 {
			p.disc(sx, sy, rad, depth, sizeM*c.Steep(c.Size[i]), colour)
		} else if sx >= 0 && sx < w && sy >= top && sy < bottom {
			cell := &p.cells[int(sy)*cam.Width+int(sx)]
			*cell = min(*cell, uint64(math.Float32bits(depth))<<32|colour)
		}
	}
}

func (cam *Camera) keeps(x, y, z float32) bool {
	a := &cam.ClipAxis
	return abs(a[2][0]*x+a[2][1]*y+a[2][2]*z-cam.ClipMid[2]) <= cam.ClipHalf[2] &&
		abs(a[0][0]*x+a[0][1]*y+a[0][2]*z-cam.ClipMid[0]) <= cam.ClipHalf[0] &&
		abs(a[1][0]*x+a[1][1]*y+a[1][2]*z-cam.ClipMid[1]) <= cam.ClipHalf[1]
}

// disc draws a disc that bulges toward the eye by half of bulgeM, so that where two
// overlap each keeps the pixels nearest to its own centre.
func (p *painter) disc(sx, sy, rad, depth, bulgeM float32, colour uint64) {
	w := p.cam.Width
	x0, x1 := max(int(sx-rad), 0), min(int(sx+rad), w-1)
	y0, y1 := max(int(sy-rad), p.top), min(int(sy+rad), p.bottom)
	r2 := rad * rad
	bulge := bulgeM / 2 / r2
	first := float32(x0) + 0.5 - sx
	for y := y0; y <= y1; y++ {
		dy := float32(y) + 0.5 - sy
		dy2 := dy * dy
		if dy2 > r2 || x1 < x0 {
			continue
		}
		row := p.cells[y*w+x0 : y*w+x1+1]
		dx := first
		for i := range row {
			if d2 := dx*dx + dy2; d2 <= r2 {
				if v := uint64(math.Float32bits(depth+bulge*d2))<<32 | colour; v < row[i] {
					row[i] = v
				}
			}
			dx++
		}
	}
}
