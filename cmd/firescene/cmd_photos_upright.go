package main

import (
	"image"
	"image/color"
)

// turned says whether an EXIF orientation exchanges width and height.
func turned(orientation int) bool { return orientation >= 5 && orientation <= 8 }

// upright undoes an EXIF orientation (CIPA DC-008, 4.6.4 A): 2 to 4 mirror or
// turn by half, 5 to 8 by a quarter too. Other values leave the picture as it is.
func upright(img image.Image, orientation int) image.Image {
	if orientation < 2 || orientation > 8 {
		return img
	}
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	if turned(orientation) {
		out = image.NewNRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			u, v := x, y
			switch orientation {
			case 2:
				u = w - 1 - x
			case 3:
				u, v = w-1-x, h-1-y
			case 4:
				v = h - 1 - y
			case 5:
				u, v = y, x
			case 6:
				u, v = h-1-y, x
			case 7:
				u, v = h-1-y, w-1-x
			case 8:
				u, v = y, w-1-x
			}
			out.SetNRGBA(u, v, nrgbaAt(img, b.Min.X+x, b.Min.Y+y))
		}
	}
	return out
}

// nrgbaAt spares JPEG pictures the way through interfaces.
func nrgbaAt(img image.Image, x, y int) color.NRGBA {
	if m, ok := img.(*image.YCbCr); ok {
		i, j := m.YOffset(x, y), m.COffset(x, y)
		r, g, b := color.YCbCrToRGB(m.Y[i], m.Cb[j], m.Cr[j])
		return color.NRGBA{R: r, G: g, B: b, A: 255}
	}
	return color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
}
