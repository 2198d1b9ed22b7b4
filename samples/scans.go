package samples

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"firescene/formats/e57"
	"firescene/formats/las"
	"firescene/formats/ply"
	"firescene/formats/points"
	"firescene/samples/room"

	"gonum.org/v1/gonum/spatial/r3"
)

// scans measures the room from three stations and stores them three ways: all as
// one E57 with poses, merged and thinned in the room's frame as LAS, and the
// second station alone in its own frame, without a pose, as PLY.
func (m *maker) scans() error {
	stations := m.layout.Stations(m.opts.ScanColumns, m.opts.ScanRows, m.seed)
	var all []room.ScanPoints
	var src []e57.ScanSource
	for i, st := range stations {
		m.report("sample scans", int64(i), int64(len(stations)))
		p, err := m.burnt.Scan(m.ctx, st, m.opts.Workers)
		if err != nil {
			return err
		}
		all = append(all, p)
		m.truth.Scans = append(m.truth.Scans, ScanTruth{Name: st.Name, WorldFromScan: pose16(st.WorldFromScan), Points: int64(len(p.XYZ)), NoiseM: st.NoiseM})
		src = append(src, e57.ScanSource{
			Info: points.ScanInfo{Name: st.Name, HasRGB: true, HasIntensity: true, WorldFromScan: pose16(st.WorldFromScan), HasPose: true},
			Next: stream(p, 1), Step: [3]float64{1e-4, 1e-4, 1e-4}, Min: [3]float64{-25, -25, -25}, Max: [3]float64{25, 25, 25},
		})
	}
	var files []CloudFile
	store := func(name string, write func(f *os.File) ([]int64, error)) error {
		p := filepath.Join(m.dir, "scans", name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			return err
		}
		f, err := os.Create(p + ".part")
		if err != nil {
			return err
		}
		counts, err := write(f)
		if e := f.Close(); err == nil {
			err = e
		}
		if err != nil {
			os.Remove(p + ".part")
			return fmt.Errorf("samples: %s: %w", name, err)
		}
		files = append(files, CloudFile{Path: "scans/" + name, Points: counts})
		return os.Rename(p+".part", p)
	}
	const thin = 4
	var merged room.ScanPoints
	for i, p := range all {
		pose := stations[i].WorldFromScan
		for k := 0; k < len(p.XYZ); k += thin {
			w := pose.Apply(r3.Vec{X: p.XYZ[k][0], Y: p.XYZ[k][1], Z: p.XYZ[k][2]})
			merged.XYZ = append(merged.XYZ, [3]float64{w.X, w.Y, w.Z})
			merged.RGB = append(merged.RGB, p.RGB[k])
			merged.Intensity = append(merged.Intensity, p.Intensity[k])
		}
	}
	err := store("room_scans.e57", func(f *os.File) ([]int64, error) {
		return e57.Write(f, src, e57.Options{Seed: fmt.Sprint("sample ", m.seed)})
	})
	if err == nil {
		err = store("room_merged.las", func(f *os.File) ([]int64, error) {
			n, err := las.Write(f, las.Options{IntensityHigh: 1}, stream(merged, 1))
			return []int64{n}, err
		})
	}
	if err == nil {
		err = store("room_S2.ply", func(f *os.File) ([]int64, error) {
			n, err := ply.Write(f, ply.Options{Count: int64(len(all[1].XYZ)+1) / 2, RGB: true, Intensity: true, Single: true}, stream(all[1], 2))
			return []int64{n}, err
		})
	}
	m.truth.Files = files
	if err == nil {
		err = m.transforms("room_merged", points.IdentityPose, "exported by the scanner's software in the frame of the set-ups")
	}
	if err == nil {
		err = m.transforms("room_S2", pose16(stations[1].WorldFromScan), "the set-up's pose, read off the scanner's project")
	}
	return err
}

// transforms writes the pose of a scan that stores none, in the form of a
// registration's result.
func (m *maker) transforms(scan string, worldFromScan [16]float64, reason string) error {
	ext := map[string]string{"room_merged": ".las", "room_S2": ".ply"}[scan]
	data, err := json.MarshalIndent(map[string]any{"scans": []any{map[string]any{
		"file": scan + ext, "worldFromScan": worldFromScan, "verdict": "stated", "reason": reason, "rms_mm": 0,
	}}}, "", " ")
	if err != nil {
		return err
	}
	return m.save("scans/"+scan+".transforms.json", append(data, '\n'))
}

// stream delivers every step-th point in chunks.
func stream(p room.ScanPoints, step int) func(*points.Chunk) error {
	next := 0
	return func(c *points.Chunk) error {
		c.N, c.X, c.Y, c.Z, c.RGB, c.Intensity = 0, c.X[:0], c.Y[:0], c.Z[:0], c.RGB[:0], c.Intensity[:0]
		for ; next < len(p.XYZ) && c.N < 4096; next += step {
			v := p.XYZ[next]
			c.X, c.Y, c.Z = append(c.X, v[0]), append(c.Y, v[1]), append(c.Z, v[2])
			c.RGB, c.Intensity = append(c.RGB, p.RGB[next]), append(c.Intensity, p.Intensity[next])
			c.N++
		}
		if c.N == 0 {
			return io.EOF
		}
		return nil
	}
}
