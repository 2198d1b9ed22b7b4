package jpeg

// Inverse DCT of the lowest n x n coefficients of a block into n x n samples: the
// terms that are left of T.81 A.3.3, scaled so that the mean stays. The even
// coefficients make a transform of half the length, the odd ones the difference
// between its mirrored outputs.

const (
	r2            = 0.70710678118654752440
	c1, c3        = 0.98078528040323044913, 0.83146961230254523708 // cos(k pi/16)
	c5, c7        = 0.55557023301960222474, 0.19509032201612826785
	half8, half38 = 0.92387953251128675613, 0.38268343236508977173 // cos(pi/8), cos(3 pi/8)
)

// inverse4 makes 4 samples, twice as large as they should be.
func inverse4(f0, f1, f2, f3 float32) (a, b, c, d float32) {
	p, q := (f0+f2)*r2, (f0-f2)*r2
	r, s := f1*half8+f3*half38, f1*half38-f3*half8
	return p + r, q + s, q - s, p - r
}

// inverse8 does the same for 8, in place, at a distance of step.
func inverse8(f []float32, step int) {
	_ = f[7*step]
	f1, f3, f5, f7 := f[step], f[3*step], f[5*step], f[7*step]
	a, b, c, d := inverse4(f[0], f[2*step], f[4*step], f[6*step])
	o0 := c1*f1 + c3*f3 + c5*f5 + c7*f7
	o1 := c3*f1 - c7*f3 - c1*f5 - c5*f7
	o2 := c5*f1 - c1*f3 + c7*f5 + c3*f7
	o3 := c7*f1 - c5*f3 + c3*f5 - c1*f7
	f[0], f[7*step] = a+o0, a-o0
	f[step], f[6*step] = b+o1, b-o1
	f[2*step], f[5*step] = c+o2, c-o2
	f[3*step], f[4*step] = d+o3, d-o3
}

// sample turns a value around zero into one of 8 bits.
func sample(v float32, shift uint) uint8 {
	x := int(v+(8192*16+0.5))>>shift - (8192*16)>>shift + 128
	return uint8(max(0, min(255, x)))
}

// writeBlock writes the n x n samples of a block to pix. f holds its dequantised
// coefficients row by row and is overwritten; flat says that all but the first are
// zero; shift is how many bits a sample has over 8.
func writeBlock(f *[64]float32, n int, flat bool, shift uint, pix []uint8, stride int) {
	if flat {
		v := sample(f[0]/8, shift)
		for y := range n {
			row := pix[y*stride : y*stride+n]
			for x := range row {
				row[x] = v
			}
		}
		return
	}
	switch n {
	case 2:
		a, b, c, d := f[0], f[1], f[2], f[3]
		pix[0], pix[1] = sample((a+b+c+d)/8, shift), sample((a-b+c-d)/8, shift)
		pix[stride], pix[stride+1] = sample((a+b-c-d)/8, shift), sample((a-b-c+d)/8, shift)
	case 4:
		for x := range 4 {
			f[x], f[4+x], f[8+x], f[12+x] = inverse4(f[x], f[4+x], f[8+x], f[12+x])
		}
		for y := range 4 {
			a, b, c, d := inverse4(f[4*y], f[4*y+1], f[4*y+2], f[4*y+3])
			row := pix[y*stride : y*stride+4]
			row[0], row[1], row[2], row[3] = sample(a/4, shift), sample(b/4, shift), sample(c/4, shift), sample(d/4, shift)
		}
	default:
		for x := range 8 {
			if f[8+x] == 0 && f[16+x] == 0 && f[24+x] == 0 && f[32+x] == 0 && f[40+x] == 0 && f[48+x] == 0 && f[56+x] == 0 {
				v := f[x] * r2
				f[x], f[8+x], f[16+x], f[24+x], f[32+x], f[40+x], f[48+x], f[56+x] = v, v, v, v, v, v, v, v
				continue
			}
			inverse8(f[x:], 8)
		}
		for y := range 8 {
			inverse8(f[8*y:], 1)
			row := pix[y*stride : y*stride+8]
			for x := range row {
				row[x] = sample(f[8*y+x]/4, shift)
			}
		}
	}
}
