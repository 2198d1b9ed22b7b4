package cfastcase

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"firescene/formats/cfast"
	"firescene/recon/zone"
)

func published(t *testing.T, pattern string) []string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join("..", "..", "..", "..", "shared", "data", "fire", pattern))
	if len(files) == 0 {
		t.Skip("the published inputs are not here")
	}
	return files
}

func load(t testing.TB, path string) *Case {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in, err := cfast.Read(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	c, err := New(in)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return c
}

// TestPublishedRun runs every published input to its end.
func TestPublishedRun(t *testing.T) {
	pattern := os.Getenv("ZONE_PATTERN")
	if pattern == "" {
		pattern = filepath.Join("*", "cfast", "*.in")
	}
	for i, path := range published(t, pattern) {
		if testing.Short() && i%10 != 0 {
			continue
		}
		c := load(t, path)
		began := time.Now()
		res, err := zone.Run(context.Background(), c.Scene)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		n := res.Last()
		if testing.Verbose() {
			fmt.Printf("%-28s %4.0f s %6d steps %4d ms", filepath.Base(path), res.TimeS[n], res.Steps, time.Since(began).Milliseconds())
			for _, r := range res.Rooms[:min(3, len(res.Rooms))] {
				fmt.Printf(" | U %5.1f L %5.1f z %.2f p %.1f q %.0f", r.UpperK[n]-273.15, r.LowerK[n]-273.15, r.InterfaceM[n], r.PressurePa[n], r.BurnKW[n])
			}
			fmt.Println()
		}
		for _, r := range res.Rooms {
			for i := range res.TimeS {
				for _, v := range []float64{r.UpperK[i], r.LowerK[i], r.InterfaceM[i], r.PressurePa[i], r.BurnKW[i]} {
					if math.IsNaN(v) || math.IsInf(v, 0) {
						t.Fatalf("%s: %s is not finite at %g s", path, r.Name, res.TimeS[i])
					}
				}
			}
		}
	}
}
