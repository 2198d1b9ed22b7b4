package e57

import (
	"bufio"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"firescene/formats"
	"firescene/formats/points"
)

const oracleDir = "../../../shared/data/scans"

// oracleDiffers lists files that libE57Format refuses and that are read here,
// with the reason.
var oracleDiffers = map[string]string{
	"empty_pc.e57": "no records and no data packets: there is nothing to find, so it is an empty scan",
}

var oracleCounts = regexp.MustCompile(`scans (\d+) points (\d+) sum (\S+) images (\d+)`)

// TestOracle compares every file of the table with libE57Format's numbers.
func TestOracle(t *testing.T) {
	table, err := os.Open(filepath.Join(oracleDir, "e57_oracle.tsv"))
	if err != nil {
		t.Skip("measuring data is not here:", err)
	}
	defer table.Close()
	lines := bufio.NewScanner(table)
	for lines.Scan() {
		name, want, ok := strings.Cut(lines.Text(), "\t")
		path := filepath.Join(oracleDir, strings.TrimPrefix(name, "data/"))
		raw, err := os.ReadFile(path)
		if !ok || err != nil {
			continue // the heading
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			f, total, invalid, sum, err := readAll(raw)
			m := oracleCounts.FindStringSubmatch(want)
			if m == nil {
				if why, known := oracleDiffers[filepath.Base(name)]; known {
					if err != nil || total != 0 {
						t.Errorf("%d points, error %v; want none: %s", total, err, why)
					}
					return
				}
				if !formats.IsDamaged(err) {
					t.Errorf("error %v, want a FormatError as libE57Format refuses the file", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			wantSum, _ := strconv.ParseFloat(m[3], 64)
			if got := strconv.Itoa(len(f.Scans)); got != m[1] {
				t.Errorf("%s scans, want %s", got, m[1])
			}
			if got := strconv.FormatInt(total+invalid, 10); got != m[2] {
				t.Errorf("%s records, want %s", got, m[2])
			}
			if got := strconv.Itoa(len(f.Images)); got != m[4] {
				t.Errorf("%s images, want %s", got, m[4])
			}
			if invalid == 0 && math.Abs(sum-wantSum) > 1e-6*math.Max(1, math.Abs(wantSum)) {
				t.Errorf("sum %.6f, want %.6f", sum, wantSum)
			}
		})
	}
}

// readAll sums X over all scans, or the range of spherical ones.
func readAll(raw []byte) (f *File, total, invalid int64, sum float64, err error) {
	f, err = OpenFile(strings.NewReader(string(raw)), int64(len(raw)), formats.DefaultLimits(), ReadOptions{})
	if err != nil {
		return f, 0, 0, 0, err
	}
	for _, s := range f.Scans {
		var c points.Chunk
		for {
			err := s.Next(&c)
			invalid += int64(c.Invalid)
			if err == io.EOF {
				break
			}
			if err != nil {
				return f, total, invalid, sum, err
			}
			total += int64(c.N)
			for i, x := range c.X {
				if s.Spherical() {
					x = math.Sqrt(x*x + c.Y[i]*c.Y[i] + c.Z[i]*c.Z[i])
				}
				sum += x
			}
		}
	}
	return f, total, invalid, sum, nil
}
