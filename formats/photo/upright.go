package photo

import "image"

// Turned says whether an EXIF orientation exchanges width and height.
func Turned(orientation int) bool { return orientation >= 5 && orientation <= 8 }

// Upright undoes an EXIF orientation (CIPA DC-008, 4.6.4 A): 2 to 4 mirror or
// turn by half, 5 to 8 by a quarter too. Other values leave the picture as it is.
// The picture must be of a form that Decode gives; its pixels are moved, never
// changed, but that a picture whose halved colour does not fit its size when
// turned gets its colour at every pixel.
func Upright(img image.Image, orientation int) image.Image {
	if orientation < 2 || orientation > 8 {
		return img
	}
	b := img.Bounds()
	t := turn{orientation, b.Dx(), b.Dy()}
	switch m := img.(type) {
	case *image.YCbCr:
		return t.ycbcr(m)
	case *image.Gray:
		out := image.NewGray(t.rect())
		t.move(out.Pix, out.Stride, m.Pix, m.Stride, 1)
		return out
	case *image.Gray16:
		out := image.NewGray16(t.rect())
		t.move(out.Pix, out.Stride, m.Pix, m.Stride, 2)
		return out
	case *image.RGBA:
		out := image.NewRGBA(t.rect())
		t.move(out.Pix, out.Stride, m.Pix, m.Stride, 4)
		return out
	case *image.NRGBA:
		out := image.NewNRGBA(t.rect())
		t.move(out.Pix, out.Stride, m.Pix, m.Stride, 4)
		return out
	case *image.RGBA64:
		out := image.NewRGBA64(t.rect())
		t.move(out.Pix, out.Stride, m.Pix, m.Stride, 8)
		return out
	case *image.NRGBA64:
		out := image.NewNRGBA64(t.rect())
		t.move(out.Pix, out.Stride, m.Pix, m.Stride, 8)
		return out
	}
	return Upright(simplify(img), orientation)
}

// turn moves pixels of a picture of w by h.
type turn struct{ orientation, w, h int }

func (t turn) rect() image.Rectangle {
	if Turned(t.orientation) {
		return image.Rect(0, 0, t.h, t.w)
	}
	return image.Rect(0, 0, t.w, t.h)
}

// place says where pixel (0, y) goes and by how much the place moves with x.
func (t turn) place(y int) (u, v, du, dv int) {
	switch t.orientation {
	case 2:
		return t.w - 1, y, -1, 0
	case 3:
		return t.w - 1, t.h - 1 - y, -1, 0
	case 4:
		return 0, t.h - 1 - y, 1, 0
	case 5:
		return y, 0, 0, 1
	case 6:
		return t.h - 1 - y, 0, 0, 1
	case 7:
		return t.h - 1 - y, t.w - 1, 0, -1
	}
	return y, t.w - 1, 0, -1
}

func (t turn) move(dst []uint8, dstStride int, src []uint8, srcStride, sizeB int) {
	for y := range t.h {
		u, v, du, dv := t.place(y)
		at, step := v*dstStride+u*sizeB, dv*dstStride+du*sizeB
		row := src[y*srcStride:][:t.w*sizeB]
		if sizeB == 1 {
			for _, p := range row {
				dst[at] = p
				at += step
			}
			continue
		}
		for x := 0; x < len(row); x += sizeB {
			copy(dst[at:at+sizeB], row[x:x+sizeB])
			at += step
		}
	}
}

func (t turn) ycbcr(m *image.YCbCr) image.Image {
	ratio := m.SubsampleRatio
	even := t.w%2 == 0 && t.h%2 == 0
	if ratio != image.YCbCrSubsampleRatio444 && (ratio != image.YCbCrSubsampleRatio420 || !even) {
		full := image.NewYCbCr(image.Rect(0, 0, t.w, t.h), image.YCbCrSubsampleRatio444)
		for y := range t.h {
			copy(full.Y[y*full.YStride:][:t.w], m.Y[y*m.YStride:])
			for x := range t.w {
				i := m.COffset(x, y)
				full.Cb[y*full.CStride+x], full.Cr[y*full.CStride+x] = m.Cb[i], m.Cr[i]
			}
		}
		m, ratio = full, image.YCbCrSubsampleRatio444
	}
	out := image.NewYCbCr(t.rect(), ratio)
	t.move(out.Y, out.YStride, m.Y, m.YStride, 1)
	c := t
	if ratio == image.YCbCrSubsampleRatio420 {
		c.w, c.h = t.w/2, t.h/2
	}
	c.move(out.Cb, out.CStride, m.Cb, m.CStride, 1)
	c.move(out.Cr, out.CStride, m.Cr, m.CStride, 1)
	return out
}
