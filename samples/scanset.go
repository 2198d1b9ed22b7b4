package samples

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"

	"gonum.org/v1/gonum/num/quat"
	"gonum.org/v1/gonum/spatial/r3"

	"firescene/formats/e57"
	"firescene/formats/points"
	"firescene/recon"
	"firescene/samples/room"
)

// ScanSetOptions sizes a scanner export. The zero value of a field means the
// default in brackets.
type ScanSetOptions struct {
	Points  int64 // about so many, 1000 to 2e9 [10 million]
	Single  bool  // coordinates as single precision numbers, not as steps of 0.1 mm
	Seed    int64 // of the rooms
	Workers int   // the result does not depend on it [all processors]
}

// stationPoints is the most points of one station.
const stationPoints = 4_000_000

// ScanSet writes an E57 file with scans of a suite of burnt rooms, a station or
// more in each room, with colour, intensity and poses, to measure reading and
// thinning on. It returns how many points there are. The same options give the
// same bytes. report may be nil.
func ScanSet(ctx context.Context, path string, opts ScanSetOptions, report func(stage string, done, total int64)) (int64, error) {
	if opts.Points == 0 {
		opts.Points = 10_000_000
	}
	if opts.Points < 1000 || opts.Points > 2_000_000_000 {
		return 0, fmt.Errorf("samples: %d points: give 1000 to 2000000000", opts.Points)
	}
	if report == nil {
		report = func(string, int64, int64) {}
	}
	workers := opts.Workers
	if workers <= 0 {
		workers = runtime.NumCPU()
	}
	stations := int((opts.Points + stationPoints - 1) / stationPoints)
	rooms := max(2, min(stations, 12))
	suite, err := room.Suite(ctx, rooms, opts.Seed, 0.01, workers)
	if err != nil {
		return 0, err
	}
	// A tenth of the directions meets nothing.
	rows := int(math.Sqrt(float64(opts.Points) / float64(stations) / 2.2 * 1.02))
	var src []e57.ScanSource
	done := int64(0)
	for i := range stations {
		turn := 2 * math.Pi * math.Mod(float64(i)*0.618, 1)
		at := r3.Vec{X: (float64(i%rooms) + 0.5 + 0.1*float64(i/rooms)) * room.SuiteRoomM, Y: 0.8 + 0.05*float64(i/rooms), Z: 1.55}
		st := room.Station{Name: fmt.Sprintf("S%02d", i+1), Columns: 22 * rows / 10, Rows: rows, NoiseM: 0.0015, Seed: uint32(opts.Seed)*977 + uint32(i),
			WorldFromScan: recon.Pose{Q: quat.Number{Real: math.Cos(turn / 2), Kmag: math.Sin(turn / 2)}, T: at}}
		var next func(*points.Chunk) error
		s := e57.ScanSource{
			Info:   points.ScanInfo{Name: st.Name, HasRGB: true, HasIntensity: true, WorldFromScan: pose16(st.WorldFromScan), HasPose: true},
			Single: opts.Single,
			Next: func(c *points.Chunk) error {
				if next == nil {
					report("scan set", done, opts.Points)
					p, err := suite.Scan(ctx, st, workers)
					if err != nil {
						return err
					}
					done += int64(len(p.XYZ))
					next = stream(p, 1)
				}
				return next(c)
			},
		}
		if !opts.Single {
			s.Step, s.Min, s.Max = [3]float64{1e-4, 1e-4, 1e-4}, [3]float64{-25, -25, -25}, [3]float64{25, 25, 25}
		}
		src = append(src, s)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return 0, err
	}
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	counts, err := e57.Write(f, src, e57.Options{Seed: fmt.Sprint("scan set ", opts.Seed)})
	if e := f.Close(); err == nil {
		err = e
	}
	total := int64(0)
	for _, n := range counts {
		total += n
	}
	return total, err
}
