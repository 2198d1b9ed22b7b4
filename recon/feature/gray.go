package feature

import (
	"encoding/binary"
	"image"
	"image/color"
)

// Gray is a photo's brightness in 0..1, row by row, W*H values.
type Gray struct {
	W, H int
	Pix  []float32
}

// GrayFrom returns the brightness of an image, reduced by a whole factor where
// its longer side is above maxSidePx. factor is that reduction, 1 when none: a
// point (x, y) of the result is (x*factor, y*factor) in the image. buf is used
// for the result where it is large enough.
func GrayFrom(img image.Image, maxSidePx int, buf []float32) (g Gray, factor int) {
	b := img.Bounds()
	factor = 1
	for maxSidePx > 0 && max(b.Dx(), b.Dy()) > maxSidePx*factor {
		factor++
	}
	g = Gray{W: b.Dx() / factor, H: b.Dy() / factor}
	if cap(buf) < g.W*g.H {
		buf = make([]float32, g.W*g.H)
	}
	g.Pix = buf[:g.W*g.H]
	row := make([]uint16, b.Dx())
	scale := 1 / float32(65535*factor*factor)
	for y := range g.H {
		out := g.Pix[y*g.W : (y+1)*g.W]
		clear(out)
		for dy := range factor {
			lumaRow(row, img, b.Min.Y+y*factor+dy)
			if factor == 1 {
				for x, v := range row {
					out[x] = float32(v)
				}
				continue
			}
			for x := range out {
				sum := uint32(0)
				for _, v := range row[x*factor : (x+1)*factor] {
					sum += uint32(v)
				}
				out[x] += float32(sum)
			}
		}
		for x := range out {
			out[x] *= scale
		}
	}
	return g, factor
}

// lumaRow writes the brightness of row y, 0..65535.
func lumaRow(row []uint16, img image.Image, y int) {
	b := img.Bounds()
	switch m := img.(type) {
	case *image.YCbCr:
		i := m.YOffset(b.Min.X, y)
		for x := range row {
			row[x] = uint16(m.Y[i+x]) * 257
		}
	case *image.Gray:
		i := m.PixOffset(b.Min.X, y)
		for x := range row {
			row[x] = uint16(m.Pix[i+x]) * 257
		}
	case *image.RGBA:
		i := m.PixOffset(b.Min.X, y)
		for x := range row {
			row[x] = luma8(m.Pix[i+4*x], m.Pix[i+4*x+1], m.Pix[i+4*x+2])
		}
	case *image.NRGBA:
		i := m.PixOffset(b.Min.X, y)
		for x := range row {
			row[x] = luma8(m.Pix[i+4*x], m.Pix[i+4*x+1], m.Pix[i+4*x+2])
		}
	case *image.Gray16:
		p := m.Pix[m.PixOffset(b.Min.X, y):][:2*len(row)]
		for x := range row {
			row[x] = binary.BigEndian.Uint16(p[2*x:])
		}
	case *image.RGBA64:
		luma16(row, m.Pix[m.PixOffset(b.Min.X, y):][:8*len(row)])
	case *image.NRGBA64:
		luma16(row, m.Pix[m.PixOffset(b.Min.X, y):][:8*len(row)])
	default:
		for x := range row {
			row[x] = color.Gray16Model.Convert(img.At(b.Min.X+x, y)).(color.Gray16).Y
		}
	}
}

// luma8 weighs red, green and blue as JPEG does (ITU-R BT.601).
func luma8(r, g, b uint8) uint16 {
	return uint16((19595*uint32(r) + 38470*uint32(g) + 7471*uint32(b)) * 257 >> 16)
}

// luma16 does so for samples of 16 bits.
func luma16(row []uint16, p []uint8) {
	for x := range row {
		q := p[8*x : 8*x+6]
		r, g, b := uint64(q[0])<<8|uint64(q[1]), uint64(q[2])<<8|uint64(q[3]), uint64(q[4])<<8|uint64(q[5])
		row[x] = uint16((19595*r + 38470*g + 7471*b) >> 16)
	}
}
