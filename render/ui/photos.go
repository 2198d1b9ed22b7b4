//go:build cgo

package ui

import (
	"fmt"
	"math"
	"time"

	"github.com/AllenDang/cimgui-go/imgui"
	"gonum.org/v1/gonum/spatial/r3"
)

// photosView is the gallery of the case's photos.
type photosView struct {
	chosen   string
	framesOf string            // camera whose pictures these are
	frames   map[string]string // files by locator
}

func (v *photosView) choose(exhibit string) { v.chosen = exhibit }

// inScene says that photos stand in the frame of the cloud that is shown.
func (v *photosView) inScene(d *Desk) bool {
	for _, c := range d.kase.Clouds {
		if c.Name == d.scene.name {
			return c.PhotoFrame && anyPlaced(d.kase.Photos)
		}
	}
	return false
}

func anyPlaced(photos []Photo) bool {
	for _, p := range photos {
		if p.Placed {
			return true
		}
	}
	return false
}

// label names a photo in the scene: only the chosen one, so that names do not cover
// the place.
func (v *photosView) label(p Photo) string {
	if p.Exhibit == v.chosen {
		return p.Name
	}
	return ""
}

func (d *Desk) photosPanel() {
	if d.kase != nil {
		d.placedPanel()
	}
	if d.kase == nil || len(d.kase.Photos) == 0 {
		imgui.TextDisabled(plain(d.T("no_photos")))
		return
	}
	v := &d.photos
	room := imgui.ContentRegionAvail()
	detail := float32(0)
	if v.chosen != "" {
		detail = room.Y * 0.5
	}
	if imgui.BeginChildStrV("photolist", imgui.NewVec2(0, room.Y-detail), 0, 0) {
		side := imgui.FontSize() * 8
		across := max(int(imgui.ContentRegionAvail().X/(side+8)), 1)
		clip := imgui.NewListClipper()
		clip.BeginV(int32((len(d.kase.Photos)+across-1)/across), side*0.75+6)
		for clip.Step() {
			for r := int(clip.DisplayStart()); r < int(clip.DisplayEnd()); r++ {
				for i := r * across; i < min((r+1)*across, len(d.kase.Photos)); i++ {
					if i > r*across {
						imgui.SameLine()
					}
					d.photoTile(&d.kase.Photos[i], imgui.NewVec2(side, side*0.75))
				}
			}
		}
		clip.End()
	}
	imgui.EndChild()
	for i := range d.kase.Photos {
		if p := &d.kase.Photos[i]; p.Exhibit == v.chosen {
			if imgui.BeginChildStrV("photo", imgui.NewVec2(0, 0), imgui.ChildFlagsBorders, 0) {
				d.photoDetail(p)
			}
			imgui.EndChild()
		}
	}
}

func (d *Desk) photoTile(p *Photo, size imgui.Vec2) {
	at := imgui.CursorScreenPos()
	if imgui.InvisibleButton(p.Exhibit, size) {
		d.photos.choose(p.Exhibit)
		d.scene.stale()
	}
	list := imgui.WindowDrawList()
	path := p.Thumb
	if path == "" {
		path = p.Path
	}
	tex, _ := d.pictures.get(path, 320)
	fitted(list, tex, at, size)
	if p.Exhibit == d.photos.chosen {
		list.AddRectV(at, imgui.NewVec2(at.X+size.X, at.Y+size.Y), packed(colAccent), 0, 0, 2)
	}
	if !p.Placed {
		list.AddRectFilled(imgui.NewVec2(at.X, at.Y+size.Y-4), imgui.NewVec2(at.X+size.X, at.Y+size.Y), packed(colBad))
	}
	if imgui.IsItemHovered() {
		imgui.SetTooltip(plain(p.Exhibit + "  " + p.Name + "\n" + d.placeText(p)))
	}
}

func (d *Desk) placeText(p *Photo) string {
	if !p.Placed {
		return d.T("not_placed")
	}
	if p.ErrPx == 0 {
		return d.T("placed_only")
	}
	return fmt.Sprintf(d.T("placed"), p.ErrPx)
}

func (d *Desk) photoDetail(p *Photo) {
	imgui.TextUnformatted(p.Exhibit + "  " + p.Name)
	imgui.SameLine()
	if p.Placed && d.photos.inScene(d) && imgui.SmallButton(d.T("go_there")) {
		d.lookFrom(p)
	}
	imgui.TextDisabled(plain(d.placeText(p)))
	room := imgui.ContentRegionAvail()
	at := imgui.CursorScreenPos()
	clicked := imgui.InvisibleButton("whole", room) && d.scene.picking && p.Placed
	d.spot("photo")
	tex, err := d.pictures.get(p.Path, 1600)
	fitted(imgui.WindowDrawList(), tex, at, room)
	if clicked {
		d.rayOfPhoto(p, at, room)
	}
	if err != nil {
		imgui.WindowDrawList().AddTextVec2(imgui.NewVec2(at.X+8, at.Y+8), packed(colBad), err.Error())
	}
}

// lookFrom puts the scene's camera where the photo was taken.
func (d *Desk) lookFrom(p *Photo) {
	v := &d.scene
	if p.Camera.FxPx > 0 {
		d.lookThrough(p.Exhibit+"  "+p.Name, p.Camera, p.WorldFromCam, p.Path, nil)
		return
	}
	forward := p.WorldFromCam.Rotate(r3.Vec{Z: 1})
	v.cam.clip, v.cam.orthoHeightM = nil, 0
	v.cam.distM = max(0.6*r3.Norm(v.extent().HalfM), 1e-3)
	v.cam.target = r3.Add(p.WorldFromCam.T, r3.Scale(v.cam.distM, forward))
	v.cam.yawDeg = math.Atan2(forward.Y, forward.X) * 180 / math.Pi
	v.cam.pitchDeg = math.Asin(min(max(forward.Z, -1), 1)) * 180 / math.Pi
	if p.FocalPx > 0 && p.HeightPx > 0 {
		v.cam.fovYDeg = min(max(2*math.Atan(float64(p.HeightPx)/2/p.FocalPx)*180/math.Pi, 5), 120)
	}
	v.moved = time.Time{}
}
