package las

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"firescene/formats"
	"firescene/formats/points"
)

const oracleDir = "../../../shared/data/scans"

// oracleDiffers lists plain files where PDAL gives no numbers or wrong ones,
// with the points that are there.
var oracleDiffers = map[string]struct {
	points  int64
	damaged bool
	why     string
}{
	"simple1_3.las":               {999, false, "PDAL stops at a unit that its coordinate system database lacks"},
	"5points_14.las":              {5, false, "PDAL does not take the name of an extra dimension"},
	"garbage_nVariableLength.las": {718, true, "PDAL stops at the count of variable length records; the last record is cut"},
	"1.2-with-color-clipped.las":  {1064, true, "the last record is cut and PDAL makes it a point of zeros"},
	"1.2-no-points.las":           {0, true, "no record is there and PDAL makes 1065 points of zeros"},
	"fullwave.laz":                {10750, false, "PDAL does not read point format 10"},
}

// TestOracle compares every file of the table with PDAL's numbers.
func TestOracle(t *testing.T) {
	table, err := os.Open(filepath.Join(oracleDir, "las_oracle.tsv"))
	if err != nil {
		t.Skip("measuring data is not here:", err)
	}
	defer table.Close()
	lines := bufio.NewScanner(table)
	for lines.Scan() {
		cols := strings.Split(lines.Text(), "\t")
		raw, err := os.ReadFile(filepath.Join(oracleDir, cols[0]))
		if err != nil {
			continue // the heading
		}
		t.Run(cols[0], func(t *testing.T) {
			got, err := measure(raw)
			if strings.Contains(cols[0], "laszip/data/broken_") {
				if !formats.IsUnsupported(err) && !formats.IsDamaged(err) {
					t.Errorf("error %v, want a refusal as PDAL's: %s", err, cols[1])
				}
				t.Log(err)
				return
			}
			if d, known := oracleDiffers[filepath.Base(cols[0])]; known {
				if got.count != d.points || d.damaged != formats.IsDamaged(err) {
					t.Errorf("%d points, error %v; want %d, damaged %v: %s", got.count, err, d.points, d.damaged, d.why)
				}
				return
			}
			want, isNumber := strconv.ParseInt(cols[1], 10, 64)
			if err != nil || isNumber != nil {
				t.Fatal(err, isNumber)
			}
			if got.count != want {
				t.Fatalf("%d points, want %d", got.count, want)
			}
			if want == 0 {
				return
			}
			have := []float64{got.min[0], got.max[0], got.sum[0], got.sum[1], got.sum[2], got.inten}
			for i, name := range []string{"minx", "maxx", "avgx", "avgy", "avgz", "avgI"} {
				w, _ := strconv.ParseFloat(cols[2+i], 64)
				if i > 1 {
					have[i] /= float64(got.count)
				}
				if math.Abs(have[i]-w) > 1e-6*math.Max(1, math.Abs(w)) {
					t.Errorf("%s %.9g, want %.9g", name, have[i], w)
				}
			}
		})
	}
}

type measured struct {
	count         int64
	min, max, sum [3]float64
	inten         float64
}

func measure(raw []byte) (m measured, err error) {
	scans, err := Open(bytes.NewReader(raw), int64(len(raw)), formats.DefaultLimits())
	if err != nil {
		return m, err
	}
	for k := range 3 {
		m.min[k], m.max[k] = math.Inf(1), math.Inf(-1)
	}
	var c points.Chunk
	for {
		err := scans[0].Next(&c)
		if errors.Is(err, io.EOF) {
			return m, nil
		}
		if err != nil {
			return m, err
		}
		m.count += int64(c.N)
		for k, col := range [3][]float64{c.X, c.Y, c.Z} {
			for _, v := range col {
				m.min[k], m.max[k] = math.Min(m.min[k], v), math.Max(m.max[k], v)
				m.sum[k] += v
			}
		}
		for _, v := range c.Intensity {
			m.inten += float64(v)
		}
	}
}
