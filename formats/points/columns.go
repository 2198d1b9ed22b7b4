package points

// Columns is memory for a codec's chunks, grown once and reused.
type Columns struct {
	x, y, z []float64
	rgb     [][3]uint8
	inten   []float32
	normal  [][3]float32
	n       int
	info    *ScanInfo
	Invalid int // records skipped so far in this chunk
}

// NewColumns returns columns for size points of a scan.
func NewColumns(info *ScanInfo, size int) *Columns {
	c := &Columns{info: info, x: make([]float64, size), y: make([]float64, size), z: make([]float64, size)}
	if info.HasRGB {
		c.rgb = make([][3]uint8, size)
	}
	if info.HasIntensity {
		c.inten = make([]float32, size)
	}
	if info.HasNormal {
		c.normal = make([][3]float32, size)
	}
	return c
}

// Reset forgets the points.
func (c *Columns) Reset() { c.n, c.Invalid = 0, 0 }

// Full reports whether no point fits.
func (c *Columns) Full() bool { return c.n == len(c.x) }

// Len is how many points there are.
func (c *Columns) Len() int { return c.n }

// Add appends a point and returns its number. A point that is not finite counts as
// invalid and gives -1.
func (c *Columns) Add(x, y, z float64) int {
	if s := x + y + z; s-s != 0 {
		c.Invalid++
		return -1
	}
	i := c.n
	c.x[i], c.y[i], c.z[i] = x, y, z
	c.n++
	return i
}

// RGB, Intensity and Normal set a column of point i.
func (c *Columns) RGB(i int, v [3]uint8) { c.rgb[i] = v }

// Intensity sets the intensity of point i.
func (c *Columns) Intensity(i int, v float32) { c.inten[i] = v }

// Normal sets the normal of point i.
func (c *Columns) Normal(i int, v [3]float32) { c.normal[i] = v }

// Give hands the points out.
func (c *Columns) Give(out *Chunk) {
	n := c.n
	*out = Chunk{N: n, X: c.x[:n], Y: c.y[:n], Z: c.z[:n], Invalid: c.Invalid}
	if c.rgb != nil {
		out.RGB = c.rgb[:n]
	}
	if c.inten != nil {
		out.Intensity = c.inten[:n]
	}
	if c.normal != nil {
		out.Normal = c.normal[:n]
	}
}
