package points

// DropNonFinite takes out the points whose coordinates are not finite, in place,
// and counts them as invalid. A codec marks a record that its file flags invalid
// by making a coordinate NaN.
func (c *Chunk) DropNonFinite() {
	k := 0
	for i := range c.N {
		if sum := c.X[i] + c.Y[i] + c.Z[i]; sum-sum != 0 {
			continue // NaN and infinities
		}
		if k != i {
			c.Move(k, i)
		}
		k++
	}
	c.Invalid += c.N - k
	c.Truncate(k)
}

// Truncate keeps the first k points.
func (c *Chunk) Truncate(k int) {
	c.N, c.X, c.Y, c.Z = k, c.X[:k], c.Y[:k], c.Z[:k]
	if c.RGB != nil {
		c.RGB = c.RGB[:k]
	}
	if c.Intensity != nil {
		c.Intensity = c.Intensity[:k]
	}
	if c.Normal != nil {
		c.Normal = c.Normal[:k]
	}
	if c.Row != nil {
		c.Row = c.Row[:k]
	}
	if c.Column != nil {
		c.Column = c.Column[:k]
	}
}

// Move copies point from over point to.
func (c *Chunk) Move(to, from int) {
	c.X[to], c.Y[to], c.Z[to] = c.X[from], c.Y[from], c.Z[from]
	if c.RGB != nil {
		c.RGB[to] = c.RGB[from]
	}
	if c.Intensity != nil {
		c.Intensity[to] = c.Intensity[from]
	}
	if c.Normal != nil {
		c.Normal[to] = c.Normal[from]
	}
	if c.Row != nil {
		c.Row[to] = c.Row[from]
	}
	if c.Column != nil {
		c.Column[to] = c.Column[from]
	}
}

// ColourByte rounds a colour value to 0..255. NaN gives 0.
func ColourByte(v float64) uint8 {
	switch {
	case v >= 254.5:
		return 255
	case v > 0:
		return uint8(v + 0.5)
	}
	return 0
}
