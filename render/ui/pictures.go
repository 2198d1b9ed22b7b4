//go:build cgo

package ui

import (
	"image"

	"firescene/render/gl"

	"github.com/AllenDang/cimgui-go/imgui"
)

// maxPictures bounds the pictures that are kept for display.
const maxPictures = 400

// pictures are decoded picture files as textures; those not shown for longest go
// first. Decoding is done beside the window.
type pictures struct {
	win   *Window
	hooks Hooks
	held  map[string]*picture
	clock int64
	open  int // being decoded
}

type picture struct {
	tex     *gl.Texture
	err     error
	pending bool
	used    int64
}

func (p *pictures) begin(w *Window, h Hooks) {
	p.win, p.hooks, p.held = w, h, map[string]*picture{}
}

// waiting says that pictures are being decoded.
func (p *pictures) waiting() bool { return p.open > 0 }

func (p *pictures) clear() {
	_ = p.win.GL.Do(func() error {
		for _, x := range p.held {
			if x.tex != nil {
				x.tex.Delete()
			}
		}
		return nil
	})
	p.held = map[string]*picture{}
}

// get is the texture of a picture file; nil while it is being decoded, and for one
// that can not be.
func (p *pictures) get(path string, maxSidePx int) (*gl.Texture, error) {
	if path == "" || p.hooks.Picture == nil {
		return nil, nil
	}
	key := path + sizeKey(maxSidePx)
	p.clock++
	if x, ok := p.held[key]; ok {
		x.used = p.clock
		return x.tex, x.err
	}
	if p.open >= 8 {
		return nil, nil
	}
	p.makeRoom()
	x := &picture{pending: true, used: p.clock}
	p.held[key] = x
	p.open++
	p.hooks.Picture(path, maxSidePx, func(img *image.RGBA, err error) {
		p.open--
		x.pending, x.err = false, err
		if err != nil || img == nil || p.held[key] != x {
			return
		}
		x.err = p.win.GL.Do(func() error {
			tex, err := gl.NewTexture(img.Rect.Dx(), img.Rect.Dy(), gl.RGBA8)
			if err != nil {
				return err
			}
			tex.UploadBytes(img.Pix)
			tex.Smooth()
			x.tex = tex
			return nil
		})
	})
	return nil, nil
}

func sizeKey(px int) string {
	if px > 400 {
		return "\x00large"
	}
	return "\x00small"
}

func (p *pictures) makeRoom() {
	if len(p.held) < maxPictures {
		return
	}
	oldest, at := "", p.clock+1
	for k, x := range p.held {
		if !x.pending && x.used < at {
			oldest, at = k, x.used
		}
	}
	if x := p.held[oldest]; x != nil {
		if x.tex != nil {
			_ = p.win.GL.Do(func() error { x.tex.Delete(); return nil })
		}
		delete(p.held, oldest)
	}
}

// fitted draws a picture as large as fits a box, in its middle, over a dark field.
func fitted(list *imgui.DrawList, tex *gl.Texture, at, size imgui.Vec2) {
	list.AddRectFilled(at, imgui.NewVec2(at.X+size.X, at.Y+size.Y), packed(colBack))
	if tex == nil {
		return
	}
	s := min(size.X/float32(tex.Width), size.Y/float32(tex.Height))
	w, h := s*float32(tex.Width), s*float32(tex.Height)
	a := imgui.NewVec2(at.X+(size.X-w)/2, at.Y+(size.Y-h)/2)
	list.AddImage(*imgui.NewTextureRefTextureID(imgui.TextureID(tex.Handle())), a, imgui.NewVec2(a.X+w, a.Y+h))
}
