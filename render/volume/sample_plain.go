package volume

// samplePlain interpolates between the eight cells around cell coordinates, which lie
// within 0.5 .. cells-1.5.
func (f *Field) samplePlain(x, y, z float32, out *[4]float32) {
	i, j, k := int(x), int(y), int(z)
	i, j, k = min(max(i, 0), f.cells[0]-2), min(max(j, 0), f.cells[1]-2), min(max(k, 0), f.cells[2]-2)
	fx, fy, fz := x-float32(i), y-float32(j), z-float32(k)
	row := 4 * f.cells[0]
	at := (k*f.cells[1]+j)*row + 4*i
	a := f.rgbs[at : at+8 : at+8]
	b := f.rgbs[at+row : at+row+8 : at+row+8]
	up := row * f.cells[1]
	c := f.rgbs[at+up : at+up+8 : at+up+8]
	d := f.rgbs[at+up+row : at+up+row+8 : at+up+row+8]
	for q := range 4 {
		// Conversions keep each product rounded, as the vector form rounds it.
		ab0 := a[q] + float32(fy*(b[q]-a[q]))
		ab1 := a[q+4] + float32(fy*(b[q+4]-a[q+4]))
		cd0 := c[q] + float32(fy*(d[q]-c[q]))
		cd1 := c[q+4] + float32(fy*(d[q+4]-c[q+4]))
		e0 := ab0 + float32(fz*(cd0-ab0))
		e1 := ab1 + float32(fz*(cd1-ab1))
		out[q] = e0 + float32(fx*(e1-e0))
	}
}
