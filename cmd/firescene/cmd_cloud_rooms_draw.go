package main

import (
	"io"
	"os"
	"path/filepath"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon/structure"
	"firescene/render/plan"
)

// planWords are the texts of plans and sections in a language.
func planWords(t texts) plan.Words {
	return plan.Words{Plan: t.T("plan_title"), Section: t.T("plan_section"), Scale: t.T("plan_scale"), Room: t.T("plan_room"), Height: t.T("plan_height"),
		Open: t.T("plan_open"), NotSeen: t.T("plan_not_seen"), Station: t.T("plan_station"), Sill: t.T("plan_sill")}
}

// drawRooms writes the floor plan and two sections of each closed room, and returns
// the files' names.
func drawRooms(dir string, found *structure.Found, stations []r3.Vec, words plan.Words) ([]string, error) {
	b := plan.Building{Rooms: found.Rooms, Openings: found.Openings, Stations: stations, Words: words}
	var files []string
	put := func(name string, d *plan.Drawing) error {
		for ext, write := range map[string]func(io.Writer) error{".svg": d.SVG, ".dxf": d.DXF} {
			if err := replaceFile(filepath.Join(dir, name+ext), func(f *os.File) error { return write(f) }); err != nil {
				return err
			}
		}
		files = append(files, name+".svg", name+".dxf")
		return nil
	}
	if len(found.Rooms) == 0 {
		return nil, nil
	}
	if err := put("plan", b.FloorPlan()); err != nil {
		return files, err
	}
	for i := range found.Rooms {
		if !found.Rooms[i].Closed {
			continue
		}
		for _, s := range plan.Sections(&found.Rooms[i]) {
			if err := put("section-"+s.Name, b.Draw(s)); err != nil {
				return files, err
			}
		}
	}
	return files, nil
}
