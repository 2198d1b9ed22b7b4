package feature

const (
	equaliseTiles = 8   // along the longer side
	equaliseBins  = 256 // of a tile's histogram
	equaliseGain  = 4.0 // largest gain of contrast
)

// Equalised returns the photo with the contrast of each part brought up where it
// is low, by at most equaliseGain, so that noise stays bounded: contrast-limited
// adaptive histogram equalisation (K. Zuiderveld, Contrast limited adaptive
// histogram equalization, Graphics Gems IV, 1994). Brightness keeps its order
// within every part. buf is used for the result where it is large enough.
func Equalised(img Gray, buf []float32) Gray {
	out := Gray{W: img.W, H: img.H, Pix: buf}
	if cap(buf) < img.W*img.H {
		out.Pix = make([]float32, img.W*img.H)
	}
	out.Pix = out.Pix[:img.W*img.H]
	if img.W == 0 || img.H == 0 {
		return out
	}
	side := max(1, (max(img.W, img.H)+equaliseTiles-1)/equaliseTiles)
	nx, ny := max(1, (img.W+side/2)/side), max(1, (img.H+side/2)/side)
	curves := make([]toneCurve, nx*ny)
	for j := range ny {
		for i := range nx {
			curves[j*nx+i].fill(img, i*img.W/nx, j*img.H/ny, (i+1)*img.W/nx, (j+1)*img.H/ny)
		}
	}
	// Each pixel mixes the curves of the four tiles whose centres surround it.
	cols := make([]between, img.W)
	for x := range cols {
		cols[x] = betweenCentres(x, img.W, nx)
	}
	for y := range img.H {
		row := betweenCentres(y, img.H, ny)
		src, dst := img.Pix[y*img.W:(y+1)*img.W], out.Pix[y*img.W:(y+1)*img.W]
		for x, v := range src {
			c := &cols[x]
			top := curves[row.lo*nx+c.lo].at(v)*(1-c.part) + curves[row.lo*nx+c.hi].at(v)*c.part
			low := curves[row.hi*nx+c.lo].at(v)*(1-c.part) + curves[row.hi*nx+c.hi].at(v)*c.part
			dst[x] = top*(1-row.part) + low*row.part
		}
	}
	return out
}

// between is a place between two tile centres.
type between struct {
	lo, hi int
	part   float32
}

func betweenCentres(x, size, tiles int) between {
	t := (float32(x)+0.5)*float32(tiles)/float32(size) - 0.5
	if t <= 0 {
		return between{}
	}
	lo := int(t)
	if lo >= tiles-1 {
		return between{lo: tiles - 1, hi: tiles - 1}
	}
	return between{lo, lo + 1, t - float32(lo)}
}

// toneCurve maps brightness at the bin borders; it is straight in between, so
// that it adds no steps.
type toneCurve [equaliseBins + 1]float32

func (c *toneCurve) at(v float32) float32 {
	t := v * equaliseBins
	i := int(t)
	if i < 0 {
		return c[0]
	}
	if i >= equaliseBins {
		return c[equaliseBins]
	}
	return c[i] + (t-float32(i))*(c[i+1]-c[i])
}

// fill sums up the tile's histogram with its bins cut off at the largest gain.
// What was cut off is spread over all bins, as long as some are below it.
func (c *toneCurve) fill(img Gray, x0, y0, x1, y1 int) {
	var count [equaliseBins]int
	for y := y0; y < y1; y++ {
		for _, v := range img.Pix[y*img.W+x0 : y*img.W+x1] {
			count[min(max(int(v*equaliseBins), 0), equaliseBins-1)]++
		}
	}
	n := (x1 - x0) * (y1 - y0)
	limit := equaliseGain * float32(n) / equaliseBins
	var height [equaliseBins]float32
	over := float32(0)
	for i, k := range count {
		height[i] = min(float32(k), limit)
		over += float32(k) - height[i]
	}
	for range 4 {
		share, rest := over/equaliseBins, float32(0)
		for i := range height {
			h := height[i] + share
			height[i] = min(h, limit)
			rest += h - height[i]
		}
		over = rest
	}
	sum := float32(0)
	for i, h := range height {
		c[i] = sum
		sum += h / float32(n)
	}
	c[equaliseBins] = sum
}
