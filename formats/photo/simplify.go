package photo

import (
	"image"
	"image/color"
	"image/draw"
)

// compactPx is the size from which a picture is kept in its smallest form: larger
// ones are searched at a reduced size, where the mean of several pixels has more
// steps than one of them.
const compactPx = 40_000_000

// simplify brings a decoded picture into one of the forms that Decode promises.
func simplify(img image.Image) image.Image {
	b := img.Bounds()
	large := b.Dx()*b.Dy() > compactPx
	switch m := img.(type) {
	case *image.YCbCr:
		return atOrigin(m)
	case *image.NYCbCrA:
		return atOrigin(&m.YCbCr)
	case *image.Gray:
		m.Pix, m.Rect = m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], image.Rect(0, 0, b.Dx(), b.Dy())
		return m
	case *image.Gray16:
		if large {
			return compactGray(m)
		}
		return m
	case *image.RGBA, *image.NRGBA, *image.RGBA64, *image.NRGBA64, *image.CMYK, *image.Paletted:
		if large {
			return compact(img)
		}
		switch m := img.(type) {
		case *image.CMYK:
			return rows(m, cmykRow)
		case *image.Paletted:
			return rows(m, palettedRow)
		}
		return img
	}
	out := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Rect, img, b.Min, draw.Src)
	return out
}

func atOrigin(m *image.YCbCr) image.Image {
	if m.Rect.Min == (image.Point{}) {
		return m
	}
	out := image.NewNRGBA(image.Rect(0, 0, m.Rect.Dx(), m.Rect.Dy()))
	draw.Draw(out, out.Rect, m, m.Rect.Min, draw.Src)
	return out
}

// rows converts a picture row by row.
func rows[T image.Image](img T, row func(dst []uint8, img T, y int)) *image.NRGBA {
	b := img.Bounds()
	out := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	for y := range b.Dy() {
		row(out.Pix[y*out.Stride:][:4*b.Dx()], img, b.Min.Y+y)
	}
	return out
}

func cmykRow(dst []uint8, m *image.CMYK, y int) {
	src := m.Pix[m.PixOffset(m.Rect.Min.X, y):][:len(dst)]
	for i := 0; i < len(dst); i += 4 {
		dst[i], dst[i+1], dst[i+2] = color.CMYKToRGB(src[i], src[i+1], src[i+2], src[i+3])
		dst[i+3] = 255
	}
}

func palettedRow(dst []uint8, m *image.Paletted, y int) {
	src := m.Pix[m.PixOffset(m.Rect.Min.X, y):][:len(dst)/4]
	var table [256]color.NRGBA
	for i, c := range m.Palette {
		if i < len(table) {
			table[i] = color.NRGBAModel.Convert(c).(color.NRGBA)
		}
	}
	for x, v := range src {
		c := table[v]
		dst[4*x], dst[4*x+1], dst[4*x+2], dst[4*x+3] = c.R, c.G, c.B, c.A
	}
}

// colourRow writes row y, counted from the top, as red, green, blue and alpha of
// 8 bits.
func colourRow(dst []uint8, img image.Image, y int) {
	switch m := img.(type) {
	case *image.RGBA:
		copy(dst, m.Pix[y*m.Stride:])
	case *image.NRGBA:
		copy(dst, m.Pix[y*m.Stride:])
	case *image.RGBA64:
		upper(dst, m.Pix[y*m.Stride:])
	case *image.NRGBA64:
		upper(dst, m.Pix[y*m.Stride:])
	case *image.CMYK:
		cmykRow(dst, m, y)
	case *image.Paletted:
		palettedRow(dst, m, y)
	}
}

func upper(dst, src []uint8) {
	for i := range dst {
		dst[i] = src[2*i]
	}
}

// compact keeps a colour picture in one and a half bytes a pixel.
func compact(img image.Image) image.Image {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	out := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	row := make([]uint8, 4*w)
	cb, cr := make([]int, out.CStride), make([]int, out.CStride)
	count := make([]int, out.CStride)
	for y := range h {
		if y%2 == 0 {
			clear(cb)
			clear(cr)
			clear(count)
		}
		colourRow(row, img, y)
		for x := range w {
			l, u, v := color.RGBToYCbCr(row[4*x], row[4*x+1], row[4*x+2])
			out.Y[y*out.YStride+x] = l
			cb[x/2] += int(u)
			cr[x/2] += int(v)
			count[x/2]++
		}
		if y%2 == 1 || y == h-1 {
			at := y / 2 * out.CStride
			for x, n := range count {
				if n > 0 {
					out.Cb[at+x], out.Cr[at+x] = uint8((cb[x]+n/2)/n), uint8((cr[x]+n/2)/n)
				}
			}
		}
	}
	return out
}

func compactGray(m *image.Gray16) *image.Gray {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	out := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		upper(out.Pix[y*out.Stride:][:w], m.Pix[y*m.Stride:])
	}
	return out
}
